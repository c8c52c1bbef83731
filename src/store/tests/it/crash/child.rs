//! The process that writes until it is killed. It tells each item when it was acknowledged, never before.

use super::{CREATED, SHARED, WRITERS, open};
use crate::child::{orders, tell};
use domain::chain::Entry;
use domain::memory::words::Words;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::{Log, Store};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Should nobody kill it, it ends by itself.
const LIFE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs as the child of the crash test"]
async fn writes_until_it_is_killed() {
    let (folder, round) = orders();
    let round: u64 = round.parse().unwrap();
    let store: Arc<dyn Store> = Arc::new(open(&folder).await);
    let writers = (0..WRITERS).map(|writer| tokio::spawn(work(store.clone(), round, writer)));
    let all = futures::future::join_all(writers.collect::<Vec<_>>());
    let ended = tokio::time::timeout(LIFE, all).await;
    panic!("nobody killed it: {ended:?}");
}

async fn work(store: Arc<dyn Store>, round: u64, writer: u64) {
    // Each begins with another step, so that all kinds of writes meet.
    for step in writer.. {
        let id = format!("{round}-{writer}-{step}");
        match step % 4 {
            0 => create(&*store, round, writer, &id).await,
            1 => count(&*store).await,
            2 => append(&*store, Log::Journal, &id).await,
            _ => append(&*store, Log::Audit, &id).await,
        }
    }
}

async fn create(store: &dyn Store, round: u64, writer: u64, id: &str) {
    let words = Words { text: vec!["created".to_owned(), format!("round{round}")], ..Words::default() };
    let body = json!({"round": round, "writer": writer.to_string(), "of": id, "filling": "x".repeat(500)});
    let document = Document { words: Some(words), ..Document::plain(body) };
    assert_eq!(store.write(Write::put(&CREATED, id, Expect::Absent, document)).await, Ok(1), "{id}");
    tell(&format!("created {id}"));
}

async fn count(store: &dyn Store) {
    loop {
        let found = store.get(&SHARED, "counter").await.unwrap();
        let (expect, value) = found.map_or((Expect::Absent, 0), |found| {
            (Expect::Version(found.version), found.document.body["value"].as_u64().unwrap())
        });
        let next = Document::plain(json!({"value": value + 1}));
        match store.write(Write::put(&SHARED, "counter", expect, next)).await {
            Ok(_) => return tell("counted "),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn append(store: &dyn Store, log: Log, id: &str) {
    let entry =
        Entry { at: chrono::Utc::now(), kind: "crash.step".to_owned(), body: json!({"of": id}), personal: None };
    store.append(log, vec![entry]).await.unwrap();
    tell(&format!("{} {id}", log.name()));
}
