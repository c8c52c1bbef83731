//! The plain detector: how long, hysteresis, samples that are not there.

use super::now;
use crate::signal::threshold::{Change, Memory, Side, Threshold};
use chrono::TimeDelta;
use proptest::prelude::*;

fn detector() -> Threshold {
    Threshold {
        side: Side::Above,
        bound: 10.0,
        good_again: Some(8.0),
        bad_for_seconds: 60,
        good_for_seconds: 60,
        missing_after_seconds: 90,
    }
}

/// One sample each half minute; a letter a change.
fn told(detector: &Threshold, samples: &[Option<f64>]) -> String {
    let mut memory = Memory::default();
    let mut told = String::new();
    for (index, sample) in samples.iter().enumerate() {
        let at = now() + TimeDelta::seconds(30 * index as i64);
        let (next, changes) = detector.step(&memory, *sample, at);
        memory = next;
        let letter = |change: &Change| match change {
            Change::Began(_) => 'B',
            Change::Ended => 'E',
            Change::Missing(_) => 'M',
            Change::Back => 'b',
        };
        told.extend(changes.iter().map(letter));
        told.push('.');
    }
    told
}

#[test]
fn what_changes_when() {
    let none = None;
    let (low, middle, high) = (Some(5.0), Some(9.0), Some(11.0));
    let nan = Some(f64::NAN);
    let cases: [(&str, &[Option<f64>], &str); 10] = [
        ("bad for long enough", &[high, high, high], "..B."),
        ("the bound itself is not bad", &[Some(10.0), Some(10.0), Some(10.0)], "..."),
        ("a break begins anew", &[high, high, low, high, high], "....."),
        ("between both bounds is neither", &[high, high, high, middle, middle, middle, middle], "..B....."),
        ("good again for long enough", &[high, high, high, low, low, low], "..B...E."),
        ("a break of the good", &[high, high, high, low, middle, low, low], "..B....."),
        ("missing is not good", &[high, high, high, none, none, none, none, none], "..B...M..."),
        ("a missing sample is a break", &[high, none, high, high], "...."),
        ("and it comes back", &[low, none, none, none, low], "...M.b."),
        ("no number is no sample", &[low, nan, nan, nan, low], "...M.b."),
    ];
    for (what, samples, expected) in cases {
        assert_eq!(told(&detector(), samples), expected, "{what}");
    }
    let below =
        Threshold { side: Side::Below, good_again: None, bad_for_seconds: 0, good_for_seconds: 0, ..detector() };
    assert_eq!(told(&below, &[high, low, low, high]), ".B..E.");
    assert_eq!(told(&detector(), &[none, none, none, none]), "...M.", "a series that was never there is missing");
}

#[test]
fn a_gap_between_calls_is_no_unbroken_time() {
    let (memory, _) = detector().step(&Memory::default(), Some(11.0), now());
    let (_, changes) = detector().step(&memory, Some(11.0), now() + TimeDelta::minutes(10));
    assert_eq!(changes, []);
}

#[test]
fn a_sample_of_the_past_changes_nothing() {
    let (memory, _) = detector().step(&Memory::default(), Some(11.0), now());
    assert_eq!(detector().step(&memory, Some(5.0), now() - TimeDelta::minutes(1)), (memory, vec![]));
}

#[test]
fn mistakes_are_told() {
    assert_eq!(detector().check(), Vec::<String>::new());
    let wrong = Threshold { good_again: Some(12.0), missing_after_seconds: 0, ..detector() };
    assert_eq!(wrong.check().len(), 2);
    assert_eq!(Threshold { bound: f64::NAN, ..detector() }.check().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn beginnings_and_ends_take_turns(samples in proptest::collection::vec(proptest::option::of(0.0_f64..20.0), 0..60)) {
        let turns: String = told(&detector(), &samples).chars().filter(|letter| matches!(letter, 'B' | 'E')).collect();
        prop_assert!(!turns.contains("BB") && !turns.contains("EE") && !turns.starts_with('E'), "{}", turns);
    }
}
