//! The end of the file, cut at every byte, with the anchor before, at and after it.

use super::super::held::Held;
use super::super::snapshot;
use super::{Scratch, anchor_of, end, log, text};
use ports::store::error::StoreError;

#[test]
fn a_file_cut_at_any_byte_goes_on_or_is_refused() {
    let lines = log(6);
    let file = text(&lines);
    let scratch = Scratch::new();
    let begins = text(&lines[..2]).len();
    for anchored in 2..=6_usize {
        for length in begins..=file.len() {
            scratch.set(&file[..length], &end(&lines[..anchored]));
            let whole = file[..length].iter().filter(|byte| **byte == b'\n').count();
            let case = format!("{anchored} anchored, {length} bytes with {whole} whole records");
            let report = snapshot::verify(&scratch.place).unwrap();
            let appended = scratch.append(7);
            if whole >= anchored {
                assert!(report.holds(), "{case}: {report:?}");
                let whole_count = u64::try_from(whole).unwrap();
                assert_eq!(appended.unwrap().count, whole_count + 1, "{case}");
                let expected: Vec<u64> = (1..=whole_count).chain([7]).collect();
                assert_eq!(scratch.numbers(), expected, "{case}");
                scratch.holds();
            } else {
                assert!(!report.holds(), "{case}: {report:?}");
                let refused = appended.unwrap_err();
                assert!(
                    matches!(&refused, StoreError::Corrupt { message } if message.contains("backup")),
                    "{case}: {refused}"
                );
                assert_eq!(scratch.bytes(), &file[..length], "{case}: a refused append changes nothing");
                assert_eq!(anchor_of(&scratch.place), end(&lines[..anchored]), "{case}");
            }
        }
    }
}

#[test]
fn every_flipped_byte_is_found() {
    let lines = log(4);
    let file = text(&lines);
    let scratch = Scratch::new();
    for place in 0..file.len() {
        for change in [1, 0x20, 0x80, 0xff] {
            let mut flipped = file.clone();
            flipped[place] ^= change;
            scratch.set(&flipped, &end(&lines));
            let report = snapshot::verify(&scratch.place).unwrap();
            assert!(!report.holds(), "byte {place} became {:?}", flipped[place] as char);
        }
    }
}

#[test]
fn a_damaged_end_takes_no_further_records() {
    let lines = log(4);
    let file = text(&lines);
    let last = text(&lines[..3]).len();
    let scratch = Scratch::new();
    for place in last..file.len() {
        let mut flipped = file.clone();
        flipped[place] ^= 1;
        scratch.set(&flipped, &end(&lines));
        assert!(matches!(scratch.append(5), Err(StoreError::Corrupt { .. })), "byte {place}");
        assert_eq!(scratch.bytes(), flipped);
    }
}

#[test]
fn whole_records_beyond_the_anchor_stay_and_are_counted() {
    let lines = log(5);
    let scratch = Scratch::of(&text(&lines), &end(&lines[..2]));
    assert_eq!(scratch.numbers(), [1, 2], "what was never acknowledged is not read");
    assert_eq!(scratch.append(6).unwrap().count, 6);
    assert_eq!(scratch.numbers(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(anchor_of(&scratch.place).count, 6);
}

#[test]
fn blocks_that_a_crash_left_unwritten_are_cut_off() {
    let lines = log(5);
    let mut file = text(&lines);
    let third = text(&lines[..3]).len();
    file[third + 3..third + 40].fill(0);
    let scratch = Scratch::of(&file, &end(&lines[..3]));
    scratch.holds();
    assert_eq!(scratch.append(6).unwrap().count, 4);
    assert_eq!(scratch.numbers(), [1, 2, 3, 6]);
    let scratch = Scratch::of(&file, &end(&lines[..4]));
    assert!(matches!(scratch.append(6), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_hole_longer_than_a_record_is_cut_off() {
    let lines = log(2);
    for length in [domain::chain::LINE_BYTES, 3 * domain::chain::LINE_BYTES] {
        for ends in [&b""[..], b"\n"] {
            let mut file = text(&lines);
            file.extend(std::iter::repeat_n(0, length));
            file.extend_from_slice(ends);
            let scratch = Scratch::of(&file, &end(&lines));
            scratch.holds();
            assert_eq!(scratch.append(3).unwrap().count, 3);
            assert_eq!(scratch.numbers(), [1, 2, 3]);
        }
    }
}

#[test]
fn an_edit_beyond_the_anchor_is_refused_and_not_cut_off() {
    let lines = log(5);
    let mut file = text(&lines);
    let fourth = text(&lines[..3]).len();
    file[fourth + 20] ^= 1;
    let scratch = Scratch::of(&file, &end(&lines[..3]));
    assert!(matches!(scratch.append(6), Err(StoreError::Corrupt { .. })));
    assert_eq!(scratch.bytes(), file);
}

#[test]
fn another_log_in_its_place_is_refused() {
    let mut other = log(3);
    other.remove(0);
    let mut anew = Vec::new();
    for line in log(3) {
        let entry = domain::chain::Entry { kind: "other".to_owned(), ..super::entry(line.sequence) };
        anew.push(domain::chain::Line::after(&end(&anew), entry));
    }
    for records in [text(&anew), text(&other), Vec::new()] {
        let scratch = Scratch::of(&records, &end(&log(3)));
        let told = scratch.append(4);
        let is_cut = records == text(&other);
        // A cut that nothing records is found by a verification; the end of the log is as it should be.
        assert_eq!(matches!(told, Err(StoreError::Corrupt { .. })), !is_cut, "{told:?}");
        assert!(!snapshot::verify(&scratch.place).unwrap().holds());
    }
}

#[test]
fn a_log_that_was_removed_is_a_loss() {
    let scratch = Scratch::of(&text(&log(3)), &end(&log(3)));
    std::fs::remove_file(&scratch.place.records).unwrap();
    assert!(matches!(scratch.append(4), Err(StoreError::Corrupt { .. })));
    assert!(!scratch.place.records.exists());
    assert!(!snapshot::verify(&scratch.place).unwrap().holds());
}

#[test]
fn what_another_process_did_since_is_seen() {
    let lines = log(6);
    let scratch = Scratch::of(&text(&lines[..2]), &end(&lines[..2]));
    let held = Held::look(None, &scratch.place).unwrap();
    // It appended.
    scratch.append(3).unwrap();
    let held = Held::look(Some(held), &scratch.place).unwrap();
    assert_eq!((&held.head, &held.anchor), (&lines[2].anchor(), &lines[2].anchor()));
    // It died in the middle of a record.
    let mut file = text(&lines[..4]);
    let whole = file.len();
    file.extend_from_slice(b"{\"sequence\":5");
    std::fs::write(&scratch.place.records, &file).unwrap();
    let held = Held::look(Some(held), &scratch.place).unwrap();
    assert_eq!((held.head.count, held.anchor.count), (4, 3));
    assert_eq!(scratch.bytes().len(), whole);
    // The file lost its end.
    std::fs::write(&scratch.place.records, text(&lines[..2])).unwrap();
    assert!(matches!(Held::look(Some(held), &scratch.place), Err(StoreError::Corrupt { .. })));
}
