//! Any sequence of operations has the same answers from the embedded store and from the one in memory.

use super::options;
use crate::scratch::Scratch;
use crate::suite::collections::{ALL, PAGES};
use crate::suite::{clock, start};
use chrono::Duration;
use domain::memory::words::Words;
use fakes::ManualClock;
use ports::store::Store;
use ports::store::document::{Document, Expect, Stored, Write};
use ports::store::query::{Condition, Direction, Query, TextQuery};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::memory::Memory;
use store::sqlite::{Options, Sqlite};

/// What is done to both.
#[derive(Debug, Clone)]
enum Step {
    Put { id: u8, expect: Expect, kind: Option<u8>, minute: Option<u8>, words: Option<Vec<u8>>, ends_in: Option<i64> },
    Delete { id: u8, expect: Expect },
    Wait(i64),
    Sweep(usize),
}

fn expect() -> impl Strategy<Value = Expect> {
    prop_oneof![3 => Just(Expect::Any), 1 => Just(Expect::Absent), 2 => (1_u64..4).prop_map(Expect::Version)]
}

fn step() -> impl Strategy<Value = Step> {
    let words = prop::option::of(prop::collection::vec(0_u8..6, 0..4));
    let put =
        (0_u8..6, expect(), prop::option::of(0_u8..3), prop::option::of(0_u8..4), words, prop::option::of(1_i64..6));
    let put = put.prop_map(|(id, expect, kind, minute, words, ends_in)| Step::Put {
        id,
        expect,
        kind,
        minute,
        words,
        ends_in,
    });
    prop_oneof![
        6 => put,
        2 => (0_u8..6, expect()).prop_map(|(id, expect)| Step::Delete { id, expect }),
        1 => (1_i64..3).prop_map(Step::Wait),
        1 => (0_usize..4).prop_map(Step::Sweep),
    ]
}

fn document(clock: &ManualClock, step: &Step) -> Document {
    let Step::Put { kind, minute, words, ends_in, .. } = step else { return Document::plain(json!({})) };
    let at = minute.map(|minute| (start() + Duration::minutes(minute.into())).to_rfc3339());
    let body = json!({"kind": kind.map(|kind| format!("kind-{kind}")), "at": at});
    let words = words.as_ref().map(|words| Words {
        names: words.iter().take(1).map(|word| format!("word{word}")).collect(),
        title: Vec::new(),
        text: words.iter().map(|word| format!("word{word}")).collect(),
    });
    let now = ports::clock::Clock::now(clock);
    Document { body, words, expires_at: ends_in.map(|seconds| now + Duration::seconds(seconds)) }
}

/// Does the step; answers with what can be compared.
async fn done(store: &dyn Store, clock: &ManualClock, step: &Step) -> String {
    match step {
        Step::Put { id, expect, .. } => {
            let write = Write::put(&PAGES, format!("id-{id}"), *expect, document(clock, step));
            format!("{:?}", store.write(write).await)
        }
        Step::Delete { id, expect } => {
            format!("{:?}", store.write(Write::delete(&PAGES, format!("id-{id}"), *expect)).await)
        }
        Step::Wait(_) => String::new(),
        Step::Sweep(limit) => format!("{:?}", store.sweep(*limit).await),
    }
}

/// Everything that can be asked.
async fn all(store: &dyn Store) -> Vec<(String, Vec<Stored>)> {
    let mut found = Vec::new();
    let conditions = [
        None,
        Some(("kind", Condition::Is("kind-1".into()))),
        Some(("kind", Condition::OneOf(vec!["kind-0".into(), "kind-2".into()]))),
        Some(("at", Condition::AtLeast((start() + Duration::minutes(2)).into()))),
    ];
    for condition in conditions {
        for order_by in [None, Some("kind"), Some("at")] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let mut query = Query { order_by, direction, ..Query::of(&PAGES).limited(2) };
                query.conditions.extend(condition.clone());
                let mut documents = Vec::new();
                loop {
                    let page = store.page(&query).await.unwrap();
                    documents.extend(page.documents);
                    query.cursor = page.next_cursor;
                    if query.cursor.is_none() {
                        break;
                    }
                }
                found.push((format!("{query:?}, count {:?}", store.count(&query).await), documents));
            }
        }
    }
    found
}

async fn hits(store: &dyn Store, words: &[&str]) -> BTreeSet<String> {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    let query = TextQuery { collection: &PAGES, words, conditions: Vec::new(), limit: 10 };
    store.search(&query).await.unwrap().into_iter().map(|hit| hit.stored.id).collect()
}

async fn agree(steps: Vec<Step>) {
    let (folder, clock) = (Scratch::new(), clock());
    let embedded = Sqlite::open(Options { clock: clock.clone(), ..options(folder.path()) }).await.unwrap();
    let memory: Arc<Memory> = Memory::new(ALL, clock.clone());
    for step in &steps {
        let (first, second) = (done(&embedded, &clock, step).await, done(&*memory, &clock, step).await);
        assert_eq!(first, second, "{step:?}");
        if let Step::Wait(seconds) = step {
            clock.advance(Duration::seconds(*seconds));
        }
    }
    assert_eq!(all(&embedded).await, all(&*memory).await);
    for words in [&["word0"][..], &["word1", "word2"], &["word3", "word4", "word5"]] {
        assert_eq!(hits(&embedded, words).await, hits(&*memory, words).await, "{words:?}");
    }
}

/// Found by the property below once in hundreds of runs: which of two expired documents went first was left open, so that a
/// document written anew left one in the one store and none in the other.
#[tokio::test]
async fn a_sweep_with_a_limit_took_another_document_embedded_than_in_memory() {
    let put = |id, ends_in| Step::Put { id, expect: Expect::Any, kind: None, minute: None, words: None, ends_in };
    for (first, second) in [(1, 0), (0, 1)] {
        let steps = [put(first, Some(1)), put(second, Some(1)), Step::Wait(2), Step::Sweep(1), put(0, None)];
        agree(steps.into_iter().chain([Step::Sweep(3)]).collect()).await;
        let steps = [put(first, Some(2)), put(second, Some(1)), Step::Wait(3), Step::Sweep(1), put(second, None)];
        agree(steps.into_iter().chain([Step::Sweep(3)]).collect()).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_has_the_same_answers_embedded_and_in_memory(steps in prop::collection::vec(step(), 1..30)) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(agree(steps));
    }
}
