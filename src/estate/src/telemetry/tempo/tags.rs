//! Names and values of attributes, both versions of the API.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::handlers::{Reply, Window, bad, walk};
use super::traceql::{Attribute, Query, Scope, matching, value_of};
use crate::Estate;
use crate::telemetry::http::Parameters;

/// How many traces the values are taken from.
const SAMPLE: usize = 50;
const RESOURCE: [&str; 4] = ["k8s.namespace.name", "k8s.pod.name", "service.name", "service.namespace"];
const SPAN: [&str; 6] =
    ["db.system", "error.type", "http.request.method", "http.response.status_code", "http.route", "server.address"];
const INTRINSICS: [&str; 8] =
    ["duration", "kind", "name", "rootName", "rootServiceName", "status", "statusMessage", "traceDuration"];

pub(super) async fn tags() -> Json<Value> {
    let mut names: Vec<&str> = RESOURCE.into_iter().chain(SPAN).collect();
    names.sort_unstable();
    Json(json!({"tagNames": names}))
}

pub(super) async fn tags_v2(parameters: Parameters) -> Reply {
    let scopes: [(&str, &[&str]); 3] = [("resource", &RESOURCE), ("span", &SPAN), ("intrinsic", &INTRINSICS)];
    let known = ["resource", "span", "intrinsic", "event", "link", "instrumentation", "none"];
    let wanted = parameters.get("scope");
    if let Some(wanted) = wanted.filter(|wanted| !known.contains(wanted)) {
        return Err(bad(format!("invalid scope: {wanted}")));
    }
    let told: Vec<Value> = scopes
        .into_iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name || wanted == "none"))
        .map(|(name, tags)| json!({"name": name, "tags": tags}))
        .collect();
    Ok(Json(json!({"scopes": told, "metrics": {"inspectedBytes": "1"}})))
}

pub(super) async fn tag_values(
    State(estate): State<Arc<Estate>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Reply {
    let any = Attribute { scope: Scope::Any, name };
    let values: Vec<String> = values(&estate, &any, &parameters)?.into_keys().collect();
    Ok(Json(json!({"tagValues": values})))
}

pub(super) async fn tag_values_v2(
    State(estate): State<Arc<Estate>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Reply {
    let attribute =
        attribute(&name).ok_or_else(|| bad(format!("tag name is not valid intrinsic or scoped attribute: {name}")))?;
    let values = values(&estate, &attribute, &parameters)?;
    let typed: Vec<Value> = values.into_iter().map(|(value, kind)| json!({"type": kind, "value": value})).collect();
    Ok(Json(json!({"tagValues": typed, "metrics": {"inspectedBytes": "1"}})))
}

/// The attribute of a name as TraceQL writes it.
fn attribute(name: &str) -> Option<Attribute> {
    let query = Query::parse(&format!("{{ {name} != nil }}")).ok()?;
    query.told.into_iter().next()
}

/// Values with their types. A filter that cannot be read is no filter, as Tempo has it.
fn values(
    estate: &Estate,
    attribute: &Attribute,
    parameters: &Parameters,
) -> Result<BTreeMap<String, &'static str>, super::handlers::Refusal> {
    let window = Window::of(parameters, 168)?;
    let every = || Query::parse("{}");
    let query = parameters.get("q").map_or_else(every, |text| Query::parse(text).or_else(|_| every()));
    let query = query.map_err(bad)?;
    let mut found = BTreeMap::new();
    let mut looked_at = 0;
    walk(estate, window, |trace| {
        let values = matching(&query.spans, &trace).into_iter().filter_map(|span| value_of(&trace, span, attribute));
        found.extend(values.map(|value| (value.shown(), value.kind())));
        looked_at += 1;
        looked_at < SAMPLE
    });
    Ok(found)
}
