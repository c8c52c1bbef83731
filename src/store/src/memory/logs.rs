//! The logs, as lists of records with their anchors.

use crate::log_file::adoption;
use chrono::{DateTime, Utc};
use domain::chain::{Anchor, Checkpoint, Entry, Line, Report, Verifier};
use ports::store::Log;
use ports::store::error::StoreError;
use std::collections::BTreeMap;

/// Records and anchors by log.
#[derive(Default)]
pub(super) struct Logs {
    logs: BTreeMap<Log, Kept>,
}

#[derive(Default)]
struct Kept {
    lines: Vec<Line>,
    anchor: Anchor,
}

impl Logs {
    pub fn append(&mut self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        check(log, &entries)?;
        let kept = self.whole(log)?;
        for entry in entries {
            let line = Line::after(&kept.anchor, entry);
            kept.anchor = line.anchor();
            kept.lines.push(line);
        }
        Ok(kept.anchor.clone())
    }

    pub fn adopt(&mut self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        let kept = self.whole(log)?;
        adoption::check(log, &kept.anchor, &lines)?;
        if let Some(last) = lines.last() {
            kept.anchor = last.anchor();
        }
        kept.lines.extend(lines);
        Ok(kept.anchor.clone())
    }

    pub fn anchor(&self, log: Log) -> Anchor {
        self.logs.get(&log).map(|kept| kept.anchor.clone()).unwrap_or_default()
    }

    /// A log that ends where its anchor says.
    fn whole(&mut self, log: Log) -> Result<&mut Kept, StoreError> {
        let kept = self.logs.entry(log).or_default();
        if kept.lines.last().map(Line::anchor).unwrap_or_default() == kept.anchor {
            return Ok(kept);
        }
        let message = format!("the {} log does not end where its anchor says: nothing is appended", log.name());
        Err(StoreError::Corrupt { message })
    }

    pub fn read(&self, log: Log, after: u64, limit: usize) -> Vec<Line> {
        let lines = self.logs.get(&log).map(|kept| kept.lines.as_slice()).unwrap_or_default();
        lines.iter().filter(|line| line.sequence > after).take(limit).cloned().collect()
    }

    pub fn verify(&self, log: Log) -> Report {
        let Some(kept) = self.logs.get(&log) else { return Report::default() };
        let mut verifier = Verifier::new(kept.anchor.clone());
        kept.lines.iter().for_each(|line| verifier.push_line(line));
        verifier.finish(&[])
    }

    pub fn cut(&mut self, log: Log, up_to: u64, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let Some(kept) = self.logs.get(&log) else { return Ok(0) };
        let Some(last) = kept.lines.iter().rfind(|line| line.sequence <= up_to) else { return Ok(0) };
        let checkpoint = Checkpoint { cut: last.anchor() };
        self.append(log, vec![checkpoint.entry(now)])?;
        let Some(kept) = self.logs.get_mut(&log) else { return Ok(0) };
        let before = kept.lines.len();
        kept.lines.retain(|line| line.sequence > checkpoint.cut.count);
        Ok(u64::try_from(before.saturating_sub(kept.lines.len())).unwrap_or(u64::MAX))
    }

    pub fn tamper(&mut self, log: Log, change: impl FnOnce(&mut Vec<Line>, &mut Anchor)) {
        let Kept { lines, anchor } = self.logs.entry(log).or_default();
        change(lines, anchor);
    }
}

/// Whether the entries are such as a log takes.
fn check(log: Log, entries: &[Entry]) -> Result<(), StoreError> {
    entries.iter().try_for_each(|entry| {
        entry.check().map_err(|error| StoreError::Invalid {
            message: format!("an entry {:?} of the {} log cannot be written: {error}", entry.kind, log.name()),
        })
    })
}
