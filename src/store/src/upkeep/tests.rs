//! What goes, and what must stay.

use super::erasure::erase_person;
use super::retention::{RetentionDays, sweep};
use crate::memory::Memory;
use crate::packing::Packed;
use chrono::{DateTime, TimeDelta, Utc};
use domain::chain::Entry;
use fakes::clock::ManualClock;
use ports::store::collections::{ALL, CONVERSATIONS, EVIDENCE, GUARDS, HANDLED, MEMORY, TURNS, USAGE};
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::{Log, Store};
use serde_json::json;
use std::sync::Arc;

const DAYS: RetentionDays = RetentionDays { conversations: 365, evidence: 90, incidents: 365, audit: 730 };

fn now() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn before(days: i64) -> DateTime<Utc> {
    now() - TimeDelta::days(days)
}

fn empty() -> Arc<Memory> {
    Memory::new(ALL, Arc::new(ManualClock::at(now())))
}

async fn put(
    store: &Memory,
    collection: &'static ports::store::collection::Collection,
    id: &str,
    body: serde_json::Value,
) {
    store.write(Write::put(collection, id, Expect::Absent, Document::plain(body))).await.unwrap();
}

async fn append(store: &Memory, log: Log, kind: &str, body: serde_json::Value, at: DateTime<Utc>) {
    store.append(log, vec![Entry { at, kind: kind.to_owned(), body, personal: None }]).await.unwrap();
}

#[tokio::test]
async fn what_is_older_than_its_class_goes_and_nothing_else() {
    let store = empty();
    for days in [10, 89, 91, 364, 366, 800] {
        put(&store, &CONVERSATIONS, &format!("c{days}"), json!({"updated_at": before(days)})).await;
        put(&store, &EVIDENCE, &format!("e{days}"), json!({"taken_at": before(days)})).await;
        put(&store, &MEMORY, &format!("m{days}"), json!({"changed_at": before(days)})).await;
    }
    put(&store, &GUARDS, "all", json!({})).await;
    let swept = sweep(store.as_ref(), ALL, &DAYS, 1_000, now()).await.unwrap();
    assert_eq!(swept.aged, [("conversations", 2), ("evidence", 4)].into());
    assert!(!swept.more);
    for (collection, left) in [(&CONVERSATIONS, 4), (&EVIDENCE, 2), (&MEMORY, 6), (&GUARDS, 1)] {
        assert_eq!(store.count(&Query::of(collection)).await.unwrap(), left, "{}", collection.name);
    }
    assert_eq!(sweep(store.as_ref(), ALL, &DAYS, 1_000, now()).await.unwrap(), Default::default());
}

#[tokio::test]
async fn a_sweep_is_bounded_and_says_that_there_is_more() {
    let store = empty();
    for number in 0..1_300 {
        put(&store, &TURNS, &number.to_string(), json!({"asked_at": before(400)})).await;
    }
    let swept = sweep(store.as_ref(), ALL, &DAYS, 700, now()).await.unwrap();
    assert_eq!((swept.aged["turns"], swept.more), (700, true));
    assert_eq!(sweep(store.as_ref(), ALL, &DAYS, 700, now()).await.unwrap().aged["turns"], 600);
}

#[tokio::test]
async fn the_audit_trail_is_cut_at_a_checkpoint() {
    let store = empty();
    for days in [900, 800, 731, 729, 1] {
        append(&store, Log::Audit, "freeze.on", json!({}), before(days)).await;
    }
    let swept = sweep(store.as_ref(), ALL, &DAYS, 1_000, now()).await.unwrap();
    assert_eq!(swept.records, [("audit", 3)].into());
    let report = store.verify(Log::Audit).await.unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.first, report.end.count), (4, 6));
}

#[tokio::test]
async fn an_action_that_has_not_ended_keeps_its_records() {
    let store = empty();
    let old = before(900);
    append(&store, Log::Journal, "action.intent", json!({"action": "a"}), old).await;
    append(&store, Log::Journal, "action.ended", json!({"action": "a"}), old).await;
    append(&store, Log::Journal, "action.intent", json!({"action": "b"}), old).await;
    append(&store, Log::Journal, "action.intent", json!({"action": "c"}), old).await;
    append(&store, Log::Journal, "action.ended", json!({"action": "c"}), old).await;
    sweep(store.as_ref(), ALL, &DAYS, 1_000, now()).await.unwrap();
    let left = store.read(Log::Journal, 0, 10).await.unwrap();
    assert_eq!(left.first().map(|line| line.body.clone()), Some(json!({"action": "b"})));
}

#[tokio::test]
async fn everything_of_a_person_goes_and_the_trail_says_so_without_the_name() {
    let store = empty();
    for person in ["ann", "ben"] {
        for number in 0..600 {
            let id = format!("{person}-{number}");
            put(&store, &TURNS, &id, json!({"person": person, "number": number})).await;
        }
        put(&store, &USAGE, person, json!({"person": person})).await;
        put(&store, &MEMORY, person, json!({"person": person})).await;
    }
    let removed = erase_person(store.as_ref(), ALL, "ann", domain::audit::Actor::System, now()).await.unwrap();
    assert_eq!(removed, [("turns", 600), ("usage", 1), ("memory", 1)].into());
    for collection in [&TURNS, &USAGE, &MEMORY] {
        let left = store.page(&Query::of(collection).limited(1_000)).await.unwrap().documents;
        assert!(!left.is_empty() && left.iter().all(|left| left.document.body["person"] == "ben"));
    }
    let trail = store.read(Log::Audit, 0, 10).await.unwrap();
    assert_eq!(trail.len(), 1);
    assert!(!trail[0].to_json().contains("ann"), "{}", trail[0].to_json());
}

/// Three turns of a person, of which one is damaged and one was written by a newer version; and an old record.
async fn partly_unreadable(store: &Memory) {
    for id in ["damaged", "newer", "whole"] {
        put(store, &TURNS, id, json!({"person": "ann", "asked_at": before(400)})).await;
    }
    store.plant(&TURNS, "damaged", 1, Packed::Text("{".to_owned())).unwrap();
    let body = json!({"person": "ann", "asked_at": before(400)}).to_string();
    store.plant(&TURNS, "newer", 9, Packed::Text(body)).unwrap();
    put(store, &USAGE, "later", json!({"person": "ann", "at": before(400)})).await;
    append(store, Log::Audit, "freeze.on", json!({}), before(800)).await;
}

#[tokio::test]
async fn a_document_that_cannot_be_read_does_not_stop_retention() {
    let store = empty();
    partly_unreadable(&store).await;
    let swept = sweep(store.as_ref(), ALL, &DAYS, 1_000, now()).await.unwrap();
    assert_eq!(swept.aged, [("turns", 3), ("usage", 1)].into());
    assert_eq!(swept.records, [("audit", 1)].into());
}

#[tokio::test]
async fn a_document_that_cannot_be_read_does_not_stop_an_erasure() {
    let store = empty();
    partly_unreadable(&store).await;
    let removed = erase_person(store.as_ref(), ALL, "ann", domain::audit::Actor::System, now()).await.unwrap();
    assert_eq!(removed, [("turns", 3), ("usage", 1)].into());
    assert_eq!(store.count(&Query::of(&TURNS)).await, Ok(0));
}

#[tokio::test]
async fn a_collection_that_fails_keeps_nothing_else_from_going() {
    // The first collections that are gone through are not in this store.
    static FEW: &[&ports::store::collection::Collection] = &[&EVIDENCE, &USAGE];
    let store = Memory::new(FEW, Arc::new(ManualClock::at(now())));
    let fill = async |id: &str| {
        put(&store, &EVIDENCE, id, json!({"person": "ann", "taken_at": before(400)})).await;
        put(&store, &USAGE, id, json!({"person": "ann", "at": before(400)})).await;
    };
    fill("swept").await;
    append(&store, Log::Audit, "freeze.on", json!({}), before(800)).await;
    let told = sweep(store.as_ref(), ALL, &DAYS, 1_000, now()).await.unwrap_err();
    assert!(matches!(&told, StoreError::Invalid { message } if message.contains("conversations")), "{told}");
    assert_eq!(store.count(&Query::of(&USAGE)).await, Ok(0));
    assert_eq!(store.verify(Log::Audit).await.unwrap().first, 2, "the trail was cut");
    fill("erased").await;
    let told = erase_person(store.as_ref(), ALL, "ann", domain::audit::Actor::System, now()).await.unwrap_err();
    assert!(matches!(&told, StoreError::Invalid { message } if message.contains("conversations")), "{told}");
    assert_eq!(store.count(&Query::of(&EVIDENCE)).await, Ok(0));
    let record = store.read(Log::Audit, 2, 10).await.unwrap().remove(0).to_json();
    assert!(record.contains("\"unfinished\":true") && record.contains("\"evidence\":1"), "{record}");
}

#[tokio::test]
async fn what_expires_faster_than_a_round_removes_is_told_as_more() {
    let store = empty();
    for number in 0..7 {
        let document = Document { expires_at: Some(before(1)), ..Document::plain(json!({})) };
        store.write(Write::put(&HANDLED, number.to_string(), Expect::Absent, document)).await.unwrap();
    }
    for (expired, more) in [(5, true), (2, false)] {
        let swept = sweep(store.as_ref(), ALL, &DAYS, 5, now()).await.unwrap();
        assert_eq!((swept.expired, swept.more), (expired, more));
    }
}

#[tokio::test]
async fn past_turns_in_memory_do_not_stay_forever() {
    let store = empty();
    for kind in ["turn", "incident", "post_mortem", "runbook", "note"] {
        for days in [10, 400] {
            put(&store, &MEMORY, &format!("{kind}-{days}"), json!({"kind": kind, "changed_at": before(days)})).await;
        }
    }
    let swept = sweep(store.as_ref(), ALL, &DAYS, 1_000, now()).await.unwrap();
    assert_eq!(swept.aged, [("memory", 1)].into());
    assert_eq!(store.get(&MEMORY, "turn-400").await, Ok(None));
    assert_eq!(store.count(&Query::of(&MEMORY)).await, Ok(9));
}
