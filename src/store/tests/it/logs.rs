//! The logs of the embedded store: many writers, killed writers, full and read-only disks, copies.
//!
//! Damage at every byte is tried beside the code (`src/log_file/tests`). Some tests run themselves again as a child
//! process, which is killed, or has a limit or a disk of its own.

mod child;
mod copies;
mod disks;
mod killed;
mod sharing;

use crate::scratch::Scratch;
use chrono::{DateTime, TimeDelta, Utc};
use domain::chain::Entry;
use fakes::ManualClock;
use ports::store::Log;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use store::log_file::LogFiles;

fn at(number: u64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::seconds(number.cast_signed())
}

/// A record that is known by its writer and number.
fn entry(writer: u64, number: u64) -> Entry {
    Entry { at: at(number), kind: "test".to_owned(), body: json!({"writer": writer, "number": number}), personal: None }
}

fn open(folder: &Path) -> LogFiles {
    let clock = Arc::new(ManualClock::at(at(0)));
    LogFiles::open(&folder.join("logs"), &folder.join("anchors"), clock).unwrap()
}

/// Writer and number of every record that can be read.
async fn written(files: &LogFiles) -> Vec<(u64, u64)> {
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let lines = files.read(Log::Journal, after, 100).await.unwrap();
        let Some(last) = lines.last() else { return all };
        after = last.sequence;
        let number = |line: &domain::chain::Line, name: &str| line.body[name].as_u64().unwrap();
        all.extend(lines.iter().map(|line| (number(line, "writer"), number(line, "number"))));
    }
}

async fn holds(files: &LogFiles) -> u64 {
    let report = files.verify(Log::Journal).await.unwrap();
    assert!(report.holds(), "{report:?}");
    report.end.count
}

#[tokio::test]
async fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let files = open(scratch.path());
    files.append(Log::Audit, vec![entry(1, 1)]).await.unwrap();
    files.cut(Log::Audit, 1).await.unwrap();
    files.copy_to(&scratch.path().join("copy"), &scratch.path().join("copied anchors")).await.unwrap();
    let mut seen = 0;
    for folder in ["logs", "anchors", "copy", "copied anchors"] {
        let folder = scratch.path().join(folder);
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
        for file in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen} files");
}

#[tokio::test]
async fn what_cannot_be_a_record_is_refused_and_nothing_of_it_is_written() {
    let scratch = Scratch::new();
    let files = open(scratch.path());
    let long = Entry { body: json!("x".repeat(domain::chain::LINE_BYTES)), ..entry(1, 2) };
    let deep = Entry { body: (0..200).fold(json!(1), |inner, _| json!([inner])), ..entry(1, 2) };
    for refused in [long, deep] {
        let told = files.append(Log::Journal, vec![entry(1, 1), refused]).await;
        assert!(matches!(told, Err(ports::store::error::StoreError::Invalid { .. })), "{told:?}");
    }
    assert_eq!(written(&files).await, []);
    let longest = Entry { body: json!("x".repeat(domain::chain::LINE_BYTES - 500)), ..entry(1, 2) };
    files.append(Log::Journal, vec![longest.clone(), longest]).await.unwrap();
    assert_eq!(holds(&files).await, 2);
}

#[tokio::test]
async fn a_log_is_read_near_its_end_although_its_beginning_is_damaged() {
    let scratch = Scratch::new();
    let files = open(scratch.path());
    files.append(Log::Journal, (1..=2_000).map(|number| entry(1, number)).collect()).await.unwrap();
    let path = scratch.path().join("logs/journal.log");
    let mut bytes = std::fs::read(&path).unwrap();
    let quarter = bytes.len() / 4;
    bytes[..quarter].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte ^= 1);
    std::fs::write(&path, bytes).unwrap();
    let files = open(scratch.path());
    let lines = files.read(Log::Journal, 1_990, 5).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.sequence).collect::<Vec<_>>(), [1_991, 1_992, 1_993, 1_994, 1_995]);
    assert_eq!(files.append(Log::Journal, vec![entry(1, 2_001)]).await.unwrap().count, 2_001);
    let told = files.read(Log::Journal, 0, 5).await;
    assert!(matches!(told, Err(ports::store::error::StoreError::Corrupt { .. })), "{told:?}");
    assert!(!files.verify(Log::Journal).await.unwrap().holds());
}
