//! The anchor's file: replaced whole, so that a crash leaves the old one or the new one.

use super::place::{self, Place};
use super::trouble::failed;
use domain::chain::Anchor;
use ports::store::error::StoreError;
use std::fs;
use std::io::{self, Read as _, Write as _};

/// An anchor is shorter than this many bytes.
const BYTES: u64 = 1_024;

/// What an anchor's file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// An anchor.
    Anchor(Anchor),
    /// There is no such file.
    Missing,
    /// Something else.
    Unreadable(String),
}

/// Why an anchor did not become durable.
pub(super) enum Unwritten {
    /// The old one stands.
    Old(io::Error),
    /// The new one took its place, which may not survive a crash of the machine.
    Uncertain(io::Error),
}

/// Reads the anchor.
pub(super) fn read(place: &Place) -> Result<Found, StoreError> {
    let Some(file) = place::open(&place.anchor)? else { return Ok(Found::Missing) };
    let mut bytes = Vec::new();
    file.take(BYTES).read_to_end(&mut bytes).map_err(|error| failed("read", &place.anchor, &error))?;
    Ok(match serde_json::from_slice(&bytes) {
        Ok(anchor) => Found::Anchor(anchor),
        Err(error) => Found::Unreadable(error.to_string()),
    })
}

/// Writes the anchor, and waits until it is on disk.
pub(super) fn write(place: &Place, anchor: &Anchor) -> Result<(), Unwritten> {
    prepare(place, anchor).map_err(Unwritten::Old)?;
    fs::rename(&place.fresh_anchor, &place.anchor).map_err(Unwritten::Old)?;
    place::sync_folder(&place.anchors).map_err(Unwritten::Uncertain)
}

fn prepare(place: &Place, anchor: &Anchor) -> io::Result<()> {
    let mut file = place::writable().truncate(true).open(&place.fresh_anchor)?;
    let text = serde_json::to_string(anchor).map_err(io::Error::other)?;
    file.write_all(format!("{text}\n").as_bytes())?;
    file.sync_all()
}
