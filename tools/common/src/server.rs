//! What a tool server is to the kit: a name, a list of tools, and a way to call one.
//!
//! Guarantee: a server that awaits its backends inside [`CallContext::bounded`] never outlives the call's deadline or
//! its cancellation. Deliberately absent: the wire (see [`crate::serve`]).

use crate::act::Act;
use crate::spec::ToolSpec;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::envelope::{Envelope, Failure, FailureKind};
use serde_json::{Map, Value};
use std::future::Future;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Who the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerInfo {
    /// The name in the effect table: `prometheus`. On the wire it is `auto-devops-prometheus`.
    pub name: &'static str,
    /// Version of the product.
    pub version: &'static str,
    /// One or two sentences for the client's model.
    pub instructions: &'static str,
}

/// A set of tools over one kind of backend.
#[async_trait]
pub trait ToolServer: Send + Sync + 'static {
    /// Who it is.
    fn info(&self) -> ServerInfo;

    /// Its tools, in the order in which they are listed. Asked once, when the server starts.
    fn tools(&self) -> Vec<ToolSpec>;

    /// How long one call may take; the kit turns it into [`CallContext::deadline`].
    fn call_deadline(&self) -> Duration {
        Duration::from_secs(15)
    }

    /// How long a call of one tool may take, where one needs longer than the others (a drain).
    fn deadline_of(&self, _tool: &str) -> Duration {
        self.call_deadline()
    }

    /// Calls one tool. The arguments have already been checked against the tool's schema.
    ///
    /// # Errors
    /// A [`Failure`] whose text says what was tried, on what, what came back, and what to do.
    async fn call(&self, tool: &str, arguments: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure>;
}

/// What a call carries beside its arguments.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// Cancelled when the client gives up.
    pub cancel: CancellationToken,
    /// When the call must be over.
    pub deadline: Instant,
    /// Tells the client how far a slow call is; free where the client did not ask.
    pub progress: Progress,
    /// The time of day at the start of the call.
    pub now: DateTime<Utc>,
    /// The permission to change something; never there in read mode.
    pub(crate) act: Option<Act>,
}

impl CallContext {
    /// A context for direct calls (tests, simulations): nobody cancels, nobody listens to progress.
    pub fn direct(now: DateTime<Utc>, allowed: Duration) -> Self {
        Self {
            cancel: CancellationToken::new(),
            deadline: Instant::now() + allowed,
            progress: Progress::default(),
            now,
            act: None,
        }
    }

    /// The same at another time of day (tests, simulations).
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = now;
        self
    }

    /// The permission to change something.
    ///
    /// # Errors
    /// `Refused` where the call has none.
    pub fn act(&self) -> Result<&Act, Failure> {
        self.act.as_ref().ok_or_else(|| {
            Failure::new(FailureKind::Refused, "this call would change something, and nobody has permitted it")
        })
    }

    /// What is left of the deadline.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Awaits `work` no longer than the deadline and the cancellation allow. `what` names the work in the failure.
    ///
    /// # Errors
    /// The work's own failure, `Timeout` or `Cancelled`.
    pub async fn bounded<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, Failure>> + Send,
    ) -> Result<T, Failure> {
        let started = Instant::now();
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => {
                Err(Failure::new(FailureKind::Cancelled, format!("{what} was stopped on request")))
            }
            result = work => result,
            () = tokio::time::sleep_until(self.deadline) => {
                let waited = started.elapsed().as_secs_f64();
                Err(Failure::new(FailureKind::Timeout, format!("{what} gave no answer within {waited:.1} s"))
                    .with_hint("narrow the question (a shorter window, fewer objects), or look whether the backend is overloaded"))
            }
        }
    }
}

/// One step of a slow call.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgressUpdate {
    /// Rises with each update.
    pub done: f64,
    /// Where `done` ends, where known.
    pub total: Option<f64>,
    /// What is being done.
    pub message: String,
}

/// The sending end of a call's progress. Never waits: an update that finds the queue full is dropped.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    sender: Option<mpsc::Sender<ProgressUpdate>>,
}

impl Progress {
    /// Progress that goes to `sender`.
    pub fn to(sender: mpsc::Sender<ProgressUpdate>) -> Self {
        Self { sender: Some(sender) }
    }

    /// Tells one step.
    pub fn tell(&self, done: f64, total: Option<f64>, message: impl Into<String>) {
        if let Some(sender) = &self.sender
            && sender.try_send(ProgressUpdate { done, total, message: message.into() }).is_err()
        {
            tracing::trace!("a progress update was dropped: the client reads slower than the call works");
        }
    }
}
