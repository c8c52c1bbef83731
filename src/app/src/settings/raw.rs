//! Values as they were written, each with its origin: the first of the two stages.
//!
//! TOML that is broken in one place is still read as far as possible, so that its other mistakes are told in the same run.

use super::origin::Origin;
use super::problem::Problem;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with the place that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// Where it stands.
    pub origin: Origin,
    /// What it is.
    pub value: RawValue,
}

/// A value without a type of ours yet.
#[derive(Debug, Clone, PartialEq)]
pub enum RawValue {
    /// A string of a file.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// Any other number, as it was written.
    Number(String),
    /// True or false.
    Flag(bool),
    /// A date or time, as it was written.
    Date(String),
    /// An array.
    List(Vec<Raw>),
    /// A table in the order of the file.
    Table(Vec<(String, Raw)>),
    /// The text of a variable or flag, of which only the definition knows the type.
    Untyped(String),
}

impl RawValue {
    /// What it is, in words, without its content.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Whole(_) => "a whole number",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Untyped(_) => "a text",
        }
    }

    /// The content as it may be shown where the key is no secret.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Untyped(text) => format!("{:?}", super::secret::shown(text)),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::Date(date) => date.clone(),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.value.shown()).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

/// Which document is read, to make the origins of its values.
#[derive(Debug, Clone)]
pub enum Document {
    /// A file built into the program.
    BuiltIn(&'static str),
    /// A file of the user.
    File(std::path::PathBuf),
}

impl Document {
    fn line(&self, line: usize) -> Origin {
        match self {
            Self::BuiltIn(file) => Origin::BuiltIn { file, line },
            Self::File(path) => Origin::File { path: path.clone(), line },
        }
    }
}

/// Reads TOML: the values that can be read, and every mistake of the syntax.
pub fn parse(document: &Document, text: &str) -> (Raw, Vec<Problem>) {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let problems = errors
        .iter()
        .map(|error| {
            let line = lines.number(error.span().map_or(0, |span| span.start));
            let written = text.lines().nth(line - 1).unwrap_or_default();
            Problem::of_place(document.line(line), broken_line(written), error.message().to_owned())
        })
        .collect();
    let root = Raw { origin: document.line(1), value: table_value(document, &lines, table.get_ref()) };
    (root, problems)
}

/// The broken line by the key that it sets, where that is one of ours. Nothing else of it is repeated: it may be a secret
/// with a missing quote, or a line of one.
fn broken_line(written: &str) -> String {
    let key = written.split_once('=').map_or("", |(key, _)| key).trim();
    let is_ours = super::definition::all().any(|definition| definition.path.split('.').any(|part| part == key));
    if is_ours { format!("a line that is no TOML, for the key {key}") } else { "a line that is no TOML".to_owned() }
}

fn table_value(document: &Document, lines: &Lines, table: &DeTable<'_>) -> RawValue {
    let mut entries: Vec<(usize, String, Raw)> = table
        .iter()
        .map(|(key, value)| {
            let origin = document.line(lines.number(key.span().start));
            let value = raw_value(document, lines, value);
            (key.span().start, key.get_ref().to_string(), Raw { origin, value })
        })
        .collect();
    entries.sort_by_key(|(start, _, _)| *start);
    RawValue::Table(entries.into_iter().map(|(_, key, raw)| (key, raw)).collect())
}

fn raw_value(document: &Document, lines: &Lines, value: &Spanned<DeValue<'_>>) -> RawValue {
    match value.get_ref() {
        DeValue::String(text) => RawValue::Text(text.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) => RawValue::Whole(number),
            Err(_) => RawValue::Number(integer.to_string()),
        },
        DeValue::Float(float) => RawValue::Number(float.to_string()),
        DeValue::Boolean(flag) => RawValue::Flag(*flag),
        DeValue::Datetime(date) => RawValue::Date(date.to_string()),
        DeValue::Array(items) => RawValue::List(
            items
                .iter()
                .map(|item| Raw {
                    origin: document.line(lines.number(item.span().start)),
                    value: raw_value(document, lines, item),
                })
                .collect(),
        ),
        DeValue::Table(table) => table_value(document, lines, table),
    }
}

/// Where each line of a text begins.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self(std::iter::once(0).chain(breaks).collect())
    }

    /// The line of a byte, counted from 1.
    fn number(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_broken_lines_are_both_told_and_the_rest_is_read() {
        let text = "a = 1\nb = \nc = 3\nd = \"x\ne = 5\n";
        let (root, problems) = parse(&Document::BuiltIn("x.toml"), text);
        let lines: Vec<String> = problems.iter().map(|problem| problem.origin.to_string()).collect();
        assert_eq!(lines, ["built in (x.toml:2)", "built in (x.toml:4)"], "{problems:?}");
        let RawValue::Table(entries) = root.value else { panic!("no table") };
        let keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
        assert!(keys.contains(&"a") && keys.contains(&"c") && keys.contains(&"e"), "{keys:?}");
    }

    #[test]
    fn a_broken_line_does_not_show_its_value() {
        let (_, problems) = parse(&Document::BuiltIn("x.toml"), "[model]\napi_key = \"sk-very-secret\nmodel = \"x\"\n");
        assert!(!problems.is_empty());
        assert!(!format!("{problems:?}").contains("very-secret"), "{problems:?}");
    }

    #[test]
    fn values_know_their_lines() {
        let (root, problems) = parse(&Document::BuiltIn("x.toml"), "[a]\nb = 1\n\n[[c]]\nd = [\n 1,\n 2]\n");
        assert!(problems.is_empty());
        let RawValue::Table(entries) = root.value else { panic!("no table") };
        let RawValue::Table(inner) = &entries[0].1.value else { panic!("no table") };
        assert_eq!(inner[0].1.origin.to_string(), "built in (x.toml:2)");
    }
}
