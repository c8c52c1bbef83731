//! Incidents that turn out to be one after somebody began to look into them.

use super::*;
use crate::incident::{Cause, PendingDecision};

fn with_cause(mut incident: Incident, workload: &str) -> Incident {
    incident.cause = Some(Cause { object: deployment(workload), summary: "it is slow".to_owned(), confidence: 800 });
    incident
}

fn waiting(mut incident: Incident) -> Incident {
    incident.state = State::WaitingForApproval;
    let expires_at = incident.opened_at;
    let summary = "rollout_restart".to_owned();
    incident.pending = Some(PendingDecision { approval: format!("{}.1", incident.id), summary, expires_at });
    incident
}

/// An incident each for `cart` and `payments`, which do not stand on each other.
fn two_incidents(desk: &mut Desk) -> (Incident, Incident) {
    desk.take(&on("Slow", "cart"));
    desk.take(&on("Slow", "payments"));
    let [one, other] = desk.incidents.as_slice() else { panic!("{:?}", desk.incidents) };
    (one.clone(), other.clone())
}

fn pairs(desk: &Desk, incidents: &[Incident]) -> Vec<(String, String)> {
    let steps = merges(incidents, "prod", &desk.topology, &desk.rules);
    steps.into_iter().map(|step| (step.from, step.into)).collect()
}

fn one_pair(from: &str, into: &str) -> Vec<(String, String)> {
    vec![(from.to_owned(), into.to_owned())]
}

#[test]
fn an_incident_without_a_cause_that_people_were_told_of_stayed_beside_the_one_that_explains_it() {
    let mut desk = Desk::new(Topology::default());
    desk.take(&on("Errors", "checkout"));
    desk.take(&on("Errors", "payments"));
    let mut above = desk.incidents[0].clone();
    above.state = State::Escalated;
    let below = waiting(with_cause(desk.incidents[1].clone(), "payments"));
    desk.topology = shop();
    assert_eq!(pairs(&desk, &[above.clone(), below.clone()]), one_pair("INC-1", "INC-2"));
    above.owner = Some("slack:U1".to_owned());
    assert_eq!(pairs(&desk, &[above.clone(), below.clone()]), [], "a person has it");
    let above = with_cause(Incident { owner: None, ..above }, "checkout");
    assert_eq!(pairs(&desk, &[above, below]), [], "it has a cause of its own");
}

#[test]
fn callers_of_one_cause_are_one_incident_and_the_one_that_has_come_further_stays() {
    let mut desk = Desk::new(shop());
    let (one, other) = two_incidents(&mut desk);
    assert_eq!(pairs(&desk, &[one.clone(), other.clone()]), [], "neither explains the other");
    let (one, other) = (with_cause(one, "db"), with_cause(other, "db"));
    assert_eq!(pairs(&desk, &[one.clone(), other.clone()]), one_pair("INC-2", "INC-1"), "the older one");
    let other = waiting(other);
    assert_eq!(pairs(&desk, &[one.clone(), other.clone()]), one_pair("INC-1", "INC-2"));
    let one = waiting(one);
    assert_eq!(pairs(&desk, &[one.clone(), other.clone()]), one_pair("INC-2", "INC-1"));
    let (whole, part) = merge(one, other, desk.now);
    assert_eq!((whole.signals, part.state, part.pending), (2, State::Closed, None), "its question falls away");
    assert_eq!((part.part_of, whole.part_of), (Some(whole.id), None));
}

#[test]
fn what_has_begun_or_has_another_cause_stays_an_incident_of_its_own() {
    let mut desk = Desk::new(shop());
    let (one, other) = two_incidents(&mut desk);
    let (one, other) = (with_cause(one, "db"), with_cause(other, "db"));
    let begun = |incident: &Incident, state| Incident { state, ..incident.clone() };
    for state in [State::Acting, State::Verifying] {
        let both = [begun(&one, State::Acting), begun(&other, state)];
        assert_eq!(pairs(&desk, &both), [], "{state:?}");
        assert!(!may_be_part(&both[1], &both[0]), "{state:?}");
    }
    assert!(!may_be_part(&waiting(with_cause(other.clone(), "payments")), &one));
    assert!(may_be_part(&waiting(other), &one));
}

#[test]
fn of_two_at_one_place_the_older_one_without_a_cause_took_the_one_that_had_a_plan() {
    let mut desk = Desk::new(Topology::default());
    desk.take(&signal("Errors", None));
    desk.take(&on("Crashing", "cart"));
    let mut older = desk.incidents[0].clone();
    older.state = State::Escalated;
    older.members[0].object = Some(deployment("cart"));
    let newer = waiting(with_cause(desk.incidents[1].clone(), "cart"));
    assert_eq!(pairs(&desk, &[older, newer]), one_pair("INC-1", "INC-2"));
}
