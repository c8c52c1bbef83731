//! Removing the oldest records. Each step leaves a log that holds: first the checkpoint is appended and anchored, then
//! what stays is written beside the log, then it takes its place.

use super::append::{Group, append};
use super::find;
use super::held::{Held, sealed};
use super::lines::{Found, Lines};
use super::place::{self, Place};
use super::trouble::{corrupt, failed, fault, unknown};
use chrono::{DateTime, Utc};
use domain::chain::{Checkpoint, Finding};
use ports::store::error::StoreError;
use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 8 * 1024;

/// What is to be removed.
#[derive(Debug)]
pub(super) struct Plan {
    checkpoint: Checkpoint,
    /// Where the first record begins that stays.
    from: u64,
    removed: u64,
}

/// Removes the records up to `up_to`. The lock must be held. The log is given back where it is known how it stands.
pub(super) fn cut(
    held: Held,
    up_to: u64,
    place: &Place,
    now: DateTime<Utc>,
) -> (Option<Held>, Result<u64, StoreError>) {
    let plan = match plan(&held, up_to, place) {
        Ok(Some(plan)) => plan,
        Ok(None) => return (Some(held), Ok(0)),
        Err(error) => return (Some(held), Err(error)),
    };
    match record(held, &plan, place, now) {
        (Some(held), Ok(())) => match keep(&held, &plan, place).and_then(|()| replace(place)) {
            // What was open has no name any more: the next write opens what took its place.
            Ok(()) => (None, Ok(plan.removed)),
            Err(error) => (None, Err(error)),
        },
        (held, told) => (held, told.map(|()| 0)),
    }
}

/// What a cut there removes; `None` where that is nothing.
pub(super) fn plan(held: &Held, up_to: u64, place: &Place) -> Result<Option<Plan>, StoreError> {
    let cannot_read = |error| failed("read", &place.records, &error);
    let up_to = up_to.min(held.head.count);
    let mut lines = Lines::new(&held.file, 0, held.end, BUFFER_BYTES);
    let first = match lines.next().map_err(cannot_read)? {
        None => return Ok(None),
        Some(Found::Whole(bytes)) => sealed(&bytes).map(|line| line.sequence),
        Some(_) => None,
    };
    let first = first.ok_or_else(|| corrupt(&place.records, "its first line is no record"))?;
    if up_to < first {
        return Ok(None);
    }
    let found = find::record(&held.file, held.end, up_to).map_err(cannot_read)?;
    let found = found.and_then(|(bytes, from)| sealed(&bytes).map(|line| (line.anchor(), from)));
    let Some((cut, from)) = found else {
        return Err(fault(&place.records, &Finding::Edited { sequence: up_to }));
    };
    let removed = up_to.saturating_sub(first).saturating_add(1);
    Ok(Some(Plan { checkpoint: Checkpoint { cut }, from, removed }))
}

/// Appends the checkpoint.
pub(super) fn record(
    held: Held,
    plan: &Plan,
    place: &Place,
    now: DateTime<Utc>,
) -> (Option<Held>, Result<(), StoreError>) {
    let mut group = Group::after(&held);
    group.push(plan.checkpoint.entry(now));
    append(held, &group, place)
}

/// Writes what stays beside the log, and waits until it is on disk.
pub(super) fn keep(held: &Held, plan: &Plan, place: &Place) -> Result<(), StoreError> {
    let fresh = &place.fresh_records;
    let copied = place::writable().truncate(true).open(fresh).and_then(|mut to| {
        copy(&held.file, plan.from, held.end, &mut to)?;
        to.sync_all()
    });
    copied.map_err(|error| {
        // Where even that fails, the next opening removes it.
        let _ = fs::remove_file(fresh);
        failed("write", fresh, &error)
    })
}

/// Lets it take the place of the log.
pub(super) fn replace(place: &Place) -> Result<(), StoreError> {
    fs::rename(&place.fresh_records, &place.records).map_err(|error| failed("replace", &place.records, &error))?;
    place::sync_folder(&place.folder).map_err(|error| unknown("make durable", &place.folder, &error))
}

/// Copies a part of a file to the place where the other one stands.
pub(super) fn copy(mut from: &File, begin: u64, end: u64, to: &mut File) -> io::Result<()> {
    from.seek(SeekFrom::Start(begin))?;
    let bytes = end.saturating_sub(begin);
    let copied = io::copy(&mut from.take(bytes), to)?;
    if copied == bytes { Ok(()) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof)) }
}
