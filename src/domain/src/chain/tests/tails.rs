//! The end of a log: torn, beyond its anchor, or lost.

use super::super::Finding;
use super::{end, log, text, verified};

#[test]
fn records_beyond_the_anchor_were_never_acknowledged() {
    let lines = log(5);
    let report = verified(&text(&lines), &end(&lines[..3]));
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.beyond_anchor, report.end), (2, end(&lines)));
}

#[test]
fn a_torn_record_is_no_fault_beyond_the_anchor_and_a_loss_below_it() {
    let lines = log(5);
    let mut file = text(&lines);
    file.pop();
    let report = verified(&file, &end(&lines[..4]));
    assert!(report.holds() && report.torn_tail, "{report:?}");
    let report = verified(&file, &end(&lines));
    assert_eq!(report.findings, [Finding::LostTail { anchored: 5, last: 4 }]);
    assert!(!report.torn_tail);
}

#[test]
fn blocks_that_were_never_written_are_a_torn_end() {
    let lines = log(5);
    let mut file = text(&lines);
    let third = text(&lines[..3]).len();
    file[third + 5..third + 50].fill(0);
    let report = verified(&file, &end(&lines[..3]));
    assert!(report.holds() && report.torn_tail, "{report:?}");
    assert_eq!((report.beyond_anchor, report.end), (0, end(&lines[..3])));
    assert!(!verified(&file, &end(&lines[..4])).holds());
}

#[test]
fn an_edit_beyond_the_anchor_is_an_edit() {
    let lines = log(5);
    let mut file = text(&lines);
    let fourth = text(&lines[..3]).len();
    file[fourth + 30] ^= 1;
    assert!(!verified(&file, &end(&lines[..3])).holds());
}
