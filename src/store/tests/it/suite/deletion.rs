//! Deleting documents.

use super::collections::ITEMS;
use super::{Place, place, put};
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::Query;
use serde_json::json;

pub async fn deleted_is_absent<P: Place>() {
    let place = place::<P>().await;
    put(&*place.store(), &ITEMS, "one", json!({"rank": 1})).await;
    put(&*place.store(), &ITEMS, "two", json!({"rank": 2})).await;
    assert_eq!(place.store().write(Write::delete(&ITEMS, "one", Expect::Any)).await, Ok(0));
    assert_eq!(place.store().get(&ITEMS, "one").await, Ok(None));
    assert_eq!(place.store().count(&Query::of(&ITEMS)).await, Ok(1));
    let page = place.store().page(&Query::of(&ITEMS)).await.unwrap();
    assert_eq!(super::ids(&page.documents), ["two"]);
}

pub async fn expectations_of_a_deletion_hold_or_conflict<P: Place>() {
    let place = place::<P>().await;
    let delete = |id: &str, expect| {
        let (store, write) = (place.store(), Write::delete(&ITEMS, id, expect));
        async move { store.write(write).await }
    };
    assert_eq!(delete("none", Expect::Any).await, Ok(0));
    assert_eq!(delete("none", Expect::Absent).await, Ok(0));
    assert_eq!(delete("none", Expect::Version(1)).await, Err(StoreError::Conflict { found: None }));
    put(&*place.store(), &ITEMS, "one", json!({})).await;
    put(&*place.store(), &ITEMS, "one", json!({})).await;
    assert_eq!(delete("one", Expect::Absent).await, Err(StoreError::Conflict { found: Some(2) }));
    assert_eq!(delete("one", Expect::Version(1)).await, Err(StoreError::Conflict { found: Some(2) }));
    assert_eq!(delete("one", Expect::Version(2)).await, Ok(0));
    assert_eq!(place.store().get(&ITEMS, "one").await, Ok(None));
}

pub async fn a_document_made_again_begins_anew<P: Place>() {
    let place = place::<P>().await;
    for _ in 0..3 {
        put(&*place.store(), &ITEMS, "one", json!({"rank": 1})).await;
    }
    place.store().write(Write::delete(&ITEMS, "one", Expect::Version(3))).await.unwrap();
    let write = Write::put(&ITEMS, "one", Expect::Absent, Document::plain(json!({"rank": 2})));
    assert_eq!(place.store().write(write).await, Ok(1));
}
