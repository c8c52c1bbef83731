//! An older program beside a newer one, or after it.

use super::options;
use crate::scratch::Scratch;
use crate::suite::collections::{ALL_NEWER, NOTES_NEW, NOTES_OLD};
use crate::suite::{clock, get, ids, put};
use ports::store::Store;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Query};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use store::sqlite::{FILE, Options, Sqlite};

async fn newer(folder: &Path) -> Sqlite {
    Sqlite::open(Options::new(folder, ALL_NEWER, clock())).await.unwrap()
}

/// What was declared of the notes, and the length that one of them is found by.
fn on_disk(folder: &Path) -> (String, Option<i64>) {
    let connection = Connection::open(folder.join(FILE)).unwrap();
    let declared = "SELECT declared FROM _collections WHERE name = 'suite_notes'";
    let length = "SELECT length FROM suite_notes WHERE _id = 'new'";
    let declared = connection.query_row(declared, [], |row| row.get(0)).unwrap();
    (declared, connection.query_row(length, [], |row| row.get(0)).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_does_not_empty_the_columns_of_newer_documents() {
    let folder = Scratch::new();
    let store = newer(folder.path()).await;
    put(&store, &NOTES_NEW, "new", json!({"text": "hello", "length": 5})).await;
    drop(store);
    let before = on_disk(folder.path());
    assert_eq!(before.1, Some(5));
    let refused = Sqlite::open(options(folder.path())).await.map(|_| "it was opened");
    let Err(StoreError::Newer { what, found: 3, known: 1 }) = &refused else { panic!("{refused:?}") };
    assert!(what.contains("suite_notes") && what.contains(FILE), "{what}");
    assert_eq!(on_disk(folder.path()), before, "the file is as it was");
    let query = Query::of(&NOTES_NEW).with("length", Condition::Is(5.into()));
    assert_eq!(ids(&newer(folder.path()).await.page(&query).await.unwrap().documents), ["new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_that_is_still_open_does_not_overwrite_a_newer_document() {
    let folder = Scratch::new();
    let older = Sqlite::open(options(folder.path())).await.unwrap();
    put(&older, &NOTES_OLD, "new", json!({"said": "hello"})).await;
    let store = newer(folder.path()).await;
    let body = json!({"text": "again", "length": 5});
    put(&store, &NOTES_NEW, "new", body.clone()).await;
    for expect in [Expect::Any, Expect::Version(2)] {
        let write = Write::put(&NOTES_OLD, "new", expect, Document::plain(json!({"said": "no"})));
        let refused = older.write(write).await;
        let Err(StoreError::Newer { what, found: 3, known: 1 }) = &refused else { panic!("{refused:?}") };
        assert_eq!(what, "suite_notes/new");
    }
    assert_eq!(get(&store, &NOTES_NEW, "new").await.document.body, body);
    assert_eq!(older.write(Write::delete(&NOTES_OLD, "new", Expect::Any)).await, Ok(0), "it may be removed");
}
