//! Each invariant can fail: rules are broken on purpose, without any other fault, and found under their names.

use simulation::mischief::Mischief;
use simulation::run::{Size, run};
use std::collections::BTreeSet;

/// Seeds that are tried until the mischief had something to do: what people and settings allow differs.
const SEEDS: std::ops::Range<u64> = 1..40;

/// The invariants that a mischief breaks in the first seed in which it breaks any.
fn broken_by(mischief: Mischief) -> BTreeSet<&'static str> {
    for seed in SEEDS {
        let run = run(seed, Size::Small, mischief).unwrap();
        if !run.breaches.is_empty() {
            return run.breaches.iter().map(|breach| breach.invariant).collect();
        }
    }
    BTreeSet::new()
}

fn check(mischief: Mischief, invariants: &[&str]) {
    let broken = broken_by(mischief);
    for invariant in invariants {
        assert!(broken.contains(invariant), "{mischief:?} breaks {broken:?}, and not {invariant:?}");
    }
}

#[test]
fn an_executor_that_acts_twice_is_found() {
    check(Mischief::Twice, &["at most one effect a grant"]);
}

#[test]
fn an_effect_that_nobody_granted_is_found() {
    check(Mischief::Ungranted, &["no effect without a grant"]);
}

#[test]
fn an_executor_that_asks_neither_guards_nor_journal_is_found() {
    let invariants =
        ["no call before its intent and its beginning are journaled", "no call while the guards do not hold for it"];
    check(Mischief::Unguarded, &invariants);
}

#[test]
fn an_executor_that_acts_under_a_freeze_is_found() {
    check(Mischief::Frozen, &["nothing while frozen"]);
}

#[test]
fn an_executor_that_does_something_else_is_found() {
    check(Mischief::SomethingElse, &["an effect is the call of its plan"]);
}

#[test]
fn a_policy_that_allows_everything_is_found() {
    check(Mischief::Permissive, &["nothing beyond the verdict"]);
}

#[test]
fn a_journal_that_loses_ends_is_found() {
    check(Mischief::ForgetsEnds, &["no open action forgotten"]);
}

#[test]
fn a_trail_that_somebody_changed_is_found() {
    check(Mischief::Tampers, &["audit chain whole"]);
}

#[test]
fn an_incident_that_nobody_ends_is_found() {
    check(Mischief::Idle, &["every incident ends"]);
}

#[test]
fn without_mischief_and_without_faults_nothing_is_broken() {
    for seed in 1..4 {
        let run = run(seed, Size::Small, Mischief::Calm).unwrap();
        assert!(run.breaches.is_empty(), "seed {seed}: {:#?}", run.breaches);
    }
}

#[test]
fn an_action_that_took_effect_and_is_told_as_failed_is_found() {
    check(Mischief::Lies, &["the journal tells what was done"]);
}
