//! Receivers over an intake that remembers, and refuses when a test says so.

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use domain::intake_queue::HeardBook;
use domain::secret::Secret;
use domain::signal::generic::Mapping;
use domain::signal::{Signal, Source};
use ports::clock::{Clock as _, SystemClock};
use ports::signals::{Intake, IntakeError, SourceStatus, Taken};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tower::ServiceExt as _;
use web::webhooks::{Access, Receiver, Shape, routes};

/// What it took, and what it says next.
#[derive(Default)]
pub struct Remembering {
    pub taken: Mutex<Vec<Signal>>,
    pub refuses: Mutex<Option<IntakeError>>,
    book: Mutex<HeardBook>,
}

#[async_trait]
impl Intake for Remembering {
    async fn take(&self, signals: Vec<Signal>) -> Result<Taken, IntakeError> {
        if let Some(refused) = self.refuses.lock().unwrap().clone() {
            return Err(refused);
        }
        let mut taken = self.taken.lock().unwrap();
        let before = taken.len();
        let total = signals.len();
        for signal in signals {
            if !taken.iter().any(|known| known.id == signal.id) {
                taken.push(signal);
            }
        }
        let kept = taken.len() - before;
        Ok(Taken { kept, known: total - kept, refused: Vec::new() })
    }

    fn heard(&self, source: &Source) {
        self.book.lock().unwrap().heard(source, SystemClock.now());
    }

    fn trouble(&self, source: &Source, problem: &str) {
        self.book.lock().unwrap().trouble(source, problem, SystemClock.now());
    }

    fn sources(&self) -> Vec<SourceStatus> {
        self.book.lock().unwrap().sources.clone()
    }
}

pub struct House {
    pub intake: Arc<Remembering>,
    pub routes: Router,
}

/// `prod` for Alertmanager with a token, `staging` with a name and a password, and `ci` of a declared shape.
pub fn house() -> House {
    let intake = Arc::new(Remembering::default());
    let mapping: Mapping = serde_json::from_value(json!({
        "each": "/events",
        "name": {"pointer": "/kind"},
        "status": {"pointer": "/state"},
        "service": {"pointer": "/app"},
    }))
    .unwrap();
    assert_eq!(mapping.check(), Vec::<String>::new());
    let (environment, environments) = ("prod".to_owned(), vec!["prod".to_owned()]);
    let declared = Shape::Declared { mapping: Box::new(mapping), environment, environments };
    let token = Access::bearer(&Secret::new("token-of-prod"));
    let receivers = vec![
        Receiver { name: "prod".to_owned(), access: token.clone(), shape: Shape::Alertmanager },
        Receiver {
            name: "staging".to_owned(),
            access: Access::basic("am", &Secret::new("password-of-staging")),
            shape: Shape::Alertmanager,
        },
        Receiver { name: "ci".to_owned(), access: token, shape: declared },
    ];
    let routes = routes(receivers, intake.clone(), Arc::new(SystemClock));
    House { intake, routes }
}

/// An answer.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl House {
    /// Posts a body with these headers.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Told {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = self.routes.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = to_bytes(answer.into_body(), 65_536).await.unwrap();
        Told { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() }
    }

    /// Posts to the receiver `prod` of Alertmanager, with its token.
    pub async fn alert(&self, body: impl Into<Body>) -> Told {
        self.post("/webhooks/alertmanager/prod", &[TOKEN], body).await
    }

    pub fn taken(&self) -> Vec<Signal> {
        self.intake.taken.lock().unwrap().clone()
    }
}

pub const TOKEN: (&str, &str) = ("authorization", "Bearer token-of-prod");

pub const OK: u16 = StatusCode::OK.as_u16();

/// An alert of Alertmanager.
pub fn alert(name: &str) -> Value {
    json!({
        "status": "firing",
        "labels": {"alertname": name, "namespace": "shop", "deployment": "checkout", "severity": "critical"},
        "annotations": {"summary": "it burns"},
        "startsAt": "2026-09-14T09:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus/graph?g0.expr=up+%3D%3D+0",
        "fingerprint": "c0ffee",
    })
}

/// A webhook of these alerts.
pub fn webhook(alerts: &[Value]) -> Value {
    json!({
        "version": "4",
        "groupKey": "{}:{alertname=\"Errors\"}",
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "auto-devops",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager",
        "alerts": alerts,
    })
}
