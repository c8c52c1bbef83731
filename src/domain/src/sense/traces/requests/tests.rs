//! Half minutes of requests: what is read when, shifts that are told once and end, and what nobody read.

use super::super::super::tests::{at, origin};
use super::super::{joined, read};
use super::*;
use crate::noise::Noise;
use crate::observed::tempo::ServiceRow;
use crate::sense::{Blind, Looked, State, Telling, observe};
use crate::signal::{Signal, SourceKind, Status};
use serde_json::json;
use std::collections::BTreeSet;

fn watch() -> TraceWatch {
    serde_json::from_value(json!({"name": "shop", "services": ["cart"], "learns": true})).unwrap()
}

fn series(label: Option<(&str, &str)>, points: Vec<(i64, f64)>) -> MetricSeries {
    let labels = label.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    MetricSeries { labels, min: 0.0, max: 0.0, mean: 0.0, last: 0.0, points }
}

/// What Tempo tells of a stretch in which each half minute has 60 requests around 40 ms times `slower`, and so many of 1 fail.
fn told(stretch: Stretch, slower: f64, fails: f64) -> (TraceMetrics, TraceMetrics) {
    let mut buckets: BTreeMap<i32, Vec<(i64, f64)>> = BTreeMap::new();
    let mut failures: Vec<(i64, f64)> = Vec::new();
    for end in ((stretch.start.timestamp() + STEP_SECONDS)..=stretch.end.timestamp()).step_by(STEP_SECONDS as usize) {
        let mut noise = Noise::new(end as u64);
        let mut counts: BTreeMap<i32, f64> = BTreeMap::new();
        for _ in 0..60 {
            let seconds = 0.04 * (0.6 * noise.normal()).exp() * slower;
            *counts.entry(seconds.log2().ceil() as i32).or_default() += 1.0;
        }
        counts.into_iter().for_each(|(bucket, count)| buckets.entry(bucket).or_default().push((end, count)));
        failures.push((end, (0..60).filter(|_| noise.happens(fails)).count() as f64));
    }
    let bucket =
        |(power, points): (i32, Vec<(i64, f64)>)| series(Some((BUCKET, &2.0_f64.powi(power).to_string())), points);
    let metrics = |series| TraceMetrics { query: String::new(), step_seconds: STEP_SECONDS, series };
    (metrics(buckets.into_iter().map(bucket).collect()), metrics(vec![series(None, failures)]))
}

/// Looks each minute from minute `from` to minute `to`.
fn run(requests: &mut Requests, state: &mut State, (from, to): (i64, i64), slower: f64, fails: f64) -> Vec<Signal> {
    let mut signals = Vec::new();
    for minute in from..to {
        if let Some(stretch) = requests.due("cart", at(minute * 60)) {
            let (durations, failures) = told(stretch, slower, fails);
            requests.learn("cart", stretch, &durations, &failures);
        }
        signals.extend(look(requests, state, minute));
    }
    signals
}

fn look(requests: &Requests, state: &mut State, minute: i64) -> Vec<Signal> {
    let source = origin(SourceKind::Traces);
    let windows = read(&source, &watch(), &[], &[], state);
    // Of the windows nothing is known here; what they are blind to is decided in their own tests.
    let windows = Looked { blind: Blind::To(BTreeSet::new()), ..windows };
    let looked = joined(&source, &watch(), windows, requests, state, at(minute * 60));
    let telling = Telling { repeat_seconds: 86_400, ..Telling::default() };
    let (next, signals) = observe(state, Ok(&looked), &source, &telling, at(minute * 60));
    *state = next;
    signals
}

#[test]
fn each_half_minute_is_read_once_and_what_was_missed_for_a_while() {
    let mut requests = Requests::default();
    let stretch = |start, end| Some(Stretch { start: at(start), end: at(end) });
    // `at(0)` is at a whole half minute.
    assert_eq!(requests.due("cart", at(1_005)), stretch(660, 960));
    let (durations, failures) = told(requests.due("cart", at(1_005)).unwrap(), 1.0, 0.0);
    requests.learn("cart", requests.due("cart", at(1_005)).unwrap(), &durations, &failures);
    assert_eq!(requests.due("cart", at(1_015)), None);
    assert_eq!(requests.due("cart", at(1_045)), None, "one half minute is asked for with the next");
    assert_eq!(requests.due("cart", at(1_065)), stretch(960, 1_020));
    assert_eq!(requests.due("cart", at(9_000)), stretch(8_670, 8_970));
    // A clock that was set back a little waits; one that was set back for long begins anew.
    assert_eq!(requests.due("cart", at(900)), None);
    assert_eq!(requests.due("cart", at(-9_000)), stretch(-9_330, -9_030));
}

#[test]
fn shifts_are_told_once_and_end() {
    let cases: [(&str, f64, f64, &[&str]); 4] = [
        ("as before", 1.0, 0.0, &[]),
        ("slower", 2.0, 0.0, &["trace-latency-shift"]),
        ("failing", 1.0, 0.15, &["trace-error-shift"]),
        ("both", 2.0, 0.15, &["trace-error-shift", "trace-latency-shift"]),
    ];
    for (what, slower, fails, expected) in cases {
        let (mut requests, mut state) = (Requests::default(), State::default());
        assert_eq!(run(&mut requests, &mut state, (0, 40), 1.0, 0.0), [], "{what}");
        let begun = run(&mut requests, &mut state, (40, 55), slower, fails);
        let mut names: Vec<&str> = begun.iter().map(|signal| signal.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{what}");
        for signal in &begun {
            assert_eq!((signal.service.as_deref(), signal.status), (Some("cart"), Status::Firing), "{what}");
            assert!(signal.text.contains("before it was"), "{}", signal.text);
        }
        let over = run(&mut requests, &mut state, (55, 75), 1.0, 0.0);
        assert!(over.iter().all(|signal| signal.status == Status::Resolved), "{what}: {over:?}");
        assert_eq!(over.len(), expected.len(), "{what}");
    }
}

#[test]
fn what_cannot_be_read_or_was_forgotten_ends_nothing() {
    let (mut requests, mut state) = (Requests::default(), State::default());
    run(&mut requests, &mut state, (0, 40), 1.0, 0.0);
    assert_eq!(run(&mut requests, &mut state, (40, 50), 3.0, 0.0).len(), 1);
    // Tempo is away for ten minutes.
    let unread: Vec<Signal> = (50..60).flat_map(|minute| look(&requests, &mut state, minute)).collect();
    assert_eq!(unread, []);
    // What was learned is lost: until it is learned again nobody can tell.
    let mut anew = Requests::default();
    assert_eq!(run(&mut anew, &mut state, (60, 70), 1.0, 0.0), []);
    let over = run(&mut anew, &mut state, (70, 100), 1.0, 0.0);
    assert_eq!(over.iter().map(|signal| signal.status).collect::<Vec<_>>(), [Status::Resolved]);
}

/// What Tempo answers of a stretch, with a number for each half minute by where it begins.
fn points(stretch: Stretch, offset: i64, extra: &[i64]) -> TraceMetrics {
    let begins = (stretch.start.timestamp()..stretch.end.timestamp()).step_by(STEP_SECONDS as usize);
    let all = begins.chain(extra.iter().copied()).map(|begins| (begins + offset, (begins % 1_000) as f64 + 1.0));
    let mut all: Vec<(i64, f64)> = all.collect();
    all.sort_by_key(|(at, _)| *at);
    TraceMetrics {
        query: String::new(),
        step_seconds: STEP_SECONDS,
        series: vec![series(Some((BUCKET, "0.064")), all)],
    }
}

/// Tempo set points at the beginnings of steps until 2.8, and from 2.9 on at their ends with one step before the first.
#[test]
fn each_half_minute_is_counted_once_with_every_version_of_tempo() {
    let none = TraceMetrics { query: String::new(), step_seconds: STEP_SECONDS, series: Vec::new() };
    let mut counted: Vec<Vec<f64>> = Vec::new();
    for version in ["2.8", "2.9", "without a point where the stretch begins"] {
        let mut requests = Requests::default();
        let mut all = Vec::new();
        for seconds in [1_000, 1_065, 1_190, 1_250] {
            let stretch = requests.due("cart", at(seconds)).unwrap();
            let (start, end) = (stretch.start.timestamp(), stretch.end.timestamp());
            let answer = match version {
                "2.8" => points(stretch, 0, &[end]),
                "2.9" => points(stretch, STEP_SECONDS, &[start - STEP_SECONDS]),
                _ => points(stretch, STEP_SECONDS, &[]),
            };
            all.extend(requests.steps(stretch, &answer, &none).into_values().map(|step| step.buckets[0].1));
            requests.learn("cart", stretch, &answer, &none);
        }
        let mut once = all.clone();
        once.dedup();
        assert_eq!(once, all, "{version}");
        counted.push(all);
    }
    let [old, new, other] = &counted[..] else { panic!("{counted:?}") };
    assert_eq!(old, other);
    // Half a minute late: the one before the first, and not yet the last.
    assert_eq!(old[..old.len() - 1], new[1..]);
}

/// The windows saw it after the detector had: the bound that they fixed was dropped, and once what lasted was usual to both it
/// was told to be over.
#[test]
fn a_trouble_that_was_learned_first_is_held_against_the_bound_of_the_windows() {
    let (mut requests, mut state) = (Requests::default(), State::default());
    run(&mut requests, &mut state, (0, 40), 1.0, 0.0);
    assert_eq!(run(&mut requests, &mut state, (40, 45), 3.0, 0.0).len(), 1);
    let row = |p95| ServiceRow {
        service: "cart".to_owned(),
        requests_per_second: 2.0,
        error_ratio: Some(0.0),
        p95_ms: Some(p95),
    };
    let (usual, slow) = ([row(120.0)], [row(400.0)]);
    let mut look = |requests: &Requests, now: &[ServiceRow], before: &[ServiceRow], minute: i64| {
        let source = origin(SourceKind::Traces);
        let windows = read(&source, &watch(), now, before, &state);
        let looked = joined(&source, &watch(), windows, requests, &state, at(minute * 60));
        let telling = Telling { repeat_seconds: 86_400, ..Telling::default() };
        let (next, signals) = observe(&state, Ok(&looked), &source, &telling, at(minute * 60));
        state = next;
        signals
    };
    assert_eq!(look(&requests, &slow, &usual, 46), []);
    // Hours later the time before is as slow, and what was learned has been learned anew.
    let mut adopted = Requests::default();
    for minute in 500..540 {
        if let Some(stretch) = adopted.due("cart", at(minute * 60)) {
            let (durations, failures) = told(stretch, 3.0, 0.0);
            adopted.learn("cart", stretch, &durations, &failures);
        }
        assert_eq!(look(&adopted, &slow, &slow, minute), [], "minute {minute}");
    }
    let over = look(&adopted, &usual, &slow, 541).into_iter().chain(look(&adopted, &usual, &slow, 542));
    assert_eq!(over.map(|signal| signal.status).collect::<Vec<_>>(), [Status::Resolved]);
}

#[test]
fn a_service_that_is_not_watched_any_more_kept_its_trouble_for_ever() {
    let (mut requests, mut state) = (Requests::default(), State::default());
    run(&mut requests, &mut state, (0, 40), 1.0, 0.0);
    assert_eq!(run(&mut requests, &mut state, (40, 50), 3.0, 0.0).len(), 1);
    let others = TraceWatch { services: ["other".to_owned()].into(), ..watch() };
    let source = origin(SourceKind::Traces);
    let looked = joined(&source, &others, Looked::whole(vec![]), &requests, &state, at(60 * 60));
    assert!(state.known.keys().all(|key| !looked.blind.hides(key)) && looked.troubles.is_empty(), "{looked:?}");
}

#[test]
fn a_restored_state_goes_on() {
    let (mut requests, mut state) = (Requests::default(), State::default());
    run(&mut requests, &mut state, (0, 42), 1.0, 0.0);
    let mut restored: Requests = serde_json::from_str(&serde_json::to_string(&requests).unwrap()).unwrap();
    let (mut first, mut second) = (state.clone(), state);
    let expected = run(&mut requests, &mut first, (42, 60), 2.0, 0.0);
    assert_eq!(run(&mut restored, &mut second, (42, 60), 2.0, 0.0), expected);
    assert_eq!(expected.len(), 1, "{expected:?}");
}
