//! What the server answers instead of doing as it was asked, and answers that never come.

use super::double::Double;
use super::{DATABASE, connect, options};
use crate::suite::collections::{COUNTERS, ITEMS, PAGES};
use chrono::Utc;
use domain::chain::Entry;
use domain::memory::words::Words;
use mongodb::bson::{Document as Bsons, doc};
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Query, TextQuery};
use ports::store::{Log, Store};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::mongo::{Mongo, Options};

const WRITES: [&str; 3] = ["insert", "update", "delete"];

async fn double() -> (Double, Arc<Mongo>) {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    (double, store)
}

/// A store that gives up after a second.
async fn impatient(double: &Double) -> Arc<Mongo> {
    let (attempt, operation) = (Duration::from_millis(500), Duration::from_secs(1));
    connect(Options { attempt, operation, ..options(&double.uri(DATABASE)) }).await
}

fn put(id: &str, expect: Expect, body: Value) -> Write {
    Write::put(&ITEMS, id, expect, Document::plain(body))
}

async fn body(store: &Mongo, id: &str) -> Option<(u64, Value)> {
    let found = store.get(&ITEMS, id).await.unwrap();
    found.map(|stored| (stored.version, stored.document.body))
}

fn entry(number: u64) -> Entry {
    Entry { at: Utc::now(), kind: "test.step".to_owned(), body: json!({"number": number}), personal: None }
}

/// Every operation of the port.
async fn use_all(store: &Mongo) {
    store.write(put("one", Expect::Absent, json!({"rank": 1}))).await.unwrap();
    store.write(put("one", Expect::Any, json!({"rank": 2}))).await.unwrap();
    store.write(put("one", Expect::Version(2), json!({"rank": 3}))).await.unwrap();
    let many = (0..50).map(|number| put(&format!("many-{number}"), Expect::Any, json!({"rank": number})));
    assert!(store.write_all(many.clone().collect()).await.iter().all(|answer| *answer == Ok(1)));
    assert!(store.write_all(many.collect()).await.iter().all(|answer| *answer == Ok(2)));
    store.write(Write::delete(&ITEMS, "one", Expect::Any)).await.unwrap();
    let words = Words { text: vec!["rain".to_owned()], ..Words::default() };
    let page = Document { words: Some(words), ..Document::plain(json!({})) };
    store.write(Write::put(&PAGES, "page", Expect::Any, page)).await.unwrap();
    let query = TextQuery { collection: &PAGES, words: vec!["rain".to_owned()], conditions: Vec::new(), limit: 5 };
    assert_eq!(store.search(&query).await.unwrap().len(), 1);
    assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(50));
    assert_eq!(store.page(&Query::of(&ITEMS)).await.unwrap().documents.len(), 50);
    store.append(Log::Audit, (0..3).map(entry).collect()).await.unwrap();
    assert_eq!(store.cut(Log::Audit, 2).await, Ok(2));
    assert!(store.verify(Log::Audit).await.unwrap().holds());
    assert_eq!(store.read(Log::Audit, 0, 10).await.unwrap().len(), 2);
    store.sweep(10).await.unwrap();
}

#[tokio::test]
async fn every_request_carries_what_it_must() {
    let (double, store) = double().await;
    use_all(&store).await;
    assert_eq!(store.health().await.unwrap().engine, "MongoDB 0.0.0 (a double), standalone");
    assert_eq!(store.health().await.unwrap().bytes, Some(5120));
    double.assert_content().await;
}

#[tokio::test]
async fn a_replica_set_is_read_as_its_majority_has_it() {
    let double = Double::replica_set().await;
    let uri = format!("mongodb://{}/{DATABASE}?replicaSet=rs0", double.address);
    let store = connect(options(&uri)).await;
    use_all(&store).await;
    assert_eq!(store.health().await.unwrap().engine, "MongoDB 0.0.0 (a double), replica set rs0");
    double.assert_content().await;
}

/// The faults of which a write must know nothing afterwards: it is made once, and answered as if nothing had been.
fn passing() -> Vec<(&'static str, Bsons)> {
    vec![
        ("not primary, twice", doc! {"do": "error", "code": 10107, "times": 2}),
        ("stepped down before", doc! {"do": "error", "code": 189}),
        ("stepped down after", doc! {"do": "error", "code": 11602, "apply": "yes"}),
        ("shut down in the middle", doc! {"do": "error", "code": 91, "apply": "late", "milliseconds": 30}),
        ("too many requests", doc! {"do": "error", "code": 16500, "times": 2}),
        ("closed before", doc! {"do": "close"}),
        ("closed after", doc! {"do": "close", "apply": "yes"}),
        ("closed, applied late", doc! {"do": "close", "apply": "late", "milliseconds": 30}),
        ("no majority in time", doc! {"do": "concern", "apply": "yes"}),
    ]
}

#[tokio::test]
async fn a_write_that_was_disturbed_is_made_once() {
    let (double, store) = double().await;
    for (number, (name, fault)) in passing().into_iter().enumerate() {
        let id = format!("{number}");
        for (step, expect) in [Expect::Absent, Expect::Any, Expect::Version(2)].into_iter().enumerate() {
            let mut fault = fault.clone();
            fault.insert("only", WRITES.to_vec());
            double.fault(fault).await;
            let version = u64::try_from(step).unwrap() + 1;
            let answer = store.write(put(&id, expect, json!({"rank": step}))).await;
            assert_eq!(answer, Ok(version), "{name}: {expect:?}");
            assert_eq!(body(&store, &id).await, Some((version, json!({"rank": step}))), "{name}: {expect:?}");
        }
    }
    double.assert_content().await;
}

#[tokio::test]
async fn an_append_that_was_disturbed_is_made_once() {
    let (double, store) = double().await;
    let mut count = 0;
    for (name, fault) in passing() {
        // The records, then the anchor.
        for command in ["insert", "update"] {
            let mut fault = fault.clone();
            fault.insert("only", vec![command]);
            double.fault(fault).await;
            count += 3;
            let anchor = store.append(Log::Journal, (count - 3..count).map(entry).collect()).await;
            assert_eq!(anchor.map(|anchor| anchor.count), Ok(count), "{name}: {command}");
        }
    }
    let lines = store.read(Log::Journal, 0, 1_000).await.unwrap();
    let numbers: Vec<u64> = lines.iter().map(|line| line.body["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
    let report = store.verify(Log::Journal).await.unwrap();
    assert!(report.holds() && report.beyond_anchor == 0, "{report:?}");
    double.assert_content().await;
}

#[tokio::test]
async fn a_read_that_was_disturbed_is_repeated() {
    let (double, store) = double().await;
    store.write(put("one", Expect::Any, json!({"rank": 1}))).await.unwrap();
    for code in [10107, 13435, 11600, 189] {
        double.fault(doc! {"do": "error", "code": code, "times": 2}).await;
        assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(1), "{code}");
    }
    double.fault(doc! {"do": "close", "times": 2}).await;
    assert_eq!(body(&store, "one").await, Some((1, json!({"rank": 1}))));
}

#[tokio::test]
async fn a_deletion_without_an_answer_is_told_as_unknown_where_it_mattered_who_did_it() {
    let (double, store) = double().await;
    for (id, expect, expected) in [("any", Expect::Any, Some(Ok(0))), ("version", Expect::Version(1), None)] {
        store.write(put(id, Expect::Any, json!({}))).await.unwrap();
        double.fault(doc! {"do": "close", "apply": "yes", "only": ["delete"]}).await;
        let answer = store.write(Write::delete(&ITEMS, id, expect)).await;
        match expected {
            Some(expected) => assert_eq!(answer, expected),
            None => assert!(matches!(answer, Err(StoreError::Unknown { .. })), "{answer:?}"),
        }
        assert_eq!(body(&store, id).await, None);
    }
}

#[tokio::test]
async fn a_swap_that_others_overwrote_before_it_was_found_is_told_as_unknown() {
    let (double, store) = double().await;
    let other = connect(options(&double.uri(DATABASE))).await;
    store.write(put("one", Expect::Any, json!({"by": 1}))).await.unwrap();
    double.fault(doc! {"do": "close", "apply": "yes", "only": ["update"]}).await;
    // The look for it is held back until others have written: the first such read, whoever sends it.
    double.fault(doc! {"do": "delay", "milliseconds": 2_500, "only": ["find"]}).await;
    let disturbed = store.write(put("one", Expect::Version(1), json!({"by": 2})));
    let others = async {
        while double.run(DATABASE, doc! {"bridge": "seen"}).await.get_i32("faults").unwrap() != 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(other.write(put("one", Expect::Version(2), json!({"by": 3}))).await, Ok(3));
    };
    let (answer, ()) = tokio::join!(disturbed, others);
    assert!(matches!(answer, Err(StoreError::Unknown { .. })), "{answer:?}");
    assert_eq!(body(&store, "one").await, Some((3, json!({"by": 3}))));
}

#[tokio::test]
async fn a_primary_that_stays_away_is_told_and_nothing_is_written() {
    let double = Double::standalone().await;
    let store = impatient(&double).await;
    double.fault(doc! {"do": "error", "code": 10107, "times": 1_000}).await;
    let told = store.write(put("one", Expect::Absent, json!({}))).await;
    assert!(matches!(&told, Err(StoreError::Unavailable { message }) if message.contains(DATABASE)), "{told:?}");
    let told = store.append(Log::Journal, vec![entry(1)]).await;
    assert!(matches!(told, Err(StoreError::Unavailable { .. })), "{told:?}");
    let told = store.count(&Query::of(&ITEMS)).await;
    assert!(matches!(told, Err(StoreError::Unavailable { .. })), "{told:?}");
}

#[tokio::test]
async fn a_connection_that_always_dies_leaves_a_write_unknown() {
    let double = Double::standalone().await;
    let store = impatient(&double).await;
    double.fault(doc! {"do": "close", "times": 1_000, "only": WRITES.to_vec()}).await;
    let told = store.write(put("one", Expect::Absent, json!({}))).await;
    assert!(matches!(told, Err(StoreError::Unknown { .. })), "{told:?}");
    let told = store.append(Log::Journal, vec![entry(1)]).await;
    assert!(matches!(told, Err(StoreError::Unknown { .. })), "{told:?}");
}

#[tokio::test]
async fn a_full_disk_is_told_as_full() {
    let (double, store) = double().await;
    double.fault(doc! {"do": "error", "code": 14031, "times": 5, "only": WRITES.to_vec()}).await;
    let told = store.write(put("one", Expect::Absent, json!({}))).await;
    assert!(matches!(&told, Err(StoreError::Full { message }) if message.contains("disk space")), "{told:?}");
    let told = store.append(Log::Audit, vec![entry(1)]).await;
    assert!(matches!(told, Err(StoreError::Full { .. })), "{told:?}");
    let told =
        store.write_all(vec![put("two", Expect::Absent, json!({})), put("three", Expect::Absent, json!({}))]).await;
    assert!(told.iter().all(|told| matches!(told, Err(StoreError::Full { .. }))), "{told:?}");
    // There is room again.
    assert_eq!(store.write(put("one", Expect::Absent, json!({}))).await, Ok(1));
    assert_eq!(store.append(Log::Audit, vec![entry(1)]).await.unwrap().count, 1);
    assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(1));
}

#[tokio::test]
async fn a_slow_answer_is_not_waited_for_longer_than_an_attempt() {
    let double = Double::standalone().await;
    let attempt = Duration::from_millis(400);
    let store = connect(Options { attempt, ..options(&double.uri(DATABASE)) }).await;
    for apply in ["no", "yes"] {
        double.fault(doc! {"do": "delay", "milliseconds": 60_000, "apply": apply, "only": ["insert"]}).await;
        assert_eq!(store.write(put(apply, Expect::Absent, json!({}))).await, Ok(1), "{apply}");
    }
    assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(2));
}

#[tokio::test]
async fn many_who_overwrite_one_document_all_get_a_version_of_their_own() {
    let (_double, store) = double().await;
    let writers = (0..20_u64).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let document = Document::plain(json!({"by": writer}));
            store.write(Write::put(&COUNTERS, "hot", Expect::Any, document)).await.unwrap()
        })
    });
    let mut versions = futures::future::try_join_all(writers.collect::<Vec<_>>()).await.unwrap();
    versions.sort_unstable();
    assert_eq!(versions, (1..=20).collect::<Vec<_>>());
}
