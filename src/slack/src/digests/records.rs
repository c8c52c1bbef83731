//! What a digest is made of, out of the store.

use crate::reading::all;
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
use ports::store::record::Record;

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
