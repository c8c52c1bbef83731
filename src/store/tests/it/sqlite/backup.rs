//! Backup while writers go on, and restoring it.

use super::{options, plain};
use crate::scratch::Scratch;
use crate::suite::collections::{ITEMS, PAGES};
use crate::suite::{get, put, start};
use domain::chain::Entry;
use domain::memory::words::Words;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Query, TextQuery};
use ports::store::{Log, Store};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::sqlite::{FILE, Sqlite};

fn entry(number: u64) -> Entry {
    Entry { at: start(), kind: "test".to_owned(), body: json!({"number": number}), personal: None }
}

/// Writes numbered documents and records until it is told to stop; answers with how many.
async fn write_on(store: Arc<Sqlite>, writer: u64, stop: Arc<AtomicBool>) -> u64 {
    for step in 0.. {
        if stop.load(Ordering::Relaxed) {
            return step;
        }
        put(&*store, &ITEMS, &format!("{writer}-{step:05}"), json!({"rank": step, "filling": "x".repeat(3_000)})).await;
        store.append(Log::Journal, vec![entry(step)]).await.unwrap();
    }
    0
}

/// How many documents a writer's are; they are a prefix of what it wrote, without a gap.
async fn prefix(store: &Sqlite, writer: u64) -> u64 {
    let query = Query::of(&ITEMS).with("rank", ports::store::query::Condition::AtLeast(0.into())).limited(1_000);
    let (mut steps, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.page(&query.clone().after(cursor)).await.unwrap();
        let of_writer = page.documents.iter().filter_map(|found| found.id.strip_prefix(&format!("{writer}-")));
        steps.extend(of_writer.map(|step| step.parse::<u64>().unwrap()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(steps, (0..steps.len() as u64).collect::<Vec<_>>(), "writer {writer}");
    steps.len() as u64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_while_writers_go_on_is_whole() {
    let (folder, copies) = (Scratch::new(), Scratch::new());
    let store = Arc::new(Sqlite::open(options(folder.path())).await.unwrap());
    let writes = (0..2_000).map(|number| plain(&format!("before-{number:04}"), json!({"filling": "y".repeat(3_000)})));
    assert!(store.write_all(writes.collect()).await.iter().all(Result::is_ok));
    let stop = Arc::new(AtomicBool::new(false));
    let writers = (0..4).map(|writer| tokio::spawn(write_on(store.clone(), writer, stop.clone())));
    let writers: Vec<_> = writers.collect();
    let words = Words { text: vec!["kept".to_owned()], ..Words::default() };
    let document = Document { words: Some(words), ..Document::plain(json!({})) };
    store.write(Write::put(&PAGES, "page", Expect::Any, document)).await.unwrap();
    let backup = copies.path().join("backup");
    let copied = store.backup(&backup).await.unwrap();
    stop.store(true, Ordering::Relaxed);
    let written = futures::future::try_join_all(writers).await.unwrap();
    assert!(copied.bytes > 6_000_000, "{copied:?}");

    let restored = copies.path().join("restored");
    let again = Sqlite::restore(&backup, &restored, &restored).await.unwrap();
    assert_eq!(again.logs, copied.logs);
    let copy = Sqlite::open(options(&restored)).await.unwrap();
    copy.check().await.unwrap();
    for (writer, written) in (0..4).zip(written) {
        let (kept, all) = (prefix(&copy, writer).await, prefix(&store, writer).await);
        assert!(kept <= all && all == written, "writer {writer}: {kept} of {all} in the copy, {written} written");
    }
    let counted = copy.count(&Query::of(&ITEMS)).await.unwrap();
    assert!(counted >= 2_000, "{counted} documents: those of before are all there");
    let query = TextQuery { collection: &PAGES, words: vec!["kept".to_owned()], conditions: Vec::new(), limit: 5 };
    assert_eq!(copy.search(&query).await.unwrap()[0].stored.id, "page");
    for (log, end) in &copied.logs {
        let report = copy.verify(*log).await.unwrap();
        assert!(report.holds() && report.end == *end, "{report:?}");
        copy.append(*log, vec![entry(0)]).await.unwrap();
    }
}

async fn store_at(folder: &Path) -> Sqlite {
    let store = Sqlite::open(options(folder)).await.unwrap();
    put(&store, &ITEMS, "one", json!({"rank": 1})).await;
    store.append(Log::Audit, vec![entry(1), entry(2)]).await.unwrap();
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten_by_a_backup_or_by_restoring_one() {
    let scratch = Scratch::new();
    let [state, backup, other] = ["state", "backup", "other"].map(|name| scratch.path().join(name));
    let store = store_at(&state).await;
    store.backup(&backup).await.unwrap();
    let there = |refused: Result<_, StoreError>| match refused {
        Err(StoreError::Invalid { message }) => assert!(message.contains("is there already"), "{message}"),
        other => panic!("{:?}", other.map(|_: store::sqlite::Copied| "not refused")),
    };
    there(store.backup(&backup).await);
    there(store.backup(&state).await);
    there(Sqlite::restore(&backup, &state, &state).await);
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("audit.log"), "somebody's records").unwrap();
    there(Sqlite::restore(&backup, &other, &other).await);
    assert_eq!(std::fs::read_dir(&other).unwrap().count(), 1, "nothing was made beside it");
    assert_eq!(get(&store, &ITEMS, "one").await.version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_log_of_another_file_is_not_replayed_into_a_restored_one() {
    let scratch = Scratch::new();
    let [state, backup] = ["state", "backup"].map(|name| scratch.path().join(name));
    store_at(&state).await.backup(&backup).await.unwrap();
    for name in [FILE, "store.sqlite.unfinished"] {
        for end in ["-wal", "-shm", "-journal"] {
            let other = scratch.path().join(format!("{name}{end}"));
            std::fs::create_dir(&other).unwrap();
            std::fs::write(other.join(format!("{name}{end}")), "of another file").unwrap();
            let refused = Sqlite::restore(&backup, &other, &other).await;
            let Err(StoreError::Invalid { message }) = &refused else { panic!("{refused:?}") };
            assert!(message.contains(end) && message.contains("is there already"), "{message}");
            assert_eq!(std::fs::read_dir(&other).unwrap().count(), 1, "nothing was made beside it");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_sound_backup_is_not_restored() {
    let scratch = Scratch::new();
    let [state, restored] = ["state", "restored"].map(|name| scratch.path().join(name));
    let store = store_at(&state).await;
    let filling = (0..200).map(|number| plain(&format!("{number}"), json!({"filling": "x".repeat(2_000)})));
    assert!(store.write_all(filling.collect()).await.iter().all(Result::is_ok));
    let refused = Sqlite::restore(&scratch.path().join("missing"), &restored, &restored).await;
    assert!(
        matches!(&refused, Err(StoreError::Invalid { message }) if message.contains("is no backup")),
        "{refused:?}"
    );

    let newer = scratch.path().join("newer");
    store.backup(&newer).await.unwrap();
    Connection::open(newer.join(FILE)).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
    let refused = Sqlite::restore(&newer, &restored, &restored).await;
    assert!(matches!(refused, Err(StoreError::Newer { found: 9, .. })), "{refused:?}");

    let damaged = scratch.path().join("damaged");
    store.backup(&damaged).await.unwrap();
    let mut bytes = std::fs::read(damaged.join(FILE)).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 4 * 4_096].fill(0xaa);
    std::fs::write(damaged.join(FILE), bytes).unwrap();
    let refused = Sqlite::restore(&damaged, &restored, &restored).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");

    let edited = scratch.path().join("edited");
    store.backup(&edited).await.unwrap();
    let text = std::fs::read_to_string(edited.join("audit.log")).unwrap();
    std::fs::write(edited.join("audit.log"), text.replacen("\"number\":1", "\"number\":7", 1)).unwrap();
    let refused = Sqlite::restore(&edited, &restored, &restored).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    assert!(!restored.join(FILE).exists() && !restored.join("audit.log").exists(), "nothing was restored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_readable_where_nothing_can_be_written() {
    let scratch = Scratch::new();
    let [state, backup] = ["state", "backup"].map(|name| scratch.path().join(name));
    store_at(&state).await.backup(&backup).await.unwrap();
    let files: Vec<String> =
        std::fs::read_dir(&backup).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(
        !files.iter().any(|name| name.ends_with("-wal") || name.ends_with("-shm") || name.ends_with("unfinished")),
        "{files:?}"
    );
    let connection =
        Connection::open_with_flags(backup.join(FILE), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete");
}
