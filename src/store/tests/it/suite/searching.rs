//! Search by words. Only clear-cut rankings are asked for: stores may round scores differently.

use super::collections::{ITEMS, PAGES};
use super::{Place, clock, collections, get, place, put, start};
use chrono::Duration;
use domain::memory::words::Words;
use ports::store::Store;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Hit, TextQuery};
use serde_json::json;

/// Words of a text in which they are separated by spaces.
fn split(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn document(names: &str, title: &str, text: &str) -> Document {
    let words = Words { names: split(names), title: split(title), text: split(text) };
    Document { words: Some(words), ..Document::plain(json!({"kind": "page"})) }
}

async fn write(store: &dyn Store, id: &str, document: Document) {
    store.write(Write::put(&PAGES, id, Expect::Any, document)).await.unwrap();
}

/// Twenty pages of the same length that have nothing to do with what the cases look for.
async fn filled<P: Place>() -> P {
    let place = place::<P>().await;
    for number in 0..20 {
        write(&*place.store(), &format!("other-{number}"), document("", "weather", "common rain and sun every day"))
            .await;
    }
    place
}

fn query(words: &str) -> TextQuery {
    TextQuery { collection: &PAGES, words: split(words), conditions: Vec::new(), limit: 10 }
}

async fn hits(store: &dyn Store, query: &TextQuery) -> Vec<Hit> {
    let hits = store.search(query).await.unwrap();
    assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score), "the best first: {hits:?}");
    hits
}

async fn found(store: &dyn Store, words: &str) -> Vec<String> {
    hits(store, &query(words)).await.into_iter().map(|hit| hit.stored.id).collect()
}

pub async fn any_word_finds_the_best_first<P: Place>() {
    let place = filled::<P>().await;
    write(&*place.store(), "one", document("", "disk", "the disk of a node is full of images today")).await;
    write(&*place.store(), "both", document("", "disk", "the disk pressure of a node evicts pods today")).await;
    write(&*place.store(), "none", document("", "certificate", "a certificate of a server ends soon and is renewed"))
        .await;
    assert_eq!(found(&*place.store(), "disk pressure").await, ["both", "one"]);
    assert_eq!(found(&*place.store(), "pressure").await, ["both"]);
    assert_eq!(found(&*place.store(), "unheard").await, Vec::<String>::new());
    assert_eq!(found(&*place.store(), "pressure unheard pressure").await, ["both"]);
}

pub async fn names_outweigh_title_outweighs_text<P: Place>() {
    let place = filled::<P>().await;
    write(&*place.store(), "text", document("a1", "b1", "oomkilled c1 d1")).await;
    write(&*place.store(), "names", document("oomkilled", "b2", "c2 d2 e2")).await;
    write(&*place.store(), "title", document("a3", "oomkilled", "c3 d3 e3")).await;
    let hits = hits(&*place.store(), &query("oomkilled")).await;
    let order: Vec<&str> = hits.iter().map(|hit| hit.stored.id.as_str()).collect();
    assert_eq!(order, ["names", "title", "text"]);
    assert!(hits[0].score > hits[1].score && hits[1].score > hits[2].score, "{hits:?}");
}

pub async fn rare_words_outweigh_common_ones<P: Place>() {
    let place = filled::<P>().await;
    write(&*place.store(), "rare", document("", "weather", "rare rain and sun every day")).await;
    assert_eq!(found(&*place.store(), "common rare").await[0], "rare");
    assert_eq!(found(&*place.store(), "common rare").await.len(), 10);
}

pub async fn conditions_narrow_a_search<P: Place>() {
    let place = filled::<P>().await;
    for (id, kind, at) in [("old", "page", "2026-01-01T00:00:00Z"), ("new", "page", "2026-02-01T00:00:00Z")] {
        let body = json!({"kind": kind, "at": at});
        write(&*place.store(), id, Document { body, ..document("", "", "latency of checkout") }).await;
    }
    let body = json!({"kind": "note", "at": "2026-02-01T00:00:00Z"});
    write(&*place.store(), "note", Document { body, ..document("latency", "latency", "latency") }).await;
    let mut query = query("latency common");
    query.conditions =
        vec![("kind", Condition::Is("page".into())), ("at", Condition::AtLeast((start() - Duration::days(40)).into()))];
    let found = hits(&*place.store(), &query).await;
    assert_eq!(found.iter().map(|hit| hit.stored.id.as_str()).collect::<Vec<_>>(), ["new"]);
    query.conditions = vec![("kind", Condition::OneOf(Vec::new()))];
    assert!(hits(&*place.store(), &query).await.is_empty());
}

pub async fn a_changed_document_is_found_by_its_new_words_only<P: Place>() {
    let place = filled::<P>().await;
    write(&*place.store(), "one", document("before", "before", "before")).await;
    write(&*place.store(), "one", document("after", "", "after")).await;
    assert_eq!(found(&*place.store(), "before").await, Vec::<String>::new());
    assert_eq!(found(&*place.store(), "after").await, ["one"]);
    let other_body = Document { body: json!({"kind": "other"}), ..document("after", "", "after") };
    write(&*place.store(), "one", other_body).await;
    let found_again = hits(&*place.store(), &query("after")).await;
    assert_eq!(found_again[0].stored.document.body, json!({"kind": "other"}));
    put(&*place.store(), &PAGES, "one", json!({})).await;
    assert_eq!(found(&*place.store(), "after").await, Vec::<String>::new());
    write(&*place.store(), "one", document("", "again", "")).await;
    assert_eq!(found(&*place.store(), "again").await, ["one"]);
}

pub async fn a_deleted_or_expired_document_is_not_found<P: Place>() {
    let clock = clock();
    let place = P::fresh(clock.clone(), collections::ALL).await;
    for number in 0..5 {
        write(&*place.store(), &format!("stays-{number}"), document("", "", "sun and rain")).await;
    }
    write(&*place.store(), "deleted", document("storm", "", "")).await;
    let expires_at = Some(start() + Duration::seconds(60));
    write(&*place.store(), "expired", Document { expires_at, ..document("", "storm", "") }).await;
    assert_eq!(found(&*place.store(), "storm").await, ["deleted", "expired"]);
    place.store().write(Write::delete(&PAGES, "deleted", Expect::Any)).await.unwrap();
    assert_eq!(found(&*place.store(), "storm").await, ["expired"]);
    clock.advance(Duration::seconds(61));
    assert_eq!(found(&*place.store(), "storm").await, Vec::<String>::new());
    place.store().sweep(10).await.unwrap();
    assert_eq!(found(&*place.store(), "storm").await, Vec::<String>::new());
    write(&*place.store(), "expired", document("", "calm", "")).await;
    assert_eq!(found(&*place.store(), "storm").await, Vec::<String>::new());
    assert_eq!(found(&*place.store(), "calm").await, ["expired"]);
}

pub async fn words_that_look_like_operators_are_words<P: Place>() {
    let place = filled::<P>().await;
    write(&*place.store(), "one", document("", "", "and or not near 42 0x7f größe 汉字")).await;
    for word in ["or", "not", "near", "42", "0x7f", "größe", "汉字"] {
        assert_eq!(found(&*place.store(), word).await, ["one"], "{word}");
    }
    for hostile in [
        "\"",
        "a\"b",
        "names:rain",
        "*",
        "ra*",
        "^rain",
        "(",
        ")",
        "-",
        "'",
        "rain\" OR \"sun",
        "{names}:rain",
        "$search",
    ] {
        let mut query = query("");
        query.words = vec![hostile.to_owned()];
        let told = place.store().search(&query).await;
        assert!(told.is_ok(), "{hostile:?}: {told:?}");
    }
}

pub async fn a_search_keeps_to_its_limit<P: Place>() {
    let place = filled::<P>().await;
    write(&*place.store(), "best", document("common", "common", "common")).await;
    for limit in [1, 5, 21, 100] {
        let found = hits(&*place.store(), &TextQuery { limit, ..query("common") }).await;
        assert_eq!(found.len(), limit.min(21));
        assert_eq!(found[0].stored.id, "best");
    }
    let refused = place.store().search(&TextQuery { limit: 0, ..query("common") }).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}

pub async fn no_words_find_nothing<P: Place>() {
    let place = filled::<P>().await;
    assert_eq!(hits(&*place.store(), &query("")).await, Vec::new());
}

pub async fn searching_what_is_not_searchable_is_refused<P: Place>() {
    let place = place::<P>().await;
    put(&*place.store(), &ITEMS, "one", json!({"colour": "red"})).await;
    let refused = place.store().search(&TextQuery { collection: &ITEMS, ..query("red") }).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    let mut undeclared = query("red");
    undeclared.conditions = vec![("shape", Condition::Is("x".into()))];
    let refused = place.store().search(&undeclared).await;
    assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
}

pub async fn words_come_back_with_the_document<P: Place>() {
    let place = place::<P>().await;
    let documents = [
        ("all", document("a b a", "c", "d e f d")),
        ("some", document("", "c", "")),
        ("none", document("", "", "")),
        ("long", document("", "", &"long ".repeat(50_000))),
    ];
    for (id, document) in &documents {
        write(&*place.store(), id, document.clone()).await;
        assert!(get(&*place.store(), &PAGES, id).await.document == *document, "{id}");
    }
    let found = hits(&*place.store(), &query("d")).await;
    assert_eq!(found[0].stored.document, documents[0].1);
}
