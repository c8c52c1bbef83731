//! Which lines are meant: LogQL, or plain arguments that LogQL is made of.

use super::logql::{self, Checked, quoted, regex_quoted};
use domain::envelope::Failure;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use tools_common::args;

/// What lines of errors have in common, whatever wrote them: a wide net, as the level is judged line by line later.
const ERROR_WORDS: &str = r#"(?i)(error|fatal|panic|exception|critical|severe|traceback|fail|refused|timed? ?out|denied|unavailable|killed|abort|emerg|"level":(50|60))"#;
/// The same for lines of klog (`E1121 02:40:00.123456       1 main.go:42] …`).
const KLOG_ERROR: &str = r"^[EF]\d{4} ";

/// The arguments of all tools that read lines.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub(crate) struct Ask {
    /// LogQL; or take `labels`.
    #[schemars(length(max = 8000))]
    pub query: Option<String>,
    /// Stream labels: {"namespace":"shop","app":"cart*"}; * is a wildcard, a leading ! negates.
    pub labels: Option<BTreeMap<String, String>>,
    /// Words that must all be in the line, in any case.
    #[schemars(length(max = 10))]
    pub contains: Option<Vec<String>>,
    /// Words that must not.
    #[schemars(length(max = 10))]
    pub not_contains: Option<Vec<String>>,
    /// RE2 that the line must match.
    #[schemars(length(max = 1000))]
    pub regex: Option<String>,
}

/// A checked query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub query: String,
    pub checked: Checked,
}

impl Ask {
    /// Whether streams are named at all.
    pub(crate) fn names_streams(&self) -> bool {
        self.query.is_some() || self.labels.is_some()
    }

    /// The LogQL, checked.
    ///
    /// # Errors
    /// `BadRequest` for neither or both of `query` and `labels`, for line filters on a metric query, and for LogQL that
    /// cannot be meant.
    pub(crate) fn build(&self) -> Result<Asked, Failure> {
        let base = match (&self.query, &self.labels) {
            (Some(_), Some(_)) => {
                return Err(args::invalid(
                    "labels",
                    "labels beside `query`",
                    "one of them: put the labels into the query",
                ));
            }
            (None, None) => {
                let accepted = "labels such as {\"namespace\":\"shop\"} (the tool `labels` tells which exist), or LogQL in `query`";
                return Err(args::invalid("labels", "nothing", accepted));
            }
            (Some(query), None) => query.trim().to_owned(),
            (None, Some(labels)) => selector(labels)?,
        };
        let filters = self.filters();
        let checked = logql::check(&base)?;
        if filters.is_empty() {
            return Ok(Asked { query: base, checked });
        }
        if checked.is_metric {
            let accepted = "line filters inside of the metric query, such as rate({app=\"cart\"} |= \"error\" [5m])";
            return Err(args::invalid("contains", "a filter beside a metric query", accepted));
        }
        // A new line ends a comment at the end of the query.
        let glue = if self.query.is_some() { "\n" } else { " " };
        let query = format!("{base}{glue}{}", filters.join(" "));
        let checked = logql::check(&query)?;
        Ok(Asked { query, checked })
    }

    fn filters(&self) -> Vec<String> {
        let words = |words: &Option<Vec<String>>, operator: &str| -> Vec<String> {
            let words = words.iter().flatten().filter(|word| !word.is_empty());
            words.map(|word| format!("{operator} {}", literal(&format!("(?i){}", regex_quoted(word))))).collect()
        };
        let mut filters = words(&self.contains, "|~");
        filters.extend(words(&self.not_contains, "!~"));
        filters.extend(self.regex.iter().map(|regex| format!("|~ {}", literal(regex))));
        filters
    }
}

impl Asked {
    /// The same for lines that may be errors.
    ///
    /// # Errors
    /// `BadRequest` for a metric query.
    pub(crate) fn errors_only(self) -> Result<Self, Failure> {
        let lines = self.lines_only()?;
        let query = format!("{}\n|~ {}", lines.query, literal(&format!("{ERROR_WORDS}|{KLOG_ERROR}")));
        let checked = logql::check(&query)?;
        Ok(Self { query, checked })
    }

    /// Itself, if it gives lines.
    ///
    /// # Errors
    /// `BadRequest` for a metric query.
    pub(crate) fn lines_only(self) -> Result<Self, Failure> {
        if self.checked.is_metric {
            return Err(args::invalid(
                "query",
                "a metric query",
                "a query for lines, such as {app=\"cart\"} |= \"error\"",
            ));
        }
        Ok(self)
    }
}

/// A regular expression as a LogQL text: backticks need no escapes.
fn literal(regex: &str) -> String {
    if regex.contains('`') || regex.contains(char::is_control) { quoted(regex) } else { format!("`{regex}`") }
}

/// `{namespace="shop", app=~"cart.*"}`
fn selector(labels: &BTreeMap<String, String>) -> Result<String, Failure> {
    let matchers: Result<Vec<String>, Failure> = labels.iter().map(|(name, value)| matcher(name, value)).collect();
    let matchers = matchers?;
    if labels.values().all(|value| value.starts_with('!') || value.chars().all(|letter| letter == '*')) {
        let accepted = "at least one label with a value that is not negated and not only *";
        return Err(args::invalid("labels", format!("{{{}}}", matchers.join(", ")), accepted));
    }
    Ok(format!("{{{}}}", matchers.join(", ")))
}

fn matcher(name: &str, value: &str) -> Result<String, Failure> {
    if !is_label_name(name) {
        return Err(args::invalid("labels", format!("the name {name:?}"), "letters, digits and _"));
    }
    let (negated, value) = match value.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, value),
    };
    let (operator, value) = if value.contains('*') {
        let parts: Vec<String> = value.split('*').map(regex_quoted).collect();
        (if negated { "!~" } else { "=~" }, parts.join(".*"))
    } else {
        (if negated { "!=" } else { "=" }, value.to_owned())
    };
    Ok(format!("{name}{operator}{}", quoted(&value)))
}

/// Whether a text can be the name of a stream label.
pub(crate) fn is_label_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn built(ask: Value) -> Result<String, String> {
        let ask: Ask = serde_json::from_value(ask).unwrap();
        ask.build().map(|asked| asked.query).map_err(|failure| failure.message)
    }

    #[test]
    fn plain_arguments_become_logql() {
        let cases = [
            (json!({"labels": {"namespace": "shop", "app": "cart*"}}), r#"{app=~"cart.*", namespace="shop"}"#),
            (json!({"labels": {"app": "a.b*", "env": "!dev"}}), r#"{app=~"a\\.b.*", env!="dev"}"#),
            (
                json!({"labels": {"app": "a"}, "contains": ["5 (x)", "`"], "not_contains": ["ok"], "regex": "a|b"}),
                "{app=\"a\"} |~ `(?i)5 \\(x\\)` |~ \"(?i)`\" !~ `(?i)ok` |~ `a|b`",
            ),
            (json!({"query": "{app=\"a\"} # all", "contains": ["x"]}), "{app=\"a\"} # all\n|~ `(?i)x`"),
            (json!({"labels": {"app": "a\"}"}}), r#"{app="a\"}"}"#),
        ];
        for (ask, wanted) in cases {
            assert_eq!(built(ask.clone()).as_deref(), Ok(wanted), "{ask}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_told() {
        let cases = [
            (json!({}), "nothing"),
            (json!({"query": "{a=\"b\"}", "labels": {"a": "b"}}), "one of them"),
            (json!({"labels": {"app": "*"}}), "not only *"),
            (json!({"labels": {"app": "!a"}}), "not negated"),
            (json!({"labels": {"a b": "x"}}), "letters, digits"),
            (json!({"query": "rate({a=\"b\"}[5m])", "contains": ["x"]}), "inside of the metric query"),
        ];
        for (ask, word) in cases {
            assert!(built(ask.clone()).is_err_and(|message| message.contains(word)), "{ask}");
        }
    }
}
