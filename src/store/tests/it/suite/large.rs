//! Evidence of many megabytes.

use super::collections::{COUNTERS, ITEMS};
use super::{Place, get, place, put};
use ports::store::document::{BODY_BYTES, Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::Query;
use serde_json::{Value, json};

/// Bytes of the evidence that the issue names.
const EVIDENCE_BYTES: usize = 8 * 1024 * 1024;

/// Text that compresses well, as logs do.
fn repetitive(bytes: usize) -> String {
    "2026-03-01T12:00:00Z checkout-42 GET /basket 200\n".chars().cycle().take(bytes).collect()
}

/// Text that hardly compresses: hexadecimal digits of a generator (xorshift, 64 bits).
fn random(bytes: usize, seed: u64) -> String {
    let mut state = seed | 1;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text.truncate(bytes);
    text
}

pub async fn an_evidence_of_8_megabytes_comes_back<P: Place>() {
    let place = place::<P>().await;
    for (id, text) in [("repetitive", repetitive(EVIDENCE_BYTES)), ("random", random(EVIDENCE_BYTES, 42))] {
        let body = json!({"colour": id, "text": text});
        put(&*place.store(), &ITEMS, id, body.clone()).await;
        let stored = get(&*place.store(), &ITEMS, id).await;
        assert!(stored.document.body == body, "{id} came back otherwise than it was written");
        put(&*place.store(), &ITEMS, id, json!({"colour": id})).await;
        assert_eq!(get(&*place.store(), &ITEMS, id).await.document.body, json!({"colour": id}));
    }
}

pub async fn many_large_documents_come_back<P: Place>() {
    let place = place::<P>().await;
    let body = |number: u64| json!({"number": number, "text": random(1024 * 1024, number + 1)});
    let writes =
        (0..6).map(|number| Write::put(&COUNTERS, format!("{number}"), Expect::Absent, Document::plain(body(number))));
    for answer in place.store().write_all(writes.collect()).await {
        assert_eq!(answer, Ok(1));
    }
    let (mut cursor, mut number) = (None, 0);
    loop {
        let page = place.store().page(&Query::of(&COUNTERS).after(cursor)).await.unwrap();
        for stored in page.documents {
            assert!(stored.document.body == body(number), "document {number} came back otherwise than it was written");
            number += 1;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break assert_eq!(number, 6);
        }
    }
}

pub async fn what_is_too_large_is_refused_with_its_size<P: Place>() {
    let place = place::<P>().await;
    let body = json!({"text": Value::String("x".repeat(BODY_BYTES))});
    let refused = place.store().write(Write::put(&ITEMS, "giant", Expect::Any, Document::plain(body))).await;
    let Err(StoreError::TooLarge { what, bytes, limit }) = refused else { panic!("{refused:?}") };
    assert!(what.contains("giant") && bytes > limit && limit <= BODY_BYTES, "{what} {bytes} {limit}");
    assert_eq!(place.store().get(&ITEMS, "giant").await, Ok(None));
}
