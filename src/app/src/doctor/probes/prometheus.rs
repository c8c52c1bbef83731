//! A Prometheus server and its Alertmanager: version, scrape targets, cluster state.

use crate::convert;
use crate::doctor::{Detail, Probe, Sight, Subject};
use crate::settings::PrometheusSettings;
use async_trait::async_trait;
use domain::envelope::Failure;
use serde_json::Value;
use tools_common::http::{HttpClient, HttpSettings, Request};

/// The probe of one Prometheus.
pub struct Prometheus {
    name: String,
    url: String,
    settings: Result<HttpSettings, String>,
}

impl Prometheus {
    /// The probe of this one.
    pub fn new(name: &str, settings: &PrometheusSettings) -> Self {
        let http = convert::http(settings, "Prometheus", &settings.url).map_err(|stop| stop.to_string());
        Self { name: name.to_owned(), url: settings.url.clone(), settings: http }
    }
}

#[async_trait]
impl Probe for Prometheus {
    fn subject(&self) -> Subject {
        Subject::Prometheus
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn target(&self) -> String {
        self.url.clone()
    }

    async fn look(&self) -> Sight {
        let client = match client(&self.settings) {
            Ok(client) => client,
            Err(why) => return Sight::away(why),
        };
        // What only looks like Prometheus has no build information; its queries count.
        let up = Request::get("/api/v1/query").with("query", "sum(up) or vector(-1)");
        let all = Request::get("/api/v1/query").with("query", "count(up) or vector(0)");
        let (build, up, all) = futures::join!(
            document(&client, Request::get("/api/v1/status/buildinfo")),
            document(&client, up),
            document(&client, all)
        );
        let version = build.as_ref().ok().and_then(|build| build.pointer("/data/version")).and_then(Value::as_str);
        match (up, all) {
            (Ok(up), Ok(all)) => {
                let summary = match version {
                    Some(version) => format!("Prometheus {version}"),
                    None => "answers queries, tells no version".to_owned(),
                };
                Sight::answers(summary, vec![targets(scalar(&up), scalar(&all))])
            }
            (Err(failure), _) | (_, Err(failure)) => super::away(failure),
        }
    }
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

/// The probe of one Alertmanager.
pub struct Alertmanager {
    name: String,
    url: String,
    settings: Result<HttpSettings, String>,
}

impl Alertmanager {
    /// The probe of the one that belongs to this Prometheus.
    pub fn new(name: &str, url: &str, settings: &PrometheusSettings) -> Self {
        let http = convert::http(settings, "Alertmanager", url).map_err(|stop| stop.to_string());
        Self { name: name.to_owned(), url: url.to_owned(), settings: http }
    }
}

#[async_trait]
impl Probe for Alertmanager {
    fn subject(&self) -> Subject {
        Subject::Alertmanager
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn target(&self) -> String {
        self.url.clone()
    }

    async fn look(&self) -> Sight {
        let client = match client(&self.settings) {
            Ok(client) => client,
            Err(why) => return Sight::away(why),
        };
        match document(&client, Request::get("/api/v2/status")).await {
            Ok(status) => {
                let text = |pointer: &str| status.pointer(pointer).and_then(Value::as_str);
                let version = text("/versionInfo/version").unwrap_or("of unknown version");
                let details = match text("/cluster/status") {
                    Some(state @ ("ready" | "disabled")) => vec![Detail::well("cluster", state)],
                    Some(state) => vec![Detail::lacking("cluster", state)],
                    None => Vec::new(),
                };
                Sight::answers(format!("Alertmanager {version}"), details)
            }
            Err(failure) => super::away(failure),
        }
    }
}

fn client(settings: &Result<HttpSettings, String>) -> Result<HttpClient, String> {
    let settings = settings.as_ref().map_err(Clone::clone)?;
    HttpClient::network(settings).map_err(|failure| failure.to_string())
}

async fn document(client: &HttpClient, request: Request) -> Result<Value, Failure> {
    client.send(request).await?.json()
}
