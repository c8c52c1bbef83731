//! What is kept of an incident, whatever is put in.

use super::*;
use crate::incident::{Impact, Severity, State};
use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

fn incident() -> Incident {
    let stored = include_str!("../../../slack_view/tests/fixtures/incident_resolved.json");
    serde_json::from_str(stored).unwrap()
}

fn look(number: usize, size: usize) -> Look {
    let call = ToolCall::new("kubernetes_list", json!({"page": number}));
    Look::of(call, Ok(Envelope::whole(json!("x".repeat(size)), 1)))
}

fn take(seconds: i64, sizes: &[usize]) -> Take {
    let found = Err("nothing could be looked at".to_owned());
    Take {
        at: at(seconds),
        incident: Box::new(slim_incident(&incident())),
        cluster: None,
        tools: BTreeSet::new(),
        looks: sizes.iter().enumerate().map(|(number, size)| look(number, *size)).collect(),
        work: Work::Diagnosis { round: 1, found },
    }
}

fn results(recording: &Recording) -> usize {
    recording.takes.iter().flat_map(|take| &take.looks).filter(|look| look.outcome.is_some()).count()
}

#[test]
fn the_oldest_results_go_first_and_are_counted() {
    let bounds = Bounds { bytes: 13_000, ..Bounds::default() };
    let recording = Recording::of("INC-1", "prod", at(0)).with(take(0, &[4_000, 4_000]), &bounds);
    assert_eq!((results(&recording), recording.what_is_missing()), (2, None));
    let recording = recording.with(take(10, &[4_000, 4_000]), &bounds);
    let kept: Vec<Vec<bool>> =
        recording.takes.iter().map(|take| take.looks.iter().map(|look| look.outcome.is_some()).collect()).collect();
    assert_eq!(kept, [vec![false, false], vec![true, true]], "{:?}", recording.what_is_missing());
    assert_eq!(recording.what_is_missing().as_deref(), Some("0 takes and the results of 2 looks found no room"));
    assert_eq!(recording.takes[0].looks[0].call, look(0, 0).call, "what was asked stays");
}

#[test]
fn more_takes_than_there_is_room_for_drop_the_oldest() {
    let bounds = Bounds { takes: 3, ..Bounds::default() };
    let recording =
        (0..5).fold(Recording::of("INC-1", "prod", at(0)), |it, second| it.with(take(second, &[10]), &bounds));
    assert_eq!((recording.takes.len(), recording.dropped_takes, recording.changed_at), (3, 2, at(4)));
    assert_eq!(recording.takes[0].at, at(2));
}

#[test]
fn what_nothing_is_decided_by_is_left_out() {
    let slim = slim_incident(&incident());
    assert!(slim.timeline.is_empty() && slim.evidence.is_empty() && slim.owner.is_none());
    assert_eq!((slim.id, slim.severity, slim.impact), ("INC-17".to_owned(), Severity::High, Impact::High));
    assert_eq!(slim.state, State::Resolved);
}

#[test]
fn secrets_in_what_was_asked_are_not_kept() {
    let call = ToolCall::new("loki_query", json!({"password": "hunter2hunter2", "query": "x"}));
    let kept = Look::of(call.clone(), Err(not_recorded("it")));
    assert!(!serde_json::to_string(&kept).unwrap().contains("hunter2"), "{kept:?}");
    assert_eq!(asked(call).key(), kept.call.key(), "the same question is found again");
}

proptest! {
    /// Within its bounds, whatever is put in; what is gone is counted; it is read back as it was.
    #[test]
    fn a_recording_stays_within_its_bounds(
        sizes in prop::collection::vec(prop::collection::vec(0_usize..6_000, 0..6), 1..20),
        most in 1_usize..8,
        bytes in 10_000_usize..40_000,
    ) {
        let bounds = Bounds { takes: most, bytes, part_bytes: 1_000 };
        let (mut recording, mut looks) = (Recording::of("INC-1", "prod", at(0)), 0);
        for (number, sizes) in sizes.iter().enumerate() {
            looks += sizes.len();
            recording = recording.with(take(i64::try_from(number).unwrap(), sizes), &bounds);
            let size: usize = recording.takes.iter().map(|take| serde_json::to_vec(take).unwrap().len()).sum();
            prop_assert!(size <= bytes, "{size} bytes of {bytes}");
            prop_assert!(recording.takes.len() <= most);
        }
        let is_whole = results(&recording) == looks && recording.takes.len() == sizes.len();
        prop_assert_eq!(recording.what_is_missing().is_none(), is_whole);
        let text = serde_json::to_string(&recording).unwrap();
        prop_assert_eq!(serde_json::from_str::<Recording>(&text).unwrap(), recording);
    }
}
