//! What is computed of the files.

use super::file::each;
use chrono::{DateTime, TimeDelta, Utc};
use domain::sense::uptime::{Check, Figures, STRETCHES, Tally};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;

/// Checks of one endpoint that are kept in memory at most: an hour of one each five seconds, and some.
const KEPT: usize = 800;

/// The figures of all endpoints.
pub(super) fn of(
    files: &[PathBuf],
    every: &BTreeMap<String, TimeDelta>,
    now: DateTime<Utc>,
) -> io::Result<BTreeMap<String, Figures>> {
    let mut tally = Tally::default();
    for file in files {
        each(file, |check| {
            // Endpoints that are no longer declared have no figures.
            if every.contains_key(&check.endpoint) {
                tally.add(&check, now);
            }
            true
        })?;
    }
    Ok(tally.figures(|name| every.get(name).copied(), now))
}

/// The checks of one endpoint in the last hour. Of the ended files only the newest can hold some, unless they are very
/// short; the last two of them are read.
pub(super) fn last_hour(files: &[PathBuf], endpoint: &str, now: DateTime<Utc>) -> io::Result<Vec<Check>> {
    let [hour, ..] = STRETCHES;
    let mut kept: VecDeque<Check> = VecDeque::new();
    for file in files.iter().skip(files.len().saturating_sub(3)) {
        each(file, |check| {
            if check.endpoint == endpoint && check.at <= now && now - check.at < hour {
                kept.push_back(check);
                if kept.len() > KEPT {
                    kept.pop_front();
                }
            }
            true
        })?;
    }
    Ok(kept.into())
}
