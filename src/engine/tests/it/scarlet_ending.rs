//! What is not so any more: it is not told, and whoever was told that it is so is told once that it is over.

use crate::scarlet_telling::World;
use crate::shaky::{approval, began, change, incident, put};
use chrono::TimeDelta;
use domain::approval::{Approval, State as ApprovalState};
use domain::escalation::{Escalation, Standing};
use domain::heal::Page;
use domain::incident::{Incident, State};
use engine::scarlet::reconciler::seams::Tells as _;
use ports::clock::Clock as _;
use ports::store::record;

const REMINDER: &str = "INC-1.1.reminder";
const NEEDS: &str = "INC-1 needs people.";
const IS_OVER: &str = "INC-1 is over.";

/// With an incident that is not over.
async fn world() -> World {
    let world = World::new();
    put(&*world.store, &Incident { environment: "prod".to_owned(), state: State::Escalated, ..incident("INC-1") })
        .await;
    world
}

fn told(place: &str, text: &str) -> (String, String) {
    (place.to_owned(), text.to_owned())
}

fn page(number: u32, place: Option<&str>) -> Page {
    Page { key: format!("INC-1.escalation.{number}"), place: place.map(str::to_owned) }
}

impl World {
    async fn becomes(&self, state: State) -> Incident {
        change::<Incident>(&*self.store, "INC-1", |incident| incident.state = state).await;
        record::load::<Incident>(&*self.store, "INC-1").await.unwrap().unwrap().value
    }

    async fn standing(&self, key: &str) -> Standing {
        record::load::<Escalation>(&*self.store, key).await.unwrap().unwrap().value.state
    }
}

#[tokio::test(start_paused = true)]
async fn people_were_reminded_of_an_approval_hours_after_it_was_decided() {
    for (state, expires_after) in [(ApprovalState::Rejected, 24), (ApprovalState::Pending, 1)] {
        let world = world().await;
        let asked = Approval { expires_at: began() + TimeDelta::hours(expires_after), ..approval("INC-1.1", 1) };
        put(&*world.store, &asked).await;
        world.places.away(&["slack:C1", "webhook:pager"]);
        let (escalator, incident) = (world.escalator(), world.becomes(State::WaitingForApproval).await);
        escalator.remind(&incident, "INC-1.1").await.unwrap();
        assert_eq!(world.standing(REMINDER).await, Standing::Nobody);
        change::<Approval>(&*world.store, "INC-1.1", |approval| approval.state = state).await;
        world.places.away(&[]);
        world.clock.advance(TimeDelta::hours(3));
        escalator.pass().await;
        escalator.pass().await;
        assert!(world.places.told().is_empty(), "{state:?}: {:?}", world.places.told());
        assert_eq!(world.standing(REMINDER).await, Standing::Lapsed, "{state:?}");
        assert!(escalator.overview().unreached.is_empty(), "it is not tried any more, and nobody misses it");
        escalator.remind(&incident, "INC-1.1").await.unwrap();
        assert!(world.places.told().is_empty(), "there is nothing to remind of");
    }
}

#[tokio::test(start_paused = true)]
async fn people_are_reminded_once_of_an_approval_that_waits() {
    let world = world().await;
    put(&*world.store, &approval("INC-1.1", 1)).await;
    let (escalator, incident) = (world.escalator(), world.becomes(State::WaitingForApproval).await);
    for _ in 0..2 {
        escalator.remind(&incident, "INC-1.1").await.unwrap();
    }
    assert_eq!(world.places.told(), [told("slack:C1", "INC-1.1 for INC-1 still waits for a yes or a no.")]);
}

#[tokio::test(start_paused = true)]
async fn a_page_stood_open_for_ever_after_its_incident_was_over() {
    let world = world().await;
    world.places.away(&["slack:C1"]);
    let escalator = world.escalator();
    escalator.escalate("prod", "INC-1.escalation.0", NEEDS).await.unwrap();
    world.places.away(&[]);
    let pages = [page(0, Some("webhook:pager"))];
    let open = world.becomes(State::Escalated).await;
    let why = escalator.over(&open, &pages, IS_OVER).await.unwrap_err();
    assert!(why.contains("INC-1 is not over"), "{why}");
    let over = world.becomes(State::Resolved).await;
    // Asked for again after a crash, and by another process.
    for escalator in [escalator.clone(), escalator, world.escalator()] {
        escalator.over(&over, &pages, IS_OVER).await.unwrap();
    }
    assert_eq!(
        world.places.told(),
        [told("webhook:pager", NEEDS), told("webhook:pager", IS_OVER)],
        "only who was told"
    );
    let kept = record::load::<Escalation>(&*world.store, "INC-1.escalation.0.over webhook:pager").await.unwrap();
    let message = kept.unwrap().value.message;
    assert_eq!((message.about.as_str(), message.is_over), ("INC-1", true));
}

/// The chat was away, the pager was told, and the chat told it when it was back: its channel never heard the end.
#[tokio::test(start_paused = true)]
async fn a_chat_that_told_it_late_hears_the_end_too() {
    let world = world().await;
    world.places.away(&["slack:C1"]);
    let escalator = world.escalator();
    escalator.escalate("prod", "INC-1.escalation.0", NEEDS).await.unwrap();
    world.places.away(&[]);
    world.places.late.lock().unwrap().insert("slack:C1".to_owned());
    let over = world.becomes(State::Resolved).await;
    escalator.over(&over, &[page(0, Some("webhook:pager"))], IS_OVER).await.unwrap();
    let mut ended: Vec<(String, String)> = world.places.told().into_iter().filter(|told| told.1 == IS_OVER).collect();
    ended.sort();
    assert_eq!(ended, [told("slack:C1", IS_OVER), told("webhook:pager", IS_OVER)]);
}

#[tokio::test(start_paused = true)]
async fn what_goes_on_as_a_part_of_another_incident_is_no_all_clear() {
    let world = world().await;
    let escalator = world.escalator();
    escalator.escalate("prod", "INC-1.escalation.0", NEEDS).await.unwrap();
    let mut part = world.becomes(State::Closed).await;
    part.part_of = Some("INC-5".to_owned());
    escalator.over(&part, &[page(0, Some("slack:C1"))], "INC-1 is part of INC-5.").await.unwrap();
    let kept = record::load::<Escalation>(&*world.store, "INC-1.escalation.0.over slack:C1").await.unwrap();
    assert!(!kept.unwrap().value.message.is_over);
}

#[tokio::test(start_paused = true)]
async fn that_it_is_over_is_kept_and_told_when_the_place_is_back() {
    let world = world().await;
    let escalator = world.escalator();
    escalator.escalate("prod", "INC-1.escalation.0", NEEDS).await.unwrap();
    world.places.away(&["slack:C1"]);
    let over = world.becomes(State::Resolved).await;
    // That it was told is known from what is kept, although the healing never heard of it.
    let why = escalator.over(&over, &[page(0, None)], IS_OVER).await.unwrap_err();
    assert!(why.contains("slack:C1 was not told yet"), "{why}");
    world.places.away(&[]);
    world.clock.advance(TimeDelta::minutes(1));
    world.escalator().pass().await;
    assert_eq!(world.places.told(), [told("slack:C1", NEEDS), told("slack:C1", IS_OVER)]);
    escalator.over(&over, &[page(0, None)], IS_OVER).await.unwrap();
    assert_eq!(world.places.told().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_came_back_is_not_told_to_be_over_and_then_once() {
    let world = world().await;
    let escalator = world.escalator();
    escalator.escalate("prod", "INC-1.escalation.0", NEEDS).await.unwrap();
    world.places.away(&["slack:C1", "webhook:pager"]);
    let over = world.becomes(State::Resolved).await;
    escalator.over(&over, &[page(0, None)], IS_OVER).await.unwrap_err();
    world.becomes(State::Open).await;
    world.places.away(&[]);
    world.clock.advance(TimeDelta::minutes(10));
    escalator.pass().await;
    escalator.escalate("prod", "INC-1.escalation.1", "INC-1 needs people again.").await.unwrap();
    let over = world.becomes(State::Resolved).await;
    for _ in 0..2 {
        escalator.over(&over, &[page(0, None), page(1, Some("slack:C1"))], IS_OVER).await.unwrap();
        world.clock.advance(TimeDelta::minutes(10));
        escalator.pass().await;
    }
    let all = [told("slack:C1", NEEDS), told("slack:C1", "INC-1 needs people again."), told("slack:C1", IS_OVER)];
    assert_eq!(world.places.told(), all);
}

#[tokio::test(start_paused = true)]
async fn people_were_told_to_come_for_an_incident_that_was_over() {
    let world = world().await;
    world.places.away(&["slack:C1", "webhook:pager"]);
    let escalator = world.escalator();
    escalator.escalate("prod", "INC-1.escalation.0", NEEDS).await.unwrap_err();
    let over = world.becomes(State::Resolved).await;
    world.places.away(&[]);
    world.clock.advance(TimeDelta::minutes(10));
    escalator.pass().await;
    escalator.over(&over, &[page(0, None)], IS_OVER).await.unwrap();
    assert!(world.places.told().is_empty(), "nobody was told of it: {:?}", world.places.told());
    assert_eq!(world.standing("INC-1.escalation.0").await, Standing::Lapsed);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_no_place_takes_is_given_up_and_said() {
    let world = world().await;
    let escalator = world.escalator();
    escalator.escalate("prod", "INC-1.escalation.0", NEEDS).await.unwrap();
    world.places.away(&["slack:C1"]);
    let over = world.becomes(State::Resolved).await;
    escalator.over(&over, &[page(0, None)], IS_OVER).await.unwrap_err();
    let until = world.clock.now() + TimeDelta::hours(25);
    while world.clock.now() < until {
        world.clock.advance(TimeDelta::minutes(10));
        escalator.pass().await;
    }
    let [unreached] = escalator.overview().unreached.try_into().unwrap();
    assert!(!unreached.is_tried && unreached.key == "INC-1.escalation.0.over slack:C1", "{unreached:?}");
    escalator.over(&over, &[page(0, None)], IS_OVER).await.unwrap();
}
