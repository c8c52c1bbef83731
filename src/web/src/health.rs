//! How the service stands: every part is looked at, and the worst of them is the answer.
//!
//! Guarantees: a part that does not answer in time is told as failing; however many ask, the parts are looked at once a
//! second at most. 200 while the service does its work, also where a part of it is served in another way (degraded); 503
//! where it does not.

use async_trait::async_trait;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long a part may take to tell.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long what was found is told again.
const FRESH: Duration = Duration::from_millis(500);

/// How a part stands, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It works.
    Ok,
    /// Its work is done in another way, or waits; nothing is lost.
    Degraded,
    /// It does not work.
    Failing,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: Status,
    /// In words, without secrets.
    pub detail: String,
    /// Since when it stands so, where it knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
}

/// A part that can be asked.
#[async_trait]
pub trait Part: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// How it stands now.
    async fn look(&self) -> Component;
}

/// All parts together, as `GET /health` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The worst of the parts.
    pub status: Status,
    /// Of this program.
    pub version: &'static str,
    /// One by one.
    pub components: Vec<Component>,
}

/// Asks the parts.
pub struct Health {
    version: &'static str,
    parts: Vec<Arc<dyn Part>>,
    last: Mutex<Option<(Instant, Report)>>,
}

impl Health {
    /// Of these parts.
    pub fn new(version: &'static str, parts: Vec<Arc<dyn Part>>) -> Self {
        Self { version, parts, last: Mutex::new(None) }
    }

    /// How everything stands; looked at anew where the last look is old. Who comes meanwhile waits for the same look.
    pub async fn report(&self) -> Report {
        let mut last = self.last.lock().await;
        if let Some((at, report)) = last.as_ref()
            && at.elapsed() < FRESH
        {
            return report.clone();
        }
        let components = futures::future::join_all(self.parts.iter().map(|part| look(part.as_ref()))).await;
        let status = components.iter().map(|component| component.status).max().unwrap_or(Status::Ok);
        let report = Report { status, version: self.version, components };
        *last = Some((Instant::now(), report.clone()));
        report
    }
}

async fn look(part: &dyn Part) -> Component {
    timeout(PATIENCE, part.look()).await.unwrap_or_else(|_| Component {
        name: part.name().to_owned(),
        status: Status::Failing,
        detail: format!("did not tell within {} s", PATIENCE.as_secs()),
        since: None,
    })
}

/// `GET /health`.
pub fn routes(health: Arc<Health>) -> Router {
    Router::new().route("/health", get(answer)).with_state(health)
}

async fn answer(State(health): State<Arc<Health>>) -> (StatusCode, Json<Report>) {
    let report = health.report().await;
    let code = if report.status == Status::Failing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, Json(report))
}

#[cfg(test)]
mod tests;
