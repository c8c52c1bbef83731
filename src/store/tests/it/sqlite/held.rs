//! A file that another process holds, and one that several write to.

use super::{options, plain};
use crate::child::{Running, orders, tell, wait_for_the_end};
use crate::scratch::Scratch;
use crate::suite::collections::{COUNTERS, ITEMS};
use crate::suite::{clock, get, put};
use ports::store::Store;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::sqlite::{FILE, Options, Sqlite};

/// Increments of each handle.
const INCREMENTS: u64 = 40;

/// Options that do not wait long for what will not come.
fn impatient(folder: &Path) -> Options {
    Options { patience: Duration::from_millis(100), ..options(folder) }
}

#[test]
#[ignore = "runs as the child of tests of a held file"]
fn holds_the_file() {
    let (folder, order) = orders();
    let connection = Connection::open(folder.join(FILE)).unwrap();
    connection.execute_batch(&order).unwrap();
    tell("held");
    wait_for_the_end();
}

async fn held(folder: &Path, order: &str) -> Running {
    let mut child = Running::start("sqlite::held::holds_the_file", folder, order);
    assert_eq!(child.line().await.as_deref(), Some("held"));
    child
}

fn says_who_holds_it(told: &StoreError) {
    let StoreError::Unavailable { message } = told else { panic!("{told:?}") };
    assert!(message.contains("another process holds the file") && message.contains(FILE), "{message}");
    assert!(message.contains("try again"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_while_another_process_writes_is_refused_in_time_and_reads_go_on() {
    let folder = Scratch::new();
    let store = Sqlite::open(impatient(folder.path())).await.unwrap();
    put(&store, &ITEMS, "before", json!({"rank": 1})).await;
    let child = held(folder.path(), "BEGIN EXCLUSIVE; UPDATE suite_items SET _version = _version").await;
    says_who_holds_it(&store.write(plain("during", json!({}))).await.unwrap_err());
    for answer in store.write_all(vec![plain("during", json!({})), plain("too", json!({}))]).await {
        says_who_holds_it(&answer.unwrap_err());
    }
    assert_eq!(get(&store, &ITEMS, "before").await.document.body, json!({"rank": 1}));
    assert!(child.ended().await);
    assert_eq!(store.get(&ITEMS, "during").await, Ok(None));
    assert_eq!(store.write(plain("during", json!({}))).await, Ok(1), "it goes on when the other has let go");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_locked_for_good_cannot_be_opened_and_says_so() {
    let folder = Scratch::new();
    let store = Sqlite::open(options(folder.path())).await.unwrap();
    put(&store, &ITEMS, "before", json!({"rank": 1})).await;
    drop(store);
    let child = held(folder.path(), "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").await;
    says_who_holds_it(&Sqlite::open(impatient(folder.path())).await.map(|_| ()).unwrap_err());
    assert!(child.ended().await);
    let store = Sqlite::open(options(folder.path())).await.unwrap();
    assert_eq!(get(&store, &ITEMS, "before").await.version, 1);
}

/// Adds one, so many times, however often others come between.
async fn increment(store: &dyn Store) {
    for _ in 0..INCREMENTS {
        loop {
            let found = get(store, &COUNTERS, "counter").await;
            let next = Document::plain(json!({"value": found.document.body["value"].as_u64().unwrap() + 1}));
            match store.write(Write::put(&COUNTERS, "counter", Expect::Version(found.version), next)).await {
                Ok(_) => break,
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs as the child of the test of two processes"]
async fn increments() {
    let store = Sqlite::open(options(&orders().0)).await.unwrap();
    tell("open");
    increment(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_and_two_handles_lose_no_increment() {
    let folder = Scratch::new();
    let first = Arc::new(Sqlite::open(options(folder.path())).await.unwrap());
    put(&*first, &COUNTERS, "counter", json!({"value": 0})).await;
    let second = Arc::new(Sqlite::open(options(folder.path())).await.unwrap());
    let mut child = Running::start("sqlite::held::increments", folder.path(), "");
    assert_eq!(child.line().await.as_deref(), Some("open"));
    let handles = [first.clone(), second].map(|store| tokio::spawn(async move { increment(&*store).await }));
    futures::future::try_join_all(handles).await.unwrap();
    assert!(child.ended().await, "the other process failed");
    assert_eq!(get(&*first, &COUNTERS, "counter").await.document.body, json!({"value": 3 * INCREMENTS}));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_open_a_new_folder_at_once() {
    for _ in 0..10 {
        let folder = Scratch::new();
        let opened = (0..8).map(|_| Sqlite::open(options(folder.path())));
        let stores = futures::future::try_join_all(opened).await.unwrap();
        for (store, id) in stores.iter().zip(["a", "b", "c", "d", "e", "f", "g", "h"]) {
            put(store, &ITEMS, id, json!({})).await;
        }
        assert_eq!(stores[0].count(&ports::store::query::Query::of(&ITEMS)).await, Ok(8));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_past_its_deadline_is_stopped_and_the_next_one_served() {
    let folder = Scratch::new();
    let patient = Options { clock: clock(), ..options(folder.path()) };
    let store = Sqlite::open(Options { read_deadline: Duration::ZERO, ..patient.clone() }).await.unwrap();
    for _ in 0..10 {
        // Whether it was quick enough or not: it answers, and says so.
        match store.get(&ITEMS, "one").await {
            Ok(found) => assert_eq!(found, None),
            Err(StoreError::Unavailable { message }) => assert!(message.contains("ask for less"), "{message}"),
            Err(error) => panic!("{error}"),
        }
    }
    let store = Sqlite::open(patient).await.unwrap();
    assert_eq!(store.get(&ITEMS, "one").await, Ok(None));
}
