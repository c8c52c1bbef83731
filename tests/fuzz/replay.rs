//! Each server over its corpus.

use acceptance::fuzz::case;
use acceptance::fuzz::corpus::Corpus;
use acceptance::fuzz::servers::Which;
use acceptance::fuzz::{panics, run};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A machine that does many things at once needs more than the servers' own deadlines.
const DEADLINE: Duration = Duration::from_secs(30);
const SEEDS: u64 = 300;

async fn hold(which: Which) {
    let _watching = panics::watch().await;
    let started = Instant::now();
    let corpus = Arc::new(Corpus::load(which.name()).unwrap());
    every_tool_is_called(which, &corpus);
    as_recorded(which, &corpus).await;
    let cases = as_it_went_wrong(which, &corpus).await;
    let (mut calls, mut watches) = (0, 0);
    for seed in 1..=SEEDS {
        let outcome = run::of_seed(which, &corpus, seed, DEADLINE).await.unwrap();
        assert!(outcome.wrong.is_empty(), "{} seed {seed}: {:#?}", which.name(), outcome.wrong);
        calls += outcome.calls.len();
        watches += outcome.watches;
    }
    assert!(which != Which::Kubernetes || watches > 0, "no run kept a list by a watch");
    println!(
        "{}: {cases} cases, {SEEDS} seeds, {calls} calls in {:.1} s",
        which.name(),
        started.elapsed().as_secs_f64()
    );
}

fn every_tool_is_called(which: Which, corpus: &Corpus) {
    let called: BTreeSet<&str> = corpus.calls.calls.iter().map(|call| call.tool.as_str()).collect();
    let server = which.server(axum::Router::new(), false).unwrap();
    for tool in server.tools() {
        assert!(called.contains(tool.name), "tests/corpus/{}/calls.json: call {}", which.name(), tool.name);
    }
}

async fn as_recorded(which: Which, corpus: &Arc<Corpus>) {
    for call in &corpus.calls.calls {
        let calls = acceptance::fuzz::corpus::Calls { now: corpus.calls.now, calls: vec![call.clone()] };
        let manner = acceptance::fuzz::backend::Manner::AsRecorded(Arc::clone(corpus));
        let outcome = run::of(which, manner, calls, DEADLINE).await.unwrap();
        assert!(outcome.wrong.is_empty(), "{}: {:#?}", which.name(), outcome.wrong);
        assert_eq!(outcome.succeeded, 1, "{}: {call:?} fails over the answers as recorded", which.name());
    }
}

async fn as_it_went_wrong(which: Which, corpus: &Arc<Corpus>) -> usize {
    let cases = case::all(which).unwrap();
    for (path, case) in &cases {
        let outcome = case.again(which, corpus, DEADLINE).await.unwrap();
        assert!(outcome.wrong.is_empty(), "{}: {:#?}", path.display(), outcome.wrong);
    }
    cases.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubernetes_bears_whatever_it_is_answered() {
    hold(Which::Kubernetes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_and_alertmanager_are_borne_whatever_they_answer() {
    hold(Which::Prometheus).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn loki_is_borne_whatever_it_answers() {
    hold(Which::Loki).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tempo_is_borne_whatever_it_answers() {
    hold(Which::Tempo).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_is_borne_whatever_it_answers() {
    hold(Which::Github).await;
}
