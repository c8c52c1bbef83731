//! What the journal and the audit trail have about the time of an incident, for its post-mortem.
//!
//! Read from the end backwards to where the incident can have begun, then forwards: an old, long log is not gone through
//! as a whole.

use crate::cli::{Exit, Stop};
use crate::wiring::state::stop;
use chrono::TimeDelta;
use domain::audit::Record;
use domain::incident::Incident;
use ports::store::{Log, Store};
use std::sync::Arc;

/// Records of a page.
const PAGE: u64 = 500;

/// Records of one log that are gone through at most.
const MOST: u64 = 200_000;

/// Freezes and pauses of before matter; clocks of several machines differ.
const BEFORE: TimeDelta = TimeDelta::hours(2);

/// The records of both logs from the incident's time on, in their order; the post-mortem takes what is about it.
///
/// # Errors
/// A log cannot be read, or would take too long.
pub(super) async fn records(store: &Arc<dyn Store>, incident: &Incident) -> Result<Vec<Record>, Stop> {
    let mut records = Vec::new();
    for log in Log::ALL {
        records.extend(of_log(store, log, incident).await?);
    }
    records.sort_by_key(|record: &Record| record.at);
    Ok(records)
}

async fn of_log(store: &Arc<dyn Store>, log: Log, incident: &Incident) -> Result<Vec<Record>, Stop> {
    let earliest = incident.opened_at.checked_sub_signed(BEFORE).unwrap_or(incident.opened_at);
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let count = store.anchor(log).await.map_err(stop)?.count;
    let mut from = count;
    while from > 0 {
        from = from.saturating_sub(PAGE);
        if count.saturating_sub(from) > MOST {
            let text = format!(
                "the incident began more than {MOST} records ago in the {}: show it without --post-mortem, or read \
                 `audit list --since`",
                log.name()
            );
            return Err(Stop::new(Exit::Failed, text));
        }
        let lines = store.read(log, from, 1).await.map_err(stop)?;
        if lines.first().is_none_or(|line| line.at < earliest) {
            break;
        }
    }
    let mut records = Vec::new();
    loop {
        let lines = store.read(log, from, page).await.map_err(stop)?;
        let Some(last) = lines.last() else { return Ok(records) };
        from = last.sequence;
        records.extend(lines.iter().filter(|line| line.at >= earliest).filter_map(Record::of));
    }
}
