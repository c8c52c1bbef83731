//! Small parts that fit one room of the house to another.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::approval::Approval;
use domain::incident::Incident;
use domain::signal::Signal;
use engine::scarlet::intake::Herald;
use engine::scarlet::reconciler::Reconciler;
use engine::scarlet::reconciler::seams::Hears;
use ports::chat::{Chat, ChatError};
use ports::guards::Leading;
use ports::signals::Intake;
use std::sync::{Arc, OnceLock};
use store::guards::Leadership;
use tokio::sync::watch;

/// The leader's token, as the lease tells it.
pub struct Lead(pub watch::Receiver<Leadership>);

impl Leading for Lead {
    fn token(&self) -> Option<u64> {
        match &*self.0.borrow() {
            Leadership::Mine(tenure) => tenure.token(),
            _ => None,
        }
    }
}

/// What Scarlet observes of herself goes the way of all signals.
pub struct IntoIntake(pub Arc<dyn Intake>);

#[async_trait]
impl Hears for IntoIntake {
    async fn hear(&self, signal: Signal) -> Result<(), String> {
        let taken = self.0.take(vec![signal]).await.map_err(|error| error.to_string())?;
        if taken.refused.is_empty() { Ok(()) } else { Err(taken.refused.join("; ")) }
    }
}

/// Wakes the reconciler, from when it is there.
#[derive(Clone, Default)]
pub struct Nudger(pub Arc<OnceLock<Arc<Reconciler>>>);

#[async_trait]
impl Herald for Nudger {
    async fn changed(&self, _incidents: &[&str]) {
        if let Some(reconciler) = self.0.get() {
            reconciler.nudge();
        }
    }
}

/// No chat is set up: nothing is told, and whoever wants to tell is told so.
pub struct NoChat;

#[async_trait]
impl Chat for NoChat {
    async fn show_incident(&self, _incident: &Incident, _now: DateTime<Utc>) -> Result<(), ChatError> {
        Err(nowhere())
    }

    async fn show_approval(&self, _approval: &Approval, _now: DateTime<Utc>) -> Result<(), ChatError> {
        Err(nowhere())
    }

    async fn tell(&self, _place: &str, _key: &str, _markdown: &str) -> Result<(), ChatError> {
        Err(nowhere())
    }
}

fn nowhere() -> ChatError {
    ChatError::NoDestination("no chat is set up: set Slack's tokens (docs/slack.md)".to_owned())
}
