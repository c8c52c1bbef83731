//! Names of operations without the numbers and ids that some senders put into them.

/// The name with each whole word that is a number or an id as `*`: `GET /users/8812` becomes `GET /users/*`.
///
/// A word with a digit that is eight or more hexadecimal digits and dashes is an id; `v1`, `s3` and `http2` are none.
pub fn general_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_inner = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        let end = match is_inner(first) {
            true => rest.find(|letter: char| !is_inner(letter)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, tail) = rest.split_at(end);
        out.push_str(if is_id(word) { "*" } else { word });
        rest = tail;
    }
    out
}

fn is_id(word: &str) -> bool {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let number = has_digit && word.bytes().all(|byte| byte.is_ascii_digit());
    let hex = word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    number || (has_digit && hex && word.len() >= 8)
}
