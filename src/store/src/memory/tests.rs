//! What only the store in memory has; the rest is tried by the suite in `tests/it`.

use super::Memory;
use crate::packing::Packed;
use domain::chain::Entry;
use fakes::ManualClock;
use ports::store::collection::{Collection, Field, Retention};
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Query};
use ports::store::{Log, Store as _};
use serde_json::{Value, json};
use std::sync::Arc;

fn renamed(mut body: Value) -> Value {
    body["state"] = body["status"].take();
    body
}

const PLAIN: Collection = Collection {
    name: "plans",
    schema: 2,
    upgrades: &[renamed],
    fields: &[Field::text("state")],
    indexes: &[],
    searchable: false,
    person: None,
    retention: Retention::Forever,
    aged_by: None,
    only: None,
    may_wait: false,
};

static PLANS: Collection = PLAIN;

static UNKNOWN: Collection = Collection { name: "unknown", ..PLAIN };

fn store() -> Arc<Memory> {
    static COLLECTIONS: &[&Collection] = &[&PLANS];
    Memory::new(COLLECTIONS, Arc::new(ManualClock::at_unix_seconds(1_790_000_000)))
}

fn text(body: &Value) -> Packed {
    Packed::Text(body.to_string())
}

#[tokio::test]
async fn a_planted_document_is_upgraded_refused_or_told_as_damaged() {
    let store = store();
    store.plant(&PLANS, "old", 1, text(&json!({"status": "open"}))).unwrap();
    store.plant(&PLANS, "new", 3, text(&json!({"state": 7}))).unwrap();
    store.plant(&PLANS, "stranger", 3, Packed::Deflated(vec![1])).unwrap();
    store.plant(&PLANS, "damaged", 2, Packed::Text("{".to_owned())).unwrap();
    let old = store.get(&PLANS, "old").await.unwrap().unwrap();
    assert_eq!((old.version, old.document.body["state"].as_str()), (1, Some("open")));
    for id in ["new", "stranger"] {
        assert!(matches!(store.get(&PLANS, id).await, Err(StoreError::Newer { found: 3, known: 2, .. })), "{id}");
    }
    assert!(matches!(store.get(&PLANS, "damaged").await, Err(StoreError::Corrupt { .. })));
    store
        .write(Write::put(&PLANS, "old", Expect::Version(1), Document::plain(json!({"state": "done"}))))
        .await
        .unwrap();
    let query = Query::of(&PLANS).with("state", Condition::Is("done".into()));
    assert_eq!(store.page(&query).await.unwrap().documents.len(), 1);
}

#[tokio::test]
async fn a_collection_that_was_not_declared_is_refused() {
    let store = store();
    assert!(matches!(store.get(&UNKNOWN, "1").await, Err(StoreError::Invalid { .. })));
    let write = Write::put(&UNKNOWN, "1", Expect::Any, Document::plain(json!({})));
    assert!(matches!(store.write(write).await, Err(StoreError::Invalid { .. })));
    assert!(matches!(store.page(&Query::of(&UNKNOWN)).await, Err(StoreError::Invalid { .. })));
}

#[tokio::test]
async fn a_value_of_another_kind_is_refused() {
    let query = Query::of(&PLANS).with("state", Condition::AtLeast(7.into()));
    assert!(matches!(store().page(&query).await, Err(StoreError::Invalid { .. })));
}

#[tokio::test]
async fn a_log_that_was_tampered_with_is_found_and_takes_no_more() {
    let store = store();
    let entry = |number: i64| {
        let at = chrono::DateTime::from_timestamp(number, 0).unwrap();
        Entry { at, kind: "test".to_owned(), body: json!(number), personal: None }
    };
    store.append(Log::Audit, (1..=4).map(entry).collect()).await.unwrap();
    assert!(store.verify(Log::Audit).await.unwrap().holds());
    store.tamper(Log::Audit, |lines, _| drop(lines.pop()));
    assert!(!store.verify(Log::Audit).await.unwrap().holds());
    assert!(matches!(store.append(Log::Audit, vec![entry(5)]).await, Err(StoreError::Corrupt { .. })));
    store.tamper(Log::Audit, |lines, anchor| *anchor = lines[2].anchor());
    store.append(Log::Audit, vec![entry(5)]).await.unwrap();
    store.tamper(Log::Audit, |lines, _| lines[1].body = json!("other"));
    assert!(!store.verify(Log::Audit).await.unwrap().holds());
}
