//! A network that delays, resets and swallows.

use super::double::{Double, uri};
use super::{DATABASE, connect, options};
use crate::suite::collections::{COUNTERS, ITEMS};
use chrono::Utc;
use domain::chain::Entry;
use fakes::fault_proxy::{Direction, FaultProxy};
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::{Log, Store as _};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::mongo::{Mongo, Options};

async fn proxied() -> (Double, FaultProxy, Arc<Mongo>) {
    let double = Double::standalone().await;
    let proxy = FaultProxy::start(double.address).await;
    let store = connect(options(&uri(proxy.address(), DATABASE))).await;
    (double, proxy, store)
}

fn entry(by: u64, number: u64) -> Entry {
    let body = json!({"by": by, "number": number});
    Entry { at: Utc::now(), kind: "test.step".to_owned(), body, personal: None }
}

/// Ten resets in the middle of requests and of answers, at places that move. Each is waited for, until the store has
/// connected anew.
async fn reset_ten_times(proxy: &FaultProxy) {
    for step in 0..10_u64 {
        let before = proxy.accepted();
        let direction = if step % 2 == 0 { Direction::ToServer } else { Direction::ToClient };
        proxy.reset_after(direction, 40 + step * 161);
        while proxy.accepted() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// What one writer was told of its increments: how many stand, and of how many that is not known.
async fn increment(store: &Mongo, stop: &AtomicBool) -> (u64, u64) {
    let (mut stand, mut unknown) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        loop {
            let Ok(found) = store.get(&COUNTERS, "counter").await else { continue };
            let (version, value) =
                found.map_or((0, 0), |found| (found.version, found.document.body["value"].as_u64().unwrap()));
            let next = Document::plain(json!({"value": value + 1}));
            match store.write(Write::put(&COUNTERS, "counter", Expect::Version(version), next)).await {
                Ok(_) => stand += 1,
                Err(StoreError::Unknown { .. }) => unknown += 1,
                Err(StoreError::Conflict { .. } | StoreError::Unavailable { .. }) => continue,
                Err(error) => panic!("{error}"),
            }
            break;
        }
    }
    (stand, unknown)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_lose_no_acknowledged_increment_and_double_none() {
    let (double, proxy, store) = proxied().await;
    let first = Document::plain(json!({"value": 0}));
    store.write(Write::put(&COUNTERS, "counter", Expect::Absent, first)).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..6)
        .map(|_| {
            let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
            tokio::spawn(async move { increment(&store, &stop).await })
        })
        .collect();
    reset_ten_times(&proxy).await;
    stop.store(true, Ordering::Relaxed);
    let told = futures::future::try_join_all(writers).await.unwrap();
    let (stand, unknown) = told.iter().fold((0, 0), |sum, told| (sum.0 + told.0, sum.1 + told.1));
    let value = store.get(&COUNTERS, "counter").await.unwrap().unwrap().document.body["value"].as_u64().unwrap();
    assert!(stand > 0);
    assert!(
        (stand..=stand + unknown).contains(&value),
        "{value}, where {stand} were acknowledged and {unknown} unknown"
    );
    double.assert_content().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_lose_no_acknowledged_record_and_double_none() {
    let (double, proxy, store) = proxied().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..6_u64)
        .map(|by| {
            let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in (0..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                    match store.append(Log::Journal, vec![entry(by, number)]).await {
                        Ok(anchor) => acknowledged.push((anchor.count, by, number)),
                        Err(StoreError::Unknown { .. } | StoreError::Unavailable { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                acknowledged
            })
        })
        .collect();
    reset_ten_times(&proxy).await;
    stop.store(true, Ordering::Relaxed);
    let acknowledged = futures::future::try_join_all(writers).await.unwrap().concat();
    let lines = store.read(Log::Journal, 0, 100_000).await.unwrap();
    let written: Vec<_> = lines
        .iter()
        .map(|line| (line.sequence, line.body["by"].as_u64().unwrap(), line.body["number"].as_u64().unwrap()))
        .collect();
    assert!(!acknowledged.is_empty());
    assert!(acknowledged.iter().all(|one| written.contains(one)), "acknowledged, with its number, and gone");
    let once: BTreeSet<_> = written.iter().map(|(_, by, number)| (by, number)).collect();
    assert_eq!(once.len(), written.len(), "none twice");
    let report = store.verify(Log::Journal).await.unwrap();
    assert!(report.holds(), "{report:?}");
    double.assert_content().await;
}

#[tokio::test]
async fn latency_only_takes_longer() {
    let (double, proxy, store) = proxied().await;
    proxy.delay_with_jitter(Duration::from_millis(10), Duration::from_millis(20), 7);
    let writes = (0..40).map(|number| Write::put(&ITEMS, format!("{number}"), Expect::Any, Document::plain(json!({}))));
    assert!(store.write_all(writes.collect()).await.iter().all(|answer| *answer == Ok(1)));
    assert_eq!(store.count(&Query::of(&ITEMS)).await, Ok(40));
    assert_eq!(store.append(Log::Audit, vec![entry(0, 1)]).await.unwrap().count, 1);
    double.assert_content().await;
}

#[tokio::test]
async fn half_open_connections_are_given_up_and_the_server_is_found_again() {
    let double = Double::standalone().await;
    let proxy = FaultProxy::start(double.address).await;
    let soon = Options {
        selection: Duration::from_millis(300),
        attempt: Duration::from_millis(300),
        operation: Duration::from_millis(900),
        ..options(&uri(proxy.address(), DATABASE))
    };
    let store = connect(soon).await;
    let write = |id: &'static str| Write::put(&ITEMS, id, Expect::Absent, Document::plain(json!({})));
    let mut ready = store.write(write("before")).await;
    while matches!(ready, Err(StoreError::Unavailable { .. })) {
        ready = store.write(write("before")).await;
    }
    proxy.swallow();
    let told = store.write(write("during")).await;
    assert!(matches!(told, Err(StoreError::Unknown { .. } | StoreError::Unavailable { .. })), "{told:?}");
    assert!(matches!(store.get(&ITEMS, "before").await, Err(StoreError::Unavailable { .. })));
    proxy.answer_again();
    let mut after = store.write(write("after")).await;
    for _ in 0..50 {
        if !matches!(after, Err(StoreError::Unknown { .. } | StoreError::Unavailable { .. })) {
            break;
        }
        after = store.write(write("after")).await;
    }
    // An attempt of which nothing was known may have been the one.
    assert!(matches!(after, Ok(1) | Err(StoreError::Conflict { found: Some(1) })), "{after:?}");
    assert!(store.get(&ITEMS, "before").await.unwrap().is_some());
}
