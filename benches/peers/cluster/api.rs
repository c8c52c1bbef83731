//! The wire side: lists with selectors and pages, single objects, tables, metadata alone, watches in which nothing happens.

use super::{Objects, Stored};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::TimeDelta;
use estate::Estate;
use estate::world::selector::{FieldSelector, LabelSelector};
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Resource, path of its group, kind, whether it has namespaces.
const RESOURCES: [(&str, &str, &str, bool); 8] = [
    ("pods", "/api/v1", "Pod", true),
    ("events", "/api/v1", "Event", true),
    ("namespaces", "/api/v1", "Namespace", false),
    ("nodes", "/api/v1", "Node", false),
    ("services", "/api/v1", "Service", true),
    ("deployments", "/apis/apps/v1", "Deployment", true),
    ("replicasets", "/apis/apps/v1", "ReplicaSet", true),
    ("endpointslices", "/apis/discovery.k8s.io/v1", "EndpointSlice", true),
];

/// Columns as the API server names them; a small priority stands in the narrow table too.
const POD_COLUMNS: &[(&str, u8)] = &[
    ("Name", 0),
    ("Ready", 0),
    ("Status", 0),
    ("Restarts", 0),
    ("Age", 0),
    ("IP", 1),
    ("Node", 1),
    ("Nominated Node", 1),
    ("Readiness Gates", 1),
];
const EVENT_COLUMNS: &[(&str, u8)] = &[
    ("Last Seen", 0),
    ("Type", 0),
    ("Reason", 0),
    ("Object", 0),
    ("Subobject", 1),
    ("Source", 1),
    ("Message", 0),
    ("First Seen", 1),
    ("Count", 1),
    ("Name", 1),
];
const OTHER_COLUMNS: &[(&str, u8)] = &[("Name", 0), ("Age", 0)];

/// Nothing ever changes, so that there is one version.
const VERSION: &str = "900000";
/// Between two bookmarks of a watch.
const BOOKMARKS: Duration = Duration::from_secs(10);

/// One resource of the API.
#[derive(Clone, Copy)]
struct Resource {
    plural: &'static str,
    group: &'static str,
    kind: &'static str,
}

struct World {
    objects: Objects,
    /// Lists as they were written the first time; the benchmark asks for a handful of different ones.
    written: Mutex<BTreeMap<String, Bytes>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Objects,
    Table,
    Metadata,
}

type Parameters = BTreeMap<String, String>;

/// The API as a router that counts its requests.
pub fn router(objects: Objects, requests: Arc<AtomicU64>) -> Router {
    let world = Arc::new(World { objects, written: Mutex::default() });
    let mut router = Router::new();
    for (plural, group, kind, namespaced) in RESOURCES {
        let resource = Resource { plural, group, kind };
        let all = move |State(world): State<Arc<World>>, Query(parameters), RawQuery(query), headers: HeaderMap| async move {
            world.list(resource, None, &parameters, query.as_deref().unwrap_or_default(), &headers)
        };
        router = router.route(&format!("{group}/{plural}"), get(all));
        if namespaced {
            let some = move |State(world): State<Arc<World>>,
                             Path(namespace): Path<String>,
                             Query(parameters),
                             RawQuery(query),
                             headers: HeaderMap| async move {
                world.list(resource, Some(&namespace), &parameters, query.as_deref().unwrap_or_default(), &headers)
            };
            let one =
                move |State(world): State<Arc<World>>,
                      Path((namespace, name)): Path<(String, String)>,
                      headers: HeaderMap| async move { world.one(resource, &namespace, &name, &headers) };
            router = router
                .route(&format!("{group}/namespaces/{{namespace}}/{plural}"), get(some))
                .route(&format!("{group}/namespaces/{{namespace}}/{plural}/{{name}}"), get(one));
        } else {
            let one = move |State(world): State<Arc<World>>, Path(name): Path<String>, headers: HeaderMap| async move {
                world.one(resource, "", &name, &headers)
            };
            router = router.route(&format!("{group}/{plural}/{{name}}"), get(one));
        }
    }
    let others = estate::kubernetes::router(Estate::live(1, None, TimeDelta::zero()));
    let counted = middleware::from_fn_with_state(requests, count);
    router.with_state(world).fallback_service(others).layer(counted)
}

async fn count(State(requests): State<Arc<AtomicU64>>, request: Request, next: Next) -> Response {
    requests.fetch_add(1, Ordering::Relaxed);
    next.run(request).await
}

impl World {
    fn of(&self, resource: Resource) -> &[Stored] {
        self.objects.get(resource.plural).map(Vec::as_slice).unwrap_or_default()
    }

    fn one(&self, resource: Resource, namespace: &str, name: &str, headers: &HeaderMap) -> Response {
        let found = self
            .of(resource)
            .iter()
            .find(|stored| part(stored, "name") == name && part(stored, "namespace") == namespace);
        match (found, form(headers)) {
            (_, None) => refused(StatusCode::NOT_ACCEPTABLE, "NotAcceptable", "only application/json is written here"),
            (None, _) => {
                refused(StatusCode::NOT_FOUND, "NotFound", &format!("{} \"{name}\" not found", resource.plural))
            }
            (Some(stored), Some(Form::Table)) => {
                json_body(table(resource, &[stored], &Parameters::new(), json!({})).to_string())
            }
            (Some(stored), Some(Form::Metadata)) => json_body(metadata_of(stored).to_string()),
            (Some(stored), Some(Form::Objects)) => json_body(stored.object.to_string()),
        }
    }

    fn list(
        &self,
        resource: Resource,
        namespace: Option<&str>,
        parameters: &Parameters,
        query: &str,
        headers: &HeaderMap,
    ) -> Response {
        if parameters.get("watch").is_some_and(|flag| flag == "true" || flag == "1") {
            return watch(resource, parameters);
        }
        let Some(form) = form(headers) else {
            return refused(StatusCode::NOT_ACCEPTABLE, "NotAcceptable", "only application/json is written here");
        };
        let key = format!("{} {namespace:?} {form:?} {query}", resource.plural);
        let known = self.written.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(bytes) = known {
            return json_body(bytes);
        }
        match self.write(resource, namespace, parameters, form) {
            Ok(value) => {
                let bytes = Bytes::from(value.to_string());
                self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(key, bytes.clone());
                json_body(bytes)
            }
            Err(problem) => refused(StatusCode::BAD_REQUEST, "BadRequest", &problem),
        }
    }

    fn write(
        &self,
        resource: Resource,
        namespace: Option<&str>,
        parameters: &Parameters,
        form: Form,
    ) -> Result<Value, String> {
        let text = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        let number = |name: &str| match text(name) {
            "" => Ok(0),
            digits => digits.parse::<usize>().map_err(|_| format!("{name}: {digits:?} is no number")),
        };
        let labels = LabelSelector::parse(text("labelSelector"))?;
        let fields = FieldSelector::parse(text("fieldSelector"))?;
        if let Some(path) = fields.unsupported(resource.plural) {
            return Err(format!("field label not supported: {path}"));
        }
        let matching: Vec<&Stored> = self
            .of(resource)
            .iter()
            .filter(|stored| namespace.is_none_or(|wanted| part(stored, "namespace") == wanted))
            .filter(|stored| labels.matches(&stored.object) && fields.matches(&stored.object))
            .collect();
        let (from, limit) = (number("continue")?, number("limit")?);
        let end = if limit == 0 { matching.len() } else { matching.len().min(from + limit) };
        let shown = matching.get(from..end).ok_or("continue: not of this list")?;
        let mut metadata = json!({"resourceVersion": VERSION});
        if end < matching.len()
            && let Some(metadata) = metadata.as_object_mut()
        {
            metadata.insert("continue".to_owned(), json!(end.to_string()));
            if text("labelSelector").is_empty() && text("fieldSelector").is_empty() {
                metadata.insert("remainingItemCount".to_owned(), json!(matching.len() - end));
            }
        }
        Ok(match form {
            Form::Table => table(resource, shown, parameters, metadata),
            Form::Metadata => {
                let items: Vec<Value> = shown.iter().map(|stored| metadata_of(stored)).collect();
                json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": items})
            }
            Form::Objects => {
                let version = resource.group.trim_start_matches("/apis/").trim_start_matches("/api/");
                let items: Vec<Value> = shown.iter().map(|stored| in_list(&stored.object)).collect();
                json!({"kind": format!("{}List", resource.kind), "apiVersion": version, "metadata": metadata, "items": items})
            }
        })
    }
}

/// A list says kind and version once, not in each object.
fn in_list(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("apiVersion");
        fields.remove("kind");
    }
    object
}

fn metadata_of(stored: &Stored) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": stored.object.get("metadata")})
}

fn table(resource: Resource, shown: &[&Stored], parameters: &Parameters, metadata: Value) -> Value {
    let columns = match resource.plural {
        "pods" => POD_COLUMNS,
        "events" => EVENT_COLUMNS,
        _ => OTHER_COLUMNS,
    };
    let definitions: Vec<Value> = columns
        .iter()
        .map(|(name, priority)| {
            let format = if *name == "Name" { "name" } else { "" };
            json!({"name": name, "type": "string", "format": format, "description": name, "priority": priority})
        })
        .collect();
    let rows: Vec<Value> = shown
        .iter()
        .map(|stored| {
            let beside = match parameters.get("includeObject").map(String::as_str) {
                Some("None") => Value::Null,
                Some("Object") => stored.object.clone(),
                _ => metadata_of(stored),
            };
            json!({"cells": stored.cells, "object": beside})
        })
        .collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions, "rows": rows})
}

/// A watch tells only that it is alive, and ends when the client wanted it to.
fn watch(resource: Resource, parameters: &Parameters) -> Response {
    let version = resource.group.trim_start_matches("/apis/").trim_start_matches("/api/");
    let bookmark = json!({"type": "BOOKMARK", "object": {"kind": resource.kind, "apiVersion": version, "metadata": {"resourceVersion": VERSION}}});
    let line = Bytes::from(format!("{bookmark}\n"));
    let wanted = parameters.get("timeoutSeconds").and_then(|seconds| seconds.parse().ok()).unwrap_or(300);
    let bookmarks = futures::stream::unfold((), move |()| {
        let line = line.clone();
        async move {
            tokio::time::sleep(BOOKMARKS).await;
            Some((Ok::<Bytes, Infallible>(line), ()))
        }
    });
    let bookmarks = bookmarks.take_until(tokio::time::sleep(Duration::from_secs(wanted)));
    ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(bookmarks)).into_response()
}

/// The first form that the client would take and that is written here.
fn form(headers: &HeaderMap) -> Option<Form> {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    let wishes = accept.split(',').map(str::trim);
    wishes
        .filter(|wish| wish.starts_with("application/json") || wish.starts_with("*/*"))
        .map(|wish| match wish {
            table if table.contains("as=Table") => Form::Table,
            metadata if metadata.contains("as=PartialObjectMetadata") => Form::Metadata,
            _ => Form::Objects,
        })
        .next()
}

fn part<'a>(stored: &'a Stored, field: &str) -> &'a str {
    stored.object.pointer(&format!("/metadata/{field}")).and_then(Value::as_str).unwrap_or_default()
}

fn json_body(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

fn refused(code: StatusCode, reason: &str, message: &str) -> Response {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": reason,
        "message": message, "code": code.as_u16()});
    (code, [(header::CONTENT_TYPE, "application/json")], status.to_string()).into_response()
}
