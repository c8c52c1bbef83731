//! Storms, and that the order in which signals come does not matter.

use super::*;
use crate::incident::CROWD;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A mixed order that is the same in each run: a linear congruence over the places.
fn mixed<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    for index in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(index, (state >> 33) as usize % (index + 1));
    }
    items
}

fn star(count: usize) -> (Topology, Vec<Signal>) {
    let names: Vec<String> = (0..count).map(|number| format!("app{number}")).collect();
    let workloads: Vec<_> = names.iter().map(String::as_str).chain(["db"]).map(workload).collect();
    let calls: Vec<_> = names.iter().map(|name| call(name, "db")).collect();
    let topology = Topology::of(&Rows { workloads: &workloads, calls: &calls, ..Rows::default() });
    let signals = names.iter().take(count - 1).map(|name| on("Errors", name)).chain([on("Down", "db")]);
    (topology, signals.collect())
}

/// Opens and joins only; whoever takes a batch in follows the merges once behind it.
fn take_all(desk: &mut Desk, signals: &[Signal]) {
    for signal in signals {
        match desk.place(signal) {
            Placement::Open => {
                desk.opened += 1;
                desk.incidents.push(open(signal, format!("INC-{}", desk.opened), desk.now));
            }
            Placement::Join { incident, as_what } => {
                let one = desk.incidents.iter_mut().find(|one| one.id == incident).unwrap();
                let taken = std::mem::replace(one, open(signal, "", desk.now));
                *one = apply_as(taken, signal, as_what, desk.now);
            }
            other => panic!("{other:?}"),
        }
    }
    desk.unite();
}

fn is_one(desk: &Desk, signals: u32) {
    let standing = desk.standing();
    assert_eq!(standing.len(), 1);
    assert_eq!((standing[0].signals, standing[0].members.len()), (signals, MEMBERS));
    let firing = standing[0].members.iter().filter(|member| member.is_firing).count();
    assert_eq!(u32::try_from(firing).unwrap() + standing[0].crowd.still(), signals);
}

#[test]
fn a_thousand_alerts_of_one_cause_are_one_incident_in_any_order() {
    let (topology, signals) = star(1_000);
    for seed in 0..2 {
        let mut desk = Desk::new(topology.clone());
        for batch in mixed(signals.clone(), seed).chunks(50) {
            take_all(&mut desk, batch);
        }
        is_one(&desk, 1_000);
        assert_eq!(desk.standing()[0].members[0].name, "Down", "the root stands first");
    }
}

#[test]
fn four_thousand_alerts_of_one_cause_are_one_incident() {
    let (topology, mut signals) = star(4_000);
    // The cause first, as its alert mostly is; the order of the rest is mixed.
    let cause = signals.pop().unwrap();
    let mut desk = Desk::new(topology);
    take_all(&mut desk, &[cause]);
    take_all(&mut desk, &mixed(signals, 7));
    is_one(&desk, 4_000);
}

#[test]
fn a_storm_of_one_name_that_topology_does_not_know_is_one_incident() {
    let signals: Vec<Signal> = (0..1_000).map(|number| on("TargetDown", &format!("app{number}"))).collect();
    for seed in 0..2 {
        let mut desk = Desk::new(Topology::default());
        for batch in mixed(signals.clone(), seed).chunks(50) {
            take_all(&mut desk, batch);
        }
        is_one(&desk, 1_000);
    }
    let mut few = Desk::new(Topology::default());
    take_all(&mut few, &signals[..19]);
    assert_eq!(few.standing().len(), 19, "19 of one name are no storm");
}

#[test]
fn an_incident_is_over_only_when_the_crowd_is() {
    let (topology, signals) = star(150);
    let mut desk = Desk::new(topology);
    take_all(&mut desk, &signals);
    let (last, others) = signals.split_first().unwrap();
    for signal in others {
        desk.take(&over(signal));
    }
    assert_eq!(desk.standing().len(), 1, "one is still there");
    desk.take(&over(last));
    assert_eq!(desk.standing().len(), 0);
}

/// With room for a thousand, the ends of the others came for nobody, and the incident stayed until a person called it over.
#[test]
fn a_storm_of_thousands_ends_by_itself() {
    let (topology, mut signals) = star(3_000);
    let cause = signals.pop().unwrap();
    let mut desk = Desk::new(topology);
    take_all(&mut desk, std::slice::from_ref(&cause));
    take_all(&mut desk, &signals);
    for signal in mixed(signals, 3) {
        assert_ne!(desk.take(&over(&signal)), Placement::NothingToEnd);
    }
    assert_eq!(desk.standing().len(), 1, "the cause is still there");
    desk.take(&over(&cause));
    assert_eq!(desk.standing().len(), 0);
}

#[test]
fn the_end_of_a_trouble_that_belonged_to_nothing_was_counted_for_the_crowd_of_another() {
    let mut desk = Desk::new(shop());
    desk.take(&on("Slow", "cart"));
    let held = on("Errors", "payments");
    desk.change("INC-1", |mut one| {
        one.crowd.take(&held, CROWD);
        one.crowd.more = 1;
        one
    });
    assert_eq!(desk.take(&over(&on("Errors", "web"))), Placement::NothingToEnd);
    desk.take(&over(&on("Slow", "cart")));
    assert_eq!(desk.take(&over(&held)), Placement::RightAgain { incident: "INC-1".to_owned() });
    let [incident] = desk.standing()[..] else { panic!("{:?}", desk.incidents) };
    assert_eq!((incident.crowd.more, incident.crowd.still()), (1, 1), "what found no room may still be there");
}

#[test]
fn what_somebody_works_on_is_not_put_into_another() {
    let mut desk = Desk::new(shop());
    desk.take(&Signal { started_at: now() - TimeDelta::hours(3), ..on("Slow", "checkout") });
    desk.take(&on("Crashing", "payments"));
    desk.rules.window_minutes = 600;
    let asked = |desk: &Desk| merges(&desk.incidents, "prod", &desk.topology, &desk.rules).len();
    assert_eq!(asked(&desk), 1);
    assert_eq!(merges(&desk.incidents, "dev", &desk.topology, &desk.rules), []);
    desk.change("INC-1", |one| Incident { owner: Some("anna".to_owned()), ..one });
    assert_eq!(asked(&desk), 0);
    desk.change("INC-1", |one| Incident { owner: None, state: State::Acting, ..one });
    assert_eq!(asked(&desk), 0);
}

/// The roots of the incidents that stand, by place.
fn roots(edges: &[(u8, u8)], signals: &[Signal]) -> BTreeSet<String> {
    let calls: Vec<_> = edges.iter().map(|(from, to)| call(&format!("s{from}"), &format!("s{to}"))).collect();
    let mut desk = Desk::new(Topology::of(&Rows { calls: &calls, ..Rows::default() }));
    for signal in signals {
        desk.take(signal);
    }
    let standing = desk.standing();
    let total: u32 = standing.iter().map(|incident| incident.signals).sum();
    assert_eq!(total as usize, signals.len(), "nothing is lost and nothing is counted twice");
    standing.iter().map(|incident| incident.members[0].service.clone().unwrap_or_default()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_roots_do_not_depend_on_the_order(
        edges in proptest::collection::vec((0_u8..8, 0_u8..8), 0..14),
        firing in proptest::collection::btree_set(0_u8..8, 1..8),
        seed in any::<u64>(),
    ) {
        // Calls go downwards: of a circle, which one is taken for the root is the order's to say.
        let edges: Vec<(u8, u8)> = edges.into_iter().filter(|(from, to)| from < to).collect();
        let signals: Vec<Signal> = firing
            .iter()
            .map(|number| {
                let mut one = signal("Slow", Some(ObjectRef::cluster("service", format!("s{number}"))));
                one.service = Some(format!("s{number}"));
                one
            })
            .collect();
        let one = roots(&edges, &signals);
        let other = roots(&edges, &mixed(signals.clone(), seed));
        prop_assert_eq!(&one, &other);
        // And they are those below which nothing fires.
        let reaches = |from: u8| {
            let mut seen = BTreeSet::from([from]);
            while let Some((_, to)) = edges.iter().find(|(a, b)| seen.contains(a) && !seen.contains(b)) {
                seen.insert(*to);
            }
            seen
        };
        let expected: BTreeSet<String> = firing
            .iter()
            .filter(|number| reaches(**number).iter().all(|below| below == *number || !firing.contains(below)))
            .map(|number| format!("s{number}"))
            .collect();
        prop_assert_eq!(one, expected);
    }
}
