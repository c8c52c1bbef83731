//! Appending a group of records: all of them at once, then the anchor; or nothing.

use super::anchor_file::{self, Unwritten};
use super::held::Held;
use super::place::Place;
use super::trouble::{failed, unknown};
use domain::chain::{Anchor, Entry, Line};
use ports::store::error::StoreError;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Records that are appended together.
#[derive(Debug)]
pub(super) struct Group {
    /// As they will stand in the file.
    text: Vec<u8>,
    /// The end of the chain after them.
    pub head: Anchor,
}

impl Group {
    /// An empty one, that goes on from the end of a log.
    pub fn after(held: &Held) -> Self {
        Self { text: Vec::new(), head: held.head.clone() }
    }

    /// Takes one more.
    pub fn push(&mut self, entry: Entry) {
        self.push_line(&Line::after(&self.head, entry));
    }

    /// Takes a record as it is.
    pub fn push_line(&mut self, line: &Line) {
        self.head = line.anchor();
        self.text.extend_from_slice(line.to_json().as_bytes());
        self.text.push(b'\n');
    }

    /// How long it is.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }
}

/// Writes the records, waits until they are on disk, and lets the anchor count them. The lock must be held. The log is
/// given back where it is known how it stands.
pub(super) fn append(held: Held, group: &Group, place: &Place) -> (Option<Held>, Result<(), StoreError>) {
    if group.head == held.anchor {
        return (Some(held), Ok(()));
    }
    if let Err(error) = write(&held, group) {
        return take_back(held, &place.records, "append to", &error);
    }
    match anchor_file::write(place, &group.head) {
        Ok(()) => {
            let end = held.end.saturating_add(u64::try_from(group.bytes()).unwrap_or(u64::MAX));
            (Some(Held { end, head: group.head.clone(), anchor: group.head.clone(), ..held }), Ok(()))
        }
        Err(Unwritten::Old(error)) => take_back(held, &place.anchor, "write", &error),
        // The new anchor is seen, so that the records must stay.
        Err(Unwritten::Uncertain(error)) => (None, Err(unknown("make durable", &place.anchor, &error))),
    }
}

fn write(held: &Held, group: &Group) -> io::Result<()> {
    held.file.write_all_at(&group.text, held.end)?;
    held.file.sync_data()
}

/// Makes the log as long as it was, because `path` could not be written.
fn take_back(held: Held, path: &Path, tried: &str, error: &io::Error) -> (Option<Held>, Result<(), StoreError>) {
    match held.file.set_len(held.end).and_then(|()| held.file.sync_all()) {
        Ok(()) => (Some(held), Err(failed(tried, path, error))),
        Err(_) => (None, Err(unknown(tried, path, error))),
    }
}
