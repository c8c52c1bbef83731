//! What guards actions, for whoever carries them out: freeze, caps, cool-downs, chain locks, and who leads.
//!
//! Guarantee that every implementation gives: what `domain::guard` promises of one value holds for all processes on the
//! store. What could not be asked is an error, and an error starts nothing.
//!
//! Deliberately absent: freezing and lifting (`freezing`), which people do.

use async_trait::async_trait;
use domain::guard::{Guards, Outcome, Refusal, Request, Started};

/// Why something was not begun, ended or told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unguarded {
    /// The guards speak against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// They could not be asked, or did not tell: nobody knows whether it stands.
    #[error("{0}")]
    Unavailable(String),
}

/// The guards of all processes on one store.
#[async_trait]
pub trait Guarding: Send + Sync {
    /// Begins an action. Whoever does not get its fencing token does nothing.
    ///
    /// # Errors
    /// [`Unguarded`]; after [`Unguarded::Unavailable`] the action may stand there until its deadline.
    async fn begin(&self, request: &Request) -> Result<Started, Unguarded>;

    /// Ends an action under the token that it began with.
    ///
    /// # Errors
    /// [`Unguarded::Refused`] where it was over already; [`Unguarded::Unavailable`]: end it again.
    async fn end(&self, action: &str, token: u64, outcome: Outcome) -> Result<(), Unguarded>;

    /// Whether an action still holds its locks: to be asked right before an effect.
    ///
    /// # Errors
    /// [`Unguarded`]: make no effect.
    async fn holds(&self, action: &str, token: u64) -> Result<(), Unguarded>;

    /// Everything that stands.
    ///
    /// # Errors
    /// Where it could not be read, or cannot be believed.
    async fn status(&self) -> Result<Guards, Unguarded>;
}

/// Whether this process leads.
pub trait Leading: Send + Sync {
    /// The fencing token of the leader's lease, while it is good; to be asked for each start and each effect anew.
    fn token(&self) -> Option<u64>;
}
