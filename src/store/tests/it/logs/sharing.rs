//! Many writers of one log, in one process and in several.

use super::child::{EACH, TASKS, acknowledged, appending};
use super::{Scratch, entry, holds, open, written};
use domain::chain::Checkpoint;
use ports::store::Log;
use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::log_file::LogFiles;

/// Appends from many tasks; each is told the place of its own record.
async fn append_from_tasks(files: &Arc<LogFiles>, writer: u64, tasks: u64, each: u64) {
    let tasks = (0..tasks).map(|task| {
        let files = files.clone();
        tokio::spawn(async move {
            for number in (task * each)..((task + 1) * each) {
                let end = files.append(Log::Journal, vec![entry(writer, number)]).await.unwrap();
                let line = files.read(Log::Journal, end.count - 1, 1).await.unwrap().remove(0);
                assert_eq!((line.anchor(), &line.body), (end, &entry(writer, number).body));
            }
        })
    });
    futures::future::try_join_all(tasks.collect::<Vec<_>>()).await.unwrap();
}

async fn assert_complete(files: &LogFiles, expected: impl IntoIterator<Item = (u64, u64)>) {
    let all = written(files).await;
    assert_eq!(usize::try_from(holds(files).await).unwrap(), all.len());
    let once: BTreeSet<_> = all.iter().copied().collect();
    assert_eq!(once.len(), all.len(), "something is doubled");
    assert_eq!(once, expected.into_iter().collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_tasks_append_to_one_log() {
    let scratch = Scratch::new();
    let files = Arc::new(open(scratch.path()));
    append_from_tasks(&files, 1, 50, 8).await;
    assert_complete(&files, (0..400).map(|number| (1, number))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_openings_append_to_one_folder() {
    let scratch = Scratch::new();
    let (one, other) = (Arc::new(open(scratch.path())), Arc::new(open(scratch.path())));
    tokio::join!(append_from_tasks(&one, 1, 25, 6), append_from_tasks(&other, 2, 25, 6));
    assert_complete(&one, (1..=2).flat_map(|writer| (0..150).map(move |number| (writer, number)))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_append_to_one_folder() {
    let scratch = Scratch::new();
    let files = Arc::new(open(scratch.path()));
    let children: Vec<_> = (1..=2).map(|writer| appending(scratch.path(), writer).spawn().unwrap()).collect();
    append_from_tasks(&files, 3, TASKS, EACH).await;
    for child in children {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(u64::try_from(told.lines().filter_map(acknowledged).count()).unwrap(), TASKS * EACH);
    }
    assert_complete(&files, (1..=3).flat_map(|writer| (0..TASKS * EACH).map(move |number| (writer, number)))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_holds_whenever_it_is_looked_at_while_others_append_and_cut() {
    let scratch = Scratch::new();
    let (files, other) = (Arc::new(open(scratch.path())), Arc::new(open(scratch.path())));
    let done = Arc::new(AtomicBool::new(false));
    let looker = tokio::spawn({
        let (files, done) = (open(scratch.path()), done.clone());
        async move {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                holds(&files).await;
                let lines = files.read(Log::Journal, 0, 1_000).await.unwrap();
                assert!(lines.windows(2).all(|pair| pair[1].follows(&pair[0].anchor())), "a gap was read");
                looks += 1;
            }
            looks
        }
    });
    let cutter = tokio::spawn({
        let (files, done) = (other.clone(), done.clone());
        async move {
            while !done.load(Ordering::Relaxed) {
                let end = files.anchor(Log::Journal).await.unwrap().count;
                files.cut(Log::Journal, end.saturating_sub(10)).await.unwrap();
            }
        }
    });
    let append = |files: Arc<LogFiles>, writer: u64| async move {
        for number in 0..60 {
            files.append(Log::Journal, vec![entry(writer, number)]).await.unwrap();
        }
    };
    tokio::join!(append(files.clone(), 1), append(other, 2));
    done.store(true, Ordering::Relaxed);
    assert!(looker.await.unwrap() > 0);
    cutter.await.unwrap();
    holds(&files).await;
    let lines = files.read(Log::Journal, 0, 1_000).await.unwrap();
    assert!(lines[0].sequence > 1 && lines.iter().any(|line| Checkpoint::of(line).is_some()));
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_not_written() {
    let scratch = Scratch::new();
    let files = open(scratch.path());
    files.append(Log::Journal, vec![entry(1, 1)]).await.unwrap();
    let lock = File::options().write(true).open(scratch.path().join("logs/journal.lock")).unwrap();
    lock.lock().unwrap();
    let given_up = tokio::time::timeout(Duration::from_millis(30), files.append(Log::Journal, vec![entry(1, 2)])).await;
    assert!(given_up.is_err(), "the lock was held");
    lock.unlock().unwrap();
    files.append(Log::Journal, vec![entry(1, 3)]).await.unwrap();
    assert_eq!(written(&files).await, [(1, 1), (1, 3)]);
}

#[tokio::test]
async fn what_was_asked_is_done_although_the_log_is_closed() {
    let scratch = Scratch::new();
    let files = Arc::new(open(scratch.path()));
    let appended = tokio::spawn({
        let files = files.clone();
        async move { files.append(Log::Journal, vec![entry(1, 1)]).await }
    });
    drop(files);
    assert_eq!(appended.await.unwrap().unwrap().count, 1);
    assert_eq!(written(&open(scratch.path())).await, [(1, 1)]);
}
