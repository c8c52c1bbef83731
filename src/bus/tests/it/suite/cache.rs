//! Cached responses.

use crate::worlds::{SOON, World, until};
use domain::envelope::{Failure, FailureKind};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

const LONG: Duration = Duration::from_secs(3_600);

type Fetch = BoxFuture<'static, Result<Value, Failure>>;

#[derive(Clone, Default)]
struct Backend {
    calls: Arc<AtomicU64>,
}

impl Backend {
    fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    fn answer(&self) -> Fetch {
        let calls = Arc::clone(&self.calls);
        async move { Ok(json!({ "call": calls.fetch_add(1, Ordering::SeqCst) + 1 })) }.boxed()
    }

    /// Answers when the gate opens.
    fn behind(&self, gate: &Arc<Semaphore>) -> Fetch {
        let (gate, answer) = (Arc::clone(gate), self.answer());
        let began = Arc::clone(&self.calls);
        async move {
            began.fetch_add(100, Ordering::SeqCst);
            gate.acquire().await.unwrap().forget();
            answer.await
        }
        .boxed()
    }
}

fn failure() -> Fetch {
    async { Err(Failure::new(FailureKind::Unreachable, "the backend is away")) }.boxed()
}

pub async fn what_was_fetched_is_kept(world: World) {
    let backend = Backend::default();
    let first = world.bus.cached("key ä", LONG, backend.answer()).await.unwrap();
    assert_eq!((first.value, first.hit), (json!({ "call": 1 }), false));
    for bus in [&world.bus, &world.other] {
        let again = bus.cached("key ä", LONG, backend.answer()).await.unwrap();
        assert_eq!((again.value, again.hit), (json!({ "call": 1 }), true));
    }
    let other = world.bus.cached("another key", LONG, backend.answer()).await.unwrap();
    assert_eq!((other.value, other.hit), (json!({ "call": 2 }), false));
}

pub async fn what_was_kept_long_enough_is_fetched_again(world: World) {
    let backend = Backend::default();
    let asking = async {
        while backend.calls() < 3 {
            world.bus.cached("k", Duration::from_millis(20), backend.answer()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(SOON, asking).await.is_ok(), "fetched {} times", backend.calls());
}

pub async fn failures_are_not_kept(world: World) {
    let failed = world.bus.cached("k", LONG, failure()).await.unwrap_err();
    assert_eq!(failed.kind, FailureKind::Unreachable);
    let backend = Backend::default();
    let fetched = tokio::time::timeout(SOON, world.other.cached("k", LONG, backend.answer())).await.unwrap().unwrap();
    assert_eq!((fetched.value, fetched.hit), (json!({ "call": 1 }), false));
}

pub async fn one_fetches_for_all_who_ask(world: World) {
    let (backend, gate) = (Backend::default(), Arc::new(Semaphore::new(0)));
    let asking: Vec<_> = (0..12)
        .map(|number| {
            let bus = Arc::clone(if number % 2 == 0 { &world.bus } else { &world.other });
            let fetch = backend.behind(&gate);
            tokio::spawn(async move { bus.cached("k", LONG, fetch).await.unwrap() })
        })
        .collect();
    until("somebody fetches", || backend.calls() >= 100).await;
    gate.add_permits(12);
    let mut paid = 0;
    for one in asking {
        let cached = tokio::time::timeout(SOON, one).await.expect("an answer").unwrap();
        assert_eq!(cached.value["call"], json!(101));
        paid += u64::from(!cached.hit);
    }
    assert_eq!((backend.calls(), paid), (101, 1));
}

pub async fn who_stops_waiting_ends_nothing_for_others(world: World) {
    let (backend, gate) = (Backend::default(), Arc::new(Semaphore::new(0)));
    let ask = || {
        let (bus, fetch) = (Arc::clone(&world.bus), backend.behind(&gate));
        tokio::spawn(async move { bus.cached("k", LONG, fetch).await })
    };
    let impatient = ask();
    until("the first fetches", || backend.calls() == 100).await;
    let patient = ask();
    tokio::task::yield_now().await;
    impatient.abort();
    let _ = impatient.await;
    gate.add_permits(2);
    let cached = tokio::time::timeout(SOON, patient).await.expect("an answer").unwrap().unwrap();
    assert!(cached.value["call"].is_u64(), "{cached:?}");
}

pub async fn a_fetch_that_nobody_waits_for_is_given_up(world: World) {
    let (backend, gate) = (Backend::default(), Arc::new(Semaphore::new(0)));
    let (bus, fetch) = (Arc::clone(&world.bus), backend.behind(&gate));
    let leaving = tokio::spawn(async move { bus.cached("k", LONG, fetch).await });
    until("it fetches", || backend.calls() == 100).await;
    leaving.abort();
    let _ = leaving.await;
    let answer = world.other.cached("k", LONG, backend.answer());
    let fetched = tokio::time::timeout(Duration::from_secs(20), answer).await;
    let fetched = fetched.expect("nobody holds a lock for the full time").unwrap();
    assert_eq!((fetched.value, fetched.hit), (json!({ "call": 101 }), false));
}
