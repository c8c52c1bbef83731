//! What talking keeps beside inbox and outbox: who asked and whether it was stopped, what was told once, how many alerts
//! were answered. All of it ends by itself.
//!
//! Guarantees: each is compared and swapped, so that replicas share it; whoever is told something once is told at most
//! once, also where a replica dies between keeping and telling.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use domain::alert_reply::{Quiet, Replies};
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::collections::HANDLED;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::record::{Record, change, load, save};
use serde::{Deserialize, Serialize};

/// How long it is known who asked a question: longer than any turn takes and than anybody waits to stop one.
const RUN_HOURS: i64 = 24;

/// How long it is known that something was told.
const ONCE_DAYS: i64 = 30;

/// Alerts of one channel that are answered unasked within an hour.
pub const ALERTS_AN_HOUR: usize = 6;

/// Entries that are known to be taken, for when they are handled again.
const TAKEN: usize = 100;

/// A question that is being answered, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// `slack-run:ENTRY`.
    pub id: String,
    /// Who asked: `slack:U1`.
    pub asker: String,
    /// Who stopped it, by their id at Slack.
    #[serde(default)]
    pub stopped_by: Option<String>,
    /// Whether its answer stands.
    #[serde(default)]
    pub is_over: bool,
    /// When it began first.
    pub at: DateTime<Utc>,
}

impl Record for Run {
    const COLLECTION: &'static Collection = &HANDLED;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.at + TimeDelta::hours(RUN_HOURS))
    }
}

impl Run {
    /// A question of which nothing is kept, because the store is away.
    pub fn unkept(entry: &str, asker: &str, now: DateTime<Utc>) -> Self {
        Self { id: run_id(entry), asker: asker.to_owned(), stopped_by: None, is_over: false, at: now }
    }
}

fn run_id(entry: &str) -> String {
    format!("slack-run:{entry}")
}

/// Keeps that a question is being answered. Answers with how it stands: one that was stopped before stays so.
pub async fn begin(store: &dyn Store, entry: &str, asker: &str, now: DateTime<Utc>) -> Result<Run, StoreError> {
    let first = Run::unkept(entry, asker, now);
    change(store, &first.id, |found: Option<Run>| match found {
        Some(found) => (None, found),
        None => (Some(first.clone()), first.clone()),
    })
    .await
}

/// Keeps that the answer stands.
pub async fn end(store: &dyn Store, entry: &str) -> Result<(), StoreError> {
    change(store, &run_id(entry), |found: Option<Run>| match found {
        Some(run) if !run.is_over => (Some(Run { is_over: true, ..run }), ()),
        _ => (None, ()),
    })
    .await
}

/// How a question stands.
pub async fn run(store: &dyn Store, entry: &str) -> Result<Option<Run>, StoreError> {
    Ok(load::<Run>(store, &run_id(entry)).await?.map(|found| found.value))
}

/// What a wish to stop met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    /// It is kept: whoever answers the question stops.
    Kept,
    /// Only who asked, or who handles incidents, may.
    NotPermitted,
    /// The answer stands already, or nobody asked.
    Over,
}

/// Keeps a person's wish to stop. `may_any` tells that they may stop what others asked.
pub async fn stop(
    store: &dyn Store,
    entry: &str,
    (person, user): (&str, &str),
    may_any: bool,
) -> Result<Stopping, StoreError> {
    change(store, &run_id(entry), |found: Option<Run>| match found {
        None => (None, Stopping::Over),
        Some(run) if run.is_over => (None, Stopping::Over),
        Some(run) if run.asker != person && !may_any => (None, Stopping::NotPermitted),
        Some(run) if run.stopped_by.is_some() => (None, Stopping::Kept),
        Some(run) => (Some(Run { stopped_by: Some(user.to_owned()), ..run }), Stopping::Kept),
    })
    .await
}

/// Something that was told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Once {
    id: String,
    at: DateTime<Utc>,
}

impl Record for Once {
    const COLLECTION: &'static Collection = &HANDLED;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.at + TimeDelta::days(ONCE_DAYS))
    }
}

/// Whether this is the first time for this key; from now on it is not.
pub async fn first_time(store: &dyn Store, key: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let once = Once { id: format!("slack-once:{key}"), at: now };
    match save(store, &once, Expect::Absent).await {
        Ok(_) => Ok(true),
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Alerts of a channel that were taken for answering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Alerts {
    id: String,
    replies: Replies,
    taken: Vec<String>,
    at: DateTime<Utc>,
}

impl Record for Alerts {
    const COLLECTION: &'static Collection = &HANDLED;

    fn id(&self) -> String {
        self.id.clone()
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        // Long after all of it stopped to count, so that nobody swaps a document that began anew.
        Some(self.at + TimeDelta::hours(RUN_HOURS))
    }
}

/// Takes an alert for answering, unless the channel had its share, or the same alert was answered. What was taken and
/// is handled again is taken again.
pub async fn take_alert(
    store: &dyn Store,
    channel: &str,
    (entry, fingerprint): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Result<(), Quiet>, StoreError> {
    let id = format!("slack-alerts:{channel}");
    change(store, &id, |found: Option<Alerts>| {
        let none = || Alerts { id: id.clone(), replies: Replies::default(), taken: Vec::new(), at: now };
        let mut alerts = found.unwrap_or_else(none);
        if alerts.taken.iter().any(|known| known == entry) {
            return (None, Ok(()));
        }
        if let Err(quiet) = alerts.replies.take(fingerprint, now, ALERTS_AN_HOUR) {
            return (None, Err(quiet));
        }
        alerts.taken.push(entry.to_owned());
        let old = alerts.taken.len().saturating_sub(TAKEN);
        alerts.taken.drain(..old);
        alerts.at = now;
        (Some(alerts), Ok(()))
    })
    .await
}
