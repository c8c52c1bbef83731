//! From kept signals to incidents.

use super::{World, end_of, signal};
use crate::shaky::{approval, change, person};
use chrono::TimeDelta;
use domain::approval::State as Asked;
use domain::calendar::{Once, Window};
use domain::correlation::{Quiet, Rules};
use domain::incident::{Deed, Incident, PendingDecision, State};
use domain::signal::Signal;
use engine::incidents::IncidentDesk;
use ports::clock::Clock as _;
use ports::incidents::Incidents as _;
use ports::signals::Intake as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn states(incidents: &[Incident]) -> Vec<(&str, State)> {
    incidents.iter().map(|one| (one.id.as_str(), one.state)).collect()
}

#[tokio::test]
async fn what_is_right_again_ends_its_incident() {
    let world = World::new();
    let one = signal("Errors", "checkout");
    world.keep(&[one.clone(), signal("Slow", "cart"), end_of(&one)]).await;
    world.settle_down().await;
    assert_eq!(states(&world.incidents().await), [("INC-1", State::Resolved), ("INC-2", State::Open)]);
    assert_eq!(world.stands().await, [("done", 3)].into());
}

#[tokio::test]
async fn the_end_of_what_nobody_knew_does_nothing() {
    let world = World::new();
    world.keep(&[end_of(&signal("Errors", "checkout"))]).await;
    world.settle_down().await;
    assert_eq!(world.incidents().await, []);
    assert_eq!(world.stands().await, [("done", 1)].into());
}

#[tokio::test]
async fn a_thousand_alerts_of_one_cause_are_one_incident_with_their_number() {
    let world = World::new();
    let signals: Vec<Signal> = (0..1_000)
        .map(|number| {
            let mut one = signal("PodCrashLooping", "checkout");
            one.id = format!("pod-{number}");
            one.labels.insert("pod".to_owned(), format!("checkout-{number}"));
            one
        })
        .collect();
    world.keep(&signals).await;
    world.settle_down().await;
    let incidents = world.incidents().await;
    assert_eq!(states(&incidents), [("INC-1", State::Open)]);
    assert_eq!(incidents.iter().map(|one| one.signals).collect::<Vec<_>>(), [1_000]);
    assert_eq!(incidents[0].members[0].count, 1_000);
}

#[tokio::test]
async fn a_storm_of_one_name_in_many_places_becomes_one_incident() {
    let world = World::new();
    let signals: Vec<Signal> = (0..400).map(|number| signal("NodeNotReady", &format!("w-{number}"))).collect();
    world.keep(&signals).await;
    world.settle_down().await;
    let incidents = world.incidents().await;
    let open: Vec<&Incident> = incidents.iter().filter(|one| one.is_open()).collect();
    assert_eq!(open.iter().map(|one| (one.id.as_str(), one.signals)).collect::<Vec<_>>(), [("INC-1", 400)]);
    assert!(incidents.iter().filter(|one| !one.is_open()).all(|one| one.state == State::Closed));
}

fn maintenance(world: &World, minutes: i64) {
    let now = world.clock.now();
    let windows = vec![Window::Once(Once::new(now, now + TimeDelta::minutes(minutes)).unwrap())];
    let (environment, why) = ("prod".to_owned(), "maintenance".to_owned());
    let quiet = Quiet { environment, matchers: Vec::new(), why, windows };
    *world.around.0.lock().unwrap() = Arc::new(Rules { quiets: vec![quiet], ..Rules::default() });
}

#[tokio::test]
async fn what_is_still_wrong_after_a_maintenance_is_an_incident_then() {
    let world = World::new();
    maintenance(&world, 30);
    world.keep(&[signal("Errors", "checkout")]).await;
    world.settle_down().await;
    assert_eq!((world.incidents().await, world.stands().await), (vec![], [("put_off", 1)].into()));
    world.minutes_later(31);
    world.settle_down().await;
    assert_eq!(states(&world.incidents().await), [("INC-1", State::Open)]);
    assert_eq!(world.stands().await, [("done", 1)].into());
}

#[tokio::test]
async fn what_ended_during_a_maintenance_is_none_afterwards() {
    for at_once in [true, false] {
        let world = World::new();
        maintenance(&world, 30);
        let one = signal("Errors", "checkout");
        world.keep(std::slice::from_ref(&one)).await;
        if !at_once {
            world.settle_down().await;
        }
        world.clock.advance(TimeDelta::seconds(20));
        world.keep(&[end_of(&one)]).await;
        world.settle_down().await;
        world.minutes_later(31);
        world.settle_down().await;
        assert_eq!((world.incidents().await, world.stands().await), (vec![], [("done", 2)].into()), "{at_once}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_trouble_that_was_called_over_and_is_reported_anew_opens_its_incident_again() {
    let world = World::new();
    let process = world.process();
    let report = async || {
        let one = Signal { seen_at: world.clock.now(), ..signal("Errors", "checkout") };
        let taken = process.intake.take(vec![one]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3)).await;
        taken.kept
    };
    assert_eq!(report().await, 1);
    let desk = IncidentDesk::new(world.store.clone(), world.clock.clone(), world.approvals());
    let over = Deed::Resolve("looks fine to me".to_owned());
    assert!(desk.act("INC-1", &person("ann"), over).await.unwrap().unwrap().is_ok());
    world.minutes_later(1);
    assert_eq!(report().await, 0);
    assert_eq!(states(&world.incidents().await), [("INC-1", State::Resolved)]);
    world.minutes_later(9);
    assert_eq!(report().await, 1);
    assert_eq!(states(&world.incidents().await), [("INC-1", State::Open)]);
    process.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_an_incident_asked_for_is_withdrawn_before_it_ends_at_its_sources() {
    let world = World::new();
    let process = world.process();
    let one = signal("Errors", "checkout");
    process.intake.take(vec![one.clone()]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    world.approvals().ask(&approval("APR-1", 1)).await.unwrap();
    change::<Incident>(&*world.store, "INC-1", |incident| {
        incident.state = State::WaitingForApproval;
        let (approval, expires_at) = ("APR-1".to_owned(), world.clock.now() + TimeDelta::minutes(30));
        incident.pending = Some(PendingDecision { approval, summary: "Roll it back".to_owned(), expires_at });
    })
    .await;
    process.intake.take(vec![end_of(&one)]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(states(&world.incidents().await), [("INC-1", State::Resolved)]);
    let asked = ports::approvals::Approvals::get(&*world.approvals(), "APR-1").await.unwrap().unwrap();
    assert_eq!(asked.state, Asked::Withdrawn);
    process.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_first_look_around_made_an_incident_for_each_symptom() {
    for looks_after in [Some(Duration::from_secs(7)), None] {
        let world = World::new();
        world.around.1.store(true, Ordering::SeqCst);
        let process = world.process();
        let began = tokio::time::Instant::now();
        let taken = process.intake.take(vec![signal("Errors", "checkout")]).await.unwrap();
        assert_eq!((taken.kept, world.incidents().await), (1, Vec::new()), "kept at once, and decided later");
        if let Some(time) = looks_after {
            tokio::time::sleep(time).await;
            assert_eq!(world.incidents().await, []);
            world.around.1.store(false, Ordering::SeqCst);
        }
        while world.incidents().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let waited = began.elapsed().as_secs();
        assert_eq!(waited, looks_after.map_or(45, |time| time.as_secs()), "for ever it waits for nobody");
        process.end().await;
    }
}
