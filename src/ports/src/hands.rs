//! The only way to change something: the act servers, for the executor alone.
//!
//! Guarantees that every implementation gives: a call is made only of a [`Granted`] plan and as the plan says it, with a
//! grant signed for exactly these arguments; it is sent once and never again; a failure tells for certain whether there
//! was no effect. What nobody knows is [`ActError::Unknown`]. A rehearsal changes nothing.
//!
//! Deliberately absent: whether something should be done, in which order (the executor), what came of it for the world
//! (verification).

use async_trait::async_trait;
use domain::action::ActCall;
use domain::envelope::Failure;
use domain::observed::acted::Acted;
use domain::plan::Granted;
use std::sync::Arc;

/// Which call of a granted plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The call that does it.
    Forward {
        /// The object's version that was seen right before, and found to be what the plan is for. Empty for what has no
        /// versions.
        resource_version: String,
    },
    /// The call that takes it back.
    Undo {
        /// The object's version on which that is decided. Empty for what has no versions.
        resource_version: String,
    },
}

/// Why a call was not made, or is not known to have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// There was no effect, for certain.
    #[error("{0}")]
    Refused(Failure),
    /// There may have been an effect: look at the world.
    #[error("{0}")]
    Unknown(Failure),
}

impl ActError {
    /// What failed.
    pub fn failure(&self) -> &Failure {
        match self {
            Self::Refused(failure) | Self::Unknown(failure) => failure,
        }
    }
}

/// The act servers of all environments.
#[async_trait]
pub trait Hands: Send + Sync {
    /// Rehearses a call: everything is checked, nothing is changed. `reason` is kept in the server's audit file.
    ///
    /// # Errors
    /// Why it could not be rehearsed, or would not be possible.
    async fn rehearse(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure>;

    /// Makes one call of a granted plan, once. `grant` names the permission for it and is used for nothing else.
    ///
    /// Whoever stops waiting does not stop the call: it goes on, and nobody hears how it ended.
    ///
    /// # Errors
    /// [`ActError`].
    async fn act(&self, granted: &Granted, step: Step, grant: &str) -> Result<Acted, ActError>;
}

/// What is left of [`Hands`] to whoever makes plans: rehearsals. Nothing can be changed through it.
#[async_trait]
pub trait Rehearses: Send + Sync {
    /// As [`Hands::rehearse`].
    ///
    /// # Errors
    /// Why it could not be rehearsed, or would not be possible.
    async fn rehearsed(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure>;
}

#[async_trait]
impl<T: Hands> Rehearses for T {
    async fn rehearsed(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure> {
        self.rehearse(environment, call, reason).await
    }
}

struct OnlyRehearsing(Arc<dyn Hands>);

#[async_trait]
impl Rehearses for OnlyRehearsing {
    async fn rehearsed(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure> {
        self.0.rehearse(environment, call, reason).await
    }
}

/// Hands of which only the rehearsals are left.
pub fn rehearsing(hands: Arc<dyn Hands>) -> Arc<dyn Rehearses> {
    Arc::new(OnlyRehearsing(hands))
}
