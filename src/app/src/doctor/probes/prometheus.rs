//! A Prometheus server and its Alertmanager: version, scrape targets, cluster state.

use super::away;
use super::http::{document, text};
use crate::doctor::{Detail, Sight};
use domain::envelope::Failure;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;
use tools_common::http::{HttpClient, Request};

/// Looks at a Prometheus.
pub fn prometheus(client: &HttpClient) -> BoxFuture<'_, Sight> {
    look_at_prometheus(client).boxed()
}

async fn look_at_prometheus(client: &HttpClient) -> Sight {
    // What only looks like Prometheus has no build information; its queries count.
    let (build, up, all) = futures::join!(
        document(client, "/api/v1/status/buildinfo"),
        query(client, "sum(up) or vector(-1)"),
        query(client, "count(up) or vector(0)")
    );
    let version = build.as_ref().ok().and_then(|build| text(build, "/data/version"));
    match (up, all) {
        (Ok(up), Ok(all)) => {
            let summary = match version {
                Some(version) => format!("Prometheus {version}"),
                None => "answers queries, tells no version".to_owned(),
            };
            Sight::answers(summary, vec![targets(scalar(&up), scalar(&all))])
        }
        (Err(failure), _) | (_, Err(failure)) => away(failure),
    }
}

async fn query(client: &HttpClient, promql: &str) -> Result<Value, Failure> {
    client.send(Request::get("/api/v1/query").with("query", promql)).await?.json()
}

fn targets(up: Option<f64>, all: Option<f64>) -> Detail {
    match (up, all) {
        (Some(up), Some(all)) if all > 0.0 && up >= all => Detail::well("targets", format!("all {all} are up")),
        // Targets that are down are news for a question, not a fault of this connection.
        (Some(up), Some(all)) if all > 0.0 => Detail::well("targets", format!("{up} of {all} are up")),
        _ => Detail::lacking("targets", "it has no series named \"up\": it scrapes nothing yet"),
    }
}

/// The value of the only sample of an instant query.
fn scalar(answer: &Value) -> Option<f64> {
    answer.pointer("/data/result/0/value/1")?.as_str()?.parse().ok()
}

/// Looks at an Alertmanager.
pub fn alertmanager(client: &HttpClient) -> BoxFuture<'_, Sight> {
    look_at_alertmanager(client).boxed()
}

async fn look_at_alertmanager(client: &HttpClient) -> Sight {
    match document(client, "/api/v2/status").await {
        Ok(status) => {
            let version = text(&status, "/versionInfo/version").unwrap_or("of unknown version");
            let details = match text(&status, "/cluster/status") {
                Some(state @ ("ready" | "disabled")) => vec![Detail::well("cluster", state)],
                Some(state) => vec![Detail::lacking("cluster", state)],
                None => Vec::new(),
            };
            Sight::answers(format!("Alertmanager {version}"), details)
        }
        Err(failure) => away(failure),
    }
}
