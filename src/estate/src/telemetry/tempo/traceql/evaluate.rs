//! Which spans of a trace a query means.

use super::{Attribute, Condition, Joint, Literal, Operator, Scope, Spanset};
use crate::telemetry::tempo::traces::{Span, Trace};
use std::collections::BTreeSet;

/// A typed value: a text is never equal to a number.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::telemetry::tempo) enum Value {
    /// A text.
    Text(String),
    /// A number; durations in nanoseconds.
    Number(f64),
    /// One of the words of `status` and `kind`.
    Word(String),
}

impl Value {
    /// As a text, for labels and lists of values.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Word(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }

    /// Its type in the answers of the tag API.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Number(_) => "int",
            Self::Word(_) => "keyword",
        }
    }
}

/// The spans that are meant, in the order of the trace.
pub(in crate::telemetry::tempo) fn matching<'a>(spans: &Spanset, trace: &'a Trace) -> Vec<&'a Span> {
    let chosen = chosen(spans, trace);
    trace.spans.iter().enumerate().filter(|(index, _)| chosen.contains(index)).map(|(_, span)| span).collect()
}

fn chosen(spans: &Spanset, trace: &Trace) -> BTreeSet<usize> {
    match spans {
        Spanset::Filter(condition) => {
            let meets = |(_, span): &(usize, &Span)| holds(condition, trace, span);
            trace.spans.iter().enumerate().filter(meets).map(|(index, _)| index).collect()
        }
        Spanset::Both(left, joint, right) => {
            let (left, right) = (chosen(left, trace), chosen(right, trace));
            match joint {
                Joint::And if left.is_empty() || right.is_empty() => BTreeSet::new(),
                Joint::And | Joint::Or => left.union(&right).copied().collect(),
                Joint::Child => right
                    .into_iter()
                    .filter(|index| above(trace, *index).take(1).any(|up| left.contains(&up)))
                    .collect(),
                Joint::Descendant => {
                    right.into_iter().filter(|index| above(trace, *index).any(|up| left.contains(&up))).collect()
                }
            }
        }
    }
}

/// The spans above one, its parent first.
fn above(trace: &Trace, index: usize) -> impl Iterator<Item = usize> {
    let parent = move |index: &usize| {
        let parent = trace.spans.get(*index)?.parent?;
        trace.spans.iter().position(|span| span.id == parent)
    };
    std::iter::successors(Some(index), parent).skip(1)
}

fn holds(condition: &Condition, trace: &Trace, span: &Span) -> bool {
    match condition {
        Condition::Always => true,
        Condition::All(all) => all.iter().all(|condition| holds(condition, trace, span)),
        Condition::Any(any) => any.iter().any(|condition| holds(condition, trace, span)),
        Condition::Not(inner) => !holds(inner, trace, span),
        Condition::Compare(attribute, operator, literal) => {
            compare(value_of(trace, span, attribute).as_ref(), *operator, literal)
        }
    }
}

fn compare(value: Option<&Value>, operator: Operator, literal: &Literal) -> bool {
    match (literal, operator, value) {
        (Literal::Nil, Operator::Equal, value) => value.is_none(),
        (Literal::Nil, _, value) => value.is_some(),
        (_, _, None) => false,
        (Literal::Pattern(pattern), operator, Some(Value::Text(text))) => {
            pattern.is_match(text) == (operator == Operator::Matches)
        }
        (Literal::Pattern(_), _, Some(_)) => false,
        (Literal::Value(wanted), Operator::Equal, Some(value)) => value == wanted,
        (Literal::Value(wanted), Operator::NotEqual, Some(value)) => value != wanted,
        (Literal::Value(Value::Number(wanted)), operator, Some(Value::Number(value))) => match operator {
            Operator::Less => value < wanted,
            Operator::LessOrEqual => value <= wanted,
            Operator::Greater => value > wanted,
            Operator::GreaterOrEqual => value >= wanted,
            _ => false,
        },
        (Literal::Value(_), _, Some(_)) => false,
    }
}

/// An attribute or an intrinsic of a span; durations in nanoseconds.
pub(in crate::telemetry::tempo) fn value_of(trace: &Trace, span: &Span, attribute: &Attribute) -> Option<Value> {
    let name = attribute.name.as_str();
    match attribute.scope {
        Scope::Intrinsic => intrinsic(trace, span, name),
        Scope::Resource => resource(span, name),
        Scope::Span => own(span, name),
        Scope::Any => own(span, name).or_else(|| resource(span, name)),
    }
}

fn intrinsic(trace: &Trace, span: &Span, name: &str) -> Option<Value> {
    Some(match name {
        "name" => Value::Text(span.name.clone()),
        "status" => Value::Word(if span.failure.is_some() { "error" } else { "unset" }.to_owned()),
        "statusMessage" => Value::Text(span.failure.clone().unwrap_or_default()),
        "kind" => Value::Word(span.kind.trim_start_matches("SPAN_KIND_").to_ascii_lowercase()),
        "duration" => Value::Number(span.duration_ns as f64),
        "traceDuration" => Value::Number(trace.extent().1 as f64),
        "rootServiceName" => Value::Text(trace.spans.first()?.service.name.clone()),
        "rootName" => Value::Text(trace.spans.first()?.name.clone()),
        _ => return None,
    })
}

fn resource(span: &Span, name: &str) -> Option<Value> {
    Some(Value::Text(match name {
        "service.name" => span.service.name.clone(),
        "service.namespace" | "k8s.namespace.name" => span.service.namespace.clone(),
        "k8s.pod.name" => span.pod.clone(),
        _ => return None,
    }))
}

/// Status codes are numbers in OTLP, all else here is text.
fn own(span: &Span, name: &str) -> Option<Value> {
    let (_, value) = span.attributes.iter().find(|(known, _)| *known == name)?;
    match value.parse::<f64>() {
        Ok(number) if name == "http.response.status_code" => Some(Value::Number(number)),
        _ => Some(Value::Text(value.clone())),
    }
}
