//! Calls of many looks, and how things stand in words.

use super::asking::Looked;
use super::known::{Known, Moment};
use super::*;
use domain::envelope::{Failure, FailureKind};
use domain::observed::tempo::EdgeRow;

fn call(caller: &str, callee: &str) -> EdgeRow {
    let (caller, callee) = (caller.to_owned(), callee.to_owned());
    EdgeRow { caller, callee, calls: 1, error_ratio: 0.0, p50_ms: 1.0, p95_ms: 1.0, no_spans: false }
}

fn seen(rows: Vec<EdgeRow>) -> Result<Looked<EdgeRow>, Failure> {
    Ok(Looked { rows, partly: Vec::new() })
}

fn after(begun: Instant, minutes: u64) -> Moment {
    let at = chrono::DateTime::from_timestamp(1_800_000_000 + minutes as i64 * 60, 0).unwrap();
    Moment { at, instant: begun + Duration::from_secs(minutes * 60) }
}

#[tokio::test(start_paused = true)]
async fn a_call_counts_for_an_hour_after_it_was_seen_last() {
    let (mut known, begun) = (Known::default(), Instant::now());
    known.take_calls(seen(vec![call("web", "checkout"), call("web", "cart")]), after(begun, 0));
    known.take_calls(seen(vec![call("web", "cart")]), after(begun, 30));
    let depends = |known: &Known, on: &str| known.graph().depends("service web", &format!("service {on}"));
    assert!(depends(&known, "checkout") && depends(&known, "cart"), "another sample of traces takes nothing away");
    known.take_calls(seen(Vec::new()), after(begun, 61));
    assert!(!depends(&known, "checkout") && depends(&known, "cart"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_takes_no_call_away_however_old_it_is() {
    let (mut known, begun) = (Known::default(), Instant::now());
    known.take_calls(seen(vec![call("web", "checkout")]), after(begun, 0));
    known.take_calls(Err(Failure::new(FailureKind::Unreachable, "no connection")), after(begun, 300));
    assert!(known.graph().depends("service web", "service checkout"));
}

#[tokio::test(start_paused = true)]
async fn calls_without_room_are_told_and_the_oldest_go() {
    let (mut known, begun) = (Known::default(), Instant::now());
    known.take_calls(seen(vec![call("old", "checkout")]), after(begun, 0));
    let many = (0..5_000).map(|number| call(&format!("s{number}"), "checkout")).collect();
    known.take_calls(seen(many), after(begun, 1));
    assert_eq!(known.graph().dependants("checkout").len(), 5_000);
    assert!(!known.graph().depends("service old", "service checkout"));
    let told = known.standing("prod", begun + Duration::from_secs(60));
    assert_eq!(told[3].partly, ["calls between services that found no room: 1"]);
}

#[test]
fn how_it_stands_in_words() {
    let standing = |seconds: Option<u64>, problem: Option<&str>, partly: &[&str]| Standing {
        environment: "prod".to_owned(),
        part: Part::Pods,
        seen_at: None,
        age: seconds.map(Duration::from_secs),
        problem: problem.map(str::to_owned),
        partly: partly.iter().map(|&what| what.to_owned()).collect(),
    };
    for (standing, is_known, told) in [
        (standing(None, Some("no connection"), &[]), false, "unknown: never seen; the last look failed: no connection"),
        (standing(Some(40), None, &[]), true, "seen 40 s ago"),
        (standing(Some(600), None, &["jobs"]), true, "seen 600 s ago; not seen: jobs"),
        (standing(Some(720), Some("slow"), &[]), false, "unknown: last seen 12 min ago; the last look failed: slow"),
    ] {
        assert_eq!((standing.is_known(), standing.to_string()), (is_known, format!("prod: pods: {told}")));
    }
}
