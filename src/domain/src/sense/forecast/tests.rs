//! Futures that are told, that are over, and of which nothing can be said.

use super::super::tests::{at, origin};
use super::super::{Telling, observe};
use super::*;
use crate::observed::prometheus::Labels;
use crate::signal::{SourceKind, Status};
use serde_json::json;

fn watch() -> ForecastWatch {
    serde_json::from_value(json!({
        "name": "disk-fills", "query": "used_ratio", "bound": 1.0, "severity": "high", "within_hours": 24,
        "about": {"kind": "Node", "name_label": "node"}
    }))
    .unwrap()
}

fn row(hours_left: Option<i64>, chance: f64, silence: Option<Silence>) -> RunsOut {
    let moment = |hours: i64| at(hours * 3_600);
    RunsOut {
        series: "{node=\"worker-1\"}".to_owned(),
        labels: Labels::from([("node".to_owned(), "worker-1".to_owned())]),
        last: 0.8,
        is_reached: false,
        at_median: hours_left.map(moment),
        earliest: hours_left.map(|hours| moment(hours - 1)),
        latest: None,
        chance: hours_left.map(|_| chance),
        confidence: None,
        how: hours_left.map(|_| "it grows by 1 a day".to_owned()),
        silence,
        silent: silence.map(|silence| silence.words().to_owned()),
    }
}

fn soon(hours: i64) -> RunsOut {
    row(Some(hours), 1.0, None)
}

fn silent(silence: Silence) -> RunsOut {
    row(None, 0.0, Some(silence))
}

/// One look each ten minutes; what each told.
fn run(rows: &[RunsOut]) -> (State, Vec<(usize, Status)>) {
    let (source, mut state, mut told) = (origin(SourceKind::Forecast), State::default(), Vec::new());
    for (number, row) in rows.iter().enumerate() {
        let looked = read(&source, &watch(), std::slice::from_ref(row), &state, at(0));
        let telling = Telling { repeat_seconds: 1_000_000, ..Telling::default() };
        let (next, signals) = observe(&state, Ok(&looked), &source, &telling, at(600 * i64::try_from(number).unwrap()));
        told.extend(signals.iter().map(|signal| (number, signal.status)));
        state = next;
    }
    (state, told)
}

#[test]
fn what_runs_out_soon_and_surely_is_told_once_and_over_when_it_is_clearly_later() {
    let rows = [row(Some(20), 0.6, None), soon(30), soon(20), soon(26), soon(29), soon(31), soon(31)];
    assert_eq!(run(&rows).1, [(2, Status::Firing), (6, Status::Resolved)]);
}

#[test]
fn a_trend_that_ends_is_over_and_a_history_that_is_lost_is_not() {
    let (_, told) = run(&[soon(20), silent(Silence::NoTrend), silent(Silence::NoTrend)]);
    assert_eq!(told, [(0, Status::Firing), (2, Status::Resolved)]);
    for blind in [Silence::TooShort, Silence::Stale, Silence::NoLimit] {
        let (state, told) = run(&[soon(20), silent(blind), silent(blind), silent(blind)]);
        assert_eq!(told, [(0, Status::Firing)], "{blind:?}");
        assert_eq!(state.standing.not_looked, ["of 1 series nothing can be foretold: too few or too old points"]);
    }
}

#[test]
fn it_says_when_on_what_and_from_what() {
    let looked = read(&origin(SourceKind::Forecast), &watch(), &[soon(20)], &State::default(), at(0));
    let trouble = &looked.troubles[0];
    assert_eq!(trouble.object.as_ref().map(ToString::to_string).as_deref(), Some("Node worker-1"));
    for part in ["reaches 1 about", "an open end", "it grows by 1 a day", "node=worker-1"] {
        assert!(trouble.text.contains(part), "{part}: {}", trouble.text);
    }
    let full = RunsOut { is_reached: true, chance: Some(0.5), ..soon(0) };
    let looked = read(&origin(SourceKind::Forecast), &watch(), &[full], &State::default(), at(0));
    assert!(looked.troubles[0].text.contains("is at 1 already"), "{:?}", looked.troubles);
}

#[test]
fn what_cannot_be_meant_is_told() {
    let wrong = ForecastWatch { bound: f64::NAN, history_hours: 0, within_hours: 10_000, least_chance: 0.1, ..watch() };
    let keys: Vec<&str> = wrong.mistakes().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["bound", "history_hours", "within_hours", "least_chance"]);
    assert_eq!(watch().mistakes(), []);
}
