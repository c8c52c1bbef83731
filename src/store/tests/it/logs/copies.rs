//! Copies for a backup, taken while others write.

use super::{Scratch, at, entry, holds, open, written};
use fakes::ManualClock;
use ports::store::Log;
use ports::store::error::StoreError;
use std::sync::Arc;
use store::log_file::LogFiles;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_a_prefix_that_holds_and_goes_on() {
    let scratch = Scratch::new();
    let files = Arc::new(open(scratch.path()));
    files.append(Log::Journal, (0..50).map(|number| entry(0, number)).collect()).await.unwrap();
    files.cut(Log::Journal, 20).await.unwrap();
    let writers: Vec<_> = (1..=20)
        .map(|writer| {
            let files = files.clone();
            tokio::spawn(async move {
                for number in 0..20 {
                    files.append(Log::Journal, vec![entry(writer, number)]).await.unwrap();
                }
            })
        })
        .collect();
    let mut copies = Vec::new();
    for number in 0..4 {
        let folder = scratch.path().join(format!("copy {number}"));
        let told = files.copy_to(&folder.join("logs"), &folder.join("anchors")).await.unwrap();
        assert_eq!(told.iter().map(|(log, _)| *log).collect::<Vec<_>>(), Log::ALL);
        copies.push((folder, told[0].1.clone()));
    }
    futures::future::try_join_all(writers).await.unwrap();
    let whole = files.read(Log::Journal, 0, 1_000).await.unwrap();
    for (folder, told) in copies {
        let copy = open(&folder);
        let lines = copy.read(Log::Journal, 0, 1_000).await.unwrap();
        assert_eq!(lines, whole[..lines.len()]);
        let report = copy.verify(Log::Journal).await.unwrap();
        assert!(report.holds() && report.beyond_anchor == 0 && !report.torn_tail, "{report:?}");
        assert_eq!((report.first, &report.end, &report.anchor), (21, &told, &told));
        assert_eq!(copy.append(Log::Journal, vec![entry(99, 0)]).await.unwrap().count, told.count + 1);
        assert!(copy.verify(Log::Audit).await.unwrap().holds());
    }
    assert_eq!(holds(&files).await, 451);
}

#[tokio::test]
async fn a_copy_never_overwrites_a_log() {
    let scratch = Scratch::new();
    let files = open(scratch.path());
    files.append(Log::Journal, vec![entry(1, 1)]).await.unwrap();
    let (logs, anchors) = (scratch.path().join("copy"), scratch.path().join("copy"));
    files.copy_to(&logs, &anchors).await.unwrap();
    files.append(Log::Journal, vec![entry(1, 2)]).await.unwrap();
    for folder in [&logs, &scratch.path().join("logs"), &scratch.path().join("anchors")] {
        let refused = files.copy_to(folder, folder).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Denied { message } if message.contains("no logs yet")), "{refused}");
    }
    let copy = LogFiles::open(&logs, &anchors, Arc::new(ManualClock::at(at(0)))).unwrap();
    assert_eq!(written(&copy).await, [(1, 1)]);
    assert_eq!(written(&files).await, [(1, 1), (1, 2)]);
}

#[tokio::test]
async fn a_log_that_lost_its_end_is_not_copied() {
    let scratch = Scratch::new();
    let files = open(scratch.path());
    files.append(Log::Journal, (0..5).map(|number| entry(1, number)).collect()).await.unwrap();
    let path = scratch.path().join("logs/journal.log");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let refused = files.copy_to(&scratch.path().join("copy"), &scratch.path().join("copy")).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}
