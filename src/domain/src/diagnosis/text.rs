//! Reading free text carefully: which log lines tell of trouble, and what they name.

use crate::observed::kubernetes::{LogPattern, Logs};
use std::cmp::Reverse;

/// Words by which a log line tells that a peer did not answer.
const NO_ANSWER: &[&str] = &[
    "timed out",
    "timeout",
    "deadline exceeded",
    "connection refused",
    "no route to host",
    "i/o timeout",
    "unreachable",
    "connection reset",
    "could not connect",
    "etimedout",
    "econnrefused",
];

/// Words by which a program tells that its configuration is at fault.
const CONFIGURATION: &[&str] = &[
    "config",
    "environment variable",
    "env var",
    "setting",
    "invalid value",
    "invalid duration",
    "must be set",
    "is not set",
    "not a valid",
    "missing required",
    "cannot parse",
    "could not parse",
    "failed to parse",
    "parse error",
    "unknown key",
];

/// The line that tells most about the trouble: errors before warnings, the most frequent first.
pub fn telling_line(logs: &Logs) -> Option<&LogPattern> {
    logs.patterns
        .iter()
        .filter(|pattern| matches!(pattern.level.as_str(), "error" | "fatal" | "critical" | "panic"))
        .max_by_key(|pattern| pattern.count)
        .or_else(|| logs.patterns.iter().filter(|pattern| pattern.level == "warn").max_by_key(|pattern| pattern.count))
}

/// All lines that tell of trouble, most frequent first.
pub fn trouble_lines(logs: &Logs) -> Vec<&LogPattern> {
    let mut lines: Vec<&LogPattern> = logs
        .patterns
        .iter()
        .filter(|pattern| matches!(pattern.level.as_str(), "error" | "fatal" | "critical" | "panic" | "warn"))
        .collect();
    lines.sort_by_key(|pattern| (pattern.level == "warn", Reverse(pattern.count)));
    lines
}

/// Whether a line tells that a peer did not answer.
pub fn tells_no_answer(line: &str) -> bool {
    let line = line.to_lowercase();
    NO_ANSWER.iter().any(|words| line.contains(words))
}

/// Whether a line blames the configuration.
pub fn blames_configuration(line: &str) -> bool {
    let line = line.to_lowercase();
    CONFIGURATION.iter().any(|words| line.contains(words))
}

/// Whether a line names an object: its name as a whole word, where `-` is part of a word (`cart` is not named by
/// `cart-redis`).
pub fn names(line: &str, name: &str) -> bool {
    let line = line.to_lowercase();
    let name = name.to_lowercase();
    let is_inner = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    line.match_indices(&name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        !before.is_some_and(is_inner) && !after.is_some_and(is_inner)
    })
}

/// Members of a structured log line that tell what happened, in the order in which a person wants them.
const TELLING_MEMBERS: &[&str] =
    &["msg", "message", "error", "err", "reason", "exception", "key", "peer", "path", "status"];

/// Characters of a quotation.
const QUOTED_CHARACTERS: usize = 200;

/// A line short enough to be quoted, in one piece, without the backticks that would end the quote. Of a JSON log line
/// only what tells: `connection refused · dial tcp 10.0.0.7:5432`.
pub fn quotable(line: &str) -> String {
    let told = structured(line).unwrap_or_else(|| line.to_owned());
    let line = told.replace('`', "'").replace(['\n', '\r', '\t'], " ");
    let mut short: String = line.chars().take(QUOTED_CHARACTERS).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

fn structured(line: &str) -> Option<String> {
    let object = line.find('{').and_then(|at| {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line.get(at..)?.trim()).ok()
    })?;
    let parts: Vec<String> = TELLING_MEMBERS
        .iter()
        .filter_map(|name| object.get(*name))
        .filter_map(|value| match value {
            serde_json::Value::String(text) if !text.is_empty() => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    // `msg` often spells out what `error` holds as well: each thing is told once.
    let said_elsewhere = |index: usize, part: &String| {
        parts
            .iter()
            .enumerate()
            .any(|(other, text)| other != index && text.len() > part.len() && text.contains(part.as_str()))
    };
    let told: Vec<&str> = parts
        .iter()
        .enumerate()
        .filter(|(index, part)| !said_elsewhere(*index, part))
        .map(|(_, part)| part.as_str())
        .collect();
    (!told.is_empty()).then(|| told.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_json_line_only_what_tells_is_quoted() {
        assert_eq!(
            quotable(r#"{"level":"error","msg":"query failed","error":"i/o timeout","time":"x"}"#),
            "query failed · i/o timeout"
        );
        assert_eq!(quotable("plain `text`"), "plain 'text'");
    }

    #[test]
    fn a_longer_name_does_not_name_its_part() {
        assert!(names("dial tcp cart-redis.data:6379: i/o timeout", "cart-redis"));
        assert!(!names("dial tcp cart-redis.data:6379: i/o timeout", "cart"));
        assert!(names("GET http://cart:8080/ failed", "cart"));
    }
}
