//! Inward: how whoever observes something hands it over.
//!
//! Guarantees of every implementation: what is taken is durable before the answer, and is handled once, whatever happens
//! to this process; what has no room is refused, never dropped; an observation that is handed over again is known.
//!
//! Deliberately absent: reading a source, and what becomes of a signal.

use async_trait::async_trait;
pub use domain::intake_queue::SourceStatus;
use domain::signal::{Signal, Source};
use std::time::Duration;

/// What was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Signals that are kept since now.
    pub kept: usize,
    /// Signals that were handed over before.
    pub known: usize,
    /// Why single signals were not taken, and never will be.
    pub refused: Vec<String>,
}

/// Why nothing is known to be taken; the same may be handed over again after a while.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// There is no room: signals come faster than they are handled.
    #[error("{message}")]
    Full {
        /// What is full, and what to do.
        message: String,
        /// When to come again.
        retry_after: Duration,
    },
    /// They cannot be kept, or nobody told whether they are.
    #[error("{message}")]
    Away {
        /// What was tried, what came back, what to do.
        message: String,
        /// When to come again.
        retry_after: Duration,
    },
}

impl IntakeError {
    /// When to come again.
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Full { retry_after, .. } | Self::Away { retry_after, .. } => *retry_after,
        }
    }
}

/// The intake.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Takes signals. Their sources count as heard.
    ///
    /// # Errors
    /// [`IntakeError`]; some of them may be kept all the same, and are known when they are handed over again.
    async fn take(&self, signals: Vec<Signal>) -> Result<Taken, IntakeError>;

    /// A source told something, though it be that all is well.
    fn heard(&self, source: &Source);

    /// Something is wrong with a source, or with what it told.
    fn trouble(&self, source: &Source, problem: &str);

    /// All sources, those too that are declared and were never heard.
    fn sources(&self) -> Vec<SourceStatus>;
}
