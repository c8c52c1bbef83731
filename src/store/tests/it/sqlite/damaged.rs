//! Files of newer versions, of other programs, and damaged ones.

use super::{options, plain};
use crate::scratch::Scratch;
use crate::suite::collections::ITEMS;
use ports::store::Store;
use ports::store::error::StoreError;
use ports::store::query::Query;
use rusqlite::Connection;
use serde_json::json;
use std::path::{Path, PathBuf};
use store::sqlite::{FILE, Sqlite};

/// Documents of a store that will be damaged.
const DOCUMENTS: usize = 1_000;

/// A store with many documents, closed, all of it in its one file.
async fn closed(folder: &Path) -> PathBuf {
    let store = Sqlite::open(options(folder)).await.unwrap();
    let filling = "abcdefghij".repeat(50);
    let writes = (0..DOCUMENTS).map(|number| plain(&format!("{number:04}"), json!({"rank": number, "text": filling})));
    for answer in store.write_all(writes.collect()).await {
        assert_eq!(answer, Ok(1));
    }
    drop(store);
    let file = folder.join(FILE);
    let connection = Connection::open(&file).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    file
}

async fn refusal(folder: &Path) -> StoreError {
    match Sqlite::open(options(folder)).await {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

fn says_restore(told: &StoreError) {
    let StoreError::Corrupt { message } = told else { panic!("{told:?}") };
    assert!(message.contains(FILE) && message.contains("restore the newest backup"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_layout_is_refused_and_left_as_it_is() {
    let folder = Scratch::new();
    let file = closed(folder.path()).await;
    let newer = Connection::open(&file).unwrap();
    newer.execute_batch("PRAGMA user_version = 7; CREATE TABLE of_the_future (x)").unwrap();
    newer.close().unwrap();
    let before = std::fs::read(&file).unwrap();
    let refused = refusal(folder.path()).await;
    assert!(matches!(&refused, StoreError::Newer { found: 7, known: 1, .. }), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains(FILE) && text.contains("start the newer version, or restore a backup"), "{text}");
    assert!(std::fs::read(&file).unwrap() == before, "the file was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_another_program_is_refused_and_left_as_it_is() {
    let folder = Scratch::new();
    let file = folder.path().join(FILE);
    let other = Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE addresses (name TEXT); INSERT INTO addresses VALUES ('one')").unwrap();
    other.close().unwrap();
    let before = std::fs::read(&file).unwrap();
    let StoreError::Corrupt { message } = refusal(folder.path()).await else { panic!("not told as it is") };
    assert!(message.contains("belongs to another program"), "{message}");
    assert!(std::fs::read(&file).unwrap() == before, "the file was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_refused_and_left_as_it_is() {
    for garbage in [b"This is no database at all. ".repeat(500), vec![0; 8_192], b"SQLite format 3\0".repeat(512)] {
        let folder = Scratch::new();
        let file = folder.path().join(FILE);
        std::fs::write(&file, &garbage).unwrap();
        says_restore(&refusal(folder.path()).await);
        assert!(std::fs::read(&file).unwrap() == garbage, "the file was changed");
    }
}

/// Every document by pages, until there is an error.
async fn read_all(store: &Sqlite) -> Result<usize, StoreError> {
    let (mut cursor, mut found) = (None, 0);
    loop {
        let page = store.page(&Query::of(&ITEMS).limited(100).after(cursor)).await?;
        found += page.documents.len();
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_were_overwritten_in_the_middle_are_told() {
    let folder = Scratch::new();
    let file = closed(folder.path()).await;
    let mut bytes = std::fs::read(&file).unwrap();
    let (middle, page) = (bytes.len() / 2 / 4_096 * 4_096, 4_096);
    bytes[middle..middle + 8 * page].fill(0xaa);
    std::fs::write(&file, &bytes).unwrap();
    let store = match Sqlite::open(options(folder.path())).await {
        Err(error) => return says_restore(&error),
        Ok(store) => store,
    };
    says_restore(&store.check().await.unwrap_err());
    says_restore(&read_all(&store).await.unwrap_err());
    let writes = (0..DOCUMENTS).map(|number| plain(&format!("{number:04}"), json!({"rank": 0})));
    let answers = store.write_all(writes.collect()).await;
    answers.iter().filter_map(|answer| answer.as_ref().err()).for_each(says_restore);
    assert!(answers.iter().any(Result::is_err), "what is damaged cannot be written over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_short_is_told() {
    let folder = Scratch::new();
    let file = closed(folder.path()).await;
    let length = std::fs::metadata(&file).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(length / 3).unwrap();
    match Sqlite::open(options(folder.path())).await {
        Err(error) => says_restore(&error),
        Ok(store) => {
            says_restore(&store.check().await.unwrap_err());
            says_restore(&read_all(&store).await.unwrap_err());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_file_passes_its_check() {
    let folder = Scratch::new();
    closed(folder.path()).await;
    let store = Sqlite::open(options(folder.path())).await.unwrap();
    assert_eq!(store.check().await, Ok(()));
    assert_eq!(read_all(&store).await, Ok(DOCUMENTS));
    let health = store.health().await.unwrap();
    assert!(health.place.starts_with("sqlite ") && health.place.ends_with(FILE), "{health:?}");
    assert!(health.engine.starts_with("SQLite 3.") && health.layout == 1, "{health:?}");
    assert!(health.bytes.unwrap() > 500 * DOCUMENTS as u64, "{health:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Scratch::new();
    let state = folder.path().join("state/store");
    let store = Sqlite::open(options(&state)).await.unwrap();
    store.write(plain("one", json!({}))).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    let files: Vec<PathBuf> = std::fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
