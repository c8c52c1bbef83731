//! Half minutes of requests: what is read when, shifts that are told once and end, and what nobody read.

use super::super::super::tests::{at, origin};
use super::super::{joined, read};
use super::*;
use crate::noise::Noise;
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

/// Older versions of Tempo set a point at the beginning of its step, and one more at the end of the stretch.
#[test]
fn points_stand_at_the_end_of_their_step_or_at_its_beginning() {
    let (mut by_end, mut by_beginning) = (Requests::default(), Requests::default());
    let stretch = by_end.due("cart", at(1_000)).unwrap();
    let (durations, failures) = told(stretch, 1.0, 0.1);
    by_end.learn("cart", stretch, &durations, &failures);
    let earlier = |metrics: &TraceMetrics| {
        let mut metrics = metrics.clone();
        for series in &mut metrics.series {
            series.points.iter_mut().for_each(|(at, _)| *at -= STEP_SECONDS);
            series.points.push((stretch.end.timestamp(), 1.0));
        }
        metrics
    };
    by_beginning.learn("cart", stretch, &earlier(&durations), &earlier(&failures));
    assert_eq!(json!(by_beginning), json!(by_end));
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
