//! Looking at a log while others write: no lock is taken, so that a hanging writer stops nobody from reading.
//!
//! The records are opened first, the anchor is read next, and then it is asked whether the records are still those: if so
//! they hold everything that the anchor counts, and their first record is not younger than the anchor.

use super::anchor_file::{self, Found as AnchorFound};
use super::find;
use super::lines::{Found, Lines};
use super::place::{self, Identity, Place};
use super::trouble::{failed, fault};
use domain::chain::{Anchor, Finding, Line, Report, Verifier};
use ports::store::error::StoreError;
use std::fs::File;

/// How often it is looked again because the log was replaced meanwhile.
const TRIES: usize = 5;

/// How often a log is verified that changed while something was found wrong with it.
const VERIFICATIONS: usize = 2;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 64 * 1024;

/// A log and its anchor of one moment.
pub(super) struct Snapshot {
    /// `None` where there is no log yet.
    pub file: Option<File>,
    /// How long the file is.
    pub length: u64,
    pub anchor: AnchorFound,
}

impl Snapshot {
    /// As it is now.
    pub fn take(place: &Place) -> Result<Self, StoreError> {
        for _ in 0..TRIES {
            let file = place::open(&place.records)?;
            let anchor = anchor_file::read(place)?;
            let now = place::look(&place.records)?;
            let cannot_look = |error| failed("look at", &place.records, &error);
            let opened = file.as_ref().map(File::metadata).transpose().map_err(cannot_look)?;
            if opened.as_ref().map(Identity::of) == now.as_ref().map(Identity::of) {
                return Ok(Self { file, length: opened.map_or(0, |metadata| metadata.len()), anchor });
            }
        }
        let message = format!("{} is being replaced again and again; try later", place.records.display());
        Err(StoreError::Unavailable { message })
    }

    /// The anchor, which only a log that holds nothing may lack.
    pub fn anchor(&self, place: &Place) -> Result<Anchor, StoreError> {
        let why = match &self.anchor {
            AnchorFound::Anchor(anchor) => return Ok(anchor.clone()),
            AnchorFound::Missing if self.length == 0 => return Ok(Anchor::default()),
            AnchorFound::Missing => "it is missing",
            AnchorFound::Unreadable(why) => why,
        };
        Err(fault(&place.anchor, &Finding::NoAnchor { why: why.to_owned() }))
    }
}

/// Acknowledged records after a number. Where the anchor is missing, all that are there: reading harms nobody.
pub(super) fn read(place: &Place, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
    let snapshot = Snapshot::take(place)?;
    let Some(file) = &snapshot.file else { return Ok(Vec::new()) };
    let last = match &snapshot.anchor {
        AnchorFound::Anchor(anchor) => anchor.count,
        AnchorFound::Missing | AnchorFound::Unreadable(_) => u64::MAX,
    };
    let cannot_read = |error| failed("read", &place.records, &error);
    let from = find::place_after(file, snapshot.length, after).map_err(cannot_read)?;
    let mut lines = Lines::new(file, from, snapshot.length, BUFFER_BYTES);
    let mut found = Vec::new();
    let mut expected = None;
    while found.len() < limit {
        let begins = lines.offset;
        let line = match lines.next().map_err(cannot_read)? {
            None | Some(Found::Torn(_)) => break,
            Some(Found::TooLong(_)) => return Err(damaged(place, begins, "it is longer than a record can be")),
            Some(Found::Whole(bytes)) => line(&bytes).map_err(|why| damaged(place, begins, &why))?,
        };
        if line.sequence > last {
            break;
        }
        if expected.is_some_and(|expected| expected != line.sequence) {
            return Err(damaged(
                place,
                begins,
                &format!("it is record {}, which does not belong there", line.sequence),
            ));
        }
        expected = line.sequence.checked_add(1);
        if line.sequence > after {
            found.push(line);
        }
    }
    Ok(found)
}

fn line(bytes: &[u8]) -> Result<Line, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    Line::from_json(text).map_err(|error| error.to_string())
}

fn damaged(place: &Place, offset: u64, why: &str) -> StoreError {
    let message = format!(
        "the line of {} that begins at byte {offset} cannot be read: {why}; look at `audit verify`, and put the file and \
         its anchor back from a backup",
        place.records.display()
    );
    StoreError::Corrupt { message }
}

/// Holds a whole log against its anchor. What is found wrong is looked at again where the log changed meanwhile: the
/// end of a log that is being written is not yet what it will be.
pub(super) fn verify(place: &Place) -> Result<Report, StoreError> {
    let mut tries = VERIFICATIONS;
    loop {
        let snapshot = Snapshot::take(place)?;
        let report = report(place, &snapshot)?;
        tries = tries.saturating_sub(1);
        if report.holds() || tries == 0 {
            return Ok(report);
        }
        let now = Snapshot::take(place)?;
        if now.length == snapshot.length && now.anchor == snapshot.anchor {
            return Ok(report);
        }
    }
}

fn report(place: &Place, snapshot: &Snapshot) -> Result<Report, StoreError> {
    let mut verifier = match &snapshot.anchor {
        AnchorFound::Anchor(anchor) => Verifier::new(anchor.clone()),
        AnchorFound::Missing if snapshot.length == 0 => Verifier::new(Anchor::default()),
        AnchorFound::Missing => Verifier::without_anchor(format!("{} is missing", place.anchor.display())),
        AnchorFound::Unreadable(why) => Verifier::without_anchor(format!("{}: {why}", place.anchor.display())),
    };
    let mut torn = Vec::new();
    if let Some(file) = &snapshot.file {
        let mut lines = Lines::new(file, 0, snapshot.length, BUFFER_BYTES);
        while let Some(found) = lines.next().map_err(|error| failed("read", &place.records, &error))? {
            match found {
                Found::Whole(bytes) | Found::TooLong(bytes) => verifier.push(&bytes),
                Found::Torn(bytes) => torn = bytes,
            }
        }
    }
    Ok(verifier.finish(&torn))
}
