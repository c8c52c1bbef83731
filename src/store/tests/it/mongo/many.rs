//! Many documents at once.

use super::double::Double;
use super::{DATABASE, connect, options};
use crate::suite::collections::{COUNTERS, ITEMS};
use mongodb::bson::doc;
use ports::store::Store as _;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::Query;
use serde_json::json;

fn put(number: usize, expect: Expect, round: u64) -> Write {
    Write::put(&ITEMS, format!("{number:05}"), expect, Document::plain(json!({"rank": number, "round": round})))
}

#[tokio::test]
async fn an_import_takes_few_requests() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    let before = double.seen("insert").await;
    for round in 1..=2 {
        let answers = store.write_all((0..3_000).map(|number| put(number, Expect::Any, round)).collect()).await;
        assert!(
            answers.iter().all(|answer| *answer == Ok(round)),
            "{:?}",
            answers.iter().find(|answer| answer.is_err())
        );
    }
    assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(3_000));
    assert_eq!(double.seen("insert").await - before, 6);
    double.assert_content().await;
}

#[tokio::test]
async fn an_import_through_dying_connections_writes_each_once() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    for round in 1..=2 {
        for fault in [
            doc! {"do": "close", "apply": "yes"},
            doc! {"do": "close"},
            doc! {"do": "error", "code": 11602, "apply": "late", "milliseconds": 20},
        ] {
            let mut fault = fault;
            fault.insert("only", vec!["insert", "update"]);
            double.fault(fault).await;
        }
        let answers = store.write_all((0..1_200).map(|number| put(number, Expect::Any, round)).collect()).await;
        assert!(
            answers.iter().all(|answer| *answer == Ok(round)),
            "{:?}",
            answers.iter().find(|answer| **answer != Ok(round))
        );
    }
    assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(1_200));
    double.assert_content().await;
}

#[tokio::test]
async fn each_write_of_many_is_held_against_its_own_expectation() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    for round in 1..=3 {
        store.write_all((0..3).map(|number| put(number, Expect::Any, round)).collect()).await;
    }
    let answers = store
        .write_all(vec![
            put(0, Expect::Version(1), 9),
            put(1, Expect::Version(3), 9),
            put(2, Expect::Absent, 9),
            put(3, Expect::Version(1), 9),
            put(4, Expect::Absent, 9),
        ])
        .await;
    let conflict = |found| Err(StoreError::Conflict { found });
    assert_eq!(answers, [conflict(Some(3)), Ok(4), conflict(Some(3)), conflict(None), Ok(1)]);
}

#[tokio::test]
async fn a_page_that_does_not_fit_into_one_answer_goes_on_in_the_next() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    let writes = (0..20).map(|number| {
        let document = Document::plain(json!({"text": "x".repeat(5_000)}));
        Write::put(&COUNTERS, format!("{number:02}"), Expect::Absent, document)
    });
    assert!(store.write_all(writes.collect()).await.iter().all(Result::is_ok));
    double.run("control", doc! {"bridge": "limit", "bytes": 16_000}).await;
    let (mut ids, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = store.page(&Query::of(&COUNTERS).after(cursor)).await.unwrap();
        ids.extend(page.documents.into_iter().map(|stored| stored.id));
        (cursor, pages) = (page.next_cursor, pages + 1);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ids, (0..20).map(|number| format!("{number:02}")).collect::<Vec<_>>());
    assert!(pages > 5, "{pages}");
    double.assert_content().await;
}
