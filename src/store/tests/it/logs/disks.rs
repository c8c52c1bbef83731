//! Disks that are full, and disks that may not be written. Each is a child process: with a limit for the size of its
//! files, or with a small disk of its own in a namespace of its own, where the system lets this user make one.

use super::child::{arguments, folder, with_folder};
use super::{Scratch, entry, holds, open, written};
use ports::store::Log;
use ports::store::error::StoreError;
use serde_json::json;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Runs a test as a child under `sh -c script sh FOLDER PROGRAM ...`.
fn run(before: &[&str], script: &str, test: &str, folder: &Path) {
    let shell = before.iter().copied().chain(["sh", "-c", script, "sh", folder.to_str().unwrap()]).map(str::to_owned);
    let all: Vec<String> = shell.chain(arguments(test)).collect();
    let output = with_folder(&all, folder, 1).output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

/// How a child gets file systems of its own; `None`, and said so, where this user may not have them.
fn namespace(test: &str) -> Option<Vec<&'static str>> {
    let may = |command: &[&str]| {
        let mount = "mount -t tmpfs -o size=64k none /mnt";
        Command::new(command[0])
            .args(&command[1..])
            .args(["sh", "-c", mount])
            .output()
            .is_ok_and(|out| out.status.success())
    };
    let ways = [vec!["unshare", "--mount"], vec!["unshare", "--map-root-user", "--mount"]];
    let way = ways.into_iter().find(|way| may(way));
    if way.is_none() {
        writeln!(std::io::stdout().lock(), "not run: {test}: this user may not mount").unwrap();
    }
    way
}

/// Appends until there is no room. Answers with how many were acknowledged.
async fn fill(files: &store::log_file::LogFiles, from: u64) -> u64 {
    for number in from..10_000 {
        // Many sizes, so that the end of the room falls into the middle of a record.
        let length = usize::try_from(number * 37 % 1_500).unwrap();
        let mut entry = entry(1, number);
        entry.body["filler"] = json!("x".repeat(length));
        match files.append(Log::Journal, vec![entry]).await {
            Ok(_) => {}
            Err(StoreError::Full { message }) => {
                assert!(message.contains("make room"), "{message}");
                return number;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("there was room for everything");
}

/// What a full disk leaves: exactly what was acknowledged.
async fn assert_whole(files: &store::log_file::LogFiles, acknowledged: u64) {
    assert_eq!(written(files).await, (0..acknowledged).map(|number| (1, number)).collect::<Vec<_>>());
    let report = files.verify(Log::Journal).await.unwrap();
    assert!(report.holds() && !report.torn_tail && report.beyond_anchor == 0, "{report:?}");
}

#[tokio::test]
async fn a_record_that_a_limit_cuts_in_its_middle_is_taken_back() {
    let scratch = Scratch::new();
    let script = "shift; trap '' XFSZ; ulimit -f 64; exec \"$@\"";
    run(&[], script, "logs::disks::in_a_process_with_a_limit", scratch.path());
    let files = open(scratch.path());
    let before = holds(&files).await;
    assert!(before > 5, "{before} records");
    assert_eq!(files.append(Log::Journal, vec![entry(2, 0)]).await.unwrap().count, before + 1);
    holds(&files).await;
}

#[tokio::test]
#[ignore = "run by another test in a process with a limit"]
async fn in_a_process_with_a_limit() {
    let files = open(&folder());
    let acknowledged = fill(&files, 0).await;
    assert_whole(&files, acknowledged).await;
    // A process that comes new to it sees the same.
    assert_whole(&open(&folder()), acknowledged).await;
    let again = fill(&files, acknowledged).await;
    assert_whole(&files, again).await;
    // A cut writes what stays into a file that is smaller: it helps.
    let all = files.cut(Log::Journal, acknowledged / 2).await;
    assert!(all.is_ok() || matches!(all, Err(StoreError::Full { .. })), "{all:?}");
    assert!(files.verify(Log::Journal).await.unwrap().holds());
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    let Some(namespace) = namespace("a_full_disk_loses_nothing_and_goes_on_when_there_is_room") else { return };
    let scratch = Scratch::new();
    let script = "mount -t tmpfs -o size=256k none \"$1\" && shift && exec \"$@\"";
    run(&namespace, script, "logs::disks::on_a_small_disk", scratch.path());
}

#[tokio::test]
#[ignore = "run by another test on a small disk of its own"]
async fn on_a_small_disk() {
    let ballast = folder().join("ballast");
    std::fs::write(&ballast, vec![1; 96 * 1024]).unwrap();
    let files = open(&folder());
    let acknowledged = fill(&files, 0).await;
    assert_whole(&files, acknowledged).await;
    let refused = files.append(Log::Audit, vec![entry(1, 0)]).await;
    assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
    std::fs::remove_file(ballast).unwrap();
    let again = fill(&files, acknowledged).await;
    assert!(again > acknowledged);
    assert_whole(&files, again).await;
    assert_whole(&open(&folder()), again).await;
}

#[tokio::test]
async fn a_disk_that_may_not_be_written_is_told_and_can_be_read() {
    let Some(namespace) = namespace("a_disk_that_may_not_be_written_is_told_and_can_be_read") else { return };
    let scratch = Scratch::new();
    let files = open(scratch.path());
    files.append(Log::Journal, vec![entry(1, 0), entry(1, 1)]).await.unwrap();
    drop(files);
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"";
    run(&namespace, script, "logs::disks::on_a_disk_that_may_not_be_written", scratch.path());
}

#[tokio::test]
#[ignore = "run by another test on a disk of its own"]
async fn on_a_disk_that_may_not_be_written() {
    let files = open(&folder());
    let refused = files.append(Log::Journal, vec![entry(1, 2)]).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Denied { message } if message.contains("mount")), "{refused}");
    assert!(matches!(files.append(Log::Audit, vec![entry(1, 2)]).await, Err(StoreError::Denied { .. })));
    assert!(matches!(files.cut(Log::Journal, 1).await, Err(StoreError::Denied { .. })));
    assert_whole(&files, 2).await;
    let unmade = store::log_file::LogFiles::open(
        &folder().join("elsewhere"),
        &folder().join("elsewhere"),
        std::sync::Arc::new(fakes::ManualClock::at(super::at(0))),
    );
    assert!(matches!(unmade, Err(StoreError::Denied { .. })));
}
