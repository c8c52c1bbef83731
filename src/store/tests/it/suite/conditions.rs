//! Which documents a query wants, and how many there are.

use super::collections::{COUNTERS, ITEMS};
use super::{Place, ids, place, put};
use ports::store::Store;
use ports::store::error::StoreError;
use ports::store::query::Condition::{AtLeast, Below, Is, OneOf};
use ports::store::query::{Condition, Direction, Key, Query};
use serde_json::json;

/// Six documents, two of which lack a field.
async fn filled<P: Place>() -> P {
    let place = place::<P>().await;
    for (id, body) in [
        ("a", json!({"colour": "red", "rank": -1, "at": "2026-03-01T00:00:00Z"})),
        ("b", json!({"colour": "red", "rank": 5, "at": "2026-03-02T00:00:00Z"})),
        ("c", json!({"colour": "blue", "rank": 5, "at": "2026-03-03T00:00:00Z"})),
        ("d", json!({"colour": "Red", "rank": 12})),
        ("e", json!({"rank": 5})),
        ("f", json!({"colour": ""})),
    ] {
        put(&*place.store(), &ITEMS, id, body).await;
    }
    place
}

/// What a page of the query holds; its count says the same.
async fn found(store: &dyn Store, query: Query) -> Vec<String> {
    let page = store.page(&query).await.unwrap();
    assert_eq!(store.count(&query).await, Ok(page.documents.len() as u64), "{query:?}");
    ids(&page.documents).into_iter().map(str::to_owned).collect()
}

fn time(text: &str) -> Key {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

pub async fn each_condition_picks_its_documents<P: Place>() {
    let place = filled::<P>().await;
    let cases: Vec<(&'static str, Condition, &[&str])> = vec![
        ("colour", Is("red".into()), &["a", "b"]),
        ("colour", Is("".into()), &["f"]),
        ("colour", Is("green".into()), &[]),
        ("colour", OneOf(vec!["blue".into(), "Red".into(), "green".into()]), &["c", "d"]),
        ("colour", OneOf(vec!["red".into(), "red".into()]), &["a", "b"]),
        ("colour", OneOf(Vec::new()), &[]),
        ("colour", AtLeast("blue".into()), &["a", "b", "c"]),
        ("colour", Below("blue".into()), &["d", "f"]),
        ("rank", Is(5.into()), &["b", "c", "e"]),
        ("rank", AtLeast(5.into()), &["b", "c", "d", "e"]),
        ("rank", Below(5.into()), &["a"]),
        ("rank", Below(i64::MIN.into()), &[]),
        ("rank", OneOf(vec![12.into(), (-1).into()]), &["a", "d"]),
        ("at", Is(time("2026-03-02T01:00:00+01:00")), &["b"]),
        ("at", AtLeast(time("2026-03-02T00:00:00Z")), &["b", "c"]),
        ("at", Below(time("2026-03-02T00:00:00Z")), &["a"]),
    ];
    for (field, condition, expected) in cases {
        let query = Query::of(&ITEMS).with(field, condition.clone());
        assert_eq!(found(&*place.store(), query).await, expected, "{field} {condition:?}");
    }
}

pub async fn all_conditions_must_hold<P: Place>() {
    let place = filled::<P>().await;
    let query = Query::of(&ITEMS).with("colour", Is("red".into())).with("rank", AtLeast(0.into()));
    assert_eq!(found(&*place.store(), query).await, ["b"]);
    let range = Query::of(&ITEMS).with("rank", AtLeast(0.into())).with("rank", Below(12.into()));
    let range = range.by("rank", Direction::Descending);
    assert_eq!(found(&*place.store(), range.clone()).await, ["e", "c", "b"]);
    let ordered_by_another = Query { order_by: Some("at"), ..range };
    let page = place.store().page(&ordered_by_another).await.unwrap();
    assert_eq!(ids(&page.documents), ["c", "b"]);
    let contradiction = Query::of(&ITEMS).with("rank", Is(5.into())).with("rank", Is(12.into()));
    assert_eq!(found(&*place.store(), contradiction).await, Vec::<String>::new());
}

pub async fn a_missing_field_never_fits<P: Place>() {
    let place = filled::<P>().await;
    let any = Query::of(&ITEMS).with("rank", AtLeast(i64::MIN.into()));
    assert_eq!(found(&*place.store(), any).await, ["a", "b", "c", "d", "e"]);
    let any = Query::of(&ITEMS).with("colour", AtLeast("".into()));
    assert_eq!(found(&*place.store(), any).await, ["a", "b", "c", "d", "f"]);
}

pub async fn counts_agree_with_pages<P: Place>() {
    let place = filled::<P>().await;
    assert_eq!(place.store().count(&Query::of(&ITEMS)).await, Ok(6));
    assert_eq!(place.store().count(&Query::of(&COUNTERS)).await, Ok(0));
    let query = Query::of(&ITEMS).with("rank", Is(5.into())).limited(1);
    assert_eq!(place.store().count(&query).await, Ok(3), "the limit does not matter");
    let page = place.store().page(&query).await.unwrap();
    assert_eq!(place.store().count(&query.after(page.next_cursor)).await, Ok(3), "nor does the cursor");
    let ordered = Query::of(&ITEMS).by("at", Direction::Descending);
    assert_eq!(place.store().count(&ordered).await, Ok(6), "nor does the order");
}

pub async fn conditions_follow_an_update<P: Place>() {
    let place = filled::<P>().await;
    put(&*place.store(), &ITEMS, "a", json!({"colour": "blue"})).await;
    let query = |colour: &str| Query::of(&ITEMS).with("colour", Is(colour.into()));
    assert_eq!(found(&*place.store(), query("red")).await, ["b"]);
    assert_eq!(found(&*place.store(), query("blue")).await, ["a", "c"]);
    assert_eq!(found(&*place.store(), Query::of(&ITEMS).with("rank", Is((-1).into()))).await, Vec::<String>::new());
}

pub async fn conditions_that_make_no_sense_are_refused<P: Place>() {
    let place = filled::<P>().await;
    let cases =
        [("shape", Is("x".into())), ("rank", Is("5".into())), ("colour", AtLeast(1.into())), ("at", Is("x".into()))];
    for (field, condition) in cases {
        let query = Query::of(&ITEMS).with(field, condition);
        let refused = place.store().page(&query).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{query:?}: {refused:?}");
        let refused = place.store().count(&query).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{query:?}: {refused:?}");
    }
}
