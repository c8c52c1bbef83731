//! What was acknowledged is there when the store is opened again.

use super::collections::{ALL, COUNTERS, ITEMS, PAGES};
use super::{Place, get, place, put, start};
use domain::chain::Entry;
use domain::memory::words::Words;
use ports::store::Log;
use ports::store::document::{Document, Expect, Write};
use ports::store::query::{Direction, Query, TextQuery};
use serde_json::json;

pub async fn documents_and_versions_survive<P: Place>() {
    let mut place = place::<P>().await;
    for number in 0..20_i64 {
        put(&*place.store(), &ITEMS, &format!("{number:02}"), json!({"rank": -number})).await;
    }
    for round in 1..=3 {
        assert_eq!(put(&*place.store(), &COUNTERS, "counter", json!({"round": round})).await, round);
        place = place.reopened(ALL).await;
        assert_eq!(get(&*place.store(), &COUNTERS, "counter").await.version, round);
    }
    place.store().write(Write::delete(&ITEMS, "07", Expect::Version(1))).await.unwrap();
    let query = Query::of(&ITEMS).by("rank", Direction::Ascending).limited(5);
    let first = place.store().page(&query).await.unwrap();
    place = place.reopened(ALL).await;
    assert_eq!(place.store().count(&query).await, Ok(19));
    let second = place.store().page(&query.after(first.next_cursor)).await.unwrap();
    assert_eq!(super::ids(&second.documents), ["14", "13", "12", "11", "10"], "a cursor outlives its process");
}

pub async fn logs_go_on_where_they_ended<P: Place>() {
    let mut place = place::<P>().await;
    for round in 1..=4_u64 {
        for log in Log::ALL {
            let entry = Entry { at: start(), kind: "round".to_owned(), body: json!({"round": round}), personal: None };
            assert_eq!(place.store().append(log, vec![entry]).await.unwrap().count, round);
        }
        place = place.reopened(ALL).await;
        for log in Log::ALL {
            let report = place.store().verify(log).await.unwrap();
            assert!(report.holds() && report.end.count == round, "{report:?}");
        }
    }
}

pub async fn searches_survive<P: Place>() {
    let place = place::<P>().await;
    for (id, word) in [("one", "sun"), ("two", "rain"), ("three", "snow")] {
        let words = Words { text: vec![word.to_owned()], ..Words::default() };
        let document = Document { words: Some(words), ..Document::plain(json!({})) };
        place.store().write(Write::put(&PAGES, id, Expect::Absent, document)).await.unwrap();
    }
    let place = place.reopened(ALL).await;
    let query = TextQuery { collection: &PAGES, words: vec!["rain".to_owned()], conditions: Vec::new(), limit: 5 };
    let hits = place.store().search(&query).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.stored.id.as_str()).collect::<Vec<_>>(), ["two"]);
    place.store().write(Write::delete(&PAGES, "two", Expect::Any)).await.unwrap();
    assert_eq!(place.store().search(&query).await, Ok(Vec::new()));
}
