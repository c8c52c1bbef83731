//! The Kubernetes API over the world: discovery, lists, watches, tables, logs, writes, metrics, reviews; believed by kubectl.
//!
//! Deliberately absent: authentication (whoever reaches the port may do everything), exec, port-forward, proxy, protobuf.

mod answer;
mod discovery;
mod error;
mod merge;
mod metrics;
mod openapi;
mod patch;
mod pod_logs;
mod protobuf;
mod read;
mod request;
mod review;
mod scale;
mod table;
mod table_columns;
mod table_rows;
mod watch;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use bytes::Bytes;
use http::{HeaderMap, Method, Response};
use serde_json::json;

use crate::Estate;
use error::ApiError;
use request::{Form, Parameters, Target};

/// The largest body that is read.
const BODY_LIMIT: usize = 3 * 1024 * 1024;

/// One request to one resource, with its body read.
pub(crate) struct Call {
    estate: Arc<Estate>,
    target: Target,
    parameters: Parameters,
    form: Form,
    headers: HeaderMap,
    body: Bytes,
}

/// The API as a router, to be served on a port or called in-process as a tower service.
pub fn router(estate: Arc<Estate>) -> Router {
    Router::new().fallback(serve).with_state(estate)
}

async fn serve(State(estate): State<Arc<Estate>>, request: Request) -> Response<Body> {
    match route(estate, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn route(estate: Arc<Estate>, request: Request) -> Result<Response<Body>, ApiError> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let parameters = Parameters::parse(parts.uri.query().unwrap_or_default());
    if let Some(answer) = discovery::answer(&path) {
        return Ok(answer);
    }
    if let Some(answer) = openapi::answer(&path) {
        return Ok(answer);
    }
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| ApiError::too_large())?;
    if let Some(answer) = review::answer(&path, &parts.method, &body)? {
        return Ok(answer);
    }
    if let Some(answer) = metrics::answer(&estate, &path, &parameters)? {
        return Ok(answer);
    }
    let target = request::target(&path).ok_or_else(ApiError::no_such_path)?;
    let form = request::form(&parts.headers);
    let call = Call { estate, target, parameters, form, headers: parts.headers, body };
    dispatch(&parts.method, call)
}

fn dispatch(method: &Method, call: Call) -> Result<Response<Body>, ApiError> {
    let watching = call.parameters.flag("watch") || call.target.watch;
    match (method.as_str(), call.target.name.is_some(), call.target.subresource.as_deref()) {
        ("GET", true, Some("log")) if call.target.resource.plural == "pods" => pod_logs::answer(&call),
        (_, true, Some("scale")) => scale::answer(method, &call),
        ("POST", true, Some("eviction")) => write::evict(&call),
        ("GET", _, _) if watching => watch::answer(&call),
        ("GET", true, None | Some("status")) => read::get(&call),
        ("GET", false, None) => read::list(&call),
        ("POST", false, None) => write::create(&call),
        ("PUT", true, None | Some("status")) => write::replace(&call),
        ("PATCH", true, None | Some("status")) => write::patch(&call),
        ("DELETE", true, None) => write::delete(&call),
        ("DELETE", false, None) => write::delete_collection(&call),
        (_, true, Some(subresource)) if !["log", "eviction", "status"].contains(&subresource) => {
            Err(ApiError::no_such_path())
        }
        _ => Err(ApiError::method_not_allowed()),
    }
}

/// What the cluster says its version is.
fn version() -> serde_json::Value {
    json!({"major": "1", "minor": "32", "gitVersion": "v1.32.4", "gitCommit": "59526cd4867447956156ae3a602fcbac10a2c335",
        "gitTreeState": "clean", "buildDate": "2025-04-22T15:56:15Z", "goVersion": "go1.23.6", "compiler": "gc", "platform": "linux/amd64"})
}
