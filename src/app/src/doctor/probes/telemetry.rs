//! Loki, Tempo and GitHub: version, whether they hold something, what the token is good for.

use super::away;
use super::http::{document, text};
use crate::doctor::{Detail, Sight};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;
use tools_common::http::{HttpClient, Request};

/// Looks at a Loki.
pub fn loki(client: &HttpClient) -> BoxFuture<'_, Sight> {
    look_at_loki(client).boxed()
}

async fn look_at_loki(client: &HttpClient) -> Sight {
    let (build, labels) =
        futures::join!(document(client, "/loki/api/v1/status/buildinfo"), document(client, "/loki/api/v1/labels"));
    match labels {
        Ok(labels) => {
            let count = labels.pointer("/data").and_then(Value::as_array).map_or(0, Vec::len);
            let detail = match count {
                0 => Detail::lacking("labels", "none: it holds no lines of the last hours, or of this tenant"),
                count => Detail::well("labels", count.to_string()),
            };
            Sight::answers(named("Loki", build.ok().as_ref(), "/version"), vec![detail])
        }
        Err(failure) => away(failure),
    }
}

/// Looks at a Tempo.
pub fn tempo(client: &HttpClient) -> BoxFuture<'_, Sight> {
    look_at_tempo(client).boxed()
}

async fn look_at_tempo(client: &HttpClient) -> Sight {
    let (build, tags) =
        futures::join!(document(client, "/api/status/buildinfo"), document(client, "/api/v2/search/tags"));
    match tags {
        Ok(tags) => {
            let scopes = tags.pointer("/scopes").and_then(Value::as_array).map_or(0, Vec::len);
            let detail = match scopes {
                0 => Detail::lacking("attributes", "none: it holds no spans of the last hours, or of this tenant"),
                _ => Detail::well("attributes", "spans are there"),
            };
            Sight::answers(named("Tempo", build.ok().as_ref(), "/version"), vec![detail])
        }
        Err(failure) => away(failure),
    }
}

fn named(product: &str, build: Option<&Value>, pointer: &str) -> String {
    match build.and_then(|build| text(build, pointer)) {
        Some(version) => format!("{product} {version}"),
        None => "answers, tells no version".to_owned(),
    }
}

/// Looks at GitHub by a request that costs nothing of the rate limit.
pub fn github(client: &HttpClient) -> BoxFuture<'_, Sight> {
    look_at_github(client).boxed()
}

async fn look_at_github(client: &HttpClient) -> Sight {
    let request = Request::get("/rate_limit").with_header("accept", "application/vnd.github+json");
    let limits: Value = match client.send(request).await.and_then(|response| response.json()) {
        Ok(limits) => limits,
        Err(failure) => return away(failure),
    };
    let number = |pointer: &str| limits.pointer(pointer).and_then(Value::as_u64);
    let (limit, left) = (number("/resources/core/limit"), number("/resources/core/remaining"));
    let detail = match (limit, left) {
        (_, Some(0)) => Detail::lacking("requests", "none are left in this hour"),
        (Some(limit), Some(left)) if limit <= 60 => {
            Detail::lacking("requests", format!("{left} of {limit} an hour are left: no token is used"))
        }
        (Some(limit), Some(left)) => Detail::well("requests", format!("{left} of {limit} an hour are left")),
        _ => Detail::lacking("requests", "it tells no rate limit"),
    };
    Sight::answers("GitHub", vec![detail])
}
