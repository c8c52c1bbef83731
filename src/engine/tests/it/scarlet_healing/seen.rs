//! What people see of a stage, and when: before anything is done in it.

use super::script::world;
use super::settle;
use crate::shaky::{Broken, began};
use chrono::TimeDelta;
use domain::heal::Heal;
use domain::incident::{Incident, State};
use domain::policy::Verdict;
use domain::verification::Outcome;
use ports::clock::Clock as _;
use ports::store::record;
use std::time::Duration;

/// The incident stood at deciding until the action had ended, and correlation could end it meanwhile.
#[tokio::test]
async fn nobody_saw_that_it_acts_while_it_acted() {
    let world = world(Verdict::Allow).await;
    world.script.hangs_in_acting();
    let stopped = tokio::time::timeout(Duration::from_millis(50), world.pass()).await;
    assert!(stopped.is_err(), "it was to be in the middle of the action");
    assert_eq!((world.done(), world.incident().await.state), (vec!["carry out INC-1.1".to_owned()], State::Acting));
}

#[tokio::test]
async fn what_could_not_be_shown_is_taken_back_all_the_same() {
    let world = world(Verdict::Allow).await;
    world.script.measures(Outcome::Worse);
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    let store = world.store.clone();
    world.script.then("measure", async move { store.breaks(Broken::Incidents) });
    world.pass().await;
    assert_eq!(world.done()[..2], ["carry out INC-1.1", "undo INC-1.1"]);
}

#[tokio::test]
async fn what_could_not_be_shown_to_begin_does_not_begin_and_is_planned_anew() {
    let world = world(Verdict::Allow).await;
    let store = world.store.clone();
    world.script.then("plan", async move { store.breaks(Broken::Incidents) });
    world.pass().await;
    world.store.mends();
    let heal = world.load::<Heal>("INC-1").await;
    assert_eq!((world.done().len(), heal.stage.name()), (0, "resting"), "{:?}", heal.attempts);
    assert!(heal.attempts[0].told.contains("could not be shown"), "{:?}", heal.attempts);
    world.after(TimeDelta::seconds(30)).await;
    settle(&world).await;
    assert_eq!(world.done(), ["carry out INC-1.2"]);
}

#[tokio::test]
async fn an_incident_that_was_ended_right_before_it_acts_was_acted_upon() {
    let world = world(Verdict::Allow).await;
    world.script.is_unsure();
    let store = world.store.clone();
    world.script.then("hear", async move {
        let over = |found: Option<Incident>| {
            let over = Incident { state: State::Resolved, resolved_at: Some(began()), ..found.unwrap() };
            (Some(over), ())
        };
        record::change(&*store, "INC-1", over).await.unwrap();
    });
    settle(&world).await;
    let heal = world.load::<Heal>("INC-1").await;
    assert_eq!((world.done().len(), heal.stage.name()), (0, "resolved"), "{:?}", heal.attempts);
    assert!(heal.attempts[0].told.contains("the incident is over"), "{:?}", heal.attempts);
    assert!(world.clock.now() == began());
}
