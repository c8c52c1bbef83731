//! Series from text, and what they would have made.

use super::*;
use crate::incident::Severity;
use crate::sense::about::About;
use crate::sense::series::{Choice, Unusual};
use chrono::TimeDelta;
use expect_test::expect;
use proptest::prelude::*;
use std::fmt::Write as _;

fn watch(detector: Choice) -> SeriesWatch {
    SeriesWatch {
        name: "errors".to_owned(),
        query: "csv".to_owned(),
        detector,
        severity: Severity::High,
        every_seconds: 30,
        instance: None,
        about: About::default(),
        identity: Vec::new(),
    }
}

fn above(bound: f64) -> Choice {
    let declared = serde_json::json!({
        "kind": "threshold", "side": "above", "bound": bound, "bad_for_seconds": 120, "missing_after_seconds": 600,
    });
    serde_json::from_value(declared).unwrap()
}

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
}

/// A point a minute.
fn points(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
    (0..).zip(values).map(|(minute, value)| Point { at: at(minute), value: Some(value) }).collect()
}

fn told(run: &Run) -> String {
    let mut text = String::new();
    for event in &run.events {
        let minute = event.at.signed_duration_since(at(0)).num_minutes();
        let _ = writeln!(text, "{minute} {} {}", event.what.told(), event.incident.as_deref().unwrap_or("none"));
    }
    text
}

#[test]
fn a_threshold_that_is_passed_twice_opens_ends_and_opens_again() {
    let series = [vec![1.0; 5], vec![9.0; 20], vec![1.0; 10], vec![9.0; 3], vec![1.0; 60], vec![9.0; 3]].concat();
    let run = run("cpu", &points(series), &[watch(above(5.0))]);
    expect![[r#"
        7 opens #1
        26 right again in #1
        26 over: #1
        37 opens again #1
        39 right again in #1
        39 over: #1
        100 opens #2
    "#]]
    .assert_eq(&told(&run));
    assert_eq!((run.points, run.incidents, run.still_open), (101, 2, 1));
}

#[test]
fn what_was_never_seen_before_is_an_anomaly() {
    let unusual = Choice::Anomaly(Unusual { learn_points: 200, ..Unusual::default() });
    let usual = (0..600_u32).map(|minute| 10.0 + f64::from(minute % 7) / 10.0);
    let series: Vec<f64> = usual.chain([60.0; 5]).collect();
    let run = run("cpu", &points(series), &[watch(unusual)]);
    assert_eq!((run.incidents, run.events[0].at), (1, at(600)), "{run:?}");
    assert_eq!(run.events[0].what, What::Opened);
}

#[test]
fn times_of_several_forms_are_read_and_other_lines_are_told() {
    let text = "\u{feff}timestamp,value\r\n2014-04-01 00:00:00,1.5\r\n\r\n2014-04-01T00:05:00Z,2,more\r\n1396310700,3\n\
                1396310700000,4\nnonsense\n2014-04-01 00:20:00,NaN\n2014-04-01 00:25:00,a lot\n";
    let read = read(text);
    let values: Vec<Option<f64>> = read.points.iter().map(|point| point.value).collect();
    assert_eq!(values, [Some(1.5), Some(2.0), Some(3.0), Some(4.0), None]);
    assert_eq!(read.points[2].at, read.points[3].at);
    assert_eq!(read.unread, 2);
    assert_eq!(
        read.problems,
        ["line 7 is no point: TIME,VALUE is accepted", "line 9 is no point: TIME,VALUE is accepted"]
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[ -~\n,;\t\u{0}]{0,400}") {
        let read = read(&text);
        let run = run("any", &read.points, &[watch(above(1.0)), watch(Choice::Anomaly(Unusual::default()))]);
        prop_assert_eq!(run.points, read.points.len());
    }
}
