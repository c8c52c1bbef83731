//! Copies for a backup: what was acknowledged, with the anchor that counts it.

use super::anchor_file::{self, Unwritten};
use super::cut::copy as copy_part;
use super::find;
use super::place::{self, Place};
use super::snapshot::Snapshot;
use super::trouble::{failed, fault, unknown};
use domain::chain::{Anchor, Finding};
use ports::store::error::StoreError;
use std::io;

/// Copies a log up to its anchor, and then the anchor, to where no log is yet.
pub(super) fn copy(from: &Place, to: &Place) -> Result<Anchor, StoreError> {
    place::make_folder(&to.folder)?;
    place::make_folder(&to.anchors)?;
    if place::look(&to.anchor)?.is_some() {
        return Err(failed("write", &to.anchor, &io::Error::from(io::ErrorKind::AlreadyExists)));
    }
    let snapshot = Snapshot::take(from)?;
    let anchor = snapshot.anchor(from)?;
    let cannot_write = |error| failed("write", &to.records, &error);
    let mut copied = place::writable().create_new(true).open(&to.records).map_err(cannot_write)?;
    if anchor.count > 0 {
        let lost = || fault(&from.records, &Finding::LostTail { anchored: anchor.count, last: 0 });
        let file = snapshot.file.as_ref().ok_or_else(lost)?;
        let found = find::record(file, snapshot.length, anchor.count);
        let found = found.map_err(|error| failed("read", &from.records, &error))?;
        let (_, end) = found.ok_or_else(|| {
            fault(&from.records, &Finding::LostTail { anchored: anchor.count, last: anchor.count.saturating_sub(1) })
        })?;
        copy_part(file, 0, end, &mut copied).map_err(cannot_write)?;
    }
    copied.sync_all().map_err(cannot_write)?;
    place::sync_folder(&to.folder).map_err(cannot_write)?;
    anchor_file::write(to, &anchor).map_err(|error| match error {
        Unwritten::Old(error) => failed("write", &to.anchor, &error),
        Unwritten::Uncertain(error) => unknown("write", &to.anchor, &error),
    })?;
    Ok(anchor)
}
