//! A trace in the JSON of OTLP as Tempo writes it, read into the spans of [`domain::traces`].
//!
//! Guarantees: hex and base64 ids, enumerations by name or number, numbers as texts, the names of older versions
//! (`batches`, `instrumentationLibrarySpans`) are all read; texts and attributes of a span are bounded; more spans than
//! [`MOST_SPANS`] are left out and counted. What is a sensitive attribute by its name is not even kept.

use super::lenient::{Scalar, id, list, told_list, told_value, value};
use domain::redaction;
use domain::redaction::{NameVerdict, judge_name};
use domain::traces::{Kind, Span};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Spans of one trace that are read.
pub(crate) const MOST_SPANS: usize = 200_000;
const MOST_ATTRIBUTES: usize = 64;
const TEXT_CHARS: usize = 300;

/// Names under which spans tell whom they called, the most telling first.
const PEERS: [&str; 6] =
    ["peer.service", "server.address", "net.peer.name", "db.namespace", "db.system.name", "db.system"];

/// The answer of `/api/v2/traces/{id}` (`trace`) or of `/api/traces/{id}` (`batches`).
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer {
    #[serde(default, deserialize_with = "told_value")]
    trace: Option<Document>,
    #[serde(default, alias = "resourceSpans", deserialize_with = "told_list")]
    batches: Option<Vec<ResourceSpans>>,
    #[serde(default, deserialize_with = "told_value")]
    metrics: Option<serde::de::IgnoredAny>,
    #[serde(default, deserialize_with = "value")]
    status: Scalar,
    #[serde(default, deserialize_with = "value")]
    message: String,
}

#[derive(Debug, Default, Deserialize)]
struct Document {
    #[serde(default, rename = "resourceSpans", alias = "batches", deserialize_with = "list")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Debug, Default, Deserialize)]
struct ResourceSpans {
    #[serde(default, deserialize_with = "value")]
    resource: Resource,
    #[serde(
        default,
        rename = "scopeSpans",
        alias = "instrumentationLibrarySpans",
        alias = "ilSpans",
        deserialize_with = "list"
    )]
    scopes: Vec<ScopeSpans>,
}

#[derive(Debug, Default, Deserialize)]
struct Resource {
    #[serde(default, deserialize_with = "list")]
    attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
struct ScopeSpans {
    #[serde(default, deserialize_with = "list")]
    spans: Vec<WireSpan>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireSpan {
    #[serde(deserialize_with = "value")]
    span_id: String,
    #[serde(deserialize_with = "value")]
    parent_span_id: String,
    #[serde(deserialize_with = "value")]
    name: String,
    #[serde(deserialize_with = "value")]
    kind: Scalar,
    #[serde(deserialize_with = "value")]
    start_time_unix_nano: Scalar,
    #[serde(deserialize_with = "value")]
    end_time_unix_nano: Scalar,
    #[serde(deserialize_with = "list")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "list")]
    events: Vec<Event>,
    #[serde(deserialize_with = "value")]
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    #[serde(deserialize_with = "value")]
    code: Scalar,
    #[serde(deserialize_with = "value")]
    message: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    #[serde(deserialize_with = "list")]
    attributes: Vec<KeyValue>,
}

/// An attribute.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct KeyValue {
    /// Its name.
    #[serde(deserialize_with = "value")]
    pub key: String,
    /// Its value.
    #[serde(deserialize_with = "value")]
    pub value: AnyValue,
}

/// One of the forms of a value; lists and maps are not read.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct AnyValue {
    #[serde(deserialize_with = "value")]
    string_value: Option<String>,
    #[serde(deserialize_with = "value")]
    int_value: Option<Scalar>,
    #[serde(deserialize_with = "value")]
    double_value: Option<Scalar>,
    #[serde(deserialize_with = "value")]
    bool_value: Option<bool>,
}

impl AnyValue {
    /// As a text of bounded length.
    pub(crate) fn text(&self) -> Option<String> {
        let number = || self.int_value.as_ref().or(self.double_value.as_ref()).and_then(Scalar::text);
        let flag = || self.bool_value.map(|flag| flag.to_string());
        self.string_value.as_deref().map(bounded).or_else(number).or_else(flag)
    }
}

/// A trace as it was read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ReadTrace {
    /// Its spans.
    pub spans: Vec<Span>,
    /// Spans over [`MOST_SPANS`].
    pub left_out: usize,
    /// Why the server calls the trace partial, where it does.
    pub partial: Option<String>,
}

impl Answer {
    /// Whether it is the answer of the trace API: without spans it has at least a field for them, or the metrics.
    pub(crate) fn is_told(&self) -> bool {
        self.trace.is_some() || self.batches.is_some() || self.metrics.is_some()
    }

    /// The spans.
    pub(crate) fn read(self) -> ReadTrace {
        let is_partial = match &self.status {
            Scalar::Text(word) => word.eq_ignore_ascii_case("partial"),
            other => other.integer() == Some(1),
        };
        let partial = is_partial.then(|| match self.message.is_empty() {
            true => "no reason is told".to_owned(),
            false => bounded(&self.message),
        });
        let mut read = ReadTrace { partial, ..ReadTrace::default() };
        let told = self.trace.into_iter().flat_map(|trace| trace.resource_spans);
        for batch in told.chain(self.batches.into_iter().flatten()) {
            let resource = attributes(&batch.resource.attributes);
            let service = service_of(&resource);
            for span in batch.scopes.into_iter().flat_map(|scope| scope.spans) {
                if read.spans.len() >= MOST_SPANS {
                    read.left_out += 1;
                    continue;
                }
                read.spans.push(span.read(&service, &resource));
            }
        }
        read
    }
}

fn service_of(resource: &BTreeMap<String, String>) -> String {
    resource.get("service.name").filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| "(unnamed)".to_owned())
}

impl WireSpan {
    fn read(self, service: &str, resource: &BTreeMap<String, String>) -> Span {
        let own = attributes(&self.attributes);
        let failed = match &self.status.code {
            Scalar::Text(word) => word.eq_ignore_ascii_case("STATUS_CODE_ERROR") || word == "2",
            other => other.integer() == Some(2),
        };
        let start_ns = self.start_time_unix_nano.integer().unwrap_or(0);
        Span {
            id: id(&self.span_id).unwrap_or_default(),
            parent: id(&self.parent_span_id),
            service: service.to_owned(),
            kind: kind(&self.kind),
            start_ns,
            end_ns: self.end_time_unix_nano.integer().unwrap_or(start_ns),
            failed,
            message: failed.then(|| self.message(&own)).flatten(),
            peer: PEERS.iter().find_map(|name| own.get(*name)).filter(|peer| !peer.is_empty()).cloned(),
            operation: bounded(&self.name),
            attributes: resource.iter().map(|(name, value)| (name.clone(), value.clone())).chain(own).collect(),
        }
    }

    /// What the span says of its failure: its status, its exception, or the codes in its attributes.
    fn message(&self, own: &BTreeMap<String, String>) -> Option<String> {
        if !self.status.message.is_empty() {
            return Some(bounded(&self.status.message));
        }
        let exception = self.events.iter().find_map(|event| {
            let told = attributes(&event.attributes);
            let parts: Vec<&str> = ["exception.type", "exception.message"]
                .iter()
                .filter_map(|name| told.get(*name).map(String::as_str))
                .collect();
            (!parts.is_empty()).then(|| parts.join(": "))
        });
        let codes = || {
            ["error.type", "http.response.status_code", "http.status_code", "rpc.grpc.status_code"]
                .iter()
                .find_map(|name| own.get(*name).map(|code| format!("{name} {code}")))
        };
        exception.or_else(codes)
    }
}

fn kind(kind: &Scalar) -> Kind {
    let word = match kind {
        Scalar::Text(word) => word.to_ascii_uppercase(),
        other => other.integer().map(|number| number.to_string()).unwrap_or_default(),
    };
    match word.trim_start_matches("SPAN_KIND_") {
        "INTERNAL" | "1" => Kind::Internal,
        "SERVER" | "2" => Kind::Server,
        "CLIENT" | "3" => Kind::Client,
        "PRODUCER" | "4" => Kind::Producer,
        "CONSUMER" | "5" => Kind::Consumer,
        _ => Kind::Unspecified,
    }
}

/// Attributes as texts, those left out whose name says that they hold a secret.
pub(crate) fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .filter(|pair| judge_name(&pair.key) == NameVerdict::Harmless)
        .take(MOST_ATTRIBUTES)
        .filter_map(|pair| Some((bounded(&pair.key), pair.value.text()?)))
        .collect()
}

fn bounded(text: &str) -> String {
    redaction::redacted_head(text, TEXT_CHARS)
}

#[cfg(test)]
mod tests;
