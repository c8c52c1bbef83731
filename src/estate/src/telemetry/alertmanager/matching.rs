//! Matchers of silences and filters: a label compared with a text or an anchored regular expression.

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::telemetry::series::Labels;

/// A matcher as the API writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WrittenMatcher {
    pub name: String,
    pub value: String,
    pub is_regex: bool,
    #[serde(default = "equal_by_default")]
    pub is_equal: bool,
}

fn equal_by_default() -> bool {
    true
}

/// A matcher that was checked.
#[derive(Debug, Clone)]
pub(super) struct CheckedMatcher {
    pub written: WrittenMatcher,
    regex: Option<Regex>,
}

impl CheckedMatcher {
    /// Checks a matcher; the error says what is wrong with it.
    pub fn new(written: WrittenMatcher) -> Result<Self, String> {
        if written.name.is_empty() {
            return Err("invalid label matcher: empty name".to_owned());
        }
        let regex = written.is_regex.then(|| Regex::new(&format!("^(?:{})$", written.value))).transpose();
        let regex =
            regex.map_err(|_| format!("invalid label matcher: {:?} is no regular expression", written.value))?;
        Ok(Self { written, regex })
    }

    /// Reads the form of a filter: `name="value"` with one of the operators `=`, `!=`, `=~`, `!~`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("bad matcher format: {text}");
        let text = text.trim().trim_start_matches('{').trim_end_matches('}');
        let position = text.find(['=', '!']).ok_or_else(bad)?;
        let (name, rest) = text.split_at(position);
        let operators = [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)];
        let found = operators.into_iter().find_map(|(operator, is_regex, is_equal)| {
            rest.strip_prefix(operator).map(|value| (value, is_regex, is_equal))
        });
        let (value, is_regex, is_equal) = found.ok_or_else(bad)?;
        let value = value.trim().trim_matches('"').to_owned();
        Self::new(WrittenMatcher { name: name.trim().to_owned(), value, is_regex, is_equal })
    }

    /// Whether labels satisfy it.
    pub fn accepts(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.written.name);
        let equal = match &self.regex {
            Some(regex) => regex.is_match(value),
            None => value == self.written.value,
        };
        equal == self.written.is_equal
    }
}

#[cfg(test)]
mod tests {
    use super::{CheckedMatcher, Labels};

    #[test]
    fn filters_are_read_with_every_operator() {
        let labels = Labels::from_pairs([("service", "checkout")]);
        let cases = [
            ("service=\"checkout\"", true),
            ("service=checkout", true),
            ("service!=\"checkout\"", false),
            ("service=~\"check.*\"", true),
            ("service=~\"check\"", false),
            ("service!~\"pay.*\"", true),
            ("pod=\"\"", true),
        ];
        for (text, expected) in cases {
            assert_eq!(CheckedMatcher::parse(text).expect(text).accepts(&labels), expected, "{text}");
        }
        for text in ["service", "=x", "service=~\"(\""] {
            assert!(CheckedMatcher::parse(text).is_err(), "{text}");
        }
    }
}
