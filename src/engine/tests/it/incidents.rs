//! The desk of incidents: what people do at once, what is listed, and what happens to the action that was asked for.

use crate::shaky::{Broken, Shaky, approval, began, clock, incident, person, put, shaky};
use chrono::TimeDelta;
use domain::approval::{Choice, State as Asked};
use domain::incident::{Deed, Incident, PendingDecision, Refusal, Severity, State};
use domain::person::Role;
use engine::approvals::ApprovalDesk;
use engine::incidents::IncidentDesk;
use fakes::ManualClock;
use ports::approvals::{Approvals, Ballot};
use ports::incidents::Incidents;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

struct World {
    desk: Arc<IncidentDesk>,
    approvals: Arc<ApprovalDesk>,
    store: Arc<Shaky>,
    clock: Arc<ManualClock>,
}

fn world() -> World {
    let clock = clock();
    let store = shaky(clock.clone());
    let drawn = AtomicU64::new(0);
    let draw = Arc::new(move || format!("drawn-{}", drawn.fetch_add(1, Ordering::Relaxed)));
    let approvals = Arc::new(ApprovalDesk::new(store.clone(), clock.clone(), draw));
    let desk = Arc::new(IncidentDesk::new(store.clone(), clock.clone(), approvals.clone()));
    World { desk, approvals, store, clock }
}

fn resolve() -> Deed {
    Deed::Resolve("rolled back by hand".to_owned())
}

/// An incident that has asked for an approval.
async fn waiting(world: &World) {
    world.approvals.ask(&approval("APR-1", 1)).await.unwrap();
    let (approval, summary) = ("APR-1".to_owned(), "Roll it back".to_owned());
    let pending = Some(PendingDecision { approval, summary, expires_at: began() + TimeDelta::minutes(30) });
    put(&*world.store, &Incident { pending, state: State::WaitingForApproval, ..incident("INC-1") }).await;
}

#[tokio::test]
async fn of_eight_who_take_it_at_once_one_has_it() {
    let world = world();
    put(&*world.store, &incident("INC-1")).await;
    let claims = (0..8).map(|number| {
        let desk = world.desk.clone();
        tokio::spawn(async move {
            let person = person(&format!("person-{number}"));
            desk.act("INC-1", &person, Deed::Claim).await.unwrap().unwrap()
        })
    });
    let told: Vec<_> = futures::future::join_all(claims).await.into_iter().map(|told| told.unwrap()).collect();
    let owner = world.desk.get("INC-1").await.unwrap().unwrap().owner.unwrap();
    assert_eq!(told.iter().filter(|told| told.is_ok()).count(), 1);
    let refused = Err(Refusal::HasOwner { owner });
    assert_eq!(told.iter().filter(|told| **told == refused).count(), 7, "{told:?}");
}

#[tokio::test]
async fn nothing_is_lost_of_what_several_do_at_once() {
    let world = world();
    put(&*world.store, &incident("INC-1")).await;
    let before = incident("INC-1").timeline.len();
    let (ann, ben) = (person("ann"), person("ben"));
    let (claimed, escalated) = tokio::join!(
        world.desk.act("INC-1", &ann, Deed::Claim),
        world.desk.act("INC-1", &ben, Deed::Escalate("too big for us".to_owned()))
    );
    assert!(claimed.unwrap().unwrap().is_ok() && escalated.unwrap().unwrap().is_ok());
    let found = world.desk.get("INC-1").await.unwrap().unwrap();
    assert_eq!((found.owner.as_deref(), found.state), (Some("ann"), State::Escalated));
    assert_eq!(found.timeline.len(), before + 2);
}

#[tokio::test]
async fn what_is_open_is_listed_the_worst_first_over_many_pages() {
    let world = world();
    for number in 0..250_u32 {
        let severity = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical][number as usize % 4];
        let state = if number % 10 == 0 { State::Resolved } else { State::Diagnosing };
        let opened_at = began() + TimeDelta::seconds(number.into());
        let one = Incident { severity, state, opened_at, changed_at: opened_at, ..incident(&format!("INC-{number}")) };
        put(&*world.store, &one).await;
    }
    let open = world.desk.open().await.unwrap();
    assert_eq!(open.len(), 225);
    assert!(open.iter().all(Incident::is_open));
    assert!(open.is_sorted_by(|one, other| one.worst_first(other).is_le()));
    let changed = world.desk.changed_since(began() + TimeDelta::seconds(100), 120).await.unwrap();
    let ids: Vec<String> = changed.into_iter().map(|found| found.id).collect();
    assert_eq!(ids, (100..220).map(|number| format!("INC-{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_incident_of_a_newer_version_hides_no_other() {
    let world = world();
    put(&*world.store, &incident("INC-1")).await;
    world.store.plant_newer_incident("INC-2");
    put(&*world.store, &incident("INC-3")).await;
    let open: Vec<String> = world.desk.open().await.unwrap().into_iter().map(|found| found.id).collect();
    assert_eq!(open, ["INC-1", "INC-3"]);
}

#[tokio::test]
async fn the_action_of_an_incident_that_is_over_is_withdrawn() {
    let world = world();
    waiting(&world).await;
    let done = world.desk.act("INC-1", &person("ann"), resolve()).await.unwrap().unwrap().unwrap();
    assert_eq!((done.state, done.pending), (State::Resolved, None));
    let asked = world.approvals.get("APR-1").await.unwrap().unwrap();
    assert_eq!(asked.state, Asked::Withdrawn);
    assert_eq!(asked.ended.as_deref(), Some("The incident INC-1 was resolved."));
}

#[tokio::test]
async fn whoever_may_not_resolve_withdraws_nothing() {
    let world = world();
    waiting(&world).await;
    let refused = world.desk.act("INC-1", &person("nobody"), resolve()).await.unwrap().unwrap();
    assert_eq!(refused, Err(Refusal::NotPermitted { person: "nobody".to_owned(), role: Role::Responder }));
    let empty = world.desk.act("INC-1", &person("ann"), Deed::Resolve("  ".to_owned())).await.unwrap().unwrap();
    assert_eq!(empty, Err(Refusal::NoReason));
    assert_eq!(world.approvals.get("APR-1").await.unwrap().unwrap().state, Asked::Pending);
}

#[tokio::test]
async fn an_incident_is_not_resolved_while_its_action_cannot_be_withdrawn() {
    let world = world();
    waiting(&world).await;
    world.store.breaks(Broken::Approvals);
    assert!(world.desk.act("INC-1", &person("ann"), resolve()).await.is_err());
    world.store.mends();
    let found = world.desk.get("INC-1").await.unwrap().unwrap();
    assert_eq!((found.state, found.pending.is_some()), (State::WaitingForApproval, true));
}

#[tokio::test]
async fn an_action_that_has_begun_goes_on_when_its_incident_is_resolved() {
    let world = world();
    waiting(&world).await;
    let (ann, plan) = (person("ann"), approval("APR-1", 1).plan);
    let yes = Ballot { approval: "APR-1", plan: &plan, person: &ann, choice: Choice::Approve, by_way_of: "terminal" };
    world.approvals.vote(yes).await.unwrap();
    world.clock.advance(TimeDelta::seconds(10));
    assert!(world.approvals.start("APR-1").await.unwrap().unwrap().is_ok());
    assert!(world.desk.act("INC-1", &ann, resolve()).await.unwrap().unwrap().is_ok());
    assert_eq!(world.approvals.get("APR-1").await.unwrap().unwrap().state, Asked::Started);
}

#[tokio::test]
async fn a_store_that_is_away_is_told_and_what_is_not_there_is_not_found() {
    let world = world();
    assert_eq!(world.desk.act("INC-9", &person("ann"), Deed::Claim).await, Ok(None));
    assert_eq!(world.desk.act("INC-9", &person("ann"), resolve()).await, Ok(None));
    put(&*world.store, &incident("INC-1")).await;
    world.store.breaks(Broken::All);
    assert!(world.desk.open().await.is_err() && world.desk.get("INC-1").await.is_err());
    assert!(world.desk.changed_since(began(), 10).await.is_err());
    assert!(world.desk.act("INC-1", &person("ann"), Deed::Claim).await.is_err());
}
