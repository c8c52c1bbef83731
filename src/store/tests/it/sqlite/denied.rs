//! Folders and files that may not be written, and a disk that is full.

use super::{options, plain};
use crate::mounted::{Mounted, ReadOnlyFile};
use crate::scratch::Scratch;
use crate::suite::collections::ITEMS;
use crate::suite::{get, put, start};
use domain::chain::Entry;
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::{Log, Store};
use serde_json::json;
use std::path::Path;
use store::sqlite::{FILE, Sqlite};

fn says_what_to_do(told: Result<Sqlite, StoreError>) {
    let Err(StoreError::Denied { message }) = told.map(|_| "it was opened") else { panic!("it was not refused") };
    assert!(message.contains("write access") && message.contains("read-only"), "{message}");
}

/// Waits until something holds that another thread brings about.
async fn at_last(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it never came to this: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_disk_is_told() {
    let Some(disk) = Mounted::of_kib(4_096, "a read-only disk") else { return };
    let (made, missing) = (disk.path().join("made"), disk.path().join("missing"));
    put(&Sqlite::open(options(&made)).await.unwrap(), &ITEMS, "one", json!({"rank": 1})).await;
    // The thread of the store that was dropped may still be closing its file.
    at_last("the disk can be made read-only", || disk.made_read_only()).await;
    says_what_to_do(Sqlite::open(options(&made)).await);
    says_what_to_do(Sqlite::open(options(&missing)).await);
    disk.make_writable();
    assert_eq!(get(&Sqlite::open(options(&made)).await.unwrap(), &ITEMS, "one").await.version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_file_is_told() {
    let folder = Scratch::new();
    put(&Sqlite::open(options(folder.path())).await.unwrap(), &ITEMS, "one", json!({"rank": 1})).await;
    let Some(file) = ReadOnlyFile::of(&folder.path().join(FILE), "a read-only file") else { return };
    says_what_to_do(Sqlite::open(options(folder.path())).await);
    drop(file);
    assert_eq!(get(&Sqlite::open(options(folder.path())).await.unwrap(), &ITEMS, "one").await.version, 1);
}

/// Permissions of the folder and of every file in it.
fn permit(folder: &Path, of_folder: u32, of_files: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(folder, 0o700);
    for entry in std::fs::read_dir(folder).unwrap() {
        set(&entry.unwrap().path(), of_files);
    }
    set(folder, of_folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_the_permission_to_write_is_told() {
    let scratch = Scratch::new();
    let folder = scratch.path().join("state");
    put(&Sqlite::open(options(&folder)).await.unwrap(), &ITEMS, "one", json!({"rank": 1})).await;
    // The store that was dropped removes the files beside its own when its threads have ended.
    at_last("the log beside the file is gone", || !folder.join(format!("{FILE}-wal")).exists()).await;
    permit(&folder, 0o500, 0o400);
    if std::fs::write(folder.join("probe"), "").is_ok() {
        return println!("not run: a folder without the permission to write (this user may write everywhere)");
    }
    let (denied, deeper) = (Sqlite::open(options(&folder)).await, Sqlite::open(options(&folder.join("deeper"))).await);
    permit(&folder, 0o700, 0o600);
    says_what_to_do(denied);
    says_what_to_do(deeper);
    assert_eq!(get(&Sqlite::open(options(&folder)).await.unwrap(), &ITEMS, "one").await.version, 1);
}

/// Hexadecimal digits that hardly compress (xorshift, 64 bits).
fn filling(number: u64) -> String {
    let mut state = number * 2 + 1;
    let digits = (0..4_000).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x}")
    });
    digits.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_nothing_acknowledged_is_lost() {
    let Some(disk) = Mounted::of_kib(2_048, "a full disk on tmpfs") else { return };
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![0_u8; 512 * 1024]).unwrap();
    let store = Sqlite::open(options(disk.path())).await.unwrap();
    let entry = || Entry { at: start(), kind: "test".to_owned(), body: json!({"text": filling(1)}), personal: None };
    let (mut acknowledged, mut appended) = (0_u64, 0);
    let full = loop {
        assert!(acknowledged < 1_000, "the disk never fills");
        match store.write(plain(&format!("{acknowledged:03}"), json!({"rank": 1, "text": filling(acknowledged)}))).await
        {
            Ok(version) => assert_eq!(version, 1),
            Err(error) => break error,
        }
        acknowledged += 1;
        if acknowledged % 4 == 0 && store.append(Log::Audit, vec![entry()]).await.is_ok() {
            appended += 1;
        }
    };
    let StoreError::Full { message } = &full else { panic!("{full:?}") };
    assert!(message.contains("the disk is full; make room"), "{message}");
    while store.append(Log::Audit, vec![entry()]).await.is_ok() {
        appended += 1;
    }
    let after_all = store.write_all(vec![plain("large", json!({"text": filling(0)})), plain("small", json!({}))]).await;
    assert!(matches!(after_all[0], Err(StoreError::Full { .. })), "{after_all:?}");
    for number in 0..acknowledged {
        let stored = get(&store, &ITEMS, &format!("{number:03}")).await;
        assert!(stored.document.body["text"] == filling(number), "document {number}");
    }
    std::fs::remove_file(&ballast).unwrap();
    put(&store, &ITEMS, "after", json!({"text": filling(0)})).await;
    assert_eq!(store.append(Log::Audit, vec![entry()]).await.unwrap().count, appended + 1);
    assert!(store.verify(Log::Audit).await.unwrap().holds());
    drop(store);
    let store = Sqlite::open(options(disk.path())).await.unwrap();
    store.check().await.unwrap();
    let small = u64::from(after_all[1].is_ok());
    assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(acknowledged + 1 + small));
    println!("full disk: {acknowledged} documents and {appended} records were acknowledged, and are there");
}
