//! What is left in the file of what was deleted.

use super::options;
use crate::scratch::Scratch;
use crate::suite::collections::ITEMS;
use crate::suite::put;
use ports::store::Store;
use ports::store::document::{Expect, Write};
use rusqlite::Connection;
use serde_json::json;
use store::sqlite::{FILE, Sqlite};

/// A word that stands nowhere else.
const WORD: &str = "unmistakable-words-of-a-person";

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_document_does_not_stay_in_the_file() {
    let folder = Scratch::new();
    let store = Sqlite::open(options(folder.path())).await.unwrap();
    let stands_there = || {
        let connection = Connection::open(folder.path().join(FILE)).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(busy, 0, "everything is in the file");
        let bytes = std::fs::read(folder.path().join(FILE)).unwrap();
        bytes.windows(WORD.len()).any(|window| window == WORD.as_bytes())
    };
    for id in ["before", "one", "after"] {
        let said = if id == "one" { WORD } else { "nothing" };
        put(&store, &ITEMS, id, json!({"said": said, "rank": 1})).await;
    }
    assert!(stands_there());
    store.write(Write::delete(&ITEMS, "one", Expect::Any)).await.unwrap();
    assert!(!stands_there());
}
