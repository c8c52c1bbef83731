//! Reads JSON that was written by hand, or nearly.
//!
//! Mends trailing and missing commas, single and curly quotes, unquoted keys and words, Python's `True`, `False` and
//! `None`, comments, raw line breaks in strings, `=` for `:`, and missing closing brackets. Strict JSON is read as it
//! is, without notes. Depth is limited, so that no input can exhaust the stack.

#[cfg(test)]
mod tests;

use serde_json::{Map, Number, Value};
use std::collections::BTreeSet;

const MAX_DEPTH: usize = 64;

/// A value, what had to be mended, and how many bytes it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The value.
    pub value: Value,
    /// What was mended, in words, sorted.
    pub notes: Vec<String>,
    /// Bytes of the input that belong to the value (and to blanks before it).
    pub consumed: usize,
}

/// Reads one value at the beginning of the text; `None` when there is no beginning of a value.
pub fn read_prefix(text: &str) -> Option<Read> {
    let mut strict = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    if let Some(Ok(value)) = strict.next() {
        return Some(Read { value, notes: vec![], consumed: strict.byte_offset() });
    }
    let mut reader = Reader { rest: text, notes: BTreeSet::new() };
    let value = reader.value(0)?;
    let consumed = text.len() - reader.rest.len();
    Some(Read { value, notes: reader.notes.into_iter().map(str::to_owned).collect(), consumed })
}

/// Reads a text that holds one value and nothing else but blanks.
pub fn read_all(text: &str) -> Option<Read> {
    let read = read_prefix(text)?;
    let rest = text.get(read.consumed..)?.trim();
    // One bracket too many at the end is a common slip.
    let surplus = !rest.is_empty() && rest.chars().all(|c| matches!(c, '}' | ']' | ';' | ','));
    match (rest.is_empty(), surplus) {
        (true, _) => Some(read),
        (_, true) => {
            let mut read = read;
            read.notes.push("characters after the end left out".to_owned());
            read.consumed = text.len();
            Some(read)
        }
        _ => None,
    }
}

struct Reader<'a> {
    rest: &'a str,
    notes: BTreeSet<&'static str>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn take(&mut self) -> Option<char> {
        let first = self.peek()?;
        self.skip(first.len_utf8());
        Some(first)
    }

    fn blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let end = if self.rest.starts_with("//") {
                self.rest.find('\n').unwrap_or(self.rest.len())
            } else if self.rest.starts_with("/*") {
                self.rest.find("*/").map_or(self.rest.len(), |end| end + 2)
            } else {
                return;
            };
            self.notes.insert("comments left out");
            self.skip(end);
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.blanks();
        match self.peek()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            quote if closing_quote(quote).is_some() => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.take();
        let mut members = Map::new();
        loop {
            self.blanks();
            match self.peek() {
                None => break self.unclosed(),
                Some('}') => break self.skip(1),
                Some(',') => {
                    self.skip(1);
                    self.blanks();
                    if matches!(self.peek(), Some('}' | ',')) {
                        self.notes.insert("a surplus comma left out");
                    }
                    continue;
                }
                // A wrong bracket closes this object and is left for its owner.
                Some(']') => break self.unclosed(),
                Some(_) => {}
            }
            let Some(key) = self.key() else { break self.unclosed() };
            self.blanks();
            if !self.colon() {
                // A key without a value: the text went on with something else, or stopped here.
                break self.unclosed();
            }
            self.blanks();
            if self.rest.is_empty() {
                break self.unclosed();
            }
            members.insert(key, self.value(depth + 1)?);
            self.separator('}');
        }
        Some(Value::Object(members))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.take();
        let mut items = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None => break self.unclosed(),
                Some(']') => break self.skip(1),
                Some(',') => {
                    self.skip(1);
                    self.blanks();
                    if matches!(self.peek(), Some(']' | ',')) {
                        self.notes.insert("a surplus comma left out");
                    }
                    continue;
                }
                Some('}' | ':') => break self.unclosed(),
                Some(_) => {}
            }
            items.push(self.value(depth + 1)?);
            self.separator(']');
        }
        Some(Value::Array(items))
    }

    fn unclosed(&mut self) {
        self.notes.insert("a missing closing bracket added");
    }

    fn separator(&mut self, closer: char) {
        self.blanks();
        if self.peek().is_some_and(|next| next != ',' && next != closer && !matches!(next, '}' | ']')) {
            self.notes.insert("a missing comma added");
        }
    }

    fn key(&mut self) -> Option<String> {
        if self.peek().and_then(closing_quote).is_some() {
            return self.string();
        }
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$')));
        let end = end.unwrap_or(self.rest.len());
        let key = self.rest.get(..end).filter(|key| !key.is_empty())?.to_owned();
        self.skip(end);
        self.notes.insert("quotes put around a key");
        Some(key)
    }

    fn colon(&mut self) -> bool {
        if self.rest.starts_with(':') {
            self.skip(1);
            return true;
        }
        let length = if self.rest.starts_with("=>") { 2 } else { usize::from(self.rest.starts_with('=')) };
        if length > 0 {
            self.notes.insert("a colon put for an equals sign");
        }
        self.skip(length);
        length > 0
    }

    fn string(&mut self) -> Option<String> {
        let open = self.take()?;
        let close = closing_quote(open)?;
        if open != '"' {
            self.notes.insert("quotes put right");
        }
        let mut text = String::new();
        loop {
            match self.take() {
                None => {
                    self.notes.insert("a missing closing quote added");
                    return Some(text);
                }
                Some(c) if c == close => return Some(text),
                Some('\\') => self.escape(&mut text),
                Some(c) => {
                    if c.is_control() {
                        self.notes.insert("a raw control character in a string accepted");
                    }
                    text.push(c);
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) {
        match self.take() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('u') => self.unicode(text),
            Some(c @ ('"' | '\\' | '/')) => text.push(c),
            Some('\n') | None => {}
            // An unknown escape (`\d`, `\.`) is a regular expression whose backslash was not doubled.
            Some(c) => {
                if c != '\'' {
                    self.notes.insert("a lone backslash kept");
                    text.push('\\');
                }
                text.push(c);
            }
        }
    }

    fn unicode(&mut self, text: &mut String) {
        let Some(first) = self.four_digits() else {
            text.push_str("\\u");
            return;
        };
        let paired = if (0xd800..0xdc00).contains(&first) && self.rest.starts_with("\\u") {
            let before = self.rest;
            self.skip(2);
            let second = self.four_digits().filter(|second| (0xdc00..0xe000).contains(second));
            if second.is_none() {
                self.rest = before;
            }
            second.map(|second| 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
        } else {
            None
        };
        text.push(char::from_u32(paired.unwrap_or(first)).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        self.skip(4);
        Some(value)
    }

    fn word(&mut self) -> Option<Value> {
        let marks = self.rest.find([',', '}', ']', '\n', ':', '{', '[', '"']).unwrap_or(self.rest.len());
        let before = self.rest.get(..marks)?;
        let comments = [" //", " /*"].map(|comment| before.find(comment));
        let end = comments.into_iter().flatten().min().unwrap_or(marks);
        let word = self.rest.get(..end)?.trim_end();
        if word.is_empty() {
            return None;
        }
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => self.python_word(word),
        };
        self.skip(word.len());
        Some(value)
    }

    fn python_word(&mut self, word: &str) -> Value {
        match word {
            "True" | "TRUE" => self.noted("Python's True read as true", Value::Bool(true)),
            "False" | "FALSE" => self.noted("Python's False read as false", Value::Bool(false)),
            "None" | "undefined" | "nil" | "NaN" => self.noted("Python's None read as null", Value::Null),
            _ => match serde_json::from_str::<Number>(word) {
                Ok(number) => Value::Number(number),
                Err(_) => self.noted("quotes put around a word", Value::String(word.to_owned())),
            },
        }
    }

    fn noted(&mut self, note: &'static str, value: Value) -> Value {
        self.notes.insert(note);
        value
    }
}

fn closing_quote(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '\'' => Some('\''),
        '`' => Some('`'),
        '“' | '”' => Some('”'),
        '‘' => Some('’'),
        _ => None,
    }
}
