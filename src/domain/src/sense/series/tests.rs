//! Series that cross thresholds, that do what they never did, and that end.

use super::super::tests::{at, origin};
use super::super::{Telling, observe};
use super::*;
use crate::observed::prometheus::Sample;
use crate::signal::{SourceKind, Status};
use serde_json::json;

fn watch(detector: serde_json::Value) -> SeriesWatch {
    serde_json::from_value(json!({"name": "p99", "query": "p99", "severity": "high", "detector": detector})).unwrap()
}

fn threshold() -> SeriesWatch {
    watch(json!({
        "kind": "threshold", "side": "above", "bound": 1.0, "good_again": 0.5, "bad_for_seconds": 60,
        "missing_after_seconds": 600
    }))
}

fn point(seconds: i64, value: Option<f64>) -> Instant {
    let sample = |value| Sample { labels: Labels::from([("app".to_owned(), "cart".to_owned())]), value: Some(value) };
    let samples = value.map(sample).into_iter().collect();
    Instant { query: "p99".to_owned(), at: at(seconds), result_type: "vector".to_owned(), samples }
}

/// One point each 30 seconds; `None` is no sample. With a state it goes on an hour after the last run.
fn run(watch: &SeriesWatch, mut state: State, points: &[Option<f64>]) -> (State, Vec<(usize, Status)>) {
    let (source, mut detectors, mut told) = (origin(SourceKind::Anomaly), Detectors::default(), Vec::new());
    let begin = if state.known.is_empty() { 0 } else { 3_600 };
    for (number, value) in points.iter().enumerate() {
        let seconds = begin + 30 * i64::try_from(number).unwrap();
        let looked = read(&source, watch, &point(seconds, *value), &mut detectors, &state);
        let telling = Telling { repeat_seconds: 1_000_000, ..Telling::default() };
        let (next, signals) = observe(&state, Ok(&looked), &source, &telling, at(seconds));
        told.extend(signals.iter().map(|signal| (number, signal.status)));
        state = next;
    }
    (state, told)
}

#[test]
fn a_threshold_is_told_after_its_time_and_over_below_the_milder_bound() {
    let values = [0.1, 2.0, 2.0, 2.0, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4].map(Some);
    let (_, told) = run(&threshold(), State::default(), &values);
    assert_eq!(told, [(3, Status::Firing), (8, Status::Resolved)]);
}

#[test]
fn a_series_without_a_sample_is_not_over_and_that_is_told() {
    let values = [Some(2.0), Some(2.0), Some(2.0), None, None, None, None];
    let (state, told) = run(&threshold(), State::default(), &values);
    assert_eq!(told, [(2, Status::Firing)]);
    assert_eq!(state.standing.not_looked, ["1 series that were watched have no sample now"]);
    assert_eq!(state.known.len(), 1);
}

#[test]
fn a_trouble_that_is_there_after_a_restart_is_not_told_as_over() {
    let (state, _) = run(&threshold(), State::default(), &[Some(2.0), Some(2.0), Some(2.0)]);
    // New detectors, which have seen nothing; the value lies between the bounds, where it began to be bad and did not end.
    let (state, told) = run(&threshold(), state, &[Some(0.8), Some(0.8), Some(0.8)]);
    assert_eq!((told, state.known.len()), (vec![], 1));
}

#[test]
fn what_was_never_seen_is_told_for_a_while() {
    let watch = watch(json!({"kind": "anomaly", "learn_points": 200, "hold_points": 10}));
    let usual = |number: usize| Some(100.0 + (number % 7) as f64);
    let mut values: Vec<Option<f64>> = (0..300).map(usual).collect();
    values[250] = Some(900.0);
    let (_, told) = run(&watch, State::default(), &values);
    assert_eq!(told, [(250, Status::Firing), (261, Status::Resolved)]);
    // The same while it learns is no news.
    values[100] = Some(900.0);
    let (_, told) = run(&watch, State::default(), &values[..200]);
    assert_eq!(told, []);
}

#[test]
fn more_series_than_are_watched_are_told() {
    let sample = |number: usize| Sample {
        labels: Labels::from([("app".to_owned(), format!("app-{number}"))]),
        value: Some(0.0),
    };
    let result = Instant { samples: (0..SERIES + 3).map(sample).collect(), ..point(0, None) };
    let mut detectors = Detectors::default();
    let looked = read(&origin(SourceKind::Anomaly), &threshold(), &result, &mut detectors, &State::default());
    assert_eq!(looked.not_looked, ["3 series are beyond the 50 that are watched: aggregate in the query"]);
}

#[test]
fn a_restart_makes_no_gap_in_which_a_series_is_learned_anew() {
    let watch = watch(json!({"kind": "anomaly"}));
    let source = origin(SourceKind::Anomaly);
    let value = |number: i64| 50.0 + (number % 7) as f64;
    let mut detectors = Detectors::default();
    for number in 0..400 {
        read(&source, &watch, &point(30 * number, Some(value(number))), &mut detectors, &State::default());
    }
    let saved = serde_json::to_string(&detectors).unwrap();
    let mut restored = serde_json::from_str::<Detectors>(&saved).unwrap().restored(&watch.detector);
    let strange = point(30 * 400, Some(500.0));
    let expected = read(&source, &watch, &strange, &mut detectors, &State::default());
    assert_eq!(expected.troubles.len(), 1);
    assert_eq!(read(&source, &watch, &strange, &mut restored, &State::default()), expected);
    let other = serde_json::from_str::<Detectors>(&saved).unwrap().restored(&threshold().detector);
    assert!(other.0.is_empty());
}
