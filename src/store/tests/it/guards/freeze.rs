//! Freezing, pausing, lifting, and what the audit trail is told of them.

use super::troubled_store::Trouble;
use super::world::{Process, World, automatic};
use chrono::DateTime;
use domain::audit::{Actor as Who, Outcome as Ended, PersonReference, Personal, PersonalState, Record};
use domain::chain::Line;
use domain::guard::{Actor, Refusal, Scope, Start};
use futures::future::join_all;
use ports::clock::Clock as _;
use ports::store::collections::PERSONAL;
use ports::store::{Log, Store};
use store::guards::{Lifting, NotDone, Signature};

fn anna(is_approver: bool) -> Actor {
    Actor { person: "anna".to_owned(), is_approver }
}

fn scarlet() -> Signature {
    Signature::of(Who::Scarlet)
}

async fn trail(world: &World) -> Vec<Line> {
    world.memory.read(Log::Audit, 0, 100).await.expect("the trail")
}

async fn is_frozen(process: &Process, id: &str) -> bool {
    let answer = process.keeper.begin(&process.request(id, id, &[], Start::Approved)).await;
    matches!(answer, Err(NotDone::Refused(Refusal::Frozen { .. })))
}

#[tokio::test(start_paused = true)]
async fn a_freeze_by_one_keeper_stops_all_and_survives_them() {
    let world = World::new();
    let processes = world.processes(8);
    let frozen = processes[3].keeper.freeze(Scope::All, &anna(false), "what is going on", &scarlet()).await;
    assert_eq!(frozen.expect("anyone may").untold, None);
    let all = join_all(processes.iter().map(|process| is_frozen(process, "one"))).await;
    assert_eq!(all, [true; 8]);
    drop(processes);
    let later = world.process("a process of tomorrow");
    assert!(is_frozen(&later, "two").await);
    let standing = later.keeper.lift(&Lifting::Freeze(Scope::All), &anna(true), "all is well", &scarlet()).await;
    assert_eq!(standing.expect("an approver lifts"), []);
    assert!(!is_frozen(&later, "three").await);
}

/// Begins and a freeze at once: whatever began has a token that was handed out before the freeze stood.
#[tokio::test(start_paused = true)]
async fn nothing_begins_after_the_freeze_was_acknowledged() {
    let world = World::new();
    let processes = world.processes(8);
    let freezing = async { processes[0].keeper.freeze(Scope::All, &anna(false), "stop", &scarlet()).await };
    let beginning = processes.iter().enumerate().map(|(number, process)| async move {
        let mut began = 0;
        for round in 0..20 {
            let name = format!("object-{number}-{round}");
            began +=
                usize::from(process.keeper.begin(&process.request(&name, &name, &[], Start::Approved)).await.is_ok());
        }
        began
    });
    let counted = async {
        freezing.await.expect("anyone may");
        processes[0].keeper.status().await.expect("it can be read").under_way().len()
    };
    let (at_the_freeze, began) = tokio::join!(counted, join_all(beginning));
    assert_eq!(began.iter().sum::<usize>(), at_the_freeze, "{began:?}");
    assert!(at_the_freeze < 160, "the freeze came too late for this test to show anything");
}

#[tokio::test(start_paused = true)]
async fn a_freeze_stands_although_it_cannot_be_told_and_its_end_waits_for_the_trail() {
    let world = World::new();
    let process = world.process("one");
    process.way.set(Some(Trouble::LogsAway));
    let frozen = process.keeper.freeze(Scope::All, &anna(false), "stop", &scarlet()).await.expect("it stands");
    assert!(frozen.untold.is_some());
    let lifting = Lifting::Freeze(Scope::All);
    for what in [lifting.clone(), Lifting::Plan("digest".to_owned())] {
        let answer = process.keeper.lift(&what, &anna(true), "go on", &scarlet()).await;
        assert!(matches!(answer, Err(NotDone::Audit { .. })), "{answer:?}");
    }
    assert!(is_frozen(&process, "one").await);
    assert_eq!(process.keeper.status().await.expect("it can be read").lifts(), []);
    process.way.set(None);
    process.keeper.lift(&lifting, &anna(true), "go on", &scarlet()).await.expect("an approver lifts");
    assert!(!is_frozen(&process, "two").await);
    assert_eq!(trail(&world).await.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), ["freeze.off"]);
}

#[tokio::test(start_paused = true)]
async fn who_may_not_lift_leaves_no_record_of_a_lifting() {
    let world = World::new();
    let process = world.process("one");
    process.keeper.freeze(Scope::All, &anna(false), "stop", &scarlet()).await.expect("anyone may");
    let cases = [
        (Lifting::Freeze(Scope::All), anna(false)),
        (Lifting::Plan("digest".to_owned()), anna(false)),
        (Lifting::Freeze(Scope::Environment("prod".to_owned())), anna(true)),
    ];
    for (what, who) in cases {
        let answer = process.keeper.lift(&what, &who, "go on", &scarlet()).await;
        assert!(matches!(answer, Err(NotDone::Refused(_))), "{what}: {answer:?}");
    }
    assert!(is_frozen(&process, "one").await);
    assert_eq!(trail(&world).await.len(), 1, "the freeze only");
}

#[tokio::test(start_paused = true)]
async fn a_lifting_that_was_told_and_then_failed_is_told_too() {
    let world = World::new();
    let process = world.process("one");
    process.keeper.freeze(Scope::All, &anna(false), "stop", &scarlet()).await.expect("anyone may");
    process.way.set(Some(Trouble::ReadOnly));
    let answer = process.keeper.lift(&Lifting::Freeze(Scope::All), &anna(true), "go on", &scarlet()).await;
    assert!(matches!(answer, Err(NotDone::Store { .. })), "{answer:?}");
    process.way.set(None);
    assert!(is_frozen(&process, "one").await);
    let records: Vec<Record> = trail(&world).await.iter().filter_map(Record::of).collect();
    let told: Vec<_> = records.iter().map(|record| (record.kind.name(), record.outcome.clone())).collect();
    assert!(
        matches!(
            told.as_slice(),
            [("freeze.on", Some(Ended::Done)), ("freeze.off", None), ("freeze.off", Some(Ended::Failed(_)))]
        ),
        "{told:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_freeze_lifted_for_one_plan_lets_only_that_one_begin() {
    let world = World::new();
    let (one, other) = (world.process("one"), world.process("other"));
    one.keeper
        .freeze(Scope::Environment("prod".to_owned()), &anna(false), "stop", &scarlet())
        .await
        .expect("anyone may");
    let lifting = Lifting::Plan("plan-of-wanted".to_owned());
    let standing = one.keeper.lift(&lifting, &anna(true), "this one", &scarlet()).await.expect("an approver lifts");
    assert_eq!(standing.len(), 1, "the freeze stands for everything else");
    assert!(is_frozen(&other, "another").await);
    other.keeper.begin(&other.request("wanted", "checkout", &[], automatic())).await.expect("it was lifted for it");
}

#[tokio::test(start_paused = true)]
async fn the_trail_holds_neither_name_nor_words_of_a_person() {
    let world = World::new();
    let process = world.process("one");
    let personal = Personal::new(
        "freeze-1",
        "0badc0de",
        "anna",
        serde_json::json!({"name": "anna", "why": "bens deployment looks wrong"}),
        DateTime::from_timestamp(1_800_000_000, 0).expect("a time"),
    );
    let who = Who::Person(PersonReference::of("salt", "anna"));
    let signed = Signature { who, personal: Some(personal.clone()) };
    let why = "bens deployment looks wrong";
    process.keeper.freeze(Scope::All, &anna(false), why, &signed).await.expect("anyone may");
    let unsigned = Signature { personal: None, ..signed };
    process.keeper.freeze(Scope::All, &anna(false), why, &unsigned).await.expect("anyone may");
    let lines = trail(&world).await;
    let text: String = lines.iter().map(Line::to_json).collect();
    assert!(!text.contains("anna") && !text.contains("bens"), "{text}");
    let stored = world.memory.get(&PERSONAL, "freeze-1").await.expect("it can be read").expect("it is there");
    let found: Personal = serde_json::from_value(stored.document.body).expect("personal data");
    assert_eq!(PersonalState::of(&lines[0], Some(&found)), PersonalState::Whole);
    let standing = process.keeper.status().await.expect("it can be read");
    assert_eq!(standing.freezes()[0].by, "anna", "those who find it frozen are told by whom");
}

async fn is_paused(process: &Process, id: &str) -> bool {
    let answer = process.keeper.begin(&process.request(id, id, &[], Start::Approved)).await;
    matches!(answer, Err(NotDone::Refused(Refusal::Paused { .. })))
}

#[tokio::test(start_paused = true)]
async fn a_pause_by_one_keeper_stops_its_environment_on_all_and_survives_them() {
    let world = World::new();
    let processes = world.processes(8);
    let paused = processes[3].keeper.pause("prod", None, &anna(false), "the bank is away", &scarlet()).await;
    assert_eq!(paused.expect("anyone may").untold, None);
    assert_eq!(join_all(processes.iter().map(|process| is_paused(process, "one"))).await, [true; 8]);
    let mut elsewhere = processes[0].request("two", "two", &[], Start::Approved);
    "staging".clone_into(&mut elsewhere.target.environment);
    processes[0].keeper.begin(&elsewhere).await.expect("another environment goes on");
    drop(processes);
    let later = world.process("a process of tomorrow");
    assert!(is_paused(&later, "three").await);
    let ending = Lifting::Pause("prod".to_owned());
    let not_permitted = later.keeper.lift(&ending, &anna(false), "go on", &scarlet()).await;
    assert!(matches!(not_permitted, Err(NotDone::Refused(Refusal::NotPermitted { .. }))), "{not_permitted:?}");
    later.keeper.lift(&ending, &anna(true), "go on", &scarlet()).await.expect("an approver ends it");
    assert!(!is_paused(&later, "four").await);
    let kinds: Vec<String> = trail(&world).await.into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds, ["pause.on", "pause.off"], "who may not leaves no record");
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_in_an_environment_after_its_pause_was_acknowledged() {
    let world = World::new();
    let processes = world.processes(8);
    let pausing = async { processes[0].keeper.pause("prod", None, &anna(false), "stop", &scarlet()).await };
    let beginning = processes.iter().enumerate().map(|(number, process)| async move {
        let mut began = 0;
        for round in 0..20 {
            let name = format!("object-{number}-{round}");
            let request = process.request(&name, &name, &[], Start::Approved);
            began += usize::from(process.keeper.begin(&request).await.is_ok());
        }
        began
    });
    let counted = async {
        pausing.await.expect("anyone may");
        processes[0].keeper.status().await.expect("it can be read").under_way().len()
    };
    let (at_the_pause, began) = tokio::join!(counted, join_all(beginning));
    assert_eq!(began.iter().sum::<usize>(), at_the_pause, "{began:?}");
    assert!(at_the_pause < 160, "the pause came too late for this test to show anything");
}

#[tokio::test(start_paused = true)]
async fn a_pause_stands_although_it_cannot_be_told_and_its_end_waits_for_the_trail() {
    let world = World::new();
    let process = world.process("one");
    process.way.set(Some(Trouble::LogsAway));
    let paused = process.keeper.pause("prod", None, &anna(false), "stop", &scarlet()).await.expect("it stands");
    assert!(paused.untold.is_some());
    let ending = Lifting::Pause("prod".to_owned());
    let answer = process.keeper.lift(&ending, &anna(true), "go on", &scarlet()).await;
    assert!(matches!(answer, Err(NotDone::Audit { .. })), "{answer:?}");
    assert!(is_paused(&process, "one").await);
    process.way.set(None);
    process.keeper.lift(&ending, &anna(true), "go on", &scarlet()).await.expect("an approver ends it");
    assert!(!is_paused(&process, "two").await);
}

#[tokio::test(start_paused = true)]
async fn a_pause_with_an_end_ends_by_itself_on_the_clock_of_whoever_begins() {
    let world = World::new();
    let process = world.process("one");
    let until = process.clock.now() + chrono::TimeDelta::minutes(10);
    process.keeper.pause("prod", Some(until), &anna(false), "stop", &scarlet()).await.expect("anyone may");
    tokio::time::advance(std::time::Duration::from_secs(10 * 60)).await;
    assert!(is_paused(&process, "one").await, "clocks may differ");
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    assert!(!is_paused(&process, "two").await);
}
