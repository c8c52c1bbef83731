//! The end of a log, as the process that holds the lock knows it.
//!
//! It is kept between writes, and looked after each time the lock was taken: another process may have appended, cut, or
//! died in the middle of a record.

use super::anchor_file::{self, Found as AnchorFound, Unwritten};
use super::find;
use super::lines::{Found, Lines};
use super::place::{self, Identity, Place};
use super::trouble::{corrupt, failed, fault, unknown};
use domain::chain::{Anchor, Finding, Line};
use ports::store::error::StoreError;
use std::fs::{self, File};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// An open log whose end is known.
#[derive(Debug)]
pub(super) struct Held {
    pub file: File,
    pub identity: Identity,
    /// Where the next record begins: the length of the file.
    pub end: u64,
    /// The last record of the file.
    pub head: Anchor,
    /// What the anchor on disk says; behind the head where a crash came between.
    pub anchor: Anchor,
}

impl Held {
    /// The log as it is now. The lock must be held.
    pub fn look(before: Option<Self>, place: &Place) -> Result<Self, StoreError> {
        let Some(metadata) = place::look(&place.records)? else { return make(place) };
        let identity = Identity::of(&metadata);
        match before {
            Some(held) if held.identity == identity && held.end == metadata.len() => Ok(held),
            Some(held) if held.identity == identity && held.end < metadata.len() => held.catch_up(place),
            _ => from_anchor(place),
        }
    }

    /// Another process has written since.
    fn catch_up(mut self, place: &Place) -> Result<Self, StoreError> {
        self.anchor = anchor(place)?;
        if self.head.count == self.anchor.count && self.head.hash != self.anchor.hash {
            return Err(fault(&place.records, &Finding::OtherThanAnchored { anchored: self.anchor.count }));
        }
        self.read_on(place)
    }

    /// Reads the records after the head, and cuts off what a crash tore.
    fn read_on(mut self, place: &Place) -> Result<Self, StoreError> {
        let cannot_read = |error| failed("read", &place.records, &error);
        let length = self.file.metadata().map_err(cannot_read)?.len();
        let mut torn = false;
        let mut lines = Lines::new(&self.file, self.end, length, BUFFER_BYTES);
        while let Some(found) = lines.next().map_err(cannot_read)? {
            let beyond_anchor = self.head.count >= self.anchor.count;
            match found {
                Found::Whole(bytes) | Found::TooLong(bytes) => match record(&bytes, &self.head) {
                    Ok(head) => (self.head, self.end) = (head, lines.offset),
                    // Blocks of which a crash left only the length read as zeros, which no record holds.
                    Err(_) if beyond_anchor && bytes.contains(&0) => torn = true,
                    Err(finding) => return Err(fault(&place.records, &finding)),
                },
                Found::Torn(_) if beyond_anchor => torn = true,
                Found::Torn(_) => break,
            }
            if self.head.count == self.anchor.count && self.head.hash != self.anchor.hash {
                return Err(fault(&place.records, &Finding::OtherThanAnchored { anchored: self.anchor.count }));
            }
            if torn {
                break;
            }
        }
        if self.head.count < self.anchor.count {
            let (anchored, last) = (self.anchor.count, self.head.count);
            return Err(fault(&place.records, &Finding::LostTail { anchored, last }));
        }
        if torn {
            let cut = self.file.set_len(self.end).and_then(|()| self.file.sync_all());
            cut.map_err(|error| failed("cut the torn end off", &place.records, &error))?;
        }
        Ok(self)
    }
}

/// Makes a log that is not there yet. The anchor comes first: a log without one has lost it.
fn make(place: &Place) -> Result<Held, StoreError> {
    let anchor = match anchor_file::read(place)? {
        AnchorFound::Anchor(anchor) if anchor.count > 0 => {
            return Err(fault(&place.records, &Finding::LostTail { anchored: anchor.count, last: 0 }));
        }
        AnchorFound::Anchor(anchor) => anchor,
        AnchorFound::Missing => first_anchor(place)?,
        AnchorFound::Unreadable(why) => return Err(fault(&place.anchor, &Finding::NoAnchor { why })),
    };
    let cannot_make = |error| failed("make", &place.records, &error);
    let file = place::writable().open(&place.records).map_err(cannot_make)?;
    place::sync_folder(&place.folder).map_err(cannot_make)?;
    let identity = Identity::of(&file.metadata().map_err(cannot_make)?);
    Ok(Held { file, identity, end: 0, head: Anchor::default(), anchor })
}

/// Reads the end of a log that was not looked at yet, or is not the one that was.
fn from_anchor(place: &Place) -> Result<Held, StoreError> {
    let cannot_open = |error| failed("open", &place.records, &error);
    let file = place::writable().open(&place.records).map_err(cannot_open)?;
    let metadata = file.metadata().map_err(cannot_open)?;
    let anchor = match anchor_file::read(place)? {
        AnchorFound::Missing if metadata.len() == 0 => first_anchor(place)?,
        _ => anchor(place)?,
    };
    // What a cut left that did not come to its end.
    place::missing_is_none(fs::remove_file(&place.fresh_records))
        .map_err(|error| failed("remove", &place.fresh_records, &error))?;
    let mut held = Held { identity: Identity::of(&metadata), file, end: 0, head: Anchor::default(), anchor };
    if held.anchor.count > 0 {
        (held.head, held.end) = anchored(&held.file, metadata.len(), &held.anchor, place)?;
    }
    held.read_on(place)
}

/// The record that the anchor names, and where the one after it begins.
fn anchored(file: &File, length: u64, anchor: &Anchor, place: &Place) -> Result<(Anchor, u64), StoreError> {
    let anchored = anchor.count;
    let found = find::record(file, length, anchored).map_err(|error| failed("read", &place.records, &error))?;
    let Some((bytes, end)) = found else {
        let what = format!("record {anchored}, the last that was acknowledged, is not there");
        return Err(corrupt(&place.records, &what));
    };
    let line = sealed(&bytes).ok_or_else(|| fault(&place.records, &Finding::Edited { sequence: anchored }))?;
    if line.hash == anchor.hash {
        Ok((line.anchor(), end))
    } else {
        Err(fault(&place.records, &Finding::OtherThanAnchored { anchored }))
    }
}

/// The anchor of a log that must have one.
pub(super) fn anchor(place: &Place) -> Result<Anchor, StoreError> {
    let why = match anchor_file::read(place)? {
        AnchorFound::Anchor(anchor) => return Ok(anchor),
        AnchorFound::Missing => "it is missing".to_owned(),
        AnchorFound::Unreadable(why) => why,
    };
    Err(fault(&place.anchor, &Finding::NoAnchor { why }))
}

fn first_anchor(place: &Place) -> Result<Anchor, StoreError> {
    let anchor = Anchor::default();
    match anchor_file::write(place, &anchor) {
        Ok(()) => Ok(anchor),
        Err(Unwritten::Old(error)) => Err(failed("write", &place.anchor, &error)),
        Err(Unwritten::Uncertain(error)) => Err(unknown("write", &place.anchor, &error)),
    }
}

/// The new end of the chain, where these bytes are the record after `head`.
fn record(bytes: &[u8], head: &Anchor) -> Result<Anchor, Finding> {
    let expected = head.count.saturating_add(1);
    match sealed(bytes) {
        Some(line) if line.follows(head) => Ok(line.anchor()),
        Some(line) => Err(Finding::Broken { expected, found: line.sequence }),
        None => Err(Finding::Edited { sequence: expected }),
    }
}

/// A record that stands there as it was written.
pub(super) fn sealed(bytes: &[u8]) -> Option<Line> {
    let line = Line::from_json(std::str::from_utf8(bytes).ok()?).ok()?;
    (line.to_json().as_bytes() == bytes && line.computed_hash() == line.hash).then_some(line)
}
