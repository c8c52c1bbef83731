//! Documents that end by themselves.

use super::collections::{ITEMS, PAGES};
use super::{Place, clock, collections, get, ids, put, start};
use chrono::Duration;
use domain::memory::words::Words;
use fakes::ManualClock;
use ports::store::Store;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Query};
use serde_json::json;
use std::sync::Arc;

async fn place<P: Place>() -> (P, Arc<ManualClock>) {
    let clock = clock();
    (P::fresh(clock.clone(), collections::ALL).await, clock)
}

/// A document that ends so many seconds after the test's beginning.
fn ending(seconds: i64) -> Document {
    let expires_at = Some(start() + Duration::seconds(seconds));
    Document { expires_at, ..Document::plain(json!({"rank": seconds})) }
}

async fn write(store: &dyn Store, id: &str, expect: Expect, document: Document) -> Result<u64, StoreError> {
    store.write(Write::put(&ITEMS, id, expect, document)).await
}

pub async fn an_expired_document_is_never_seen<P: Place>() {
    let (place, clock) = place::<P>().await;
    let store = place.store();
    write(&*store, "short", Expect::Any, ending(60)).await.unwrap();
    write(&*store, "long", Expect::Any, ending(600)).await.unwrap();
    put(&*store, &ITEMS, "stays", json!({"rank": 0})).await;
    assert_eq!(get(&*store, &ITEMS, "short").await.document, ending(60));
    clock.advance(Duration::seconds(61));
    assert_eq!(store.get(&ITEMS, "short").await, Ok(None));
    let page = store.page(&Query::of(&ITEMS)).await.unwrap();
    assert_eq!(ids(&page.documents), ["long", "stays"]);
    let page = store.page(&Query::of(&ITEMS).by("rank", Direction::Descending)).await.unwrap();
    assert_eq!(ids(&page.documents), ["long", "stays"]);
    assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(2));
    let query = Query::of(&ITEMS).with("rank", Condition::Is(60.into()));
    assert_eq!(store.count(&query).await, Ok(0));
}

pub async fn an_expired_document_counts_as_absent<P: Place>() {
    let (place, clock) = place::<P>().await;
    let store = place.store();
    for id in ["absent", "any", "version", "deleted"] {
        for version in 1..=2 {
            assert_eq!(write(&*store, id, Expect::Any, ending(60)).await, Ok(version));
        }
    }
    clock.advance(Duration::seconds(61));
    assert_eq!(
        write(&*store, "version", Expect::Version(2), ending(600)).await,
        Err(StoreError::Conflict { found: None })
    );
    let delete = Write::delete(&ITEMS, "deleted", Expect::Version(2));
    assert_eq!(store.write(delete).await, Err(StoreError::Conflict { found: None }));
    assert_eq!(write(&*store, "absent", Expect::Absent, ending(600)).await, Ok(1));
    assert_eq!(write(&*store, "any", Expect::Any, ending(600)).await, Ok(1));
    assert_eq!(get(&*store, &ITEMS, "absent").await.version, 1);
    assert_eq!(write(&*store, "any", Expect::Version(1), ending(700)).await, Ok(2));
}

pub async fn sweeping_removes_only_what_expired<P: Place>() {
    let (place, clock) = place::<P>().await;
    let store = place.store();
    for number in 0..10 {
        write(&*store, &format!("short-{number}"), Expect::Any, ending(60)).await.unwrap();
    }
    write(&*store, "long", Expect::Any, ending(600)).await.unwrap();
    put(&*store, &ITEMS, "stays", json!({})).await;
    assert_eq!(store.sweep(100).await, Ok(0));
    clock.advance(Duration::seconds(61));
    let first = store.sweep(4).await.unwrap();
    assert!(first <= 4, "{first} removed, where 4 was the limit");
    let rest = store.sweep(100).await.unwrap();
    assert!(first + rest == 10 || first + rest == 0, "{first} and {rest} of 10; 0 where the server sweeps by itself");
    assert_eq!(store.sweep(100).await, Ok(0));
    let page = store.page(&Query::of(&ITEMS)).await.unwrap();
    assert_eq!(ids(&page.documents), ["long", "stays"]);
}

pub async fn an_expiry_can_be_moved<P: Place>() {
    let (place, clock) = place::<P>().await;
    let store = place.store();
    write(&*store, "one", Expect::Any, ending(60)).await.unwrap();
    write(&*store, "one", Expect::Version(1), ending(600)).await.unwrap();
    write(&*store, "two", Expect::Any, ending(60)).await.unwrap();
    put(&*store, &ITEMS, "two", json!({"rank": 2})).await;
    let words = Words { text: vec!["moved".to_owned()], ..Words::default() };
    let document = Document { words: Some(words), ..Document { expires_at: None, ..Document::plain(json!({})) } };
    store.write(Write::put(&PAGES, "three", Expect::Any, document)).await.unwrap();
    clock.advance(Duration::seconds(61));
    assert_eq!(get(&*store, &ITEMS, "one").await.document, ending(600));
    assert_eq!(get(&*store, &ITEMS, "two").await.document.expires_at, None);
    assert_eq!(store.sweep(100).await, Ok(0));
}
