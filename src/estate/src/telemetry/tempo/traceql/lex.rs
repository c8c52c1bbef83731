//! Words and signs of TraceQL with their places.

/// A word or sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name: an intrinsic, a scoped attribute, a function, a status.
    Word(String),
    /// `"text"` or `` `text` ``.
    Text(String),
    /// A number.
    Number(f64),
    /// A duration in nanoseconds.
    Duration(f64),
    /// A sign or an operator.
    Sign(&'static str),
}

impl Token {
    /// As Tempo's errors name it.
    pub fn shown(&self) -> String {
        match self {
            Self::Word(_) => "IDENTIFIER".to_owned(),
            Self::Text(_) => "STRING".to_owned(),
            Self::Number(number) if number.fract() == 0.0 => "INTEGER".to_owned(),
            Self::Number(_) => "FLOAT".to_owned(),
            Self::Duration(_) => "DURATION".to_owned(),
            Self::Sign(sign) => (*sign).to_owned(),
        }
    }
}

/// A token and the byte at which it begins.
pub(super) type Placed = (Token, usize);

const SIGNS: [&str; 19] =
    ["&&", "||", ">>", "=~", "!~", "!=", ">=", "<=", "{", "}", "(", ")", "|", ",", "=", ">", "<", "!", "-"];

/// Takes a query apart.
///
/// # Errors
/// The byte and the problem.
pub(super) fn lex(text: &str) -> Result<Vec<Placed>, (usize, String)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (token, length) = one(rest, first).map_err(|problem| (at, problem))?;
        tokens.push((token, at));
        at += length;
    }
    Ok(tokens)
}

fn one(rest: &str, first: char) -> Result<(Token, usize), String> {
    if matches!(first, '"' | '`') {
        return quoted(rest, first);
    }
    if first.is_ascii_digit() || (first == '.' && rest.chars().nth(1).is_some_and(|next| next.is_ascii_digit())) {
        return number(rest);
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        return Ok((Token::Sign(sign), sign.len()));
    }
    if first.is_alphabetic() || matches!(first, '.' | '_') {
        return Ok(word(rest));
    }
    Err(format!("syntax error: unexpected {first}"))
}

fn quoted(rest: &str, quote: char) -> Result<(Token, usize), String> {
    let mut out = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            return Ok((Token::Text(out), at + letter.len_utf8()));
        }
        if letter == '\\' && quote == '"' {
            match letters.next() {
                Some((_, 'n')) => out.push('\n'),
                Some((_, 't')) => out.push('\t'),
                Some((_, other)) => out.push(other),
                None => break,
            }
        } else {
            out.push(letter);
        }
    }
    Err("literal not terminated".to_owned())
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.').unwrap_or(rest.len());
    let text = rest.get(..end).unwrap_or_default();
    if let Ok(number) = text.parse::<f64>() {
        return Ok((Token::Number(number), end));
    }
    duration(text)
        .map(|nanoseconds| (Token::Duration(nanoseconds), end))
        .ok_or("syntax error: unexpected $unk".to_owned())
}

/// Go's durations: `1h30m`, `1.5s`, `100ms`, `20us`, `5ns`.
fn duration(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let unit_at = rest.find(|letter: char| letter.is_ascii_alphabetic())?;
        let (digits, tail) = rest.split_at(unit_at);
        let unit_end = tail.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let nanoseconds = match unit {
            "ns" => 1.0,
            "us" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 6e10,
            "h" => 3.6e12,
            "d" => 8.64e13,
            _ => return None,
        };
        total += digits.parse::<f64>().ok()? * nanoseconds;
        rest = tail;
    }
    Some(total)
}

/// A name; parts in quotes (`span."my key"`) lose them.
fn word(rest: &str) -> (Token, usize) {
    let mut out = String::new();
    let mut at = 0;
    while let Some(letter) = rest.get(at..).and_then(|rest| rest.chars().next()) {
        if letter == '"' && out.ends_with('.') {
            let inner = rest.get(at + 1..).unwrap_or_default();
            let Some(end) = inner.find('"') else { break };
            out.push_str(inner.get(..end).unwrap_or_default());
            at += end + 2;
        } else if letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | ':' | '/') {
            out.push(letter);
            at += letter.len_utf8();
        } else {
            break;
        }
    }
    (Token::Word(out), at)
}
