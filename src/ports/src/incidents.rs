//! Inward: how a surface shows incidents and hands over what people do to them.

use crate::store::error::StoreError;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::incident::{Deed, Incident, Refusal};
use domain::person::Person;

/// The service that keeps incidents.
#[async_trait]
pub trait Incidents: Send + Sync {
    /// One incident.
    ///
    /// # Errors
    /// When it could not be looked at.
    async fn get(&self, id: &str) -> Result<Option<Incident>, StoreError>;

    /// Those that are not over, the worst first.
    ///
    /// # Errors
    /// When they could not be looked at.
    async fn open(&self) -> Result<Vec<Incident>, StoreError>;

    /// Those that changed since then, the one that changed first before the others, at most so many.
    ///
    /// # Errors
    /// When they could not be looked at.
    async fn changed_since(&self, since: DateTime<Utc>, most: usize) -> Result<Vec<Incident>, StoreError>;

    /// What a person does to an incident, compared and swapped; `None` where there is no such incident.
    ///
    /// # Errors
    /// When it is not known whether it was kept.
    async fn act(&self, id: &str, person: &Person, deed: Deed)
    -> Result<Option<Result<Incident, Refusal>>, StoreError>;
}
