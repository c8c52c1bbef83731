//! Logs against crashes at every byte, edits of every byte, and cuts that do not come to their end.
//!
//! What several tasks and processes do to one folder, and full disks, are in `tests/it/logs`.

mod anchors;
mod cuts;
mod ends;
mod finding;
mod lines;

use super::append::{Group, append};
use super::held::Held;
use super::place::Place;
use super::{anchor_file, snapshot};
use chrono::{DateTime, TimeDelta, Utc};
use domain::chain::{Anchor, Entry, Line};
use ports::store::Log;
use ports::store::error::StoreError;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A log in a folder of its own, in memory where there is such a place: thousands of cases wait for the disk otherwise.
struct Scratch {
    folder: PathBuf,
    place: Place,
}

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let in_memory = PathBuf::from("/dev/shm");
        let base = if in_memory.is_dir() { in_memory } else { std::env::temp_dir() };
        let folder = base.join(format!("auto-devops-log-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let place = Place::new(Log::Journal, &folder, &folder);
        Self { folder, place }
    }

    /// With these bytes as its records, and this anchor.
    fn of(records: &[u8], anchor: &Anchor) -> Self {
        let scratch = Self::new();
        scratch.set(records, anchor);
        scratch
    }

    fn set(&self, records: &[u8], anchor: &Anchor) {
        fs::write(&self.place.records, records).unwrap();
        fs::write(&self.place.anchor, serde_json::to_string(anchor).unwrap()).unwrap();
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.place.records).unwrap()
    }

    /// As a process does that comes new to the log.
    fn append(&self, number: u64) -> Result<Anchor, StoreError> {
        let held = Held::look(None, &self.place)?;
        let mut group = Group::after(&held);
        group.push(entry(number));
        append(held, &group, &self.place).1.map(|()| group.head)
    }

    fn numbers(&self) -> Vec<u64> {
        let lines = snapshot::read(&self.place, 0, usize::MAX).unwrap();
        lines.iter().map(|line| line.body["number"].as_u64().unwrap_or_default()).collect()
    }

    #[track_caller]
    fn holds(&self) {
        let report = snapshot::verify(&self.place).unwrap();
        assert!(report.holds(), "{report:?}");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn at(minutes: u64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::minutes(minutes.cast_signed())
}

fn entry(number: u64) -> Entry {
    Entry { at: at(number), kind: "test".to_owned(), body: json!({"number": number}), personal: None }
}

fn log(records: u64) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for number in 1..=records {
        lines.push(Line::after(&end(&lines), entry(number)));
    }
    lines
}

fn end(lines: &[Line]) -> Anchor {
    lines.last().map(Line::anchor).unwrap_or_default()
}

fn text(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{}\n", line.to_json()).into_bytes()).collect()
}

fn anchor_of(place: &Place) -> Anchor {
    match anchor_file::read(place).unwrap() {
        anchor_file::Found::Anchor(anchor) => anchor,
        other => panic!("{other:?}"),
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}
