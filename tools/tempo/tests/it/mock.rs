//! A Tempo that answers what a test tells it, remembers what it was asked, and refuses what Tempo's API does not have.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tools_common::http::InProcessService;
use tools_common::serve::Adapter;
use tools_tempo::{Instance, Limits, Server, TempoConfig};

/// Status and body: JSON, or a plain text as Tempo's refusals are.
pub type Answer = (u16, Value);

type Answerer = Arc<dyn Fn(&str, &[(String, String)]) -> Answer + Send + Sync>;

/// What was asked: path and parameters.
pub type Asked = Arc<Mutex<Vec<(String, Vec<(String, String)>)>>>;

/// A mock Tempo within the process.
pub struct Mock {
    pub asked: Asked,
    service: InProcessService,
}

/// The parameters that the API reference gives for a path.
fn allowed(path: &str) -> &'static [&'static str] {
    match path {
        "/api/search" => &["q", "limit", "start", "end", "spss"],
        "/api/metrics/query_range" => &["q", "start", "end", "step"],
        "/api/metrics/query" => &["q", "start", "end"],
        "/api/v2/search/tags" => &["scope", "q", "start", "end", "limit"],
        "/api/search/tags" => &["start", "end"],
        "/api/echo" => &[],
        path if path.starts_with("/api/v2/search/tag/") && path.ends_with("/values") => &["q", "start", "end", "limit"],
        path if path.starts_with("/api/v2/traces/") || path.starts_with("/api/traces/") => &["start", "end"],
        other => panic!("{other} is not in Tempo's API"),
    }
}

fn check(request: &Request, parameters: &[(String, String)]) {
    assert_eq!(request.method(), "GET");
    let path = request.uri().path();
    let accept = request.headers().get("accept").map(|accept| accept.to_str().expect("a text"));
    assert!(path == "/api/echo" || accept == Some("application/json"), "{path} must be asked for JSON: {accept:?}");
    for (name, value) in parameters {
        assert!(allowed(path).contains(&name.as_str()), "{path} has no parameter {name}");
        if matches!(name.as_str(), "start" | "end" | "limit" | "spss") {
            value.parse::<u64>().expect("a whole number of seconds or of things");
        }
    }
    let has = |name: &str| parameters.iter().any(|(known, _)| known == name);
    assert_eq!(has("start"), has("end"), "start and end belong together");
}

/// `answer` gets path and parameters.
pub fn mock(answer: impl Fn(&str, &[(String, String)]) -> Answer + Send + Sync + 'static) -> Mock {
    let asked = Asked::default();
    let answer: Answerer = Arc::new(answer);
    let remembered = Arc::clone(&asked);
    let router = Router::new().fallback(move |request: Request| {
        let (answer, asked) = (Arc::clone(&answer), Arc::clone(&remembered));
        async move {
            let parameters = decode(request.uri().query().unwrap_or_default());
            check(&request, &parameters);
            let path = request.uri().path().to_owned();
            let (status, body) = answer(&path, &parameters);
            asked.lock().expect("no test panics while it holds this").push((path, parameters));
            let (kind, body) = match body {
                Value::String(text) => ("text/plain; charset=utf-8", text),
                document => ("application/json", document.to_string()),
            };
            let response = Response::builder().status(status).header("content-type", kind);
            response.body(Body::from(body)).expect("a response")
        }
    });
    Mock { asked, service: InProcessService::new(router) }
}

impl Mock {
    /// A tool server over this mock.
    pub fn adapter(&self) -> Adapter {
        let mut instance = Instance::new("default", "http://mock:3200");
        instance.endpoint.in_process = Some(self.service.clone());
        server(instance)
    }

    /// The TraceQL that was sent, in order.
    pub fn queries(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no test panics while it holds this");
        asked.iter().filter_map(|(_, parameters)| value(parameters, "q").map(str::to_owned)).collect()
    }

    /// The paths that were asked, in order.
    pub fn paths(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no test panics while it holds this");
        asked.iter().map(|(path, _)| path.clone()).collect()
    }
}

/// A tool server over one instance.
pub fn server(instance: Instance) -> Adapter {
    let config = TempoConfig { instances: vec![instance], limits: Limits::default() };
    Adapter::new(Server::new(config).expect("the settings are good"))
}

/// A tool server over the network, with a short deadline.
pub fn hasty_server_at(url: &str) -> Adapter {
    let limits = Limits { call_deadline: Duration::from_millis(300) };
    Adapter::new(Server::new(TempoConfig { limits, ..TempoConfig::single(url) }).expect("the settings are good"))
}

/// The value of a parameter.
pub fn value<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn decode(encoded: &str) -> Vec<(String, String)> {
    let text = |text: &str| {
        let mut bytes = Vec::new();
        let mut letters = text.bytes();
        while let Some(letter) = letters.next() {
            match letter {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let hex = [letters.next().expect("two digits"), letters.next().expect("two digits")];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).expect("ascii"), 16).expect("hex"));
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8(bytes).expect("utf-8")
    };
    encoded.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (text(key), text(value))).collect()
}

/// A span of a trace: service, id, parent, name, from and to in milliseconds, the message of its failure.
pub struct Told(pub &'static str, pub u64, pub u64, pub String, pub u64, pub u64, pub Option<&'static str>);

/// The resource spans of a trace that began at the unix second 1,795,226,300.
pub fn resource_spans(spans: &[Told]) -> Value {
    const BEGIN_NS: u64 = 1_795_226_300_000_000_000;
    let mut batches: Vec<(&str, Vec<Value>)> = Vec::new();
    for Told(service, id, parent, name, from, to, failure) in spans {
        let mut span = json!({
            "traceId": "Lz4M7neuXcnBet42ieuuVA==",
            "spanId": format!("{id:016x}"),
            "name": name,
            "kind": "SPAN_KIND_SERVER",
            "startTimeUnixNano": (BEGIN_NS + from * 1_000_000).to_string(),
            "endTimeUnixNano": (BEGIN_NS + to * 1_000_000).to_string(),
            "status": {},
        });
        if *parent != 0 {
            span["parentSpanId"] = json!(format!("{parent:016x}"));
        }
        if let Some(message) = failure {
            span["status"] = json!({"code": "STATUS_CODE_ERROR", "message": message});
        }
        match batches.iter_mut().find(|(known, _)| known == service) {
            Some((_, spans)) => spans.push(span),
            None => batches.push((service, vec![span])),
        }
    }
    let batch = |(service, spans): (&str, Vec<Value>)| {
        json!({
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"scope": {"name": "test"}, "spans": spans}],
        })
    };
    Value::from(batches.into_iter().map(batch).collect::<Vec<_>>())
}

/// The answer of version 2 of the trace API.
pub fn trace(spans: &[Told]) -> Answer {
    (200, json!({"trace": {"resourceSpans": resource_spans(spans)}, "metrics": {"inspectedBytes": "9"}}))
}

/// One found trace of a search with one matched span.
pub fn found(id: &str, milliseconds: u64, span: u64) -> Value {
    json!({"traceID": id, "rootServiceName": "web", "rootTraceName": "GET /", "startTimeUnixNano": "1795226300000000000",
        "durationMs": milliseconds, "spanSets": [{"matched": 1, "spans": [
            {"spanID": format!("{span:016x}"), "startTimeUnixNano": "1795226300000000000", "durationNanos": (milliseconds * 1_000_000).to_string()}]}]})
}
