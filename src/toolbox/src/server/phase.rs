//! Where a server is in its life, and what a call does there.
//!
//! Guarantee: a plain step function of the phase and the time; nothing here waits.

use crate::connect::Connection;
use crate::failures;
use crate::naming::fingerprint;
use domain::backoff::{Backoff, draw};
use domain::envelope::{Failure, FailureKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A connection that lived this long was of use even when nobody called over it.
const LONG_ENOUGH: Duration = Duration::from_secs(30);

/// Where a server is in its life.
#[derive(Clone)]
pub enum Phase {
    /// Not started yet.
    Idle,
    /// A start is under way.
    Starting {
        /// Whether it is the first one.
        first: bool,
    },
    /// Up.
    Ready {
        /// The way to it.
        connection: Arc<Connection>,
        /// How long the start took.
        took: Duration,
        /// Starts in a row before it that were of no use.
        attempt: u32,
    },
    /// The last start came to nothing.
    Away(Away),
    /// The toolbox has ended.
    Stopped,
}

/// Why a server is away, and when it is tried again.
#[derive(Clone)]
pub struct Away {
    failure: Failure,
    attempt: u32,
    took: Duration,
    retry_at: Instant,
}

impl Away {
    /// After a start that came to nothing; `attempt` counts those before it.
    pub fn after(server: &str, failure: Failure, attempt: u32, took: Duration, restart: &Backoff) -> Self {
        // Half of the wait is fixed, so that a lucky draw does not make a loop of it; the other half keeps the replicas
        // of this program from coming back in step.
        let drawn = draw(fingerprint(&[server]), u64::from(attempt));
        let wait = restart.ceiling(attempt) / 2 + restart.wait(attempt, drawn) / 2;
        Self { failure, attempt, took, retry_at: Instant::now() + wait }
    }

    /// The reason, and when the next attempt may be.
    fn told(&self, now: Instant) -> Failure {
        let left = self.retry_at.saturating_duration_since(now);
        if left.is_zero() {
            return self.failure.clone();
        }
        let next = format!("it is tried again in {}", failures::seconds(Duration::from_millis(rounded(left))));
        let hint = match &self.failure.hint {
            Some(hint) => format!("{hint}; {next}"),
            None => next,
        };
        Failure { hint: Some(hint), ..self.failure.clone() }
    }
}

fn rounded(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).div_ceil(100) * 100
}

/// What a call does.
pub enum Next {
    /// Goes over this connection.
    Use(Arc<Connection>),
    /// Waits for the start under way.
    Wait,
    /// Fails now.
    Fail(Failure),
}

impl Phase {
    /// What a call does now; with the number of failed starts before it where a start is due.
    pub fn wake(&self, server: &str, restart: &Backoff, now: Instant) -> (Next, Option<u32>) {
        match self {
            Self::Idle => (Next::Wait, Some(0)),
            Self::Starting { .. } => (Next::Wait, None),
            Self::Ready { connection, .. } if !connection.is_closed() => (Next::Use(Arc::clone(connection)), None),
            Self::Ready { connection, .. } if connection.was_of_use(LONG_ENOUGH) => (Next::Wait, Some(0)),
            // A server that comes up and dies before it has answered anything gets one more start at once, and waits
            // after that like one that does not come up.
            Self::Ready { connection, attempt, .. } => {
                let pause = attempt.checked_sub(1).map_or(Duration::ZERO, |before| restart.ceiling(before));
                let due = connection.since + pause;
                if due <= now {
                    return (Next::Wait, Some(attempt.saturating_add(1)));
                }
                let left = failures::seconds(Duration::from_millis(rounded(due.saturating_duration_since(now))));
                let text = format!("MCP server {server} closes its connection before it answers anything");
                let failure = Failure::new(FailureKind::Unreachable, text);
                (Next::Fail(failure.with_hint(format!("it is started again in {left}"))), None)
            }
            Self::Away(away) if away.retry_at <= now => (Next::Wait, Some(away.attempt.saturating_add(1))),
            Self::Away(away) => (Next::Fail(away.told(now)), None),
            Self::Stopped => (Next::Fail(failures::stopped(server)), None),
        }
    }

    /// The phase as a person is told it, and how long the start took.
    pub fn state(&self, server: &str) -> (Result<String, Failure>, Duration) {
        let unreachable = |text: String| Failure::new(FailureKind::Unreachable, text);
        match self {
            Self::Idle => {
                (Err(unreachable(format!("MCP server {server} is not started: nothing needed it yet"))), Duration::ZERO)
            }
            Self::Starting { .. } => (Err(unreachable(format!("MCP server {server} is starting"))), Duration::ZERO),
            Self::Ready { connection, took, .. } if connection.is_closed() => {
                let failure = unreachable(format!("MCP server {server} closed its connection"))
                    .with_hint("the next call starts it again");
                (Err(failure), *took)
            }
            Self::Ready { connection, took, .. } => (Ok(connection.identity.clone()), *took),
            Self::Away(away) => (Err(away.told(Instant::now())), away.took),
            Self::Stopped => (Err(failures::stopped(server)), Duration::ZERO),
        }
    }
}
