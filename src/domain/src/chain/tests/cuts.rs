//! Logs that begin later than at 1.

use super::super::{Anchor, Checkpoint, Finding, Line, Verifier};
use super::{at, end, log, text, verified};

/// A log with a checkpoint of a cut after so many records, and two more records.
fn with_checkpoint(records: u64, cut: Anchor) -> Vec<Line> {
    let mut lines = log(records);
    lines.push(Line::after(&end(&lines), Checkpoint { cut }.entry(at(100))));
    lines.push(Line::after(&end(&lines), super::entry(7)));
    lines.push(Line::after(&end(&lines), super::entry(8)));
    lines
}

#[test]
fn a_recorded_cut_is_no_fault_whether_it_was_made_or_not() {
    let lines = with_checkpoint(10, end(&log(4)));
    for cut in [0, 4] {
        let report = verified(&text(&lines[cut..]), &end(&lines));
        assert!(report.holds(), "{report:?}");
        assert_eq!(report.first, u64::try_from(cut).unwrap() + 1);
    }
}

#[test]
fn a_cut_elsewhere_than_recorded_is_a_fault() {
    let lines = with_checkpoint(10, end(&log(4)));
    for cut in [1, 3, 5, 9, 11] {
        let report = verified(&text(&lines[cut..]), &end(&lines));
        let first = u64::try_from(cut).unwrap() + 1;
        assert_eq!(report.findings, [Finding::UnrecordedCut { first }]);
    }
}

#[test]
fn a_checkpoint_with_another_hash_records_nothing() {
    let lines = with_checkpoint(10, Anchor { count: 4, hash: end(&log(5)).hash });
    assert_eq!(verified(&text(&lines[4..]), &end(&lines)).findings, [Finding::UnrecordedCut { first: 5 }]);
}

#[test]
fn a_checkpoint_that_was_never_acknowledged_records_nothing() {
    let lines = with_checkpoint(10, end(&log(4)));
    let report = verified(&text(&lines[4..]), &end(&lines[..10]));
    assert_eq!(report.findings, [Finding::UnrecordedCut { first: 5 }]);
}

#[test]
fn a_cut_down_to_the_checkpoint_holds() {
    let lines = with_checkpoint(10, end(&log(10)));
    let report = verified(&text(&lines[10..]), &end(&lines));
    assert!(report.holds(), "{report:?}");
}

#[test]
fn a_first_record_that_follows_something_is_not_the_first() {
    let mut lines = log(2);
    lines[0].previous = lines[1].hash.clone();
    lines[0].hash = lines[0].computed_hash();
    let mut verifier = Verifier::new(lines[0].anchor());
    verifier.push_line(&lines[0]);
    assert_eq!(verifier.finish(&[]).findings, [Finding::Broken { expected: 1, found: 1 }]);
}
