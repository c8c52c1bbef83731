//! An estate under a clock that the test moves, and requests to it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use chrono::{DateTime, TimeDelta, Utc};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// The moment at which the worlds of these tests begin.
pub fn start() -> DateTime<Utc> {
    "2026-03-10T09:00:00Z".parse().unwrap()
}

/// An estate whose time moves only when told.
pub struct Bench {
    pub estate: Arc<Estate>,
    seconds: Arc<AtomicI64>,
}

impl Bench {
    pub fn new(scenario: Option<&str>) -> Self {
        let seconds = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&seconds);
        let scenario = scenario.map(|name| Scenario::named(name).unwrap());
        let world = World::new(1, start(), scenario, start());
        let estate = Estate::new(world, Arc::new(move || start() + TimeDelta::seconds(clock.load(Ordering::SeqCst))));
        Self { estate, seconds }
    }

    pub fn pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    pub async fn send(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = estate::kubernetes::router(Arc::clone(&self.estate)).oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn call(&self, method: &str, path: &str, content: &str, body: &Value) -> (StatusCode, Value) {
        let request =
            Request::builder().method(method).uri(path).header("content-type", content).header("user-agent", "test/1");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

/// Commands of clients run one test at a time, since each starts processes and this machine is small.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

pub fn alone<T>(work: impl FnOnce() -> T) -> T {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}
