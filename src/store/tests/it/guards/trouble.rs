//! A store that is away, silent, full of nonsense, or does not tell whether it wrote: nothing fails open.

use super::troubled_store::{NextWrite, Trouble};
use super::world::{World, automatic};
use chrono::TimeDelta;
use domain::guard::{Outcome, Refusal, Scope, Start};
use ports::store::collections::GUARDS;
use ports::store::document::BODY_BYTES;
use ports::store::error::StoreError;
use serde_json::{Value, json};
use std::time::Duration;
use store::guards::{GuardKeeper, NotDone};
use store::packing::pack;
use tokio::time::Instant;

async fn starts(keeper: &GuardKeeper) -> usize {
    keeper.status().await.expect("it can be read").under_way().len()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_or_silent_starts_nothing_and_the_answer_comes_in_time() {
    for trouble in [Trouble::Away, Trouble::Silent, Trouble::ReadOnly] {
        let world = World::new();
        let process = world.process("one");
        process.way.set(Some(trouble));
        let asked = Instant::now();
        let answer = process.keeper.begin(&process.request("a", "checkout", &[], automatic())).await;
        assert!(matches!(answer, Err(NotDone::Store { .. })), "{trouble:?}: {answer:?}");
        // By the paused clock: four tries of 5 s, and the pauses.
        assert!(asked.elapsed() <= Duration::from_secs(23), "{trouble:?}: {:?}", asked.elapsed());
        let holds = process.keeper.holds("a", 1).await;
        assert!(holds.is_err(), "{trouble:?}");
        process.way.set(None);
        assert_eq!(starts(&process.keeper).await, 0, "{trouble:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_of_which_nobody_told_is_the_same_start_when_it_is_made_again() {
    let cases = [
        vec![NextWrite::MadeButUntold],
        vec![NextWrite::LostAndUntold],
        vec![NextWrite::LostAndUntold, NextWrite::MadeButUntold, NextWrite::LostAndUntold],
        vec![NextWrite::MadeButUntold, NextWrite::MadeButUntold],
    ];
    for fates in cases {
        let world = World::new();
        let (process, other) = (world.process("one"), world.process("other"));
        process.way.of_the_next_writes(&fates);
        let request = process.request("a", "checkout", &[], automatic());
        let started = process.keeper.begin(&request).await.unwrap_or_else(|error| panic!("{fates:?}: {error}"));
        let guards = process.keeper.status().await.expect("it can be read");
        assert_eq!((started.token, guards.automatic_starts("prod").len()), (1, 1), "{fates:?}");
        let second = other.keeper.begin(&request).await;
        assert_eq!(second, Err(NotDone::Refused(Refusal::AlreadyBegun { id: "a".to_owned() })), "{fates:?}");
        process.way.of_the_next_writes(&[NextWrite::MadeButUntold]);
        process.keeper.end("a", started.token, Outcome::Succeeded).await.expect("it ended, whichever try it was");
        assert_eq!(starts(&other.keeper).await, 0, "{fates:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_was_made_and_never_told_holds_its_locks_until_its_deadline_and_does_nothing() {
    let world = World::new();
    let (process, other) = (world.process("one"), world.process("other"));
    process.way.of_the_next_writes(&[NextWrite::MadeButUntold]);
    // The write lands, then the store stays silent: no try after it can tell.
    let request = process.request("a", "checkout", &[], Start::Approved);
    let begin = process.keeper.begin(&request);
    let silence = async {
        while starts(&other.keeper).await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.way.set(Some(Trouble::Silent));
    };
    let (answer, ()) = tokio::join!(begin, silence);
    assert!(matches!(answer, Err(NotDone::Store { source: StoreError::Unknown { .. }, .. })), "{answer:?}");
    let refusal = other.keeper.begin(&other.request("b", "checkout", &[], Start::Approved)).await.expect_err("locked");
    assert!(matches!(refusal, NotDone::Refused(Refusal::ChainLocked { .. })), "{refusal}");
    tokio::time::sleep(Duration::from_secs(306)).await;
    other.keeper.begin(&other.request("c", "search", &[], Start::Approved)).await.expect("nothing speaks against it");
    assert_eq!(starts(&other.keeper).await, 1, "the stale one is over");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_cannot_be_believed_starts_nothing() {
    let whole = serde_json::to_value(domain::guard::Guards::default()).expect("JSON");
    let with = |name: &str, value: Value| {
        let mut body = whole.clone();
        body[name] = value;
        body
    };
    let twice = json!({"id": "x", "claim": "c", "plan": "p", "target": {"environment": "prod", "object": {"kind": "Deployment", "name": "x"}},
        "chain": ["prod Deployment x"], "since": "2027-01-01T00:00:00Z", "deadline": "2027-01-01T00:00:00Z", "token": 1, "automatic": true});
    let cases = [
        ("another shape", 1, json!({"frozen": false})),
        ("an unknown guard", 1, with("lunar_phase", json!("full"))),
        ("a freeze that is no list", 1, with("freezes", Value::Null)),
        ("a lock held twice", 1, with("under_way", json!([twice, twice]))),
        ("a newer version", 2, whole.clone()),
    ];
    for (what, schema, body) in cases {
        let world = World::new();
        let process = world.process("one");
        let packed = pack("guards/all", &body, BODY_BYTES).expect("it is small");
        world.memory.plant(&GUARDS, "all", schema, packed).expect("planted");
        let answer = process.keeper.begin(&process.request("a", "checkout", &[], Start::Approved)).await;
        assert!(
            matches!(answer, Err(NotDone::Store { .. } | NotDone::Refused(Refusal::Unreadable { .. }))),
            "{what}: {answer:?}"
        );
        assert!(process.keeper.status().await.is_err(), "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_whose_clock_is_behind_starts_nothing() {
    let world = World::new();
    let (right, behind) = (world.process("right"), world.process_with_clock("behind", TimeDelta::seconds(-60)));
    right.keeper.begin(&right.request("a", "checkout", &[], automatic())).await.expect("nothing speaks against it");
    let refusal = behind.keeper.begin(&behind.request("b", "cart", &[], automatic())).await.expect_err("its clock");
    assert!(matches!(refusal, NotDone::Refused(Refusal::ClockBehind { .. })), "{refusal}");
    let actor = domain::guard::Actor { person: "anna".to_owned(), is_approver: false };
    let signed = store::guards::Signature::of(domain::audit::Actor::System);
    behind.keeper.freeze(Scope::All, &actor, "stop", &signed).await.expect("freezing needs no right clock");
    assert!(right.keeper.begin(&right.request("c", "search", &[], automatic())).await.is_err());
}
