//! Inward: the switch that stops every action which has not begun (invariant 9).

use async_trait::async_trait;
use domain::guard::{Freeze, Scope};
use domain::person::Person;

/// Why it could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FreezingError {
    /// The person may not, or nothing of this scope is frozen; the text tells.
    #[error("{0}")]
    Refused(String),
    /// The store could not be asked; nothing is known to have changed.
    #[error("{0}")]
    Unavailable(String),
}

/// The switch.
#[async_trait]
pub trait Freezing: Send + Sync {
    /// Stops everything of this scope. Anyone who may use the product may.
    ///
    /// # Errors
    /// When it could not be kept.
    async fn freeze(&self, scope: Scope, by: &Person, why: &str) -> Result<Vec<Freeze>, FreezingError>;

    /// Lets it go on. Only approvers may.
    ///
    /// # Errors
    /// When it could not be kept, or the person may not.
    async fn lift(&self, scope: Scope, by: &Person, why: &str) -> Result<Vec<Freeze>, FreezingError>;

    /// What is frozen.
    ///
    /// # Errors
    /// When it could not be looked at.
    async fn standing(&self) -> Result<Vec<Freeze>, FreezingError>;
}
