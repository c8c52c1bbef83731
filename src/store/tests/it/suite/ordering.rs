//! The order of pages.

use super::collections::ITEMS;
use super::{Place, ids, place, put};
use ports::store::Store;
use ports::store::error::StoreError;
use ports::store::query::{Direction, Query};
use serde_json::{Value, json};

/// Puts documents under ids that follow the order given, reversed, so that neither time nor id explains the answer.
async fn put_reversed(store: &dyn Store, bodies: &[Value]) -> Vec<String> {
    let ids: Vec<String> = (0..bodies.len()).map(|place| format!("{:03}", 500 - place)).collect();
    for (id, body) in ids.iter().zip(bodies).rev() {
        put(store, &ITEMS, id, body.clone()).await;
    }
    ids
}

async fn holds(store: &dyn Store, field: &'static str, mut expected: Vec<String>) {
    for direction in [Direction::Ascending, Direction::Descending] {
        let page = store.page(&Query::of(&ITEMS).by(field, direction)).await.unwrap();
        assert_eq!(ids(&page.documents), expected, "{field} {direction:?}");
        assert_eq!(page.next_cursor, None);
        expected.reverse();
    }
}

pub async fn numbers_are_ordered_as_numbers<P: Place>() {
    let place = place::<P>().await;
    let numbers = [i64::MIN, -4_503_599_627_370_497, -10, -9, -1, 0, 1, 9, 10, 9_007_199_254_740_993, i64::MAX];
    let ids = put_reversed(&*place.store(), &numbers.map(|rank| json!({"rank": rank}))).await;
    holds(&*place.store(), "rank", ids).await;
}

pub async fn texts_are_ordered_by_bytes<P: Place>() {
    let place = place::<P>().await;
    let texts = ["", " ", "!", "0", "10", "9", "A", "Z", "a", "aa", "b", "e\u{301}", "z", "é", "汉", "\u{ffff}", "🦀"];
    let ids = put_reversed(&*place.store(), &texts.map(|colour| json!({"colour": colour}))).await;
    holds(&*place.store(), "colour", ids).await;
}

pub async fn times_are_ordered_as_times<P: Place>() {
    let place = place::<P>().await;
    let times = [
        "1969-12-31T23:59:59Z",
        "2026-03-01T13:00:00+02:00",
        "2026-03-01T11:30:00Z",
        "2026-03-01T08:00:00-04:00",
        "2026-03-01T12:00:00.001Z",
        "2026-03-01T12:00:00.01Z",
        "9999-01-01T00:00:00Z",
    ];
    let ids = put_reversed(&*place.store(), &times.map(|at| json!({"at": at}))).await;
    holds(&*place.store(), "at", ids).await;
}

pub async fn ties_are_ordered_by_id<P: Place>() {
    let place = place::<P>().await;
    for id in ["b", "a", "d", "c", "B", "10", "9"] {
        put(&*place.store(), &ITEMS, id, json!({"rank": 7})).await;
    }
    let expected = ["10", "9", "B", "a", "b", "c", "d"].map(str::to_owned).to_vec();
    holds(&*place.store(), "rank", expected).await;
}

pub async fn without_an_order_ids_rule<P: Place>() {
    let place = place::<P>().await;
    for id in ["c", "a", "é", "b", "Z"] {
        put(&*place.store(), &ITEMS, id, json!({})).await;
    }
    let page = place.store().page(&Query::of(&ITEMS)).await.unwrap();
    assert_eq!(ids(&page.documents), ["Z", "a", "b", "c", "é"]);
    let query = Query { direction: Direction::Descending, ..Query::of(&ITEMS) };
    let page = place.store().page(&query).await.unwrap();
    assert_eq!(ids(&page.documents), ["é", "c", "b", "a", "Z"]);
}

pub async fn documents_without_the_field_are_left_out<P: Place>() {
    let place = place::<P>().await;
    put(&*place.store(), &ITEMS, "has", json!({"rank": 1})).await;
    put(&*place.store(), &ITEMS, "null", json!({"rank": null})).await;
    put(&*place.store(), &ITEMS, "lacks", json!({"colour": "red"})).await;
    holds(&*place.store(), "rank", vec!["has".to_owned()]).await;
    assert_eq!(place.store().page(&Query::of(&ITEMS)).await.unwrap().documents.len(), 3);
}

pub async fn an_undeclared_order_is_refused<P: Place>() {
    let place = place::<P>().await;
    for field in ["shape", "id", "_id", "version", "rank; DROP TABLE suite_items"] {
        let refused = place.store().page(&Query::of(&ITEMS).by(field, Direction::Ascending)).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{field}: {refused:?}");
    }
}
