//! What a turn tells while it goes on.

use domain::evidence::{EvidenceId, ToolCall};
use std::time::Duration;
use tokio::sync::mpsc;

/// One sign of progress, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum TurnEvent {
    /// The question waits for the model at this place (1 is next).
    Queued(usize),
    /// The model reads and thinks; a step has begun.
    Thinking(usize),
    /// A look goes out.
    LookStarted {
        /// Its id in the evidence.
        id: EvidenceId,
        /// What is asked.
        call: ToolCall,
    },
    /// A look came back.
    LookFinished {
        /// Its id in the evidence.
        id: EvidenceId,
        /// Items returned, or why it failed.
        outcome: Result<u64, String>,
        /// How long it took.
        took: Duration,
    },
    /// A part of the answer's text. It may still be marked or withdrawn: the answer at the end is what counts.
    Text(String),
    /// The text so far was the model thinking aloud, and is no part of the answer.
    TextWithdrawn,
    /// Something that the person should know, such as that the model is away.
    Notice(String),
    /// What went to the model, for `--trace`.
    Trace(String),
}

/// Where the signs go. A listener that is slow or gone never holds a turn up: what does not fit is dropped.
#[derive(Debug, Clone)]
pub struct Progress(Option<mpsc::Sender<TurnEvent>>);

impl Progress {
    /// Progress into a bounded channel.
    pub fn into_channel(sender: mpsc::Sender<TurnEvent>) -> Self {
        Self(Some(sender))
    }

    /// Nobody listens.
    pub fn silent() -> Self {
        Self(None)
    }

    /// Tells one sign.
    pub fn tell(&self, event: TurnEvent) {
        if let Some(sender) = &self.0 {
            let _ = sender.try_send(event);
        }
    }
}
