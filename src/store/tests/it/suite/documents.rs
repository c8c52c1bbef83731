//! Writing and reading single documents.

use super::collections::{COUNTERS, ITEMS, PAGES};
use super::{Place, get, place, put, start};
use domain::memory::words::Words;
use ports::store::document::{Document, Expect, ID_BYTES, Write};
use ports::store::error::StoreError;
use serde_json::{Value, json};

pub async fn what_was_written_comes_back<P: Place>() {
    let (place, expires) = (place::<P>().await, start() + chrono::Duration::days(1));
    let body = json!({
        "colour": "grün", "rank": i64::MIN, "at": "2026-03-01T13:00:00.123+01:00",
        "large": u64::MAX, "small": 1e-300, "float": 0.1, "whole_float": 2.0, "none": null, "yes": true,
        "nested": {"z": [1, [], {}], "a": "\u{0}\n\"\\", "": "empty name"}, "text": "汉字 🦀 e\u{301}",
    });
    let document = Document { body, words: None, expires_at: Some(expires) };
    let write = Write::put(&ITEMS, "one", Expect::Absent, document.clone());
    assert_eq!(place.store().write(write).await, Ok(1));
    let stored = get(&*place.store(), &ITEMS, "one").await;
    assert_eq!((stored.id.as_str(), stored.version), ("one", 1));
    assert_eq!(stored.document, document);
}

pub async fn absent_is_none<P: Place>() {
    let place = place::<P>().await;
    assert_eq!(place.store().get(&ITEMS, "nobody").await, Ok(None));
    put(&*place.store(), &ITEMS, "one", json!({})).await;
    for near in ["One", "one ", "on", "one\u{301}"] {
        assert_eq!(place.store().get(&ITEMS, near).await, Ok(None), "{near:?}");
    }
}

pub async fn versions_count_up<P: Place>() {
    let place = place::<P>().await;
    for version in 1..=5 {
        assert_eq!(put(&*place.store(), &ITEMS, "one", json!({"rank": version})).await, version);
        let stored = get(&*place.store(), &ITEMS, "one").await;
        assert_eq!((stored.version, stored.document.body), (version, json!({"rank": version})));
    }
}

pub async fn a_bad_id_is_refused<P: Place>() {
    let place = place::<P>().await;
    for id in [String::new(), "x".repeat(ID_BYTES + 1), "nul\0".to_owned()] {
        let refused = place.store().write(Write::put(&ITEMS, &id, Expect::Any, Document::plain(json!({})))).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{id:?}: {refused:?}");
        let refused = place.store().write(Write::delete(&ITEMS, &id, Expect::Any)).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{id:?}: {refused:?}");
    }
    assert_eq!(put(&*place.store(), &ITEMS, &"x".repeat(ID_BYTES), json!({})).await, 1);
}

pub async fn a_field_of_the_wrong_kind_is_refused<P: Place>() {
    let place = place::<P>().await;
    let wrong = [
        json!({"colour": 1}),
        json!({"rank": "1"}),
        json!({"rank": 1.5}),
        json!({"rank": u64::MAX}),
        json!({"at": "yesterday"}),
        json!({"at": 1}),
        json!({"colour": ["red"]}),
        json!([]),
        json!("text"),
        Value::Null,
    ];
    for body in wrong {
        let write = Write::put(&ITEMS, "one", Expect::Any, Document::plain(body.clone()));
        let refused = place.store().write(write).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{body}: {refused:?}");
    }
    assert_eq!(place.store().get(&ITEMS, "one").await, Ok(None));
}

pub async fn null_and_absent_fields_are_fine<P: Place>() {
    let place = place::<P>().await;
    for (id, body) in [("null", json!({"colour": null, "rank": null, "at": null})), ("absent", json!({}))] {
        put(&*place.store(), &ITEMS, id, body.clone()).await;
        assert_eq!(get(&*place.store(), &ITEMS, id).await.document.body, body);
    }
}

pub async fn what_is_nested_too_deeply_to_be_read_back_is_refused<P: Place>() {
    let place = place::<P>().await;
    let deep = (0..127).fold(json!(1), |inner, _| json!([inner]));
    let refused =
        place.store().write(Write::put(&ITEMS, "deep", Expect::Any, Document::plain(json!({"a": deep})))).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    assert_eq!(place.store().get(&ITEMS, "deep").await, Ok(None));
}

pub async fn words_need_a_searchable_collection<P: Place>() {
    let place = place::<P>().await;
    let document = Document { words: Some(Words::default()), ..Document::plain(json!({})) };
    let refused = place.store().write(Write::put(&ITEMS, "one", Expect::Any, document.clone())).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    assert_eq!(place.store().write(Write::put(&PAGES, "one", Expect::Any, document)).await, Ok(1));
}

pub async fn many_writes_stand_each_for_itself<P: Place>() {
    let place = place::<P>().await;
    put(&*place.store(), &ITEMS, "there", json!({})).await;
    let plain = |rank: i64| Document::plain(json!({"rank": rank}));
    let answers = place
        .store()
        .write_all(vec![
            Write::put(&ITEMS, "a", Expect::Absent, plain(1)),
            Write::put(&ITEMS, "there", Expect::Absent, plain(2)),
            Write::put(&ITEMS, "", Expect::Any, plain(3)),
            Write::put(&ITEMS, "a", Expect::Version(1), plain(4)),
            Write::put(&COUNTERS, "a", Expect::Any, plain(5)),
            Write::delete(&ITEMS, "there", Expect::Version(1)),
            Write::put(&ITEMS, "there", Expect::Absent, plain(6)),
        ])
        .await;
    assert_eq!(answers.len(), 7);
    assert_eq!(answers[0], Ok(1));
    assert_eq!(answers[1], Err(StoreError::Conflict { found: Some(1) }));
    assert!(matches!(answers[2], Err(StoreError::Invalid { .. })), "{:?}", answers[2]);
    assert_eq!(answers[3..], [Ok(2), Ok(1), Ok(0), Ok(1)]);
    assert_eq!(get(&*place.store(), &ITEMS, "a").await.document.body, json!({"rank": 4}));
    assert_eq!(get(&*place.store(), &ITEMS, "there").await.document.body, json!({"rank": 6}));
    assert!(place.store().write_all(Vec::new()).await.is_empty());
}

pub async fn collections_are_apart<P: Place>() {
    let place = place::<P>().await;
    put(&*place.store(), &ITEMS, "one", json!({"rank": 1})).await;
    assert_eq!(place.store().get(&COUNTERS, "one").await, Ok(None));
    put(&*place.store(), &COUNTERS, "one", json!({"other": 2})).await;
    assert_eq!(get(&*place.store(), &ITEMS, "one").await.document.body, json!({"rank": 1}));
}

pub async fn odd_ids_and_texts_survive<P: Place>() {
    let place = place::<P>().await;
    let ids =
        ["'; DROP TABLE suite_items; --", "$where", "a.b.c", "a/b\\c", "%_*?", " ", "é", "e\u{301}", "🦀", "\u{ffff}"];
    for id in ids {
        let body = json!({"colour": id, "$set": {"a.b": id}, "_id": id, id: [id]});
        put(&*place.store(), &ITEMS, id, body.clone()).await;
        let stored = get(&*place.store(), &ITEMS, id).await;
        assert_eq!((stored.id.as_str(), stored.document.body), (id, body));
    }
}

pub async fn health_tells_where<P: Place>() {
    let place = place::<P>().await;
    let health = place.store().health().await.unwrap();
    assert!(!health.place.is_empty() && !health.engine.is_empty(), "{health:?}");
    assert_eq!(health.waiting, 0);
}
