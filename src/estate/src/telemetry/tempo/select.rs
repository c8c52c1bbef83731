//! Selection of traces: one conjunction of conditions that a single span must meet, from TraceQL or from tags.

use regex::Regex;

use super::traces::{Span, Trace};
use crate::telemetry::http::parse_duration_ms;

/// The conditions; none accepts every span.
#[derive(Debug, Default)]
pub(super) struct Selection(Vec<Condition>);

#[derive(Debug)]
struct Condition {
    attribute: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Is(String, bool),
    Matches(Regex, bool),
    Compares(Comparison, f64),
}

/// A comparison of two numbers.
type Comparison = fn(f64, f64) -> bool;

const OPERATORS: [&str; 8] = ["=~", "!~", "!=", ">=", "<=", "=", ">", "<"];

impl Selection {
    /// Reads `{ a = "x" && b > 1s }`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let inner = text.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let inner = inner.ok_or_else(|| format!("invalid TraceQL query: {text:?}: expected one {{ ... }}"))?;
        if inner.contains("||") || inner.contains('{') {
            return Err(format!("invalid TraceQL query: {text:?}: only conditions joined by && are supported here"));
        }
        let conditions = inner.split("&&").map(str::trim).filter(|part| !part.is_empty());
        conditions.map(Condition::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Adds `name=value` pairs in logfmt.
    pub fn add_tags(&mut self, tags: &str) -> Result<(), String> {
        for pair in tags.split_whitespace() {
            let (name, value) =
                pair.split_once('=').ok_or_else(|| format!("invalid tag {pair:?}: expected name=value"))?;
            let test = Test::Is(value.trim_matches('"').to_owned(), true);
            self.0.push(Condition { attribute: name.to_owned(), test });
        }
        Ok(())
    }

    /// The spans that meet all conditions.
    pub fn matching<'a>(&self, trace: &'a Trace) -> Vec<&'a Span> {
        trace.spans.iter().filter(|span| self.0.iter().all(|condition| condition.holds(trace, span))).collect()
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("invalid TraceQL query: cannot read the condition {text:?}");
        let position = text.find(['=', '!', '<', '>']).ok_or_else(bad)?;
        let (name, rest) = text.split_at(position);
        let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator)).ok_or_else(bad)?;
        let value = rest.strip_prefix(operator).unwrap_or_default().trim();
        let quoted = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
        let name = name.trim();
        let attribute =
            ["resource.", "span.", "."].into_iter().find_map(|scope| name.strip_prefix(scope)).unwrap_or(name);
        let bare = quoted.unwrap_or(value);
        if bare.is_empty() || attribute.is_empty() {
            return Err(bad());
        }
        let number = || match name.ends_with("uration") {
            true => parse_duration_ms(bare).map(|millis| millis as f64),
            false => bare.parse().ok(),
        };
        let compare: Option<Comparison> = match operator {
            ">=" => Some(|a, b| a >= b),
            "<=" => Some(|a, b| a <= b),
            ">" => Some(|a, b| a > b),
            "<" => Some(|a, b| a < b),
            _ => None,
        };
        let test = match (compare, operator) {
            (Some(compare), _) => Test::Compares(compare, number().ok_or_else(bad)?),
            (None, "=~" | "!~") => {
                Test::Matches(Regex::new(&format!("^(?:{bare})$")).map_err(|_| bad())?, operator == "=~")
            }
            (None, _) => Test::Is(bare.to_owned(), operator == "="),
        };
        Ok(Self { attribute: attribute.to_owned(), test })
    }

    fn holds(&self, trace: &Trace, span: &Span) -> bool {
        let value = value_of(trace, span, &self.attribute);
        match &self.test {
            Test::Is(expected, wanted) => (value.as_deref() == Some(expected)) == *wanted,
            Test::Matches(pattern, wanted) => value.is_some_and(|value| pattern.is_match(&value) == *wanted),
            Test::Compares(compare, bound) => {
                value.and_then(|value| value.parse().ok()).is_some_and(|value| compare(value, *bound))
            }
        }
    }
}

/// An attribute or an intrinsic of a span; durations in milliseconds.
pub(super) fn value_of(trace: &Trace, span: &Span, attribute: &str) -> Option<String> {
    let millis = |nanoseconds: i64| (nanoseconds as f64 / 1e6).to_string();
    Some(match attribute {
        "service.name" => span.service.name.clone(),
        "service.namespace" | "k8s.namespace.name" => span.service.namespace.clone(),
        "k8s.pod.name" => span.pod.clone(),
        "name" => span.name.clone(),
        "status" => if span.failure.is_some() { "error" } else { "unset" }.to_owned(),
        "kind" => span.kind.trim_start_matches("SPAN_KIND_").to_ascii_lowercase(),
        "duration" => millis(span.duration_ns),
        "traceDuration" => millis(trace.extent().1),
        "rootServiceName" => trace.spans.first()?.service.name.clone(),
        "rootName" => trace.spans.first()?.name.clone(),
        other => return span.attributes.iter().find(|(name, _)| *name == other).map(|(_, value)| value.clone()),
    })
}
