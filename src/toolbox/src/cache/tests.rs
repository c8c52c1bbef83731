//! Results given again: for how long, how many, and one flight for all who ask.

use super::*;
use domain::envelope::FailureKind;
use serde_json::json;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::Notify;

const TTL: Duration = Duration::from_secs(10);

fn fetched(number: u32) -> Result<Fetched, Failure> {
    let envelope = Envelope::whole(json!(number), 1);
    let json = serde_json::to_string(&envelope).unwrap();
    Ok(Fetched { envelope, json })
}

fn limits(max_entries: usize, max_bytes: usize) -> CacheSettings {
    CacheSettings { own_reads_ttl: TTL, max_entries, max_bytes }
}

/// Asks the cache; the backend answers with the number of its calls.
async fn ask(cache: &Arc<Cache>, key: &str, calls: &Arc<AtomicU32>) -> Answer {
    let calls = Arc::clone(calls);
    cache.through(key.to_owned(), TTL, async move { fetched(calls.fetch_add(1, Ordering::SeqCst) + 1) }).await
}

#[tokio::test(start_paused = true)]
async fn a_result_is_given_again_until_its_time_is_over() {
    let cache = Cache::new(CacheSettings::usual());
    let calls = Arc::default();
    for (wait, cached, number) in [(0, false, 1), (9, true, 1), (2, false, 2), (0, true, 2)] {
        tokio::time::advance(Duration::from_secs(wait)).await;
        let answer = ask(&cache, "a", &calls).await;
        assert_eq!((answer.cached, answer.result.unwrap().data), (cached, json!(number)));
        assert_eq!(answer.bytes, 33);
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_not_kept() {
    let cache = Cache::new(CacheSettings::usual());
    let failing = async { Err(Failure::new(FailureKind::Timeout, "too slow")) };
    let answer = cache.through("a".to_owned(), TTL, failing).await;
    assert!(answer.result.is_err() && !answer.cached);
    assert!(!ask(&cache, "a", &Arc::default()).await.cached);
}

#[tokio::test(start_paused = true)]
async fn entries_and_bytes_are_bounded_and_the_oldest_go_first() {
    for limits in [limits(2, 1_000_000), limits(100, 70)] {
        let cache = Cache::new(limits);
        let calls = Arc::default();
        for key in ["a", "b", "c"] {
            ask(&cache, key, &calls).await;
        }
        assert!(ask(&cache, "b", &calls).await.cached);
        assert!(ask(&cache, "c", &calls).await.cached);
        assert!(!ask(&cache, "a", &calls).await.cached);
        let inside = cache.lock();
        assert_eq!((inside.kept.len(), inside.ages.len()), (2, 2));
        assert_eq!(inside.bytes, inside.kept.values().map(|kept| kept.json.len()).sum::<usize>());
    }
}

#[tokio::test(start_paused = true)]
async fn identical_calls_share_one_flight_that_survives_one_who_leaves() {
    let cache = Cache::new(CacheSettings::usual());
    let calls = Arc::new(AtomicU32::new(0));
    let answer = Arc::new(Notify::new());
    let begin = || {
        let (cache, calls, answer) = (Arc::clone(&cache), Arc::clone(&calls), Arc::clone(&answer));
        tokio::spawn(async move {
            let make = async move {
                let number = calls.fetch_add(1, Ordering::SeqCst) + 1;
                answer.notified().await;
                fetched(number)
            };
            cache.through("a".to_owned(), TTL, make).await
        })
    };
    let first = begin();
    tokio::task::yield_now().await;
    let second = begin();
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.is_err());
    answer.notify_one();
    let told = second.await.unwrap();
    assert!(told.cached && told.result.is_ok());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert!(cache.lock().flights.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_flight_that_everybody_left_is_ended() {
    let cache = Cache::new(CacheSettings::usual());
    let held = Arc::new(());
    let inside = Arc::clone(&held);
    let make = async move {
        let _held = inside;
        std::future::pending().await
    };
    let waiting = tokio::time::timeout(TTL, cache.through("a".to_owned(), TTL, make)).await;
    assert!(waiting.is_err());
    assert_eq!(Arc::strong_count(&held), 1, "the backend call was dropped");
    assert!(cache.lock().flights.is_empty());
    assert!(!ask(&cache, "a", &Arc::default()).await.cached);
}
