//! Looks at LogQL before it is sent: what it selects, how far back it reaches, and mistakes that can be told at once.
//!
//! Guarantees: no text panics; a query is refused only for what LogQL's grammar
//! (<https://grafana.com/docs/loki/latest/query/>) cannot mean; functions and stages are left to the server, whose
//! versions differ. Deliberately absent: a full parser.

mod caret;
mod check;
mod selectors;
mod tokens;

pub(crate) use caret::failure_at_line;
pub(crate) use check::{Checked, check, selector_only};
pub(crate) use selectors::Matcher;

/// A text as a LogQL string literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(letter);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A text as a regular expression (RE2) that matches exactly it.
pub(crate) fn regex_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' | '\\') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted
}

#[cfg(test)]
mod tests;
