//! Tests of the parts that no outside test reaches.

use super::fault::{commit_fault, fault};
use super::layout::{self, Found, LAYOUT};
use super::table::Tables;
use ports::store::error::StoreError;
use rusqlite::{Connection, Error, ffi};
use std::path::Path;

fn failed(code: i32) -> Error {
    Error::SqliteFailure(ffi::Error::new(code), None)
}

/// Which variant, and its text.
fn sorted(error: &StoreError) -> (&'static str, String) {
    let kind = match error {
        StoreError::Unavailable { .. } => "unavailable",
        StoreError::Unknown { .. } => "unknown",
        StoreError::Corrupt { .. } => "corrupt",
        StoreError::Full { .. } => "full",
        StoreError::Denied { .. } => "denied",
        StoreError::Invalid { .. } => "invalid",
        _ => "other",
    };
    (kind, error.to_string())
}

#[test]
fn each_code_of_sqlite_says_what_to_do() {
    let cases = [
        (ffi::SQLITE_BUSY, "unavailable", "another process holds the file"),
        (ffi::SQLITE_BUSY_SNAPSHOT, "unavailable", "another process holds the file"),
        (ffi::SQLITE_LOCKED, "unavailable", "another process holds the file"),
        (ffi::SQLITE_READONLY, "denied", "write access"),
        (ffi::SQLITE_READONLY_DIRECTORY, "denied", "write access"),
        (ffi::SQLITE_CANTOPEN, "denied", "is it still there?"),
        (ffi::SQLITE_PERM, "denied", "write access"),
        (ffi::SQLITE_FULL, "full", "make room"),
        (ffi::SQLITE_IOERR_SHMSIZE, "full", "make room"),
        (ffi::SQLITE_IOERR_READ, "unavailable", "kernel's log"),
        (ffi::SQLITE_IOERR_FSYNC, "unavailable", "kernel's log"),
        (ffi::SQLITE_CORRUPT, "corrupt", "restore the newest backup"),
        (ffi::SQLITE_CORRUPT_INDEX, "corrupt", "restore the newest backup"),
        (ffi::SQLITE_NOTADB, "corrupt", "restore the newest backup"),
        (ffi::SQLITE_INTERRUPT, "unavailable", "deadline"),
        (ffi::SQLITE_NOMEM, "unavailable", "memory"),
        (ffi::SQLITE_ERROR, "invalid", "mistake of the program"),
    ];
    for (code, expected, says) in cases {
        let (kind, text) = sorted(&fault(Path::new("folder/store.sqlite"), "reading", &failed(code)));
        assert_eq!(kind, expected, "{code}: {text}");
        assert!(text.contains(says) && text.contains("reading in folder/store.sqlite"), "{code}: {text}");
    }
}

#[test]
fn after_an_error_of_the_disk_a_commit_is_in_doubt() {
    for (code, expected) in [
        (ffi::SQLITE_IOERR_FSYNC, "unknown"),
        (ffi::SQLITE_IOERR_WRITE, "unknown"),
        (ffi::SQLITE_FULL, "full"),
        (ffi::SQLITE_BUSY, "unavailable"),
    ] {
        let (kind, text) = sorted(&commit_fault(Path::new("store.sqlite"), &failed(code)));
        assert_eq!(kind, expected, "{code}: {text}");
    }
}

#[test]
fn a_layout_that_cannot_be_made_leaves_nothing_behind() {
    let mut connection = Connection::open_in_memory().unwrap();
    // A table of the name of a collection, but of another shape: its index cannot be made.
    connection.execute_batch("CREATE TABLE guards (x)").unwrap();
    let tables = Tables::new(ports::store::collections::ALL);
    let transaction = connection.transaction().unwrap();
    assert!(layout::bring(&transaction, &tables, 0).is_err());
    drop(transaction);
    let left: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
    assert_eq!(layout::find(&connection), Ok(Found::Foreign));
}

#[test]
fn the_layout_of_every_collection_of_the_product_can_be_made_and_is_then_present() {
    let connection = Connection::open_in_memory().unwrap();
    assert_eq!(layout::find(&connection), Ok(Found::Empty));
    let tables = Tables::new(ports::store::collections::ALL);
    layout::bring(&connection, &tables, 0).unwrap();
    assert_eq!(layout::find(&connection), Ok(Found::Store(LAYOUT)));
    assert_eq!(layout::is_present(&connection, &tables), Ok(true));
}

/// The plan of a statement, one line for each step.
fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let count = statement.parameter_count();
    let values = vec![rusqlite::types::Value::Text("x".to_owned()); count];
    let steps = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
    steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
}

#[test]
fn pages_are_read_from_an_index_without_sorting() {
    use super::query::page_sql;
    use ports::store::collections::{EVENTS, INCIDENTS, OUTBOX};
    use ports::store::query::{Condition, Direction, Query};
    let connection = Connection::open_in_memory().unwrap();
    let tables = Tables::new(ports::store::collections::ALL);
    layout::bring(&connection, &tables, 0).unwrap();
    let incident = || Query::of(&EVENTS).with("incident", Condition::Is("one".into())).by("at", Direction::Ascending);
    let newest = Query::of(&EVENTS).by("at", Direction::Descending);
    let state =
        Query::of(&INCIDENTS).with("state", Condition::Is("open".into())).by("changed_at", Direction::Descending);
    let topic = Query::of(&OUTBOX).with("topic", Condition::Is("one".into())).by("order", Direction::Ascending);
    let text = |text: &str| Some(text.to_owned());
    let cases = [
        (incident(), "events_by_incident_at"),
        (incident().after(text("WzEsIngiXQ")), "events_by_incident_at"),
        (newest.clone(), "events_by_at"),
        (newest.after(text("WzEsIngiXQ")), "events_by_at"),
        (state, "incidents_by_state_changed_at"),
        (topic, "outbox_by_topic_order"),
        (Query::of(&EVENTS).after(text("W251bGwsIngiXQ")), "sqlite_autoindex_events_1"),
    ];
    for (query, index) in cases {
        let table = tables.of(query.collection).unwrap();
        let steps = plan(&connection, &page_sql(&table, &query, 0).unwrap().0);
        assert!(steps.contains(&format!("USING INDEX {index} ")) || steps.ends_with(index), "{query:?}:\n{steps}");
        assert!(!steps.contains("TEMP B-TREE"), "{query:?}:\n{steps}");
    }
}
