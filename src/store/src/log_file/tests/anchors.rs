//! Anchors that are missing, damaged, old, or cannot be written.

use super::super::snapshot;
use super::{Scratch, anchor_of, end, log, text};
use domain::chain::{Anchor, Finding};
use ports::store::error::StoreError;
use std::fs;

#[test]
fn a_new_log_has_an_anchor_before_it_has_records() {
    let scratch = Scratch::new();
    assert_eq!(scratch.append(1).unwrap().count, 1);
    fs::remove_file(&scratch.place.anchor).unwrap();
    let refused = scratch.append(2).unwrap_err();
    assert!(matches!(&refused, StoreError::Corrupt { message } if message.contains("no anchor")), "{refused}");
    let report = snapshot::verify(&scratch.place).unwrap();
    assert!(matches!(report.findings.as_slice(), [Finding::NoAnchor { .. }]), "{report:?}");
    assert_eq!(scratch.numbers(), [1], "it can be read all the same");
}

#[test]
fn a_crash_between_anchor_and_first_record_is_no_loss() {
    let scratch = Scratch::new();
    fs::write(&scratch.place.anchor, serde_json::to_string(&Anchor::default()).unwrap()).unwrap();
    assert_eq!(scratch.append(1).unwrap().count, 1);
    let scratch = Scratch::new();
    fs::write(&scratch.place.records, b"").unwrap();
    assert_eq!(scratch.append(1).unwrap().count, 1);
    scratch.holds();
}

#[test]
fn a_damaged_anchor_is_refused() {
    let lines = log(3);
    for anchor in ["", "{}", "{\"count\":3}", "\u{0}\u{0}\u{0}", "{\"count\":3,\"hash\":\"00\",\"more\":1}"] {
        let scratch = Scratch::of(&text(&lines), &end(&lines));
        fs::write(&scratch.place.anchor, anchor).unwrap();
        assert!(matches!(scratch.append(4), Err(StoreError::Corrupt { .. })), "{anchor}");
        assert!(!snapshot::verify(&scratch.place).unwrap().holds(), "{anchor}");
        assert_eq!(fs::read_to_string(&scratch.place.anchor).unwrap(), anchor);
    }
}

#[test]
fn an_anchor_half_written_is_not_taken_for_one() {
    let lines = log(3);
    let scratch = Scratch::of(&text(&lines), &end(&lines));
    fs::write(&scratch.place.fresh_anchor, b"{\"count\":9").unwrap();
    assert_eq!(scratch.append(4).unwrap().count, 4);
    scratch.holds();
}

#[test]
fn records_are_taken_back_where_the_anchor_cannot_be_written() {
    let lines = log(3);
    let scratch = Scratch::of(&text(&lines), &end(&lines));
    // A folder stands where the new anchor is written.
    fs::create_dir(&scratch.place.fresh_anchor).unwrap();
    scratch.append(4).unwrap_err();
    assert_eq!(scratch.bytes(), text(&lines));
    assert_eq!(anchor_of(&scratch.place), end(&lines));
    fs::remove_dir(&scratch.place.fresh_anchor).unwrap();
    assert_eq!(scratch.append(4).unwrap().count, 4);
}
