//! A Loki of the tests' own: a list of lines behind the paths of the API reference, strict about what it is sent.
//!
//! It answers selectors of one `app="…"` matcher, with `|=`, `|~` and `!~` not applied unless a test says so; times are
//! nanoseconds, the start in and the end out; more than 5,000 lines are refused as Loki refuses them.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tools_common::http::InProcessService;
use tools_common::serve::Adapter;
use tools_loki::{Instance, Limits, LokiConfig, Server};

pub const NOW: &str = "2026-11-21T02:00:00Z";
/// The same in nanoseconds.
pub const NOW_NS: i64 = 1_795_226_400_000_000_000;

/// Path and parameters of a request, and its headers.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub parameters: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
}

impl Asked {
    pub fn get(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }
}

/// Status and body that a test gives instead of the usual answer.
pub type Override = Arc<dyn Fn(&Asked) -> Option<(u16, String)> + Send + Sync>;

/// One line: nanoseconds, `app`, `pod`, text.
pub type Line = (i64, &'static str, &'static str, String);

pub struct Fake {
    pub asked: Arc<Mutex<Vec<Asked>>>,
    service: InProcessService,
}

/// A Loki with these lines.
pub fn fake(lines: Vec<Line>, first: impl Fn(&Asked) -> Option<(u16, String)> + Send + Sync + 'static) -> Fake {
    let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
    let (lines, first): (Arc<Vec<Line>>, Override) = (Arc::new(lines), Arc::new(first));
    let remembered = Arc::clone(&asked);
    let router = Router::new().fallback(move |request: Request| {
        let (lines, first, remembered) = (Arc::clone(&lines), Arc::clone(&first), Arc::clone(&remembered));
        async move {
            let asked = read(request).await;
            remembered.lock().expect("no test panics while it holds this").push(asked.clone());
            let (status, body) = first(&asked).unwrap_or_else(|| (200, usual(&asked, &lines).to_string()));
            let kind = if body.starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
            Response::builder().status(status).header("content-type", kind).body(Body::from(body)).expect("a response")
        }
    });
    Fake { asked, service: InProcessService::new(router) }
}

impl Fake {
    pub fn adapter(&self) -> Adapter {
        self.adapter_with(Limits::default(), &[])
    }

    pub fn adapter_with(&self, limits: Limits, tenants: &[&str]) -> Adapter {
        let mut instance = Instance::new("default", "http://loki:3100").with_tenants(tenants.iter().copied());
        instance.endpoint.in_process = Some(self.service.clone());
        Adapter::new(Server::new(LokiConfig { instances: vec![instance], limits }).expect("the settings are good"))
    }

    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.asked.lock().expect("no test panics while it holds this");
        asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }
}

async fn read(request: Request) -> Asked {
    let path = request.uri().path().to_owned();
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned())).collect();
    let mut encoded = request.uri().query().unwrap_or_default().to_owned();
    if request.method() == axum::http::Method::POST {
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.expect("a small body");
        encoded = String::from_utf8(body.to_vec()).expect("a form");
    }
    let uri = axum::http::Uri::builder().path_and_query(format!("/?{encoded}")).build().expect("a query string");
    let axum::extract::Query(parameters) = axum::extract::Query::try_from_uri(&uri).expect("pairs");
    Asked { path, parameters, headers }
}

/// What a healthy Loki answers.
fn usual(asked: &Asked, lines: &[Line]) -> Value {
    let number = |name: &str| -> i64 { asked.get(name).parse().unwrap_or_else(|_| panic!("{name} in {asked:?}")) };
    let inside = |line: &&Line| line.0 >= number("start") && line.0 < number("end");
    let app = asked.get("query").split("app=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let everything = app.is_empty() && !asked.get("query").contains("=\"");
    let chosen = || lines.iter().filter(inside).filter(|line| line.1 == app || everything);
    match asked.path.as_str() {
        "/loki/api/v1/index/stats" => {
            assert!(!asked.get("query").contains('|'), "only matchers are supported: {asked:?}");
            let bytes: usize = chosen().map(|line| line.3.len()).sum();
            let entries = chosen().count();
            json!({"streams": usize::from(entries > 0), "chunks": 1, "entries": entries, "bytes": bytes})
        }
        "/loki/api/v1/index/volume" => {
            let label = asked.get("targetLabels");
            let mut volumes: BTreeMap<&str, usize> = BTreeMap::new();
            chosen().for_each(|line| {
                *volumes.entry(if label == "pod" { line.2 } else { line.1 }).or_default() += line.3.len()
            });
            let samples: Vec<Value> = volumes
                .iter()
                .map(|(value, bytes)| json!({"metric": {label: value}, "value": [1_795_226_400, bytes.to_string()]}))
                .collect();
            json!({"status": "success", "data": {"resultType": "vector", "result": samples, "stats": {}}})
        }
        "/loki/api/v1/labels" => match lines.iter().any(|line| inside(&line)) {
            true => json!({"status": "success", "data": ["app", "pod"]}),
            false => json!({"status": "success"}),
        },
        "/loki/api/v1/label/app/values" => {
            let apps: std::collections::BTreeSet<&str> = lines.iter().filter(inside).map(|line| line.1).collect();
            json!({"status": "success", "data": apps})
        }
        "/loki/api/v1/label/pod/values" => json!({"status": "success", "data": ["p1", "p2"]}),
        "/loki/api/v1/query_range" => streams(asked, chosen().collect(), number("limit") as usize),
        other => panic!("no such path: {other}"),
    }
}

/// The nearest lines by the direction, in streams, as Loki cuts them: by time over all streams.
fn streams(asked: &Asked, mut lines: Vec<&Line>, limit: usize) -> Value {
    assert!((1..=5_000).contains(&limit), "max entries limit: {limit}");
    let forward = match asked.get("direction") {
        "forward" => true,
        "backward" => false,
        other => panic!("direction {other:?}"),
    };
    lines.sort_by_key(|line| if forward { line.0 } else { -line.0 });
    lines.truncate(limit);
    let mut streams: BTreeMap<(&str, &str), Vec<Value>> = BTreeMap::new();
    for line in lines {
        let value = json!([line.0.to_string(), line.3, {"structuredMetadata": {"trace_id": "4bf92f35"}}]);
        streams.entry((line.1, line.2)).or_default().push(value);
    }
    let result: Vec<Value> = streams
        .into_iter()
        .map(|((app, pod), values)| json!({"stream": {"app": app, "pod": pod}, "values": values}))
        .collect();
    let data = json!({"resultType": "streams", "encodingFlags": ["categorize-labels"], "result": result, "stats": {}});
    json!({"status": "success", "data": data})
}
