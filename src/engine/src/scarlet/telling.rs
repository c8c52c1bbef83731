//! Telling people what is not done without them: at the declared places in turn, until one took it.
//!
//! Guarantees: a place is told the same once (the chat system holds the key); a place that does not take it, or does not
//! answer in time, is not waited for: the next is told; what no place took is an error, and whoever asked tries again.
//!
//! Deliberately absent: how a place is reached (`ports::chat`), and when people are told.

use super::reconciler::seams::Tells;
use async_trait::async_trait;
use domain::incident::Incident;
use ports::chat::Chat;
use std::sync::Arc;
use std::time::Duration;

/// How long one place may take.
const PLACE_WAIT: Duration = Duration::from_secs(10);

/// Places that are told in one round at most.
const PLACES: usize = 5;

/// The declared places of an environment, in their order.
pub type Destinations = Arc<dyn Fn(&str) -> Vec<String> + Send + Sync>;

/// Tells by chat.
pub struct Teller {
    chat: Arc<dyn Chat>,
    destinations: Destinations,
}

impl Teller {
    /// To these places.
    pub fn new(chat: Arc<dyn Chat>, destinations: Destinations) -> Self {
        Self { chat, destinations }
    }

    async fn one(&self, place: &str, key: &str, markdown: &str) -> Result<(), String> {
        match tokio::time::timeout(PLACE_WAIT, self.chat.tell(place, key, markdown)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("{place}: {error}")),
            Err(_) => Err(format!("{place}: no answer within {} s", PLACE_WAIT.as_secs())),
        }
    }
}

#[async_trait]
impl Tells for Teller {
    async fn escalate(&self, environment: &str, key: &str, markdown: &str) -> Result<String, String> {
        let places = (self.destinations)(environment);
        if places.is_empty() {
            return Err(format!("no place is declared for {environment}: set scarlet.escalate_to"));
        }
        let mut failed = Vec::new();
        for place in places.iter().take(PLACES) {
            match self.one(place, key, markdown).await {
                Ok(()) => return Ok(place.clone()),
                Err(why) => failed.push(why),
            }
        }
        Err(failed.join("; "))
    }

    async fn remind(&self, incident: &Incident, approval: &str) -> Result<(), String> {
        let text = format!("{approval} for {} still waits for a yes or a no.", incident.id);
        let key = format!("{approval}.reminder");
        self.escalate(&incident.environment, &key, &text).await.map(|_| ())
    }
}
