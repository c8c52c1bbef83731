//! What the bus of one process has of its own: its outbox, and its bounds.

use crate::worlds::{NEVER, event, handle, limits, memory, next};
use bus::{InProcess, Limits};
use fakes::ManualClock;
use ports::bus::{Bus, BusError, Event};
use ports::store::collections::{ALL, OUTBOX};
use ports::store::document::{Document, Expect, Write};
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn what_was_not_handled_comes_again_after_a_restart_and_what_was_does_not() {
    let store = memory();
    let life = || InProcess::with_outbox(limits(NEVER), Arc::clone(&store), "one");
    let bus = life().await.unwrap();
    let mut quick = bus.subscribe("t", "quick", "c").await.unwrap();
    let mut slow = bus.subscribe("t", "slow", "c").await.unwrap();
    for id in ["a", "b", "c"] {
        bus.publish("t", event(id)).await.unwrap();
    }
    assert_eq!(handle(&mut quick, 2).await, ["a", "b"]);
    assert_eq!(handle(&mut slow, 1).await, ["a"]);
    next(&mut slow).await;
    assert_eq!(bus.health().waiting, 2, "a was handled by both");
    drop((quick, slow, bus));

    let bus = life().await.unwrap();
    assert_eq!(bus.health().waiting, 2);
    // Told again, and told before its consumers are there.
    bus.publish("t", event("a")).await.unwrap();
    bus.publish("t", event("d")).await.unwrap();
    let mut quick = bus.subscribe("t", "quick", "c").await.unwrap();
    assert_eq!(handle(&mut quick, 2).await, ["c", "d"]);
    let mut slow = bus.subscribe("t", "slow", "c").await.unwrap();
    assert_eq!(handle(&mut slow, 3).await, ["b", "c", "d"]);
    assert_eq!(bus.health().waiting, 0);
}

#[tokio::test]
async fn instances_on_one_store_keep_to_their_own_events() {
    let store = memory();
    let one = InProcess::with_outbox(limits(NEVER), Arc::clone(&store), "one").await.unwrap();
    let _group = one.subscribe("t", "g", "c").await.unwrap();
    one.publish("t", event("of one")).await.unwrap();
    let two = InProcess::with_outbox(limits(NEVER), Arc::clone(&store), "two").await.unwrap();
    let mut group = two.subscribe("t", "g", "c").await.unwrap();
    two.publish("t", event("of two")).await.unwrap();
    assert_eq!(handle(&mut group, 1).await, ["of two"]);
    assert_eq!((one.health().waiting, two.health().waiting), (1, 0));
    for wrong in ["", "a/b", &"x".repeat(64)] {
        let refused = InProcess::with_outbox(limits(NEVER), Arc::clone(&store), wrong).await.map(drop);
        assert!(matches!(refused, Err(BusError::Full(_))), "{wrong}: {refused:?}");
    }
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_stops_nothing() {
    let store = memory();
    let garbage = Document::plain(json!({ "topic": "t", "order": 1, "event": "none" }));
    store.write(Write::put(&OUTBOX, "one/t/garbage", Expect::Any, garbage)).await.unwrap();
    let groups = Document::plain(json!({ "name": 7 }));
    store.write(Write::put(&OUTBOX, "/groups/t", Expect::Any, groups)).await.unwrap();
    let bus = InProcess::with_outbox(limits(NEVER), Arc::clone(&store), "one").await.unwrap();
    let error = bus.subscribe("t", "g", "c").await.map(drop).unwrap_err();
    assert!(error.to_string().contains("backup"), "{error}");
    let mut group = bus.subscribe("u", "g", "c").await.unwrap();
    bus.publish("u", event("e")).await.unwrap();
    assert_eq!(handle(&mut group, 1).await, ["e"]);
}

#[tokio::test]
async fn handled_ids_are_forgotten_after_their_time() {
    let clock = Arc::new(ManualClock::at(chrono::Utc::now()));
    let store = store::memory::Memory::new(ALL, clock.clone());
    let life = || InProcess::with_outbox(limits(NEVER), store.clone(), "one");
    let bus = life().await.unwrap();
    let mut group = bus.subscribe("t", "g", "c").await.unwrap();
    bus.publish("t", event("e")).await.unwrap();
    assert_eq!(handle(&mut group, 1).await, ["e"]);
    clock.advance(chrono::Duration::days(4));
    let bus = life().await.unwrap();
    let mut group = bus.subscribe("t", "g", "c").await.unwrap();
    bus.publish("t", event("e")).await.unwrap();
    assert_eq!(handle(&mut group, 1).await, ["e"], "three days are over");
}

#[tokio::test]
async fn every_bound_is_told_and_lasts_only_while_it_is_reached() {
    let bounds = Limits { waiting: 3, topics: 2, groups: 2, waiting_bytes: 2_000, ..limits(NEVER) };
    let bus = InProcess::new(bounds.clone());
    let mut group = bus.subscribe("t", "slow", "c").await.unwrap();
    for id in ["a", "b", "c"] {
        bus.publish("t", event(id)).await.unwrap();
    }
    let full = bus.publish("t", event("d")).await.unwrap_err();
    assert!(matches!(&full, BusError::Full(text) if text.contains("slow")), "{full:?}");
    bus.publish("t", event("a")).await.expect("it is there already, and needs no room");
    assert_eq!(handle(&mut group, 1).await, ["a"]);
    bus.publish("t", event("d")).await.unwrap();

    let _second = bus.subscribe("u", "g", "c").await.unwrap();
    let large = Event { body: json!("x".repeat(1_900)), ..event("large") };
    let full = bus.publish("u", large).await.unwrap_err();
    assert!(matches!(&full, BusError::Full(text) if text.contains("2000 bytes")), "{full:?}");
    let full = bus.subscribe("v", "g", "c").await.map(drop).unwrap_err();
    assert!(matches!(&full, BusError::Full(text) if text.contains("2 topics")), "{full:?}");
    let _third = bus.subscribe("u", "h", "c").await.unwrap();
    let full = bus.subscribe("u", "i", "c").await.map(drop).unwrap_err();
    assert!(matches!(&full, BusError::Full(text) if text.contains("2 groups")), "{full:?}");

    let bus = InProcess::with_outbox(bounds, memory(), "one").await.unwrap();
    let _slow = bus.subscribe("t", "slow", "c").await.unwrap();
    for id in ["a", "b", "c"] {
        bus.publish("t", event(id)).await.unwrap();
    }
    assert!(matches!(bus.publish("t", event("d")).await, Err(BusError::Full(_))));
}

#[tokio::test]
async fn the_cache_forgets_the_oldest_and_keeps_nothing_huge() {
    let bus = InProcess::new(Limits { cache_entries: 2, cache_bytes: 1_000, ..limits(NEVER) });
    let hour = std::time::Duration::from_secs(3_600);
    let ask = async |key: &str, value: serde_json::Value| {
        let fetch = Box::pin(async move { Ok(value) });
        bus.cached(key, hour, fetch).await.unwrap().hit
    };
    assert!(!ask("a", json!(1)).await && !ask("b", json!(2)).await && !ask("c", json!(3)).await);
    assert!(ask("c", json!(0)).await && ask("b", json!(0)).await);
    assert!(!ask("a", json!(1)).await, "the oldest of three went");
    assert!(!ask("huge", json!("x".repeat(600))).await);
    assert!(!ask("huge", json!("x".repeat(600))).await, "one that takes half of the room is not kept");
    assert!(ask("a", json!(0)).await, "and pushes out nothing");
}
