//! What is news in a look, held against a world in which troubles come and go.

use super::*;
use crate::envelope::{Failure, FailureKind};
use crate::signal::{Signal, SourceKind, Status};
use chrono::TimeDelta;
use proptest::prelude::*;

pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

pub(super) fn origin(kind: SourceKind) -> Origin {
    Origin { environment: "prod".to_owned(), source: Source { kind, name: "main".to_owned() } }
}

pub(super) fn failure() -> Failure {
    Failure::new(FailureKind::Unreachable, "GET http://prometheus:9090: connection refused")
}

fn trouble(name: &str) -> Trouble {
    Trouble::new(&origin(SourceKind::Rule), name, Severity::Medium, &BTreeMap::new())
}

fn looked(names: &[&str]) -> Looked {
    Looked::whole(names.iter().map(|name| trouble(name)).collect())
}

fn step(state: &State, look: Result<&Looked, &Failure>, seconds: i64) -> (State, Vec<Signal>) {
    observe(state, look, &origin(SourceKind::Rule), &Telling::default(), at(seconds))
}

fn told(signals: &[Signal]) -> Vec<(String, Status)> {
    signals.iter().map(|signal| (signal.name.clone(), signal.status)).collect()
}

#[test]
fn a_trouble_is_told_once_again_after_a_while_and_as_over_after_two_looks() {
    type Step<'a> = (i64, &'a [&'a str], &'a [(&'a str, Status)]);
    let steps: [Step<'_>; 8] = [
        (0, &["a"], &[("a", Status::Firing)]),
        (30, &["a"], &[]),
        (300, &["a"], &[("a", Status::Firing)]),
        (330, &[], &[]),
        (360, &["a"], &[]),
        (390, &[], &[]),
        (420, &[], &[("a", Status::Resolved)]),
        (450, &[], &[]),
    ];
    let mut state = State::default();
    for (seconds, there, expected) in steps {
        let (next, signals) = step(&state, Ok(&looked(there)), seconds);
        let expected: Vec<(String, Status)> =
            expected.iter().map(|(name, status)| ((*name).to_owned(), *status)).collect();
        assert_eq!(told(&signals), expected, "after {seconds} s");
        state = next;
    }
    assert!(state.known.is_empty());
}

#[test]
fn the_end_has_the_identity_and_the_beginning_of_what_it_ends() {
    let first = Trouble { since: Some(at(-100)), value: Some(1.0), ..trouble("a") };
    let (state, begun) = step(&State::default(), Ok(&Looked::whole(vec![first])), 0);
    let later = Trouble { since: Some(at(-50)), value: Some(2.0), ..trouble("a") };
    let (state, _) = step(&state, Ok(&Looked::whole(vec![later])), 10);
    let (state, _) = step(&state, Ok(&looked(&[])), 20);
    let (_, ended) = step(&state, Ok(&looked(&[])), 30);
    assert_eq!(ended[0].fingerprint, begun[0].fingerprint);
    assert_eq!(ended[0].labels, begun[0].labels);
    assert_eq!((begun[0].started_at, ended[0].started_at), (at(-100), at(-100)));
    assert_eq!(ended[0].value, Some(2.0));
    assert_ne!(ended[0].id, begun[0].id);
}

#[test]
fn what_must_be_there_for_a_time_is_told_after_it() {
    let waiting = || Looked::whole(vec![Trouble { wait_seconds: 60, ..trouble("a") }]);
    let (state, signals) = step(&State::default(), Ok(&waiting()), 0);
    assert!(signals.is_empty());
    let (state, signals) = step(&state, Err(&failure()), 30);
    assert!(signals.is_empty());
    let (state, signals) = step(&state, Ok(&waiting()), 60);
    assert_eq!(told(&signals), [("a".to_owned(), Status::Firing)]);
    assert_eq!(state.standing.problem, None);
    // What went before its time had come is forgotten, without a word.
    let (state, _) = step(&State::default(), Ok(&waiting()), 0);
    let (state, signals) = step(&state, Ok(&looked(&[])), 30);
    assert!(state.known.is_empty() && signals.is_empty());
}

#[test]
fn what_gets_worse_is_told_at_once() {
    let (state, _) = step(&State::default(), Ok(&looked(&["a"])), 0);
    let worse = Looked::whole(vec![Trouble { severity: Severity::Critical, ..trouble("a") }]);
    let (state, signals) = step(&state, Ok(&worse), 10);
    assert_eq!(signals[0].severity, Severity::Critical);
    let (_, signals) = step(&state, Ok(&looked(&["a"])), 20);
    assert!(signals.is_empty(), "milder is no news");
}

#[test]
fn what_finds_no_room_is_counted() {
    let names: Vec<String> = (0..7).map(|number| format!("t{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let telling = Telling { most: 5, ..Telling::default() };
    let (state, signals) = observe(&State::default(), Ok(&looked(&names)), &origin(SourceKind::Rule), &telling, at(0));
    assert_eq!((signals.len(), state.known.len(), state.standing.left_out), (5, 5, 2));
    assert!(!state.standing.is_well(TimeDelta::minutes(5), at(0)));
}

#[test]
fn a_clock_that_is_put_back_silences_nothing() {
    let (state, _) = step(&State::default(), Ok(&looked(&["a"])), 1_000_000);
    let (_, signals) = step(&state, Ok(&looked(&["a"])), 0);
    assert_eq!(told(&signals), [("a".to_owned(), Status::Firing)]);
}

#[test]
fn what_was_not_handed_on_is_told_again_as_the_same() {
    let (_, once) = step(&State::default(), Ok(&looked(&["a"])), 0);
    let (_, again) = step(&State::default(), Ok(&looked(&["a"])), 0);
    assert_eq!(once[0].id, again[0].id);
}

#[test]
fn the_state_survives_its_way_through_json() {
    let (state, _) = step(&State::default(), Ok(&looked(&["a", "b"])), 0);
    let (state, _) = step(&state, Err(&failure()), 30);
    let text = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
}

#[test]
fn a_result_that_was_cut_ends_nothing() {
    let (mut state, _) = step(&State::default(), Ok(&looked(&["a", "b"])), 0);
    let envelope = Envelope { truncated: true, ..Envelope::whole(serde_json::Value::Null, 0) };
    for seconds in [30, 60, 90] {
        let (next, signals) = step(&state, Ok(&looked(&["a"]).within(&envelope)), seconds);
        assert!(signals.is_empty());
        state = next;
    }
    assert!(state.known.contains_key(&trouble("b").key));
}

/// One look at a world of four troubles: which are there, and what the look is like.
#[derive(Debug, Clone)]
struct Moment {
    there: BTreeSet<usize>,
    fails: bool,
    blind: Option<BTreeSet<usize>>,
    seconds: i64,
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn moments() -> impl Strategy<Value = Vec<Moment>> {
    let some = || proptest::collection::btree_set(0..NAMES.len(), 0..=NAMES.len());
    let moment = (some(), proptest::bool::weighted(0.3), proptest::option::of(some()), 0_i64..400);
    let moment = moment.prop_map(|(there, fails, blind, seconds)| Moment { there, fails, blind, seconds });
    proptest::collection::vec(moment, 1..40)
}

/// What a look at this moment sees: a blind one sees nothing of what it is blind to.
fn look_at(moment: &Moment) -> Looked {
    let hidden = |place: &usize| moment.blind.as_ref().is_some_and(|blind| blind.contains(place));
    let seen = moment.there.iter().filter(|place| !hidden(place)).map(|place| trouble(NAMES[*place])).collect();
    let blind = match &moment.blind {
        None => Blind::No,
        Some(all) if all.len() == NAMES.len() => Blind::Wholly,
        Some(some) => Blind::To(some.iter().map(|place| trouble(NAMES[*place]).key).collect()),
    };
    Looked { troubles: seen, blind, not_looked: Vec::new() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_fails_in_between_a_trouble_that_is_there_is_never_told_as_over(moments in moments()) {
        let mut state = State::default();
        let mut missing = [0_u32; NAMES.len()];
        let mut firing = [false; NAMES.len()];
        let mut seconds = 0;
        for moment in &moments {
            seconds += moment.seconds;
            let (looked, failed) = (look_at(moment), failure());
            let look = if moment.fails { Err(&failed) } else { Ok(&looked) };
            let (next, signals) = step(&state, look, seconds);
            if moment.fails {
                prop_assert!(signals.is_empty());
                prop_assert_eq!(&next.known, &state.known);
                prop_assert_eq!(next.standing.last_heard, state.standing.last_heard);
                prop_assert!(next.standing.problem.is_some());
            }
            for (place, missing) in missing.iter_mut().enumerate() {
                let could_see = !moment.fails && !moment.blind.as_ref().is_some_and(|blind| blind.contains(&place));
                if could_see {
                    *missing = if moment.there.contains(&place) { 0 } else { *missing + 1 };
                }
            }
            for signal in &signals {
                let place = NAMES.iter().position(|name| *name == signal.name).unwrap();
                match signal.status {
                    Status::Firing => firing[place] = true,
                    Status::Resolved => {
                        prop_assert!(!moment.there.contains(&place), "{} is there", signal.name);
                        prop_assert!(missing[place] >= 2);
                        prop_assert!(firing[place], "the end of what was never told");
                        firing[place] = false;
                    }
                }
            }
            // What could be seen and is there is told, and what is gone for long enough is over.
            for (place, name) in NAMES.iter().enumerate() {
                let is_seen = !moment.fails && looked.troubles.iter().any(|trouble| trouble.name == *name);
                prop_assert!(!is_seen || firing[place]);
                prop_assert!(missing[place] < 2 || !firing[place]);
            }
            state = next;
        }
    }

    #[test]
    fn every_telling_has_an_id_of_its_own(moments in moments()) {
        let (mut state, mut ids, mut seconds) = (State::default(), BTreeSet::new(), 0);
        for moment in &moments {
            seconds += moment.seconds.max(1);
            let (next, signals) = step(&state, Ok(&look_at(moment)), seconds);
            for signal in signals {
                prop_assert!(ids.insert(signal.id));
            }
            state = next;
        }
    }
}
