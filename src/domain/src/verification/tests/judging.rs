//! The judgement.

use crate::object::ObjectRef;
use crate::plan::{Condition, SuccessCheck};
use crate::verification::{Measured, Outcome, judge};
use proptest::prelude::*;

fn workload() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

fn query(at_most: Option<f64>, baseline: Option<f64>) -> Condition {
    Condition::QueryWithin { query: "errors".to_owned(), instance: None, at_most, baseline }
}

fn ready(baseline_ready: u32) -> Condition {
    Condition::WorkloadReady { object: workload(), baseline_ready }
}

fn findings(baseline_findings: u32) -> Condition {
    Condition::NoFinding { object: workload(), baseline_findings }
}

fn signal() -> Condition {
    Condition::SignalOver { fingerprint: "f1".to_owned() }
}

/// Settles for 30 s, and is over after 300 s.
fn check(conditions: Vec<Condition>) -> SuccessCheck {
    SuccessCheck { conditions, settle_seconds: 30, window_seconds: 300 }
}

fn holds(value: f64) -> Measured {
    Measured::Holds { value: Some(value) }
}

fn fails(value: f64) -> Measured {
    Measured::Fails { value: Some(value) }
}

fn under_way(value: f64) -> Measured {
    Measured::UnderWay { value: Some(value) }
}

fn blind() -> Measured {
    Measured::CannotTell { why: "prometheus did not answer".to_owned() }
}

/// Name, conditions, what was measured, what is judged before it settled, within the window, at its end.
type Row = (&'static str, Vec<Condition>, Vec<Measured>, [Outcome; 3]);

#[test]
fn every_case_has_its_judgement() {
    use Outcome::{Better, CannotTell, NotYet, Same, Worse};
    let rows: Vec<Row> = vec![
        (
            "all holds",
            vec![query(Some(1.0), Some(4.0)), ready(1)],
            vec![holds(0.5), holds(3.0)],
            [NotYet, Better, Better],
        ),
        (
            "one does not",
            vec![query(Some(1.0), Some(4.0)), ready(1)],
            vec![fails(3.0), holds(3.0)],
            [NotYet, NotYet, Same],
        ),
        ("none does", vec![signal()], vec![Measured::Fails { value: None }], [NotYet, NotYet, Same]),
        ("the signal is over", vec![signal()], vec![Measured::Holds { value: None }], [NotYet, Better, Better]),
        ("a value as before", vec![query(Some(1.0), Some(4.0))], vec![fails(4.0)], [NotYet, NotYet, Same]),
        ("a value a fifth higher", vec![query(Some(1.0), Some(5.0))], vec![fails(6.0)], [NotYet, NotYet, Same]),
        ("a value clearly higher", vec![query(Some(1.0), Some(5.0))], vec![fails(6.1)], [NotYet, Worse, Worse]),
        ("higher than nothing", vec![query(Some(0.0), Some(0.0))], vec![fails(0.1)], [NotYet, Worse, Worse]),
        (
            "higher than less than nothing",
            vec![query(Some(-9.0), Some(-5.0))],
            vec![fails(-3.9)],
            [NotYet, Worse, Worse],
        ),
        ("no baseline", vec![query(Some(1.0), None)], vec![fails(900.0)], [NotYet, NotYet, Same]),
        (
            "higher and still within the bound",
            vec![query(Some(9.0), Some(1.0))],
            vec![holds(8.0)],
            [NotYet, Better, Better],
        ),
        ("fewer ready", vec![ready(3)], vec![fails(2.0)], [NotYet, Worse, Worse]),
        ("as many ready as before", vec![ready(2)], vec![fails(2.0)], [NotYet, NotYet, Same]),
        ("fewer ready on the way", vec![ready(3)], vec![under_way(2.0)], [NotYet, NotYet, Worse]),
        ("on the way", vec![ready(2)], vec![under_way(2.0)], [NotYet, NotYet, Same]),
        ("more findings", vec![findings(1)], vec![fails(2.0)], [NotYet, Worse, Worse]),
        ("as many findings", vec![findings(2)], vec![fails(2.0)], [NotYet, NotYet, Same]),
        ("blind", vec![query(Some(1.0), Some(4.0))], vec![blind()], [NotYet, NotYet, CannotTell]),
        (
            "blind beside what holds",
            vec![query(Some(1.0), None), ready(1)],
            vec![blind(), holds(3.0)],
            [NotYet, NotYet, CannotTell],
        ),
        (
            "blind beside what does not",
            vec![query(Some(1.0), None), ready(1)],
            vec![blind(), fails(1.0)],
            [NotYet, NotYet, CannotTell],
        ),
        (
            "blind beside what is worse",
            vec![query(Some(1.0), None), ready(3)],
            vec![blind(), fails(1.0)],
            [NotYet, Worse, Worse],
        ),
        ("not all measured", vec![ready(1), signal()], vec![holds(3.0)], [NotYet, NotYet, CannotTell]),
        ("more measured than asked", vec![ready(1)], vec![holds(3.0), fails(0.0)], [NotYet, NotYet, CannotTell]),
        ("nothing to hold", vec![], vec![], [NotYet, NotYet, CannotTell]),
        ("a value that is no number", vec![query(Some(1.0), Some(4.0))], vec![fails(f64::NAN)], [NotYet, NotYet, Same]),
    ];
    for (name, conditions, measured, judged) in rows {
        let check = check(conditions);
        for (seconds, judged) in [29, 30, 300].into_iter().zip(judged) {
            assert_eq!(judge(&check, &measured, seconds), judged, "{name} after {seconds} s");
        }
        assert_eq!(judge(&check, &measured, 0), Outcome::NotYet, "{name} at once");
        assert_eq!(judge(&check, &measured, 299), judge(&check, &measured, 30), "{name} just before the end");
        assert_eq!(judge(&check, &measured, u32::MAX), judge(&check, &measured, 300), "{name} long after the end");
    }
}

fn any_measured() -> impl Strategy<Value = Measured> {
    prop_oneof![
        prop::option::of(-10.0..10.0_f64).prop_map(|value| Measured::Holds { value }),
        prop::option::of(-10.0..10.0_f64).prop_map(|value| Measured::Fails { value }),
        prop::option::of(-10.0..10.0_f64).prop_map(|value| Measured::UnderWay { value }),
        Just(blind()),
    ]
}

fn any_condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        Just(signal()),
        (prop::option::of(-9.0..9.0_f64), prop::option::of(-9.0..9.0_f64))
            .prop_map(|(at_most, baseline)| query(at_most, baseline)),
        (0_u32..6).prop_map(ready),
        (0_u32..6).prop_map(findings),
    ]
}

proptest! {
    #[test]
    fn better_means_that_all_holds_and_nothing_is_told_before_it_settled(
        cases in prop::collection::vec((any_condition(), any_measured()), 0..5),
        seconds in 0_u32..600,
    ) {
        let (conditions, measured): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let outcome = judge(&check(conditions.clone()), &measured, seconds);
        let all_hold = !measured.is_empty() && measured.iter().all(|one| matches!(one, Measured::Holds { .. }));
        prop_assert_eq!(outcome == Outcome::Better, all_hold && seconds >= 30);
        prop_assert!(seconds >= 30 || outcome == Outcome::NotYet);
        prop_assert!(seconds < 300 || outcome != Outcome::NotYet, "somebody would wait for ever");
    }

    #[test]
    fn to_see_less_never_makes_it_better(
        cases in prop::collection::vec((any_condition(), any_measured()), 1..5),
        at in 0_usize..5,
        seconds in 0_u32..600,
    ) {
        let (conditions, mut measured): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let at = at % measured.len();
        measured[at] = blind();
        let outcome = judge(&check(conditions), &measured, seconds);
        prop_assert!(!matches!(outcome, Outcome::Better | Outcome::Same), "{:?}", outcome);
    }
}
