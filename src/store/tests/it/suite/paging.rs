//! Pages that go on where the one before ended.

use super::collections::ITEMS;
use super::{Place, ids, place, put};
use ports::store::Store;
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Page, Query};
use serde_json::json;

/// So many documents of ranks 0, 0, 0, 1, 1, 1, ... of two colours.
async fn filled<P: Place>(documents: usize) -> P {
    let place = place::<P>().await;
    let writes = (0..documents).map(|number| {
        let body = json!({"rank": number / 3, "colour": if number % 2 == 0 { "even" } else { "odd" }});
        Write::put(&ITEMS, format!("{number:04}"), Expect::Absent, ports::store::document::Document::plain(body))
    });
    for answer in place.store().write_all(writes.collect()).await {
        assert_eq!(answer, Ok(1));
    }
    place
}

/// All ids, page by page; every page but the last is full.
async fn all(store: &dyn Store, query: &Query) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), query.cursor.clone());
    loop {
        let Page { documents, next_cursor } = store.page(&query.clone().after(cursor)).await.unwrap();
        assert!(documents.len() == query.limit || next_cursor.is_none(), "a page of {}", documents.len());
        found.extend(documents.into_iter().map(|stored| stored.id));
        assert!(found.len() < 10_000, "the pages never end");
        let Some(next) = next_cursor else { return found };
        cursor = Some(next);
    }
}

fn every(limit: usize) -> Query {
    Query::of(&ITEMS).limited(limit)
}

pub async fn pages_make_the_whole_in_both_directions<P: Place>() {
    let place = filled::<P>(50).await;
    let mut expected: Vec<String> = (0..50).map(|number| format!("{number:04}")).collect();
    for direction in [Direction::Ascending, Direction::Descending] {
        for limit in [1, 7, 49, 50, 51, Query::LIMIT] {
            let by_id = Query { direction, ..every(limit) };
            assert_eq!(all(&*place.store(), &by_id).await, expected, "{direction:?} {limit}");
            assert_eq!(all(&*place.store(), &by_id.by("rank", direction)).await, expected, "{direction:?} {limit}");
        }
        expected.reverse();
    }
}

pub async fn ties_do_not_stop_paging<P: Place>() {
    let place = filled::<P>(30).await;
    let query = every(2).by("rank", Direction::Ascending).with("colour", Condition::Is("odd".into()));
    let expected: Vec<String> = (0..30).filter(|number| number % 2 == 1).map(|number| format!("{number:04}")).collect();
    assert_eq!(all(&*place.store(), &query).await, expected);
    let query = every(2).by("colour", Direction::Descending);
    let found = all(&*place.store(), &query).await;
    assert_eq!((found.len(), found[0].as_str(), found[29].as_str()), (30, "0029", "0000"));
}

pub async fn pages_stand_while_documents_come_and_go<P: Place>() {
    for direction in [Direction::Ascending, Direction::Descending] {
        let place = filled::<P>(12).await;
        let query = every(4).by("rank", direction);
        let first = place.store().page(&query).await.unwrap();
        let seen: Vec<String> = first.documents.iter().map(|stored| stored.id.clone()).collect();
        put(&*place.store(), &ITEMS, "before", json!({"rank": if seen[0] == "0000" { -1 } else { 99 }})).await;
        put(&*place.store(), &ITEMS, "0004a", json!({"rank": 1})).await;
        put(&*place.store(), &ITEMS, "0006a", json!({"rank": 2})).await;
        for gone in [&seen[0], "0005"] {
            place.store().write(Write::delete(&ITEMS, gone, Expect::Any)).await.unwrap();
        }
        let rest = all(&*place.store(), &query.clone().after(first.next_cursor)).await;
        let mut expected = ["0003", "0004", "0004a", "0006", "0006a", "0007", "0008", "0009", "0010", "0011"].to_vec();
        if direction == Direction::Descending {
            expected.splice(0..0, ["0000", "0001", "0002"]);
            expected.reverse();
        }
        expected.retain(|id| !seen.iter().any(|seen| seen == id));
        assert_eq!(rest, expected, "{direction:?}");
    }
}

pub async fn a_page_ends_where_the_last_was_deleted<P: Place>() {
    let place = filled::<P>(9).await;
    let query = every(3).by("rank", Direction::Ascending);
    let first = place.store().page(&query).await.unwrap();
    for gone in ids(&first.documents) {
        place.store().write(Write::delete(&ITEMS, gone, Expect::Any)).await.unwrap();
    }
    let rest = all(&*place.store(), &query.after(first.next_cursor)).await;
    assert_eq!(rest, ["0003", "0004", "0005", "0006", "0007", "0008"]);
}

pub async fn a_bad_cursor_or_limit_is_refused<P: Place>() {
    let place = filled::<P>(3).await;
    for cursor in ["", "nonsense", "bm90IGpzb24", "e30", "W10", "WzFd", "WyJ0ZXh0IiwiMDAwMSJd"] {
        let query = every(2).by("rank", Direction::Ascending).after(Some(cursor.to_owned()));
        let refused = place.store().page(&query).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{cursor:?}: {refused:?}");
    }
    for limit in [0, Query::LIMIT + 1, usize::MAX] {
        let refused = place.store().page(&every(limit)).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{limit}: {refused:?}");
    }
}

pub async fn an_exact_last_page_tells_the_end<P: Place>() {
    let place = filled::<P>(4).await;
    let first = place.store().page(&every(2)).await.unwrap();
    assert!(first.next_cursor.is_some());
    let second = place.store().page(&every(2).after(first.next_cursor)).await.unwrap();
    assert_eq!((ids(&second.documents), second.next_cursor.clone()), (vec!["0002", "0003"], None));
    let empty = place.store().page(&every(2).with("colour", Condition::Is("none".into()))).await.unwrap();
    assert_eq!(empty, Page { documents: Vec::new(), next_cursor: None });
}
