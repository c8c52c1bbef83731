//! A search in plain arguments, written as TraceQL.

use super::traceql::{attribute, check, quoted};
use chrono::TimeDelta;
use domain::envelope::Failure;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::{args, time};

/// Which spans, without TraceQL.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub(crate) struct Filter {
    /// TraceQL, instead of the arguments below.
    #[schemars(length(max = 4000))]
    pub query: Option<String>,
    /// service.name
    pub service: Option<String>,
    /// Span name.
    pub operation: Option<String>,
    /// Of the span.
    pub status: Option<Status>,
    /// Of the span: 500ms, 2s.
    pub min_duration: Option<String>,
    /// Of the span.
    pub max_duration: Option<String>,
    /// http.route=/cart, k8s.pod.name=~cart-.*, http.status_code>=500
    #[serde(default)]
    pub attributes: Vec<String>,
}

/// How a span ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Error,
    Ok,
    Unset,
}

const OPERATORS: [&str; 8] = ["=~", "!~", "!=", ">=", "<=", "=", ">", "<"];

impl Filter {
    /// The query as given, or the arguments as one selector.
    ///
    /// # Errors
    /// `BadRequest` for TraceQL that does not close, for both at once, and for arguments that cannot be read.
    pub(crate) fn traceql(&self) -> Result<String, Failure> {
        let conditions = self.conditions()?;
        match &self.query {
            None => Ok(selector(&conditions)),
            Some(query) if conditions.is_empty() => check(query).map(|()| query.trim().to_owned()),
            Some(_) => Err(args::invalid("query", "TraceQL beside other conditions", "either the one or the others")),
        }
    }

    /// The conditions of the plain arguments.
    pub(crate) fn conditions(&self) -> Result<Vec<String>, Failure> {
        let mut all = Vec::new();
        all.extend(self.service.as_ref().map(|service| format!("resource.service.name = {}", quoted(service))));
        all.extend(self.operation.as_ref().map(|operation| format!("name = {}", quoted(operation))));
        all.extend(self.status.map(|status| {
            let word = match status {
                Status::Error => "error",
                Status::Ok => "ok",
                Status::Unset => "unset",
            };
            format!("status = {word}")
        }));
        let bounds = [("min_duration", ">=", &self.min_duration), ("max_duration", "<=", &self.max_duration)];
        for (field, operator, given) in bounds {
            if let Some(text) = given {
                let most = TimeDelta::days(7);
                let length = time::duration(field, Some(text), most, TimeDelta::milliseconds(1), most)?;
                all.push(format!("duration {operator} {}ms", length.num_milliseconds()));
            }
        }
        for pair in &self.attributes {
            all.push(condition(pair)?);
        }
        Ok(all)
    }
}

/// Conditions that one span must meet.
pub(crate) fn selector(conditions: &[String]) -> String {
    if conditions.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", conditions.join(" && ")) }
}

/// `name=value` as a condition. TraceQL tells the number 500 from the text "500" and senders do not agree on which they
/// send, so that both are asked for.
fn condition(pair: &str) -> Result<String, Failure> {
    let bad = || args::invalid("attributes", format!("{pair:?}"), "name=value, with =, !=, =~, !~, >, >=, < or <=");
    let at = pair.find(['=', '!', '<', '>']).ok_or_else(bad)?;
    let (name, rest) = pair.split_at(at);
    let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator)).ok_or_else(bad)?;
    let value = rest.strip_prefix(operator).unwrap_or_default().trim().trim_matches('"');
    if name.trim().is_empty() || value.is_empty() {
        return Err(bad());
    }
    let name = attribute(name);
    let is_bare = value.parse::<f64>().is_ok_and(f64::is_finite) || matches!(value, "true" | "false");
    Ok(match operator {
        "=~" | "!~" => format!("{name} {operator} {}", quoted(value)),
        "=" if is_bare => format!("({name} = {value} || {name} = {})", quoted(value)),
        "!=" if is_bare => format!("{name} != {value} && {name} != {}", quoted(value)),
        "=" | "!=" => format!("{name} {operator} {}", bare_word(&name, value)),
        _ if is_bare || starts_with_digit(value) => format!("{name} {operator} {value}"),
        _ => return Err(args::invalid("attributes", format!("{pair:?}"), "a number beside <, <=, > and >=")),
    })
}

/// `kind` and `status` are compared with words, all else with texts.
fn bare_word(name: &str, value: &str) -> String {
    let is_word = value.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_word && matches!(name, "kind" | "status" | "span:kind" | "span:status") {
        value.to_owned()
    } else {
        quoted(value)
    }
}

/// A duration such as `2s`: letters and digits only, so that nothing else can be smuggled in.
fn starts_with_digit(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_digit())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn arguments_become_one_selector() {
        let filter = Filter {
            service: Some("cart \"x\"".into()),
            operation: Some("GET /cart".into()),
            status: Some(Status::Error),
            min_duration: Some("1s".into()),
            attributes: vec![
                "http.status_code=500".into(),
                "resource.k8s.pod.name=~cart-.*".into(),
                "kind=server".into(),
                "http.status_code>=500".into(),
            ],
            ..Filter::default()
        };
        assert_eq!(
            filter.traceql().unwrap(),
            "{ resource.service.name = \"cart \\\"x\\\"\" && name = \"GET /cart\" && status = error && duration >= 1000ms \
             && (.http.status_code = 500 || .http.status_code = \"500\") && resource.k8s.pod.name =~ \"cart-.*\" \
             && kind = server && .http.status_code >= 500 }"
        );
        assert_eq!(Filter::default().traceql().unwrap(), "{}");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let with = |attribute: &str| Filter { attributes: vec![attribute.into()], ..Filter::default() };
        for wrong in ["http.route", "=x", "a=", "a>b", "a>1 || true"] {
            assert!(with(wrong).traceql().unwrap_err().message.contains("`attributes`"), "{wrong}");
        }
        let both = Filter { query: Some("{}".into()), service: Some("a".into()), ..Filter::default() };
        assert!(both.traceql().is_err());
        assert!(Filter { min_duration: Some("fast".into()), ..Filter::default() }.traceql().is_err());
    }

    proptest! {
        #[test]
        fn no_argument_breaks_out_of_the_selector(service in "\\PC{0,12}", pair in "[a-z]{1,4}=\\PC{1,12}") {
            let filter = Filter { service: Some(service), attributes: vec![pair], ..Filter::default() };
            if let Ok(query) = filter.traceql() {
                prop_assert_eq!(check(&query), Ok(()));
            }
        }
    }
}
