//! Compare-and-swap, by one and by many.

use super::collections::{COUNTERS, ITEMS};
use super::{Place, get, place, put};
use ports::store::Store;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use serde_json::json;
use std::sync::Arc;

/// Tasks that work at the same time.
const TASKS: u64 = 16;

/// What each of them does.
const STEPS: u64 = 10;

pub async fn expectations_hold_or_conflict<P: Place>() {
    let place = place::<P>().await;
    let write = |id: &str, expect| {
        let write = Write::put(&ITEMS, id, expect, Document::plain(json!({"rank": 1})));
        let store = place.store();
        async move { store.write(write).await }
    };
    assert_eq!(write("none", Expect::Version(1)).await, Err(StoreError::Conflict { found: None }));
    assert_eq!(place.store().get(&ITEMS, "none").await, Ok(None));
    assert_eq!(write("one", Expect::Absent).await, Ok(1));
    assert_eq!(write("one", Expect::Absent).await, Err(StoreError::Conflict { found: Some(1) }));
    assert_eq!(write("one", Expect::Version(2)).await, Err(StoreError::Conflict { found: Some(1) }));
    assert_eq!(write("one", Expect::Version(1)).await, Ok(2));
    assert_eq!(write("one", Expect::Version(1)).await, Err(StoreError::Conflict { found: Some(2) }));
    assert_eq!(write("one", Expect::Any).await, Ok(3));
    assert_eq!(write("new", Expect::Any).await, Ok(1));
    assert_eq!(get(&*place.store(), &ITEMS, "one").await.version, 3);
}

/// Adds one, however often others come between.
async fn increment(store: &dyn Store) {
    loop {
        let stored = get(store, &COUNTERS, "counter").await;
        let next = Document::plain(json!({"value": stored.document.body["value"].as_u64().unwrap() + 1}));
        match store.write(Write::put(&COUNTERS, "counter", Expect::Version(stored.version), next)).await {
            Ok(version) => break assert_eq!(version, stored.version + 1),
            Err(StoreError::Conflict { found }) => assert!(found > Some(stored.version), "{found:?}"),
            Err(error) => panic!("{error}"),
        }
    }
}

pub async fn no_increment_is_lost<P: Place>() {
    let place = place::<P>().await;
    put(&*place.store(), &COUNTERS, "counter", json!({"value": 0})).await;
    let tasks = (0..TASKS).map(|_| {
        let store = place.store();
        tokio::spawn(async move {
            for _ in 0..STEPS {
                increment(&*store).await;
            }
        })
    });
    futures::future::try_join_all(tasks.collect::<Vec<_>>()).await.unwrap();
    let stored = get(&*place.store(), &COUNTERS, "counter").await;
    assert_eq!(stored.document.body, json!({"value": TASKS * STEPS}));
    assert_eq!(stored.version, TASKS * STEPS + 1);
}

/// Makes a document that others make too; true for the one that did.
async fn create(store: Arc<dyn Store>, id: String, task: u64) -> bool {
    let document = Document::plain(json!({"by": task}));
    match store.write(Write::put(&COUNTERS, id, Expect::Absent, document)).await {
        Ok(version) => version == 1,
        Err(StoreError::Conflict { found: Some(1) }) => false,
        Err(error) => panic!("{error}"),
    }
}

pub async fn one_of_many_creates_wins<P: Place>() {
    let place = place::<P>().await;
    for race in 0..STEPS {
        let id = format!("race-{race}");
        let tasks = (0..TASKS).map(|task| tokio::spawn(create(place.store(), id.clone(), task))).collect::<Vec<_>>();
        let won = futures::future::try_join_all(tasks).await.unwrap();
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "race {race}");
        let winner = won.iter().position(|won| *won).unwrap();
        assert_eq!(get(&*place.store(), &COUNTERS, &id).await.document.body, json!({"by": winner}));
    }
}

pub async fn many_documents_at_once<P: Place>() {
    let place = place::<P>().await;
    let tasks = (0..TASKS).map(|task| {
        let store = place.store();
        tokio::spawn(async move {
            for step in 0..STEPS {
                put(&*store, &ITEMS, &format!("{task}-{step}"), json!({"rank": task * STEPS + step})).await;
            }
        })
    });
    futures::future::try_join_all(tasks.collect::<Vec<_>>()).await.unwrap();
    let query = ports::store::query::Query::of(&ITEMS);
    assert_eq!(place.store().count(&query).await, Ok(TASKS * STEPS));
}
