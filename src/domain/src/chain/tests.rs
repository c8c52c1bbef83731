//! The chain against every way in which a log can be wrong.

mod canonical;
mod cuts;
mod mutations;
mod tails;

use super::{Anchor, Entry, Finding, Line, Report, Verifier};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 123_456_789).unwrap() + TimeDelta::minutes(minutes)
}

fn entry(number: u64) -> Entry {
    let body = json!({"on": format!("checkout-{number}"), "replicas": number, "load": 0.1});
    Entry { at: at(number.cast_signed()), kind: "action.intent".to_owned(), body, personal: None }
}

/// A log of so many records.
fn log(records: u64) -> Vec<Line> {
    chained((1..=records).map(entry))
}

fn chained(entries: impl IntoIterator<Item = Entry>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for entry in entries {
        let end = lines.last().map(Line::anchor).unwrap_or_default();
        lines.push(Line::after(&end, entry));
    }
    lines
}

fn end(lines: &[Line]) -> Anchor {
    lines.last().map(Line::anchor).unwrap_or_default()
}

/// As it stands in a file.
fn text(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{}\n", line.to_json()).into_bytes()).collect()
}

/// Holds a file against an anchor.
fn verified(file: &[u8], anchor: &Anchor) -> Report {
    let mut verifier = Verifier::new(anchor.clone());
    let mut rest = file;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        verifier.push(&rest[..end]);
        rest = &rest[end + 1..];
    }
    verifier.finish(rest)
}

#[test]
fn a_log_that_nobody_touched_holds() {
    for records in [0, 1, 2, 50] {
        let lines = log(records);
        let report = verified(&text(&lines), &end(&lines));
        assert!(report.holds(), "{report:?}");
        assert_eq!((report.first, &report.end), (records.min(1), &end(&lines)));
        assert!(!report.torn_tail && report.beyond_anchor == 0, "{report:?}");
        let mut verifier = Verifier::new(end(&lines));
        lines.iter().for_each(|line| verifier.push_line(line));
        assert_eq!(verifier.finish(&[]), report);
    }
}

#[test]
fn each_fault_is_told_as_what_it_is() {
    let lines = log(5);
    let anchor = end(&lines);
    let without = |number: usize| {
        let mut left = lines.clone();
        left.remove(number - 1);
        verified(&text(&left), &anchor).findings
    };
    assert_eq!(without(3), [Finding::Broken { expected: 3, found: 4 }]);
    assert_eq!(without(5), [Finding::LostTail { anchored: 5, last: 4 }]);
    assert_eq!(without(1), [Finding::UnrecordedCut { first: 2 }]);

    let mut edited = lines.clone();
    edited[1].body["replicas"] = json!(7);
    assert_eq!(verified(&text(&edited), &anchor).findings, [Finding::Edited { sequence: 2 }]);
    assert_eq!(verified(&text(&edited), &anchor).end, lines[0].anchor());

    let mut sealed_again = edited;
    sealed_again[1].hash = sealed_again[1].computed_hash();
    assert_eq!(verified(&text(&sealed_again), &anchor).findings, [Finding::Broken { expected: 3, found: 3 }]);

    let mut unreadable = text(&lines);
    unreadable[0] = b'[';
    let found = verified(&unreadable, &anchor).findings;
    assert!(matches!(found.as_slice(), [Finding::Unreadable { line: 1, .. }]), "{found:?}");
}

#[test]
fn a_log_that_was_written_anew_does_not_pass_for_the_anchored_one() {
    let anchor = end(&log(5));
    for records in [5, 6] {
        let anew = chained((1..=records).map(|number| Entry { kind: "action.ended".to_owned(), ..entry(number) }));
        assert_eq!(verified(&text(&anew), &anchor).findings, [Finding::OtherThanAnchored { anchored: 5 }]);
    }
}

#[test]
fn the_same_record_in_other_bytes_is_an_edit() {
    let lines = log(2);
    let file = String::from_utf8(text(&lines)).unwrap();
    let cases = [
        ("{\"sequence\":1", "{ \"sequence\":1"),
        ("checkout-1", "\\u0063heckout-1"),
        ("\"load\":0.1", "\"load\":0.10"),
        ("\"load\":0.1", "\"load\":1e-1"),
        ("\"load\":0.1,", "\"load\":0.2,\"load\":0.1,"),
        ("\"load\":0.1,\"on\":\"checkout-1\"", "\"on\":\"checkout-1\",\"load\":0.1"),
        ("}\n", "}\r\n"),
    ];
    for (before, after) in cases {
        assert!(file.contains(before), "{before} is not in {file}");
        let report = verified(file.replacen(before, after, 1).as_bytes(), &end(&lines));
        assert_eq!(report.findings, [Finding::Edited { sequence: 1 }], "{after}");
    }
}

#[test]
fn records_without_an_anchor_are_a_fault_and_looked_at_all_the_same() {
    let lines = log(3);
    let mut verifier = Verifier::without_anchor("it is missing");
    verifier.push_line(&lines[0]);
    verifier.push_line(&lines[2]);
    let report = verifier.finish(&[]);
    let missing = Finding::NoAnchor { why: "it is missing".to_owned() };
    assert_eq!(report.findings, [missing, Finding::Broken { expected: 2, found: 3 }]);
    assert_eq!(report.end, lines[0].anchor());
}

#[test]
fn what_is_told_of_a_ruined_log_is_bounded() {
    let mut verifier = Verifier::new(Anchor::default());
    (0..Report::FINDINGS * 3).for_each(|_| verifier.push(b"rubbish"));
    let report = verifier.finish(&[]);
    assert_eq!((report.findings.len(), report.unlisted), (Report::FINDINGS, 2 * 1_000));
}
