//! What a digest is made of, out of the store.

use domain::approval::Approval;
use domain::conversation::turn::Turn;
use domain::digest::Period;
use domain::incident::{Incident, State};
use domain::usage::UsageRecord;
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::collections::{APPROVALS, INCIDENTS, TURNS, USAGE};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key, Query};
use ports::store::record::{Record, page};

/// Records of one sort that are read, at most: a week of a large house has less.
const MOST: usize = 50_000;
/// Records of a page.
const PAGE: usize = 500;

/// The records of a period, and what is open.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) turns: Vec<Turn>,
    pub(super) usage: Vec<UsageRecord>,
    pub(super) incidents: Vec<Incident>,
    pub(super) approvals: Vec<Approval>,
}

impl Gathered {
    pub(super) async fn of(store: &dyn Store, period: &Period) -> Result<Self, StoreError> {
        let since = |collection, field| {
            Query::of(collection).with(field, Condition::AtLeast(period.from.into())).by(field, Direction::Ascending)
        };
        // What stands since before the period has not changed in it.
        let open: Vec<&str> = State::ALL.iter().filter(|state| state.is_open()).map(|state| state.name()).collect();
        let mut incidents: Vec<Incident> = all(store, since(&INCIDENTS, "changed_at")).await?;
        incidents.extend(standing::<Incident>(store, &INCIDENTS, &open, period).await?);
        let mut approvals: Vec<Approval> = all(store, since(&APPROVALS, "changed_at")).await?;
        approvals.extend(standing::<Approval>(store, &APPROVALS, &["pending"], period).await?);
        Ok(Self {
            turns: all(store, since(&TURNS, "asked_at")).await?,
            usage: all(store, since(&USAGE, "at")).await?,
            incidents,
            approvals,
        })
    }
}

/// What is in one of these states and did not change in the period.
async fn standing<T: Record>(
    store: &dyn Store,
    collection: &'static Collection,
    states: &[&str],
    period: &Period,
) -> Result<Vec<T>, StoreError> {
    let states = states.iter().map(|state| Key::from(*state)).collect();
    let query = Query::of(collection)
        .with("state", Condition::OneOf(states))
        .with("changed_at", Condition::Below(period.from.into()));
    all(store, query).await
}

async fn all<T: Record>(store: &dyn Store, query: Query) -> Result<Vec<T>, StoreError> {
    let mut records = Vec::new();
    let mut cursor = None;
    loop {
        let found = page::<T>(store, &query.clone().limited(PAGE).after(cursor)).await?;
        records.extend(found.records.into_iter().map(|record| record.value));
        cursor = found.next_cursor;
        if cursor.is_none() {
            return Ok(records);
        }
        if records.len() >= MOST {
            let message = format!(
                "more than {MOST} {} in one period: a digest of a part of them would be wrong",
                T::COLLECTION.name
            );
            return Err(StoreError::Invalid { message });
        }
    }
}
