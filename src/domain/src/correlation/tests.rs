//! Where signals go: the same trouble, the same place, the same chain; storms, flapping, ends, quiet.

mod order;
mod parts;
mod quiets;

use super::*;
use crate::incident::{Incident, MEMBERS, Severity, State};
use crate::object::ObjectRef;
use crate::signal::tests::{now, signal};
use crate::signal::{Signal, Status};
use crate::topology::tests::{call, deployment, workload};
use crate::topology::{Rows, Topology};
use chrono::{DateTime, Utc};

/// web calls checkout, which calls payments and cart.
fn shop() -> Topology {
    let workloads = ["web", "checkout", "payments", "cart"].map(workload);
    let calls = [call("web", "checkout"), call("checkout", "payments"), call("checkout", "cart")];
    Topology::of(&Rows { workloads: &workloads, calls: &calls, ..Rows::default() })
}

/// The incidents as they are kept, with what takes signals in.
struct Desk {
    incidents: Vec<Incident>,
    topology: Topology,
    rules: Rules,
    now: DateTime<Utc>,
    opened: usize,
}

impl Desk {
    fn new(topology: Topology) -> Self {
        Self { incidents: Vec::new(), topology, rules: Rules::default(), now: now(), opened: 0 }
    }

    fn later(&mut self, minutes: i64) {
        self.now += TimeDelta::minutes(minutes);
    }

    fn place(&self, signal: &Signal) -> Placement {
        place(signal, &self.incidents, &self.topology, &self.rules, self.now)
    }

    fn change(&mut self, id: &str, how: impl FnOnce(Incident) -> Incident) {
        let one = self.incidents.iter_mut().find(|incident| incident.id == id).unwrap();
        *one = how(one.clone());
    }

    fn take(&mut self, signal: &Signal) -> Placement {
        let signal = Signal { seen_at: self.now, ..signal.clone() };
        let (now, placement) = (self.now, self.place(&signal));
        match &placement {
            Placement::Open => {
                self.opened += 1;
                self.incidents.push(open(&signal, format!("INC-{}", self.opened), now));
            }
            Placement::Join { incident, as_what } => self.change(incident, |one| apply_as(one, &signal, *as_what, now)),
            Placement::Reopen { incident } | Placement::RightAgain { incident } => {
                self.change(incident, |one| apply(one, &signal, now));
            }
            Placement::Ignore { .. } | Placement::Quiet { .. } | Placement::NothingToEnd => {}
        }
        self.unite();
        self.settle();
        placement
    }

    fn unite(&mut self) {
        loop {
            let steps = merges(&self.incidents, "prod", &self.topology, &self.rules);
            if steps.is_empty() {
                return;
            }
            for Merge { into, from } in steps {
                let at = |id: &str| self.incidents.iter().position(|incident| incident.id == id).unwrap();
                let (stays, goes) = (at(&into), at(&from));
                let (one, other) = merge(self.incidents[stays].clone(), self.incidents[goes].clone(), self.now);
                self.incidents[stays] = one;
                self.incidents[goes] = other;
            }
        }
    }

    fn settle(&mut self) {
        for incident in &mut self.incidents {
            if let Some(next) = settle(incident, &self.rules, self.now) {
                *incident = next;
            }
        }
    }

    fn standing(&self) -> Vec<&Incident> {
        self.incidents.iter().filter(|incident| incident.is_open()).collect()
    }
}

fn on(name: &str, workload: &str) -> Signal {
    signal(name, Some(deployment(workload)))
}

fn over(signal: &Signal) -> Signal {
    Signal { status: Status::Resolved, ..signal.clone() }
}

fn joins(incident: &str, as_what: AsWhat) -> Placement {
    Placement::Join { incident: incident.to_owned(), as_what }
}

#[test]
fn a_trouble_from_its_beginning_to_its_end() {
    let mut desk = Desk::new(shop());
    let slow = on("Slow", "cart");
    assert_eq!(desk.take(&over(&slow)), Placement::NothingToEnd);
    assert_eq!(desk.take(&slow), Placement::Open);
    let first = desk.incidents[0].clone();
    assert_eq!(
        (first.title.as_str(), first.signals, first.severity),
        ("Slow: Deployment shop/cart", 1, Severity::High)
    );
    assert_eq!(desk.take(&slow), joins("INC-1", AsWhat::Repeat));
    assert_eq!((desk.incidents[0].signals, desk.incidents[0].members[0].count), (1, 2), "a repeat is no new signal");
    assert_eq!(desk.incidents[0].changed_at, first.changed_at);
    assert_eq!(desk.take(&on("Crashing", "cart")), joins("INC-1", AsWhat::SamePlace));
    desk.take(&over(&slow));
    assert_eq!(desk.incidents[0].state, State::Open, "one of both is still there");
    desk.take(&over(&on("Crashing", "cart")));
    assert_eq!((desk.incidents[0].state, desk.incidents[0].resolved_at), (State::Resolved, Some(desk.now)));
    assert_eq!(desk.take(&over(&slow)), Placement::NothingToEnd);
}

#[test]
fn pods_of_one_workload_end_one_by_one() {
    let mut desk = Desk::new(shop());
    let of = |pod: &str| {
        let mut signal = on("Crashing", "cart");
        signal.labels.insert("pod".to_owned(), pod.to_owned());
        signal
    };
    desk.take(&of("a"));
    desk.take(&of("b"));
    assert_eq!((desk.incidents[0].members.len(), desk.incidents[0].signals), (1, 2));
    desk.take(&over(&of("a")));
    assert_eq!(desk.take(&over(&of("a"))), Placement::NothingToEnd, "the end of one is not the end of the other");
    assert_eq!(desk.incidents[0].state, State::Open);
    desk.take(&over(&of("b")));
    assert_eq!(desk.incidents[0].state, State::Resolved);
}

#[test]
fn symptoms_and_causes_of_one_chain() {
    let mut desk = Desk::new(shop());
    desk.take(&on("Slow", "checkout"));
    assert_eq!(desk.take(&on("Errors", "web")), joins("INC-1", AsWhat::Symptom));
    assert_eq!(desk.take(&on("Crashing", "payments")), joins("INC-1", AsWhat::Cause));
    let incident = &desk.incidents[0];
    assert_eq!(incident.members[0].name, "Crashing", "the root stands first");
    assert_eq!(incident.title, "Crashing: Deployment shop/payments");
    assert_eq!(desk.topology.root_of(&incident.members).unwrap().name, "Crashing");
    assert_eq!(incident.affected.len(), 2, "{:?}", incident.affected);
}

#[test]
fn two_unrelated_causes_stay_two_incidents_below_the_same_caller() {
    let mut desk = Desk::new(shop());
    desk.take(&on("Crashing", "payments"));
    assert_eq!(desk.take(&on("ImagePull", "cart")), Placement::Open);
    assert!(matches!(desk.take(&on("Slow", "checkout")), Placement::Join { as_what: AsWhat::Symptom, .. }));
    assert_eq!(desk.standing().len(), 2);
}

#[test]
fn environments_are_never_mixed() {
    let mut desk = Desk::new(shop());
    let slow = on("Slow", "cart");
    desk.take(&slow);
    let dev = Signal { environment: "dev".to_owned(), ..slow };
    assert_eq!(desk.place(&dev), Placement::Open, "even with the very same fingerprint");
    assert_eq!(desk.place(&over(&dev)), Placement::NothingToEnd);
}

#[test]
fn what_began_hours_apart_is_of_no_one_cause_by_topology() {
    let mut desk = Desk::new(shop());
    desk.take(&Signal { started_at: now() - TimeDelta::hours(3), ..on("Slow", "checkout") });
    assert_eq!(desk.take(&on("Crashing", "payments")), Placement::Open);
}

#[test]
fn what_comes_back_within_half_an_hour_opens_its_incident_again() {
    let mut desk = Desk::new(shop());
    let slow = on("Slow", "cart");
    desk.take(&slow);
    desk.take(&over(&slow));
    desk.later(29);
    let again = Signal { started_at: desk.now, ..slow.clone() };
    assert_eq!(desk.take(&again), Placement::Reopen { incident: "INC-1".to_owned() });
    assert_eq!((desk.incidents[0].state, desk.incidents[0].resolved_at), (State::Open, None));
    assert_eq!(desk.incidents[0].members[0].since, desk.now, "it began anew");
    desk.take(&over(&again));
    desk.later(30);
    assert_eq!(desk.take(&slow), Placement::Open);
}

#[test]
fn old_news_does_not_undo_what_a_person_said_a_moment_ago() {
    let mut desk = Desk::new(shop());
    let slow = on("Slow", "cart");
    desk.take(&slow);
    let ended = desk.now;
    desk.change("INC-1", |one| Incident { state: State::Resolved, resolved_at: Some(ended), ..one });
    desk.later(1);
    assert!(matches!(desk.place(&slow), Placement::Ignore { why } if why.contains("INC-1 was resolved a moment ago")));
    let anew = Signal { started_at: desk.now, ..slow.clone() };
    assert_eq!(desk.place(&anew), Placement::Reopen { incident: "INC-1".to_owned() }, "it began after that");
    desk.later(5);
    assert_eq!(desk.place(&slow), Placement::Reopen { incident: "INC-1".to_owned() }, "and it is still told");
    let closed = |one| Incident { state: State::Closed, ..one };
    desk.change("INC-1", closed);
    assert_eq!(desk.place(&slow), Placement::Open, "what is written up stays closed");
}

#[test]
fn what_comes_and_goes_is_told_once_and_not_over_before_it_is_quiet() {
    let mut desk = Desk::new(shop());
    let slow = on("Slow", "cart");
    for _ in 0..4 {
        desk.take(&Signal { started_at: desk.now, ..slow.clone() });
        desk.later(1);
        desk.take(&over(&slow));
        desk.later(1);
    }
    let told = |desk: &Desk| {
        let told = |word: &str| desk.incidents[0].timeline.iter().filter(|one| one.text.contains(word)).count();
        (told("comes and goes"), told("over at its sources"), told("has stopped"))
    };
    assert_eq!((desk.incidents.len(), desk.incidents[0].flapping, desk.incidents[0].state), (1, true, State::Open));
    assert_eq!(told(&desk), (1, 1, 0));
    desk.later(8);
    desk.settle();
    assert!(desk.incidents[0].flapping);
    desk.later(2);
    desk.settle();
    assert_eq!((desk.incidents[0].flapping, desk.incidents[0].state), (false, State::Resolved));
    assert_eq!(told(&desk), (1, 2, 1));
    assert_eq!(settle(&desk.incidents[0], &desk.rules, desk.now), None);
}

#[test]
fn what_is_being_healed_or_is_peoples_is_not_ended_by_its_sources() {
    for state in [State::Acting, State::Verifying, State::Escalated] {
        let mut desk = Desk::new(shop());
        let slow = on("Slow", "cart");
        desk.take(&slow);
        desk.change("INC-1", |one| Incident { state, ..one });
        desk.take(&over(&slow));
        assert_eq!((desk.incidents[0].state, is_over(&desk.incidents[0])), (state, true));
    }
    let without = Incident { members: Vec::new(), ..open(&on("Slow", "cart"), "INC-1", now()) };
    assert!(!is_over(&without), "what no signal made no signal ends");
}

#[test]
fn the_severity_is_that_of_the_worst_that_is_there() {
    let mut desk = Desk::new(shop());
    let (mild, bad) = (
        Signal { severity: Severity::Low, ..on("Slow", "cart") },
        Signal { severity: Severity::Critical, ..on("Crashing", "cart") },
    );
    desk.take(&mild);
    desk.take(&bad);
    assert_eq!(desk.incidents[0].severity, Severity::Critical);
    desk.take(&over(&bad));
    assert_eq!(desk.incidents[0].severity, Severity::Low);
}

#[test]
fn a_cause_finds_room_in_an_incident_that_is_full() {
    let names: Vec<String> = (0..150).map(|number| format!("app{number}")).collect();
    let workloads: Vec<_> = names.iter().map(String::as_str).chain(["db", "disk"]).map(workload).collect();
    let calls: Vec<_> = names.iter().map(|name| call(name, "db")).chain([call("db", "disk")]).collect();
    let mut desk = Desk::new(Topology::of(&Rows { workloads: &workloads, calls: &calls, ..Rows::default() }));
    desk.take(&on("Down", "db"));
    for name in &names {
        desk.take(&on("Errors", name));
    }
    desk.take(&Signal { severity: Severity::Low, ..on("Full", "disk") });
    let incident = &desk.incidents[0];
    assert_eq!((desk.standing().len(), incident.members.len(), incident.signals), (1, MEMBERS, 152));
    assert_eq!(incident.members[0].name, "Full");
    assert_eq!(incident.members[1].name, "Down");
    assert_eq!(incident.crowd.still(), 52);
}
