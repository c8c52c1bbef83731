//! An incident after a batch of signals.

use crate::correlation::{self, AsWhat, Rules};
use crate::incident::Incident;
use crate::signal::Signal;
use chrono::{DateTime, Utc};

/// The incident of this id after the signals of this batch that are its own. `None` where there is nothing to write: it
/// has taken the batch in already, or no signal is left of it.
///
/// Where an action waits for a person it is not ended here, though nothing of it be there any more: what was asked for has
/// to be withdrawn first.
pub fn grown(
    found: Option<Incident>,
    id: &str,
    batch: u64,
    signals: &[(&Signal, AsWhat)],
    rules: &Rules,
    decided_at: DateTime<Utc>,
) -> Option<Incident> {
    if signals.is_empty() || found.as_ref().is_some_and(|found| found.batch >= batch) {
        return None;
    }
    let mut signals = signals.iter();
    let first = match found {
        Some(found) => found,
        None => correlation::open(signals.next()?.0, id.to_owned(), decided_at),
    };
    let grown = signals
        .fold(first, |incident, (signal, as_what)| correlation::apply_as(incident, signal, *as_what, decided_at));
    let settled = if grown.pending.is_none() { correlation::settle(&grown, rules, decided_at) } else { None };
    Some(Incident { batch, ..settled.unwrap_or(grown) })
}
