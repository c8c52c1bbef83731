//! Inward: how a surface (Slack, command line, portal) shows what waits for a person and hands over what people say.
//!
//! Guarantees: each word is decided on by `domain::approval` over the stored value, compared and swapped, so that two
//! people, two surfaces and two replicas at once are one after the other; what counts is in the audit trail.

use crate::store::error::StoreError;
use async_trait::async_trait;
use domain::approval::{Approval, Choice, Outcome};
use domain::person::Person;

/// A word of a person on what they were shown.
#[derive(Debug, Clone, Copy)]
pub struct Ballot<'a> {
    /// Id of the approval.
    pub approval: &'a str,
    /// Digest of the plan that was shown.
    pub plan: &'a str,
    /// Who.
    pub person: &'a Person,
    /// What.
    pub choice: Choice,
    /// Where it was said, for the audit trail: `slack reaction`, `slack button`, `terminal`.
    pub by_way_of: &'a str,
}

/// The service that keeps approvals.
#[async_trait]
pub trait Approvals: Send + Sync {
    /// One approval.
    ///
    /// # Errors
    /// When it could not be looked at.
    async fn get(&self, id: &str) -> Result<Option<Approval>, StoreError>;

    /// Those that wait for people, the ones that expire first before the others.
    ///
    /// # Errors
    /// When they could not be looked at.
    async fn pending(&self) -> Result<Vec<Approval>, StoreError>;

    /// Takes a person's word; `None` where there is no such approval. What comes back tells what the word did and why,
    /// and how the approval stands.
    ///
    /// # Errors
    /// When it is not known whether it was kept.
    async fn vote(&self, ballot: Ballot<'_>) -> Result<Option<(Outcome, Approval)>, StoreError>;

    /// Takes a person's earlier word back, as [`Approvals::vote`] took it. `ballot.choice` is the word that is taken back.
    ///
    /// # Errors
    /// When it is not known whether it was kept.
    async fn take_back(&self, ballot: Ballot<'_>) -> Result<Option<(Outcome, Approval)>, StoreError>;

    /// Ends those whose time is over. Answers with how many.
    ///
    /// # Errors
    /// When they could not be looked at or ended.
    async fn expire(&self) -> Result<usize, StoreError>;
}
