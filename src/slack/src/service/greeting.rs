//! Who we are in the workspace, asked until Slack answers.

use crate::api::{Me, Slack};
use domain::backoff::{Backoff, draw};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Waits between tries: from a second up to a minute. A token that Slack refuses is asked for again, too: it may be
/// restored at Slack's side.
const BACKOFF: Backoff =
    Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(60), longest_wish: Duration::from_secs(600) };

/// What is known of it.
#[derive(Debug, Default)]
pub struct Greeting(Mutex<Option<Result<Me, String>>>);

impl Greeting {
    /// Who we are, or why that is not known; `None` before the first answer.
    pub fn known(&self) -> Option<Result<Me, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks until Slack answers or `stop`.
    pub async fn ask(&self, slack: Arc<dyn Slack>, seed: u64, stop: CancellationToken) {
        for attempt in 1_u32.. {
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                outcome = slack.me() => outcome,
            };
            match outcome {
                Ok(me) => {
                    tracing::info!(team = me.team, user = me.user, url = me.url, "Slack knows us");
                    return self.keep(Ok(me));
                }
                Err(error) => {
                    tracing::warn!(%error, attempt, "Slack does not tell who we are; it is asked again");
                    self.keep(Err(error.to_string()));
                }
            }
            let wait = BACKOFF.wait(attempt, draw(seed, u64::from(attempt))).max(BACKOFF.base);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn keep(&self, known: Result<Me, String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}
