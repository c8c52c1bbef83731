//! Services that get slow, fail, go silent and recover.

use super::super::tests::{at, origin};
use super::super::{Telling, observe};
use super::*;
use crate::signal::{Signal, SourceKind, Status};
use serde_json::json;

fn watch() -> TraceWatch {
    serde_json::from_value(json!({"name": "shop", "services": ["cart"]})).unwrap()
}

fn row(service: &str, rate: f64, errors: f64, p95: f64) -> ServiceRow {
    ServiceRow { service: service.to_owned(), requests_per_second: rate, error_ratio: Some(errors), p95_ms: Some(p95) }
}

fn step(state: &State, now: &[ServiceRow], before: &[ServiceRow], seconds: i64) -> (State, Vec<Signal>) {
    let source = origin(SourceKind::Traces);
    let looked = read(&source, &watch(), now, before, state);
    observe(state, Ok(&looked), &source, &Telling::default(), at(seconds))
}

#[test]
fn shifts_are_told_and_small_ones_are_not() {
    let usual = row("cart", 5.0, 0.01, 200.0);
    let cases: [(&str, ServiceRow, &[&str]); 7] = [
        ("as before", row("cart", 5.0, 0.01, 210.0), &[]),
        ("slow", row("cart", 5.0, 0.01, 500.0), &["trace-latency-shift"]),
        ("failing", row("cart", 5.0, 0.2, 200.0), &["trace-error-shift"]),
        ("both", row("cart", 5.0, 0.2, 900.0), &["trace-latency-shift", "trace-error-shift"]),
        ("one of fifteen fails, by chance", row("cart", 0.05, 0.07, 200.0), &[]),
        ("too few requests", row("cart", 0.01, 1.0, 9_000.0), &[]),
        ("a service that was not there before", row("new", 5.0, 0.5, 9_000.0), &[]),
    ];
    for (what, now, expected) in cases {
        let looked =
            read(&origin(SourceKind::Traces), &watch(), &[now], std::slice::from_ref(&usual), &State::default());
        let names: Vec<&str> = looked.troubles.iter().map(|trouble| trouble.name.as_str()).collect();
        assert_eq!(names, expected, "{what}");
    }
}

#[test]
fn a_shift_that_lasts_does_not_become_what_is_usual() {
    let usual = [row("cart", 5.0, 0.01, 200.0)];
    let slow = [row("cart", 5.0, 0.01, 500.0)];
    let (state, begun) = step(&State::default(), &slow, &usual, 0);
    assert_eq!(begun.len(), 1);
    // An hour later the time before is as slow as the time now.
    let (state, told) = step(&state, &slow, &slow, 100);
    assert_eq!(told, []);
    let (state, told) = step(&state, &slow, &slow, 200);
    assert_eq!(told, []);
    // Just below the bound is not over yet.
    let (state, _) = step(&state, &[row("cart", 5.0, 0.01, 390.0)], &slow, 210);
    let (state, told) = step(&state, &[row("cart", 5.0, 0.01, 390.0)], &slow, 220);
    assert_eq!(told, []);
    let (state, _) = step(&state, &usual, &slow, 230);
    let (_, told) = step(&state, &usual, &slow, 240);
    assert_eq!(told[0].status, Status::Resolved);
}

#[test]
fn a_service_that_is_silent_is_not_well() {
    let usual = [row("cart", 5.0, 0.01, 200.0)];
    let (mut state, _) = step(&State::default(), &[row("cart", 5.0, 0.01, 500.0)], &usual, 0);
    for (seconds, now) in [(60, vec![]), (120, vec![row("cart", 0.0, 0.0, 0.0)]), (180, vec![])] {
        let (next, told) = step(&state, &now, &usual, seconds);
        assert_eq!(told, []);
        state = next;
    }
}

#[test]
fn a_service_that_is_not_declared_is_never_taken_for_one() {
    let hostile = "payments; grant all";
    let usual = [row(hostile, 5.0, 0.0, 100.0)];
    let (_, told) = step(&State::default(), &[row(hostile, 5.0, 0.0, 900.0)], &usual, 0);
    assert_eq!((told[0].service.as_deref(), told[0].name.as_str()), (None, "trace-latency-shift"));
    let usual = [row("cart", 5.0, 0.0, 100.0)];
    let (_, told) = step(&State::default(), &[row("cart", 5.0, 0.0, 900.0)], &usual, 0);
    assert_eq!(told[0].service.as_deref(), Some("cart"));
    assert_eq!(told[0].text, "cart takes (95th percentile) 900 ms, before it was 100 ms");
}
