//! What is old goes: documents by the age of their class, audit records at a recorded checkpoint.
//!
//! Guarantees: a bounded number of documents a round, so that a sweep never holds up the work; the audit trail is cut only
//! by [`Store::cut`], which records the cut in the chain; the journal is cut only below the first action that has not
//! ended; what is old goes whether it can be read or not, and what fails keeps nothing else from going.

use super::{first, remove};
use chrono::{DateTime, TimeDelta, Utc};
use domain::audit::OpenActions;
use ports::store::collection::{Collection, Retention};
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Query};
use ports::store::{Log, Store};
use std::collections::BTreeMap;

/// Documents removed at once.
const BATCH: usize = 500;

/// Records of a log read at once, while its cut is looked for.
const RECORDS: usize = 1_000;

/// How many days each class stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionDays {
    /// Conversations, turns, usage, and past turns in memory.
    pub conversations: u32,
    /// Evidence.
    pub evidence: u32,
    /// Incidents, plans, approvals, events.
    pub incidents: u32,
    /// The logs, and the personal data beside them.
    pub audit: u32,
}

impl RetentionDays {
    /// What is older than this goes; `None` for what stays forever.
    fn end(&self, class: Retention, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let days = match class {
            Retention::Conversations => self.conversations,
            Retention::Evidence => self.evidence,
            Retention::Incidents => self.incidents,
            Retention::Audit => self.audit,
            Retention::Forever => return None,
        };
        now.checked_sub_signed(TimeDelta::days(i64::from(days)))
    }
}

/// What a sweep removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Documents that were too old, by collection.
    pub aged: BTreeMap<&'static str, u64>,
    /// Documents that had expired.
    pub expired: u64,
    /// Records of logs, by log.
    pub records: BTreeMap<&'static str, u64>,
    /// Whether a bound was reached, so that there is more to remove.
    pub more: bool,
}

/// Removes what is too old, at most `limit` documents of each collection.
///
/// # Errors
/// The first failure of the store; everything else is removed nevertheless.
pub async fn sweep(
    store: &dyn Store,
    collections: &[&'static Collection],
    days: &RetentionDays,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Swept, StoreError> {
    let (mut swept, mut failed) = (Swept::default(), None);
    let many = u64::try_from(limit).unwrap_or(u64::MAX);
    match store.sweep(limit).await {
        Ok(expired) => (swept.expired, swept.more) = (expired, expired >= many),
        Err(error) => first(&mut failed, Some(error)),
    }
    for collection in collections.iter().copied() {
        let Some((field, end)) = collection.aged_by.zip(days.end(collection.retention, now)) else { continue };
        let (removed, error) = remove_older(store, &older(collection, field, end), limit).await;
        first(&mut failed, error);
        swept.more |= removed >= many;
        if removed > 0 {
            swept.aged.insert(collection.name, removed);
        }
    }
    if let Some(end) = days.end(Retention::Audit, now) {
        for log in Log::ALL {
            match cut_older(store, log, end).await {
                Ok(0) => {}
                Ok(removed) => drop(swept.records.insert(log.name(), removed)),
                Err(error) => first(&mut failed, Some(error)),
            }
        }
    }
    failed.map_or(Ok(swept), Err)
}

/// What is older than this, the oldest first.
fn older(collection: &'static Collection, field: &'static str, end: DateTime<Utc>) -> Query {
    let mut query = Query::of(collection).with(field, Condition::Below(end.into())).by(field, Direction::Ascending);
    if let Some((field, values)) = collection.only {
        query = query.with(field, Condition::OneOf(values.iter().map(|value| (*value).into()).collect()));
    }
    query
}

async fn remove_older(store: &dyn Store, query: &Query, limit: usize) -> (u64, Option<StoreError>) {
    let (mut removed, mut failed) = (0, None);
    while removed < limit {
        let old = match store.ids(&query.clone().limited(BATCH.min(limit - removed))).await {
            Ok(old) if old.is_empty() => break,
            Ok(old) => old,
            Err(error) => {
                first(&mut failed, Some(error));
                break;
            }
        };
        // At the version that was seen: what was written meanwhile is no longer old.
        let (gone, error) = remove(store, query.collection, old, Expect::Version).await;
        first(&mut failed, error);
        if gone == 0 {
            break;
        }
        removed += gone;
    }
    (u64::try_from(removed).unwrap_or(u64::MAX), failed)
}

/// Records are in the order in which they were written; the first young one ends the cut, whatever its clock said.
async fn cut_older(store: &dyn Store, log: Log, end: DateTime<Utc>) -> Result<u64, StoreError> {
    let mut up_to = 0;
    let mut open = OpenActions::default();
    'log: loop {
        let lines = store.read(log, up_to, RECORDS).await?;
        if lines.is_empty() {
            break;
        }
        for line in &lines {
            if line.at >= end {
                break 'log;
            }
            open.see(line);
            up_to = line.sequence;
        }
    }
    let up_to = open.first().map_or(up_to, |first| up_to.min(first.saturating_sub(1)));
    if up_to == 0 { Ok(0) } else { store.cut(log, up_to).await }
}
