//! One swap of one document, with bounds: each try has a deadline, tries have a pause between them and a number.

use super::{All, GuardKeeper};
use domain::backoff::{Backoff, draw};
use domain::guard::{Guards, Refusal};
use ports::store::error::StoreError;
use ports::store::record::{self, Record};
use std::future::Future;
use std::time::Duration;

/// How long one try may take.
const WAIT: Duration = Duration::from_secs(5);

/// Tries of what a person or an executor waits for.
pub(super) const PATIENT: u32 = 4;

/// One try, for those who try again by themselves.
pub(super) const ONCE: u32 = 1;

/// Pauses between tries. Short: other keepers that swap the same document are through in milliseconds.
const PAUSES: Backoff =
    Backoff { base: Duration::from_millis(50), cap: Duration::from_secs(1), longest_wish: Duration::ZERO };

/// What to write and what to tell.
pub(super) type Decision<T, R> = (Option<T>, Result<R, Refusal>);

/// Writes the next value where there is one.
pub(super) fn decision<R>(decided: Result<(Guards, R), Refusal>) -> Decision<All, R> {
    match decided {
        Ok((next, told)) => (Some(All(next)), Ok(told)),
        Err(refusal) => (None, Err(refusal)),
    }
}

/// The store's answer, or that there was none in time.
pub(super) async fn bounded<R>(asked: impl Future<Output = Result<R, StoreError>> + Send) -> Result<R, StoreError> {
    tokio::time::timeout(WAIT, asked).await.unwrap_or_else(|_| {
        let message = format!("the store did not answer within {} s; look at its health", WAIT.as_secs());
        Err(StoreError::Unknown { message })
    })
}

impl GuardKeeper {
    /// Reads, decides and swaps. `decide` is told whether an earlier try of this very swap may have been made.
    pub(super) async fn swapped<T: Record, R: Send>(
        &self,
        id: &str,
        tries: u32,
        mut decide: impl FnMut(Option<T>, bool) -> (Option<T>, R) + Send,
    ) -> Result<R, StoreError> {
        let mut in_doubt = false;
        let mut attempt = 0;
        loop {
            let tried = bounded(record::change(&*self.store, id, |found| decide(found, in_doubt))).await;
            attempt += 1;
            match tried {
                Err(error) if attempt < tries && is_worth_another(&error) => {
                    in_doubt = in_doubt || matches!(error, StoreError::Unknown { .. });
                    tokio::time::sleep(PAUSES.wait(attempt, self.draw(attempt))).await;
                }
                answer => return answer,
            }
        }
    }

    /// Spreads keepers that were turned away together: each has its own pauses.
    fn draw(&self, attempt: u32) -> f64 {
        let seed = self.holder.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        draw(seed, attempt.into())
    }
}

fn is_worth_another(error: &StoreError) -> bool {
    error.may_pass() || matches!(error, StoreError::Conflict { .. })
}
