//! Whether the other senses are heard.

use super::{Board, Sense};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::sense::{Looked, Origin, State, standing};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Watches the senses of one environment.
pub(super) struct Watchdog {
    board: Arc<Board>,
    environment: String,
    origin: Origin,
}

impl Watchdog {
    pub(super) fn new(board: &Arc<Board>, environment: &str) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (board, environment) = (Arc::clone(board), environment.to_owned());
        move |origin| Self { board: Arc::clone(&board), environment: environment.clone(), origin: origin.clone() }
    }
}

#[async_trait]
impl Sense for Watchdog {
    async fn look(&mut self, _: &State, now: DateTime<Utc>, _: &CancellationToken) -> Result<Looked, Failure> {
        Ok(standing::away(&self.origin, &self.board.watched(&self.environment), now))
    }
}
