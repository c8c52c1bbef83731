//! LogQL as words, texts and signs, each with its place.
//!
//! Guarantee: every byte of the query is in exactly one token, in a comment, or is white space; braces inside of
//! strings and comments are never signs.

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: Kind,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name, a key word, a number, a duration.
    Word(String),
    /// A text in quotes or backticks, unescaped.
    Text(String),
    /// Brackets and operators.
    Sign(&'static str),
    /// A character that LogQL has no use for.
    Strange(char),
}

impl Token {
    pub(crate) fn is(&self, sign: &str) -> bool {
        matches!(self.kind, Kind::Sign(own) if own == sign)
    }

    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// A text that is not closed: where it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unclosed(pub usize);

/// Longer ones first, so that `|=` is not read as `|` and `=`.
const SIGNS: &[&str] = &[
    "|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", "<=", ">=", "{", "}", "(", ")", "[", "]", "|", ",", "=", "<", ">",
    "+", "-", "*", "/", "%", "^",
];

/// Takes a query apart.
pub(crate) fn read(query: &str) -> Result<Vec<Token>, Unclosed> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = query.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        let (kind, length) = match first {
            space if space.is_whitespace() => (None, space.len_utf8()),
            '#' => (None, rest.find('\n').unwrap_or(rest.len())),
            '"' | '`' => {
                let (text, length) = text(rest, first).ok_or(Unclosed(at))?;
                (Some(Kind::Text(text)), length)
            }
            letter if is_word(letter) => {
                let length = rest.find(|letter: char| !is_word(letter)).unwrap_or(rest.len());
                (Some(Kind::Word(rest.get(..length).unwrap_or_default().to_owned())), length)
            }
            other => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Some(Kind::Sign(sign)), sign.len()),
                None => (Some(Kind::Strange(other)), other.len_utf8()),
            },
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, start: at, end: at + length });
        }
        at += length;
    }
    Ok(tokens)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | ':' | '$' | '@')
}

/// The unescaped text and its length with its quotes.
fn text(rest: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            return Some((text, at + quote.len_utf8()));
        }
        if letter != '\\' || quote == '`' {
            text.push(letter);
            continue;
        }
        match letters.next()?.1 {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            other => text.push(other),
        }
    }
    None
}
