//! The stages of a log query: line filters, parsers that turn fields into labels, filters on labels.

use regex::Regex;

use super::fields::{json_fields, logfmt_fields};
use super::parse::quoted;
use crate::telemetry::series::Labels;

/// One stage.
#[derive(Debug)]
pub(super) enum Stage {
    /// Keeps lines with (or without) a text.
    Contains { text: String, wanted: bool },
    /// Keeps lines that match (or do not match) a pattern.
    Matches { pattern: Regex, wanted: bool },
    /// Takes the fields of a JSON line for labels.
    Json,
    /// Takes the fields of a logfmt line for labels.
    Logfmt,
    /// Writes the line anew.
    LineFormat(Vec<Piece>),
    /// Keeps lines whose label passes.
    Label { name: String, test: Test },
}

/// A part of a template of `line_format`.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    /// The value of a label.
    Label(String),
    /// The line, of at most so many characters.
    Line(Option<usize>),
}

/// A comparison of two numbers.
type Comparison = fn(f64, f64) -> bool;

/// A test of a label.
#[derive(Debug)]
pub(super) enum Test {
    /// Equal to a text, or not.
    Is(String, bool),
    /// Matches a pattern in whole, or not.
    Matches(Regex, bool),
    /// Compares as a number.
    Number(Comparison, f64),
}

impl Stage {
    /// Reads the stage that a text begins with.
    pub fn parse(text: &str) -> Result<(Self, &str), String> {
        for (operator, is_pattern, wanted) in
            [("|=", false, true), ("!=", false, false), ("|~", true, true), ("!~", true, false)]
        {
            if let Some(rest) = text.strip_prefix(operator) {
                let (argument, rest) = quoted(rest.trim_start())?;
                return Ok(if is_pattern {
                    (Self::Matches { pattern: pattern(&argument)?, wanted }, rest)
                } else {
                    (Self::Contains { text: argument, wanted }, rest)
                });
            }
        }
        let unexpected = || format!("parse error : syntax error: unexpected {text:?}");
        let rest = text.strip_prefix('|').ok_or_else(unexpected)?.trim_start();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        let after = rest.trim_start();
        let begins_test = ["=", "!", ">", "<"].iter().any(|sign| after.starts_with(sign));
        match word {
            "" => Err(unexpected()),
            "json" if !begins_test => Ok((Self::Json, rest)),
            "logfmt" if !begins_test => Ok((Self::Logfmt, rest)),
            "line_format" => {
                let (template, rest) = quoted(after)?;
                Ok((Self::LineFormat(pieces(&template)?), rest))
            }
            name if begins_test => {
                let (test, rest) = Test::parse(after)?;
                Ok((Self::Label { name: name.to_owned(), test }, rest))
            }
            other => {
                Err(format!("parse error : stage {other:?} is not known here: use json, logfmt or a label filter"))
            }
        }
    }

    /// Whether a line passes; a parser adds labels, a format changes the line.
    pub fn passes(&self, line: &mut String, labels: &mut Labels) -> bool {
        match self {
            Self::Contains { text, wanted } => line.contains(text.as_str()) == *wanted,
            Self::Matches { pattern, wanted } => pattern.is_match(line) == *wanted,
            Self::Json => add(labels, json_fields(line)),
            Self::Logfmt => add(labels, logfmt_fields(line)),
            Self::LineFormat(pieces) => {
                *line = pieces.iter().map(|piece| piece.write(line, labels)).collect();
                true
            }
            Self::Label { name, test } => test.passes(labels.get(name)),
        }
    }
}

impl Piece {
    fn write(&self, line: &str, labels: &Labels) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Label(name) => labels.get(name).to_owned(),
            Self::Line(None) => line.to_owned(),
            Self::Line(Some(most)) => line.chars().take(*most).collect(),
        }
    }
}

/// Text with `{{.label}}`, `{{__line__}}` and `{{__line__ | trunc 80}}`.
fn pieces(template: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once("{{") {
        let bad = || format!("parse error : invalid line template: {template}");
        let (action, after) = after.split_once("}}").ok_or_else(bad)?;
        let words: Vec<&str> = action.split_whitespace().collect();
        pieces.push(Piece::Text(text.to_owned()));
        pieces.push(match words.as_slice() {
            ["__line__"] => Piece::Line(None),
            ["__line__", "|", "trunc", most] => Piece::Line(Some(most.parse().map_err(|_| bad())?)),
            [name] => Piece::Label(name.strip_prefix('.').ok_or_else(bad)?.to_owned()),
            _ => return Err(bad()),
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

impl Test {
    fn parse(text: &str) -> Result<(Self, &str), String> {
        for (operator, is_pattern, wanted) in
            [("=~", true, true), ("!~", true, false), ("!=", false, false), ("==", false, true), ("=", false, true)]
        {
            let Some(rest) = text.strip_prefix(operator).map(str::trim_start) else { continue };
            if !rest.starts_with(['"', '`']) {
                let (number, rest) = number(rest)?;
                let compare: Comparison = if wanted { |a, b| a == b } else { |a, b| a != b };
                return Ok((Self::Number(compare, number), rest));
            }
            let (argument, rest) = quoted(rest)?;
            return Ok(if is_pattern {
                (Self::Matches(pattern(&format!("^(?:{argument})$"))?, wanted), rest)
            } else {
                (Self::Is(argument, wanted), rest)
            });
        }
        let comparisons: [(&str, Comparison); 4] =
            [(">=", |a, b| a >= b), ("<=", |a, b| a <= b), (">", |a, b| a > b), ("<", |a, b| a < b)];
        for (operator, compare) in comparisons {
            if let Some(rest) = text.strip_prefix(operator) {
                let (number, rest) = number(rest.trim_start())?;
                return Ok((Self::Number(compare, number), rest));
            }
        }
        Err(format!("parse error : syntax error: unexpected {text:?}"))
    }

    fn passes(&self, value: &str) -> bool {
        match self {
            Self::Is(expected, wanted) => (value == expected) == *wanted,
            Self::Matches(pattern, wanted) => pattern.is_match(value) == *wanted,
            Self::Number(compare, bound) => value.parse().is_ok_and(|value| compare(value, *bound)),
        }
    }
}

fn number(text: &str) -> Result<(f64, &str), String> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'))).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    digits.parse().map(|number| (number, rest)).map_err(|_| format!("parse error : expected a number at {text:?}"))
}

fn pattern(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|_| format!("parse error : {text:?} is no regular expression"))
}

/// Adds fields as labels; one that a stream has already gets a suffix, as Loki does.
fn add(labels: &mut Labels, fields: Option<Vec<(String, String)>>) -> bool {
    match fields {
        None => labels.set("__error__", "ParserErr"),
        Some(fields) => {
            for (name, value) in fields {
                let taken = !labels.get(&name).is_empty();
                labels.set(if taken { format!("{name}_extracted") } else { name }, value);
            }
        }
    }
    true
}
