//! Endpoints that go down, swing, recover, and cannot be checked.

use super::super::tests::{at, origin};
use super::super::{Telling, observe};
use super::*;
use crate::sense::uptime::Why;
use crate::signal::{SourceKind, Status};
use serde_json::json;

fn watch() -> EndpointWatch {
    serde_json::from_value(json!({"name": "shop", "url": "https://me:hunter2@shop.example/healthz", "service": "shop"}))
        .unwrap()
}

/// One check every 30 seconds: `u` up, `d` down, `n` not made.
fn checks(found: &str) -> Vec<Check> {
    let one = |(number, letter)| Check {
        at: at(30 * i64::try_from(number).unwrap()),
        endpoint: "shop".to_owned(),
        found: match letter {
            'u' => Found::Up,
            'd' => Found::Down,
            _ => Found::NotMade,
        },
        status: (letter == 'd').then_some(503),
        milliseconds: 10,
        why: (letter == 'd').then_some(Why::Status),
    };
    found.chars().enumerate().map(one).collect()
}

/// What is told while the checks come in one by one.
fn run(found: &str) -> Vec<(usize, String, Status)> {
    let (source, all) = (origin(SourceKind::HealthCheck), checks(found));
    let (mut state, mut told) = (State::default(), Vec::new());
    for number in 1..=all.len() {
        let now = all[number - 1].at;
        let looked = read(&source, &watch(), &all[..number], &state, now);
        let telling = Telling { repeat_seconds: 1_000_000, ..Telling::default() };
        let (next, signals) = observe(&state, Ok(&looked), &source, &telling, now);
        told.extend(signals.into_iter().map(|signal| (number, signal.name, signal.status)));
        state = next;
    }
    told
}

#[test]
fn three_failed_checks_are_down_and_two_good_ones_are_up_again() {
    let down = |number, status| (number, "endpoint-down".to_owned(), status);
    type Told = Vec<(usize, String, Status)>;
    let cases: [(&str, Told); 5] = [
        ("uuddu", vec![]),
        ("uudddu", vec![down(5, Status::Firing)]),
        ("uudddududuu", vec![down(5, Status::Firing), down(11, Status::Resolved)]),
        ("uudddnnnnnn", vec![down(5, Status::Firing)]),
        ("nnnnnn", vec![]),
    ];
    for (found, expected) in cases {
        assert_eq!(run(found), expected, "{found}");
    }
}

#[test]
fn uptime_below_the_least_is_told_once_there_are_enough_checks() {
    let low = |told: Vec<(usize, String, Status)>| -> Vec<(usize, Status)> {
        let low = told.into_iter().filter(|(_, name, _)| name == "endpoint-uptime-low");
        low.map(|(number, _, status)| (number, status)).collect()
    };
    // Two of the first twenty fail: 90 %, which is not below 90 %.
    assert_eq!(low(run(&format!("dd{}", "u".repeat(30)))), []);
    // Three of the first twenty: 85 %, until there are thirty checks; two looks later it is over.
    let told = low(run(&format!("dudud{}", "u".repeat(40))));
    assert_eq!(told, [(20, Status::Firing), (31, Status::Resolved)]);
}

#[test]
fn no_text_holds_the_credentials() {
    let all = checks("dddd");
    let looked = read(&origin(SourceKind::HealthCheck), &watch(), &all, &State::default(), all[3].at);
    let trouble = &looked.troubles[0];
    assert_eq!(
        trouble.text,
        "endpoint shop failed 4 checks in a row (status, status 503); uptime of the last hour is 0.0 % of 4 checks"
    );
    assert!(!format!("{:?} {:?}", looked, watch()).contains("hunter2"));
    assert!(!serde_json::to_string(&watch()).unwrap().contains("hunter2"));
    assert_eq!((trouble.since, trouble.service.as_deref()), (Some(at(0)), Some("shop")));
}
