//! Sources that are heard, that fail, and that are silent.

use super::super::tests::{at, failure, origin};
use super::*;
use crate::signal::SourceKind;

const SILENCE: TimeDelta = TimeDelta::minutes(5);

fn watched(standing: Standing) -> Watched {
    Watched { source: origin(SourceKind::Logs).source, standing, begun_at: at(0), silence: SILENCE }
}

#[test]
fn a_source_is_away_when_it_was_not_heard_for_long_whatever_the_reason() {
    let heard = Standing::default().heard(&Looked::whole(vec![]), at(0));
    let failing = heard.failed(&failure(), at(200));
    let cases = [
        ("never heard, just begun", Standing::default(), 100, 0),
        ("never heard", Standing::default(), 301, 1),
        ("heard lately", heard.clone(), 300, 0),
        ("no look comes to an end", heard, 301, 1),
        ("failing for a short time", failing.clone(), 250, 0),
        ("failing for long", failing, 301, 1),
    ];
    for (what, standing, now, expected) in cases {
        let looked = away(&origin(SourceKind::Herself), &[watched(standing)], at(now));
        assert_eq!(looked.troubles.len(), expected, "{what}");
    }
}

#[test]
fn a_failed_look_is_no_word_of_the_source() {
    let heard = Standing::default().heard(&Looked::whole(vec![]), at(0));
    let failed = heard.failed(&failure(), at(30)).failed(&failure(), at(60));
    assert_eq!((failed.last_heard, failed.last_look, failed.failures_in_a_row), (Some(at(0)), Some(at(60)), 2));
    assert!(heard.is_well(SILENCE, at(60)) && !failed.is_well(SILENCE, at(60)));
    assert_eq!(
        failed.told(),
        "last heard 2027-01-15T08:00:00Z; 2 looks failed: GET http://prometheus:9090: connection refused"
    );
}

#[test]
fn what_could_be_looked_at_only_in_part_is_not_well() {
    let part = Looked { not_looked: vec!["check nodes: forbidden".to_owned()], ..Looked::whole(vec![]) };
    let standing = Standing::default().heard(&part, at(0));
    assert!(!standing.is_well(SILENCE, at(1)));
    assert!(standing.told().contains("not looked at: check nodes: forbidden"));
}
