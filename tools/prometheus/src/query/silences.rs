//! Silences of Alertmanager: reading them, writing matchers. Pure.
//!
//! After Alertmanager's API v2 (its OpenAPI document, `/api/v2/silences`).

use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tools_common::args;
use tools_common::http::Request;

/// One matcher. A server before 0.22 knows no `isEqual`, which then is true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Matcher {
    pub name: String,
    pub value: String,
    #[serde(default)]
    pub is_regex: bool,
    #[serde(default = "yes")]
    pub is_equal: bool,
}

fn yes() -> bool {
    true
}

/// `app="checkout"`, `severity=~"warning|info"`.
impl std::fmt::Display for Matcher {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operator = match (self.is_equal, self.is_regex) {
            (true, false) => "=",
            (false, false) => "!=",
            (true, true) => "=~",
            (false, true) => "!~",
        };
        write!(out, "{}{operator}{}", self.name, super::promql::quoted(&self.value))
    }
}

impl Matcher {
    /// Reads `app=checkout`, `app="checkout"`, `app=~"a|b"`.
    ///
    /// # Errors
    /// `BadRequest` for what is none.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let wrong =
            || args::invalid("matchers", format!("{text:?}"), "NAME=VALUE, NAME!=VALUE, NAME=~REGEX or NAME!~REGEX");
        let end = text.find(['=', '!']).ok_or_else(wrong)?;
        let (name, rest) = text.split_at(end);
        let operators = [("=~", true, true), ("!~", false, true), ("!=", false, false), ("=", true, false)];
        let found = operators.into_iter().find_map(|(operator, is_equal, is_regex)| {
            rest.strip_prefix(operator).map(|value| (value, is_equal, is_regex))
        });
        let (value, is_equal, is_regex) = found.ok_or_else(wrong)?;
        let name = name.trim();
        let is_name = !name.is_empty()
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            && !name.starts_with(|letter: char| letter.is_ascii_digit());
        if !is_name {
            return Err(wrong());
        }
        let value = unquoted(value.trim()).ok_or_else(wrong)?;
        if is_regex && regex::Regex::new(&format!("^(?:{value})$")).is_err() {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), value, is_regex, is_equal })
    }

    /// Whether it fits labels; a label that is absent is the empty text.
    pub(crate) fn fits(&self, labels: &domain::observed::prometheus::Labels) -> bool {
        let found = labels.get(&self.name).map(String::as_str).unwrap_or_default();
        let same = if self.is_regex {
            regex::Regex::new(&format!("^(?:{})$", self.value)).is_ok_and(|regex| regex.is_match(found))
        } else {
            self.value == found
        };
        same == self.is_equal
    }

    /// Whether it chooses nothing: it fits an alert without its label, or with any value of it.
    pub(crate) fn chooses_nothing(&self) -> bool {
        // Values that no alert has, and that have nothing in common but letters and length.
        const ANY: [&str; 2] = ["zqxkwmvtrbjhlpoyfncdguae", "QV7XK2WM9TB4RJ6HC1LP8ZD3"];
        let with = |value: &str| [(self.name.clone(), value.to_owned())].into();
        self.fits(&domain::observed::prometheus::Labels::new()) || ANY.iter().all(|value| self.fits(&with(value)))
    }
}

/// The value without its quotes; `None` where they do not pair.
fn unquoted(text: &str) -> Option<String> {
    if !text.starts_with('"') {
        return (!text.contains('"')).then(|| text.to_owned());
    }
    serde_json::from_str::<String>(text).ok()
}

/// One silence as Alertmanager tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Silence {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub matchers: Vec<Matcher>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    #[serde(default)]
    pub updated_at: String,
    #[serde(default)]
    pub created_by: String,
    #[serde(default)]
    pub comment: String,
    #[serde(default)]
    pub status: Status,
}

/// `active`, `pending`, `expired`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Status {
    #[serde(default)]
    pub state: String,
}

impl Silence {
    /// Its matchers as one text, in a fixed order.
    pub(crate) fn shown_matchers(&self) -> String {
        show(&self.matchers)
    }
}

/// Matchers as one text, in a fixed order.
pub(crate) fn show(matchers: &[Matcher]) -> String {
    let mut sorted: Vec<&Matcher> = matchers.iter().collect();
    sorted.sort();
    sorted.iter().map(|matcher| matcher.to_string()).collect::<Vec<_>>().join(", ")
}

/// All silences, expired ones of the retention too.
pub(crate) fn list() -> Request {
    Request::get("/api/v2/silences")
}

/// One silence.
pub(crate) fn get(id: &str) -> Request {
    Request::get(format!("/api/v2/silence/{id}"))
}

/// Ends a silence.
pub(crate) fn expire(id: &str) -> Request {
    Request::delete(format!("/api/v2/silence/{id}"))
}

/// Makes a silence.
pub(crate) fn create(
    matchers: &[Matcher],
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    by: &str,
    comment: &str,
) -> Request {
    let body: Value = json!({
        "matchers": matchers,
        "startsAt": start.to_rfc3339(),
        "endsAt": end.to_rfc3339(),
        "createdBy": by,
        "comment": comment,
    });
    Request::post_json("/api/v2/silences", body)
}

/// Whether a text can be the id of a silence: nothing that could leave its place in the path.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matchers_are_read_as_people_write_them() {
        let cases = [
            ("app=checkout", Some("app=\"checkout\"")),
            ("app = \"a b\"", Some("app=\"a b\"")),
            ("severity=~warning|info", Some("severity=~\"warning|info\"")),
            ("job!=\"x\"", Some("job!=\"x\"")),
            ("job!~x.*", Some("job!~\"x.*\"")),
            ("app", None),
            ("=x", None),
            ("1a=x", None),
            ("app=~(", None),
            ("app=\"x", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(Matcher::parse(text).ok().map(|matcher| matcher.to_string()).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn a_matcher_that_any_value_fits_chooses_nothing() {
        for (text, wanted) in [
            ("alertname=~.+", true),
            ("alertname=~.*", true),
            ("alertname=~..*", true),
            ("alertname=~\\w+", true),
            ("alertname=~\"|.+\"", true),
            ("alertname!=\"\"", true),
            ("alertname!=Nothing", true),
            ("alertname!~Nothing.*", true),
            ("alertname!~.+", true),
            ("alertname=~Down.*", false),
            ("severity=~warning|info", false),
            ("service=checkout", false),
        ] {
            assert_eq!(Matcher::parse(text).unwrap().chooses_nothing(), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(name in "[a-z_][a-z0-9_]{0,8}", value in "[ -~]{0,20}", is_equal: bool) {
            let matcher = Matcher { name, value, is_regex: false, is_equal };
            prop_assert_eq!(Matcher::parse(&matcher.to_string()).unwrap(), matcher);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = Matcher::parse(&text);
        }
    }
}
