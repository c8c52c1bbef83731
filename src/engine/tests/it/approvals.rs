//! The desk of approvals: what people say at once, what the audit trail is told, and what happens while the store is away.

use crate::shaky::{Broken, Shaky, approval, clock, person, put, shaky};
use chrono::TimeDelta;
use domain::approval::{Approval, COUNTDOWN_SECONDS, Choice, NotStarted, Outcome, State};
use domain::audit::{Outcome as Ended, Personal, PersonalState, Record};
use domain::person::Person;
use engine::approvals::ApprovalDesk;
use fakes::ManualClock;
use ports::approvals::{Approvals, Ballot};
use ports::store::error::StoreError;
use ports::store::{Log, Store, record};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

struct World {
    desk: Arc<ApprovalDesk>,
    store: Arc<Shaky>,
    clock: Arc<ManualClock>,
}

/// A desk over a store, with this approval asked for.
async fn world(people_needed: u32) -> World {
    let clock = clock();
    let store = shaky(clock.clone());
    let drawn = AtomicU64::new(0);
    let draw = Arc::new(move || format!("drawn-{}", drawn.fetch_add(1, Ordering::Relaxed)));
    let desk = Arc::new(ApprovalDesk::new(store.clone(), clock.clone(), draw));
    desk.ask(&approval("APR-1", people_needed)).await.unwrap();
    World { desk, store, clock }
}

fn ballot<'a>(person: &'a Person, plan: &'a str, choice: Choice) -> Ballot<'a> {
    Ballot { approval: "APR-1", plan, person, choice, by_way_of: "slack reaction" }
}

impl World {
    async fn says(&self, id: &str, choice: Choice) -> Result<Outcome, StoreError> {
        let (person, plan) = (person(id), approval("APR-1", 1).plan);
        let answer = self.desk.vote(ballot(&person, &plan, choice)).await?;
        Ok(answer.unwrap().0)
    }

    async fn takes_back(&self, id: &str) -> Result<Outcome, StoreError> {
        let (person, plan) = (person(id), approval("APR-1", 1).plan);
        Ok(self.desk.take_back(ballot(&person, &plan, Choice::Approve)).await?.unwrap().0)
    }

    async fn stands(&self) -> Approval {
        self.desk.get("APR-1").await.unwrap().unwrap()
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// The trail after the question: kind, and how it ended.
    async fn trail(&self) -> Vec<String> {
        let lines = self.store.read(Log::Audit, 1, 1_000).await.unwrap();
        let told = lines.iter().map(|line| {
            let record = Record::of(line).unwrap();
            let ended = match record.outcome {
                None => "",
                Some(Ended::Done) => " done",
                Some(Ended::Refused(_)) => " refused",
                Some(Ended::Failed(_)) => " failed",
                Some(Ended::Unknown(_)) => " unknown",
            };
            format!("{}{ended}", line.kind)
        });
        told.collect()
    }
}

#[tokio::test]
async fn eight_yeses_at_once_grant_once_and_by_as_many_as_are_needed() {
    for needed in [1, 2, 5] {
        let world = world(needed).await;
        let voices = (0..8).map(|number| {
            let desk = world.desk.clone();
            tokio::spawn(async move {
                let (person, plan) = (person(&format!("voter-{number}")), approval("APR-1", 1).plan);
                desk.vote(ballot(&person, &plan, Choice::Approve)).await.unwrap().unwrap().0
            })
        });
        let told: Vec<Outcome> =
            futures::future::join_all(voices).await.into_iter().map(|outcome| outcome.unwrap()).collect();
        let count = |wanted: Outcome| told.iter().filter(|outcome| **outcome == wanted).count();
        let needed = usize::try_from(needed).unwrap();
        assert_eq!((count(Outcome::Counted), count(Outcome::Granted)), (needed - 1, 1), "{told:?}");
        assert_eq!(count(Outcome::Decided), 8 - needed, "{told:?}");
        let stands = world.stands().await;
        assert_eq!((stands.state, stands.approvers().len()), (State::Granted, needed));
        // The trail tells of those that count, and takes back what it told of the others.
        let trail = world.trail().await;
        let given = trail.iter().filter(|told| *told == "approval.given").count();
        let refused = trail.iter().filter(|told| *told == "approval.given refused").count();
        assert_eq!(given - refused, needed, "{trail:?}");
    }
}

#[tokio::test]
async fn a_no_among_eight_yeses_at_once_is_never_lost() {
    for round in 0..20 {
        let world = world(2).await;
        let voices = (0..8).map(|number| {
            let desk = world.desk.clone();
            let choice = if number == round % 8 { Choice::Reject } else { Choice::Approve };
            tokio::spawn(async move {
                let (person, plan) = (person(&format!("voter-{number}")), approval("APR-1", 1).plan);
                desk.vote(ballot(&person, &plan, choice)).await.unwrap().unwrap().0
            })
        });
        let told = futures::future::join_all(voices).await;
        assert!(told.into_iter().any(|outcome| outcome.unwrap() == Outcome::Rejected));
        assert_eq!(world.stands().await.state, State::Rejected);
    }
}

#[tokio::test]
async fn of_eight_starts_at_once_one_begins() {
    let world = world(1).await;
    assert_eq!(world.says("ann", Choice::Approve).await, Ok(Outcome::Granted));
    assert!(matches!(world.desk.start("APR-1").await, Ok(Some(Err(NotStarted::TooEarly { .. })))));
    world.pass(COUNTDOWN_SECONDS);
    let starts = (0..8).map(|_| {
        let desk = world.desk.clone();
        tokio::spawn(async move { desk.start("APR-1").await.unwrap().unwrap().is_ok() })
    });
    let begun = futures::future::join_all(starts).await.into_iter().filter(|begun| *begun.as_ref().unwrap()).count();
    assert_eq!((begun, world.stands().await.state), (1, State::Started));
    assert_eq!(world.takes_back("ann").await, Ok(Outcome::Decided));
    assert_eq!(world.says("ben", Choice::Reject).await, Ok(Outcome::Decided));
    assert_eq!(world.desk.start("APR-9").await, Ok(None));
}

#[tokio::test]
async fn of_a_no_and_a_start_at_once_one_wins() {
    for _ in 0..20 {
        let world = world(1).await;
        world.says("ann", Choice::Approve).await.unwrap();
        world.pass(COUNTDOWN_SECONDS);
        let (said, started) = tokio::join!(world.says("ben", Choice::Reject), world.desk.start("APR-1"));
        let begun = started.unwrap().unwrap().is_ok();
        assert_eq!(said.unwrap() == Outcome::Rejected, !begun);
        assert_eq!(world.stands().await.state, if begun { State::Started } else { State::Rejected });
    }
}

#[tokio::test]
async fn the_trail_tells_of_every_word_that_counts_and_names_nobody() {
    let world = world(2).await;
    world.says("ann", Choice::Approve).await.unwrap();
    world.says("ann", Choice::Approve).await.unwrap();
    world.says("nobody", Choice::Approve).await.unwrap();
    world.says("ben", Choice::Approve).await.unwrap();
    world.takes_back("ben").await.unwrap();
    world.says("ben", Choice::Reject).await.unwrap();
    let told = ["approval.given", "approval.given", "approval.withdrawn done", "approval.refused done"];
    assert_eq!(world.trail().await, told);
    let lines = world.store.read(Log::Audit, 0, 100).await.unwrap();
    let mut actors = BTreeSet::new();
    for line in &lines {
        let text = line.to_json();
        assert!(!text.contains("ann") && !text.contains("ben"), "{text}");
        assert!(text.contains("approval APR-1") && text.contains(&approval("APR-1", 2).plan), "{text}");
        let record = Record::of(line).unwrap();
        actors.insert(record.who.to_string());
        if let Some(beside) = record.personal {
            let found = record::load::<Personal>(&*world.store, &beside.id).await.unwrap().unwrap().value;
            assert_eq!(PersonalState::of(line, Some(&found)), PersonalState::Whole);
            assert!(matches!(found.person.as_str(), "ann" | "ben"), "{found:?}");
        }
    }
    assert_eq!(actors.len(), lines.len(), "records tell nothing about each other");
    assert!(world.store.verify(Log::Audit).await.unwrap().holds());
}

#[tokio::test]
async fn nothing_is_granted_that_the_trail_was_not_told() {
    for broken in [Broken::Append, Broken::Personal] {
        let world = world(1).await;
        world.store.breaks(broken);
        assert!(matches!(world.says("ann", Choice::Approve).await, Err(StoreError::Unavailable { .. })));
        assert_eq!(
            (world.stands().await.state, world.stands().await.votes),
            (State::Pending, Vec::new()),
            "{broken:?}"
        );
        world.store.mends();
        assert_eq!(world.says("ann", Choice::Approve).await, Ok(Outcome::Granted));
    }
}

#[tokio::test]
async fn a_no_stands_though_the_trail_is_away() {
    let world = world(1).await;
    world.says("ann", Choice::Approve).await.unwrap();
    world.store.breaks(Broken::Append);
    assert_eq!(world.takes_back("ann").await, Ok(Outcome::TakenBack));
    assert_eq!(world.says("ben", Choice::Reject).await, Ok(Outcome::Rejected));
    assert_eq!(world.stands().await.state, State::Rejected);
}

#[tokio::test]
async fn a_yes_that_could_not_be_kept_is_taken_out_of_the_trail() {
    let world = world(1).await;
    world.store.breaks(Broken::Approvals);
    assert!(matches!(world.says("ann", Choice::Approve).await, Err(StoreError::Unavailable { .. })));
    assert_eq!(world.trail().await, ["approval.given", "approval.given failed"]);
    world.store.mends();
    assert_eq!(world.stands().await.state, State::Pending);
}

#[tokio::test]
async fn a_store_that_is_away_is_told_and_decides_nothing() {
    let world = world(1).await;
    world.store.breaks(Broken::All);
    assert!(world.says("ann", Choice::Approve).await.is_err());
    assert!(world.takes_back("ann").await.is_err());
    assert!(world.desk.get("APR-1").await.is_err() && world.desk.pending().await.is_err());
    assert!(world.desk.expire().await.is_err() && world.desk.start("APR-1").await.is_err());
    world.store.mends();
    assert_eq!(world.stands().await, approval("APR-1", 1));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_left_in_time() {
    let world = world(1).await;
    world.store.breaks(Broken::Hangs);
    let said = tokio::time::timeout(std::time::Duration::from_secs(60), world.says("ann", Choice::Approve)).await;
    assert!(matches!(said, Ok(Err(StoreError::Unknown { .. }))), "{said:?}");
}

#[tokio::test]
async fn time_ends_what_nobody_decided_and_the_trail_is_told_once() {
    let world = world(1).await;
    let other = Approval { id: "APR-2".to_owned(), ..approval("APR-2", 1) };
    put(&*world.store, &other).await;
    world.says("ann", Choice::Approve).await.unwrap();
    assert_eq!(world.desk.expire().await, Ok(0));
    world.pass(1_800);
    assert_eq!(world.desk.pending().await, Ok(Vec::new()), "what has expired does not wait for people");
    assert_eq!(world.desk.expire().await, Ok(2));
    assert_eq!(world.desk.expire().await, Ok(0));
    assert_eq!(world.stands().await.state, State::Expired);
    assert!(matches!(world.desk.start("APR-1").await, Ok(Some(Err(NotStarted::NotGranted { .. })))));
    let told = ["approval.given", "approval.expired done", "approval.expired done"];
    assert_eq!(world.trail().await, told);
}

#[tokio::test]
async fn a_word_that_comes_too_late_ends_it_for_everybody() {
    let world = world(1).await;
    world.says("ann", Choice::Approve).await.unwrap();
    world.pass(1_800);
    assert_eq!(world.says("ben", Choice::Reject).await, Ok(Outcome::Expired));
    world.clock.advance(TimeDelta::seconds(-60));
    let started = world.desk.start("APR-1").await.unwrap().unwrap();
    assert_eq!(started, Err(NotStarted::NotGranted { state: State::Expired }), "by a clock that is behind");
}

#[tokio::test]
async fn those_that_end_first_are_told_first_and_what_is_damaged_hides_nothing() {
    let world = world(1).await;
    for (id, minutes) in [("APR-3", 20), ("APR-2", 10), ("APR-4", 40)] {
        let mut one = approval(id, 1);
        one.expires_at = one.asked_at + TimeDelta::minutes(minutes);
        put(&*world.store, &one).await;
    }
    world.store.plant_damaged_approval("APR-0");
    let pending: Vec<String> = world.desk.pending().await.unwrap().into_iter().map(|found| found.id).collect();
    assert_eq!(pending, ["APR-2", "APR-3", "APR-1", "APR-4"]);
}

#[tokio::test]
async fn a_plan_that_was_replaced_is_withdrawn_once() {
    let world = world(1).await;
    world.says("ann", Choice::Approve).await.unwrap();
    let ended = world.desk.withdraw("APR-1", "The object has changed.").await.unwrap().unwrap();
    assert_eq!((ended.state, ended.ended.as_deref()), (State::Withdrawn, Some("The object has changed.")));
    assert_eq!(world.desk.withdraw("APR-1", "again").await, Ok(None));
    assert_eq!(world.says("ben", Choice::Approve).await, Ok(Outcome::Decided));
    assert_eq!(world.trail().await, ["approval.given", "approval.withdrawn done"]);
}

#[tokio::test]
async fn what_is_asked_twice_is_kept_once_and_what_is_not_there_is_not_found() {
    let world = world(1).await;
    assert!(matches!(world.desk.ask(&approval("APR-1", 2)).await, Err(StoreError::Conflict { .. })));
    assert_eq!(world.stands().await.permitted.people_needed, 1);
    assert_eq!(world.trail().await, ["approval.asked", "approval.asked failed"]);
    let (person, plan) = (person("ann"), approval("APR-1", 1).plan);
    let nowhere = Ballot { approval: "APR-9", ..ballot(&person, &plan, Choice::Approve) };
    assert_eq!(world.desk.vote(nowhere).await, Ok(None));
}
