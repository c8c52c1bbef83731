//! A backend that answers what a test tells it, and remembers what it was asked.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tools_common::http::{HttpSettings, InProcessService};
use tools_common::serve::Adapter;
use tools_prometheus::{Endpoint, Instance, PrometheusConfig, Server};

type Answerer = Arc<dyn Fn(&str, &[(String, String)]) -> Value + Send + Sync>;

/// What was asked: path and parameters.
pub type Asked = Arc<Mutex<Vec<(String, Vec<(String, String)>)>>>;

/// A mock Prometheus within the process.
pub struct Mock {
    pub asked: Asked,
    service: InProcessService,
}

/// `answer` gets path and parameters, and gives the whole JSON document.
pub fn mock(answer: impl Fn(&str, &[(String, String)]) -> Value + Send + Sync + 'static) -> Mock {
    let asked = Asked::default();
    let answer: Answerer = Arc::new(answer);
    let remembered = Arc::clone(&asked);
    let router = Router::new().fallback(move |request: Request| {
        let (answer, asked) = (Arc::clone(&answer), Arc::clone(&remembered));
        async move {
            let path = request.uri().path().to_owned();
            let mut encoded = request.uri().query().unwrap_or_default().to_owned();
            if request.method() == axum::http::Method::POST {
                let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.expect("a small body");
                encoded = String::from_utf8(body.to_vec()).expect("a form");
            }
            let parameters = decode(&encoded);
            let document = answer(&path, &parameters);
            asked.lock().expect("no test panics while it holds this").push((path, parameters));
            let status = match document.get("status").and_then(Value::as_str) {
                Some("error") => 400,
                _ => 200,
            };
            Response::builder()
                .status(status)
                .header("content-type", "application/json")
                .body(Body::from(document.to_string()))
                .expect("a response")
        }
    });
    Mock { asked, service: InProcessService::new(router) }
}

impl Mock {
    /// A tool server over this mock.
    pub fn adapter(&self) -> Adapter {
        self.adapter_with_alertmanager(None)
    }

    /// The same with an Alertmanager.
    pub fn adapter_with_alertmanager(&self, alertmanager: Option<&Mock>) -> Adapter {
        let mut instance = Instance::new("default", "http://mock:9090");
        instance.prometheus.in_process = Some(self.service.clone());
        instance.alertmanager = alertmanager.map(|mock| Endpoint {
            settings: HttpSettings::new("Alertmanager", "http://mock:9093"),
            in_process: Some(mock.service.clone()),
        });
        let config = PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("http://unused") };
        Adapter::new(Server::new(config).expect("the settings are good"))
    }

    /// The queries that were asked, in order.
    pub fn queries(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no test panics while it holds this");
        asked.iter().filter_map(|(_, parameters)| value(parameters, "query").map(str::to_owned)).collect()
    }
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

/// A successful answer.
pub fn success(data: Value) -> Value {
    json!({"status": "success", "data": data})
}

/// An instant vector of labels and values.
pub fn vector(samples: &[(Value, &str)]) -> Value {
    let result: Vec<Value> =
        samples.iter().map(|(metric, value)| json!({"metric": metric, "value": [1_700_000_000, value]})).collect();
    success(json!({"resultType": "vector", "result": result}))
}
