//! Whether the right runbook is among the first five for questions that were worded without looking at the pages.
//!
//! Two files of questions: one to tune the analyser with, one that is only counted. By words alone, because that is what
//! every installation has; in the embedded store and in the one in memory.

use domain::memory::entry::Kind;
use engine::memory::{Filters, Memory, builtin_runbooks};
use fakes::ManualClock;
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections;
use std::path::PathBuf;
use std::sync::Arc;
use store::sqlite::{Options, Sqlite};

/// For tuning.
const DEV: &str = include_str!("../data/runbook_questions_dev.tsv");

/// Counted, never tuned with.
const TEST: &str = include_str!("../data/runbook_questions.tsv");

const FIRST: usize = 5;

/// Questions of a hundred that must have the right page among the first.
const GOAL_PERCENT: usize = 95;

fn rows(file: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    let lines = file.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| line.split_once('\t').unwrap())
        .map(|(asked, stems)| (asked, stems.trim().split('|').collect()))
        .collect()
}

async fn filled(store: Arc<dyn Store>) -> Memory {
    let clock = Arc::new(ManualClock::at_unix_seconds(1_800_000_000));
    let memory = Memory::new(store, None, clock.clone());
    let told = memory.ingest_runbooks(builtin_runbooks()).await.unwrap();
    // What was written a moment ago is read again with every search.
    clock.advance(chrono::Duration::minutes(1));
    assert_eq!((told.unchanged, told.forgotten, told.problems), (0, 0, Vec::new()));
    memory
}

/// The questions whose right page was not among the first.
async fn missed(memory: &Memory, rows: &[(&'static str, Vec<&'static str>)]) -> Vec<&'static str> {
    let filters = Filters { kinds: vec![Kind::Runbook], person: None };
    let mut missed = Vec::new();
    for (question, stems) in rows {
        let found = memory.search(question, &filters, FIRST).await.unwrap().recalled;
        let is_right = |source: &str| stems.iter().any(|stem| source == format!("builtin:runbooks/{stem}.md"));
        if !found.iter().any(|recalled| is_right(&recalled.source)) {
            missed.push(*question);
        }
    }
    missed
}

/// For how many questions the right page was found; not for which ones: whoever knew would tune with them.
async fn found(memory: &Memory) -> usize {
    let rows = rows(TEST);
    assert_eq!(rows.len(), 100);
    rows.len() - missed(memory, &rows).await.len()
}

#[tokio::test]
async fn the_right_runbook_is_among_the_first_five_from_the_store_in_memory() {
    let found = found(&filled(store::memory::Memory::new(collections::ALL, Arc::new(SystemClock))).await).await;
    println!("the right runbook is among the first {FIRST} for {found} of 100 questions");
    assert!(found >= GOAL_PERCENT, "{found} of 100, the goal is {GOAL_PERCENT}");
}

#[tokio::test]
async fn the_right_runbook_is_among_the_first_five_from_the_embedded_store() {
    let folder = Folder(std::env::temp_dir().join(format!("auto-devops-recall-{}", std::process::id())));
    let options = Options::new(folder.0.clone(), collections::ALL, Arc::new(SystemClock));
    let memory = filled(Arc::new(Sqlite::open(options).await.unwrap())).await;
    let of_store = found(&memory).await;
    assert_eq!(memory.warm().await.unwrap(), builtin_runbooks().pages.len());
    let found = found(&memory).await;
    assert_eq!(found, of_store, "from memory as from the store");
    println!("the right runbook is among the first {FIRST} for {found} of 100 questions");
    assert!(found >= GOAL_PERCENT, "{found} of 100, the goal is {GOAL_PERCENT}");
}

#[tokio::test]
async fn the_questions_for_tuning_find_their_runbooks_too() {
    let rows = rows(DEV);
    let memory = filled(store::memory::Memory::new(collections::ALL, Arc::new(SystemClock))).await;
    let missed = missed(&memory, &rows).await;
    println!("{} of {} questions for tuning", rows.len() - missed.len(), rows.len());
    assert!((rows.len() - missed.len()) * 100 >= rows.len() * GOAL_PERCENT, "missed: {missed:#?}");
}

/// A folder of a test's own, removed at its end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
