//! Collections that are declared anew by a later version of the program.

use super::{options, plain};
use crate::scratch::Scratch;
use crate::suite::collections::{COUNTERS, ITEMS, PAGES};
use crate::suite::{Collections, clock, get, ids, put};
use domain::memory::words::Words;
use ports::store::Store;
use ports::store::collection::{Collection, Field};
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Query, TextQuery};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use store::sqlite::{FILE, Options, Sqlite};

/// The items with one more field, without another, and with a third of another kind; searchable.
static ITEMS_LATER: Collection = Collection {
    name: "suite_items",
    schema: 1,
    upgrades: &[],
    fields: &[Field::text("colour"), Field::integer("size"), Field::text("at")],
    indexes: &[&["size"], &["at", "size"], &["colour"]],
    searchable: true,
    ..NOTHING
};

const NOTHING: Collection = Collection {
    name: "",
    schema: 1,
    upgrades: &[],
    fields: &[],
    indexes: &[],
    searchable: false,
    person: None,
    retention: ports::store::collection::Retention::Forever,
    aged_by: None,
    only: None,
    may_wait: false,
};

static LATER: Collections = &[&ITEMS_LATER];

async fn later(folder: &Path) -> Sqlite {
    Sqlite::open(Options::new(folder, LATER, clock())).await.unwrap()
}

fn indexes(folder: &Path) -> Vec<String> {
    let connection = Connection::open(folder.join(FILE)).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'suite_items' AND sql IS NOT NULL ORDER BY name";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_declared_later_is_filled_from_the_stored_bodies() {
    let folder = Scratch::new();
    let store = Sqlite::open(options(folder.path())).await.unwrap();
    let long = "x".repeat(50_000);
    for number in 0..250_i64 {
        let at = format!("2026-03-01T12:{:02}:00Z", number % 60);
        let filling = if number % 50 == 0 { long.as_str() } else { "" };
        let body = json!({"colour": "red", "rank": number, "at": at, "size": 1_000 - number, "filling": filling});
        put(&store, &ITEMS, &format!("{number:03}"), body).await;
    }
    put(&store, &ITEMS, "without", json!({"colour": "red"})).await;
    put(&store, &ITEMS, "wrong", json!({"colour": "blue", "size": "large"})).await;
    drop(store);
    for _ in 0..2 {
        let store = later(folder.path()).await;
        let query = Query::of(&ITEMS_LATER).by("size", Direction::Ascending).limited(3);
        assert_eq!(ids(&store.page(&query).await.unwrap().documents), ["249", "248", "247"]);
        assert_eq!(store.count(&Query::of(&ITEMS_LATER).with("size", Condition::AtLeast(0.into()))).await, Ok(250));
        let text = Query::of(&ITEMS_LATER).with("at", Condition::Is("2026-03-01T12:07:00Z".into()));
        assert_eq!(store.count(&text).await, Ok(5), "a field that became a text is found as one");
        let blue = Query::of(&ITEMS_LATER).with("colour", Condition::Is("blue".into()));
        assert_eq!(ids(&store.page(&blue).await.unwrap().documents), ["wrong"], "one wrong field hides no other");
        let rank = Query::of(&ITEMS).with("rank", Condition::Is(1.into()));
        assert!(matches!(store.page(&rank).await, Err(StoreError::Invalid { .. })), "a field that is declared no more");
    }
    let expected = ["suite_items_by_at_size", "suite_items_by_colour", "suite_items_by_size", "suite_items_expiry"];
    assert_eq!(indexes(folder.path()), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_program_wrote_in_between_is_filled_too() {
    let folder = Scratch::new();
    drop(later(folder.path()).await);
    let older = Sqlite::open(options(folder.path())).await.unwrap();
    put(&older, &ITEMS, "between", json!({"colour": "red", "rank": 1, "size": 7, "at": "2026-03-01T12:00:00Z"})).await;
    assert_eq!(older.count(&Query::of(&ITEMS).with("rank", Condition::Is(1.into()))).await, Ok(1));
    drop(older);
    let store = later(folder.path()).await;
    assert_eq!(store.count(&Query::of(&ITEMS_LATER).with("size", Condition::Is(7.into()))).await, Ok(1));
    assert_eq!(get(&store, &ITEMS_LATER, "between").await.version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_becomes_searchable_is_searched() {
    let folder = Scratch::new();
    drop(Sqlite::open(options(folder.path())).await.unwrap());
    let store = later(folder.path()).await;
    let words = Words { text: vec!["found".to_owned()], ..Words::default() };
    let document = Document { words: Some(words), ..Document::plain(json!({})) };
    for id in ["kept", "one", "deleted"] {
        store.write(Write::put(&ITEMS_LATER, id, Expect::Any, document.clone())).await.unwrap();
    }
    drop(store);
    // Declared without words in between, they stay with the documents.
    let store = Sqlite::open(options(folder.path())).await.unwrap();
    assert!(get(&store, &ITEMS, "one").await.document.words.is_some());
    store.write(plain("one", json!({"rank": 1}))).await.unwrap();
    store.write(Write::delete(&ITEMS, "deleted", Expect::Any)).await.unwrap();
    store.write(plain("two", json!({"rank": 2}))).await.unwrap();
    drop(store);
    let store = later(folder.path()).await;
    let query =
        TextQuery { collection: &ITEMS_LATER, words: vec!["found".to_owned()], conditions: Vec::new(), limit: 5 };
    let hits = store.search(&query).await.unwrap();
    let found: Vec<&str> = hits.iter().map(|hit| hit.stored.id.as_str()).collect();
    assert_eq!(found, ["kept"], "the words of the others are gone with the writes in between");
    store.check().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_was_not_declared_is_refused() {
    let folder = Scratch::new();
    let store = later(folder.path()).await;
    let refused = store.get(&COUNTERS, "one").await;
    assert!(
        matches!(&refused, Err(StoreError::Invalid { message }) if message.contains("suite_counters")),
        "{refused:?}"
    );
    let write = Write::put(&PAGES, "one", Expect::Any, Document::plain(json!({})));
    assert!(matches!(store.write(write).await, Err(StoreError::Invalid { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn filling_columns_does_not_empty_those_of_a_newer_document() {
    let folder = Scratch::new();
    let store = Sqlite::open(options(folder.path())).await.unwrap();
    put(&store, &ITEMS, "newer", json!({"colour": "red", "size": 7})).await;
    drop(store);
    let connection = Connection::open(folder.path().join(FILE)).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    connection.execute("UPDATE suite_items SET _schema = 9", []).unwrap();
    let red = Query::of(&ITEMS_LATER).with("colour", Condition::Is("red".into()));
    let store = later(folder.path()).await;
    assert_eq!(store.ids(&red).await, Ok(vec![("newer".to_owned(), 1)]));
    assert!(matches!(store.page(&red).await, Err(StoreError::Newer { found: 9, .. })));
}
