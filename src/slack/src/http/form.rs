//! `application/x-www-form-urlencoded`, as Slack sends commands and interactions.

use std::collections::BTreeMap;

/// Fields at most.
const FIELDS: usize = 100;

/// All fields; the first of several of one name counts.
pub(super) fn fields(body: &str) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    for pair in body.split('&').take(FIELDS) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.entry(decoded(name)).or_insert_with(|| decoded(value));
    }
    fields
}

/// One field.
pub(super) fn field(body: &str, name: &str) -> Option<String> {
    fields(body).remove(name)
}

/// `+` is a space, `%41` a byte; what is no such byte stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, hexadecimal(after)) {
            (b'+', _) => bytes.push(b' '),
            (b'%', Some((byte, after))) => {
                bytes.push(byte);
                rest = after;
            }
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(text: &[u8]) -> Option<(u8, &[u8])> {
    let (pair, rest) = text.split_at_checked(2)?;
    let digits = std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    Some((u8::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded() {
        for (body, wanted) in [
            ("a=1&b=2", vec![("a", "1"), ("b", "2")]),
            ("text=why+is+%2Fpay%20slow%3F&x", vec![("text", "why is /pay slow?"), ("x", "")]),
            ("a=%zz&b=%4&c=%", vec![("a", "%zz"), ("b", "%4"), ("c", "%")]),
            ("a=%C3%A9&a=2", vec![("a", "é")]),
            ("a=%ff", vec![("a", "\u{fffd}")]),
            ("", vec![("", "")]),
        ] {
            let wanted = wanted.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            assert_eq!(fields(body), wanted, "{body}");
        }
    }
}
