//! Freezing, lifting, and what the audit trail is told of them.

use super::troubled_store::Trouble;
use super::world::{Process, World, automatic};
use chrono::DateTime;
use domain::audit::{Actor as Who, Outcome as Ended, PersonReference, Personal, PersonalState, Record};
use domain::chain::Line;
use domain::guard::{Actor, Refusal, Scope, Start};
use futures::future::join_all;
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
