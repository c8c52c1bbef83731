//! How many calls one tool server works on at a time, whichever way they came in.
//!
//! A client that asks, goes away and asks again leaves calls behind that run to their deadline; this bounds them.
//! Guarantee: at most [`WORKING`] calls run, at most [`ADMITTED`] run or wait, and one beyond is refused at once.
//! Deliberately absent: fairness between clients, whom a tool server does not know.

use domain::envelope::{Failure, FailureKind};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Calls that run at one time. A backend is asked by each of them, some of them several times.
pub(super) const WORKING: usize = 16;
/// Calls that run or wait at one time.
pub(super) const ADMITTED: usize = 128;

pub(super) struct Places {
    working: Semaphore,
    admitted: Semaphore,
}

/// Held for as long as a call runs.
pub(super) struct Place<'a> {
    _working: SemaphorePermit<'a>,
    _admitted: SemaphorePermit<'a>,
}

impl Default for Places {
    fn default() -> Self {
        Self { working: Semaphore::new(WORKING), admitted: Semaphore::new(ADMITTED) }
    }
}

impl Places {
    /// Waits for a place among the working, in the order of asking.
    pub(super) async fn take(&self) -> Result<Place<'_>, Failure> {
        let admitted = self.admitted.try_acquire().map_err(|_| full())?;
        // Never closed: only dropped with the server.
        let working = self.working.acquire().await.map_err(|_| full())?;
        Ok(Place { _working: working, _admitted: admitted })
    }
}

fn full() -> Failure {
    let message = format!("this tool server has {ADMITTED} calls under way already");
    Failure::new(FailureKind::RateLimited, message).with_hint("ask fewer things at once, and again when these are done")
}
