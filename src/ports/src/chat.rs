//! Outward: where people are told something without having asked: the living message of an incident, a proposal, a note.
//!
//! Guarantees that every implementation gives: telling the same again changes nothing that people see; a message that
//! was told once is edited and not told anew; what cannot be told now is kept and told later, once.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::approval::Approval;
use domain::incident::Incident;

/// Why something was not told, nor kept to be told later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// Nowhere to tell it: no channel is set up for it.
    #[error("{0}")]
    NoDestination(String),
    /// It could not be kept, so that it may be lost.
    #[error("{0}")]
    Unavailable(String),
}

/// A chat system.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Shows an incident as it stands now, wherever its channels' settings want it.
    ///
    /// # Errors
    /// When it may be lost.
    async fn show_incident(&self, incident: &Incident, now: DateTime<Utc>) -> Result<(), ChatError>;

    /// Shows what waits for a person, or how it came to its end.
    ///
    /// # Errors
    /// When it may be lost.
    async fn show_approval(&self, approval: &Approval, now: DateTime<Utc>) -> Result<(), ChatError>;

    /// Tells a text (Markdown) at a place (`slack:C123`), once for each key.
    ///
    /// # Errors
    /// When it may be lost.
    async fn tell(&self, place: &str, key: &str, markdown: &str) -> Result<(), ChatError>;
}
