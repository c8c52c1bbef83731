//! Cuts, stopped after each step and at each byte of what they write.

use super::super::cut::{cut, keep, plan, record, replace};
use super::super::held::Held;
use super::super::snapshot;
use super::{Scratch, at, copy_folder, end, log, text};
use domain::chain::Checkpoint;
use ports::store::error::StoreError;
use std::fs;

fn cut_now(scratch: &Scratch, up_to: u64) -> Result<u64, StoreError> {
    let held = Held::look(None, &scratch.place)?;
    cut(held, up_to, &scratch.place, at(100)).1
}

fn sequences(scratch: &Scratch) -> Vec<u64> {
    snapshot::read(&scratch.place, 0, 100).unwrap().iter().map(|line| line.sequence).collect()
}

#[test]
fn what_stays_goes_on_from_the_checkpoint() {
    let lines = log(6);
    let scratch = Scratch::of(&text(&lines), &end(&lines));
    assert_eq!(cut_now(&scratch, 4), Ok(4));
    assert_eq!(sequences(&scratch), [5, 6, 7]);
    scratch.holds();
    assert_eq!(scratch.append(8).unwrap().count, 8);
    assert_eq!(cut_now(&scratch, 4), Ok(0), "it is cut there already");
    assert_eq!(cut_now(&scratch, 0), Ok(0));
    assert_eq!(sequences(&scratch), [5, 6, 7, 8]);
    assert_eq!(cut_now(&scratch, 1_000), Ok(4));
    assert_eq!(sequences(&scratch), [9], "the checkpoint itself stays");
    scratch.holds();
    assert_eq!(Checkpoint::of(&snapshot::read(&scratch.place, 0, 1).unwrap()[0]).unwrap().cut.count, 8);
}

#[test]
fn a_cut_of_an_empty_log_is_none() {
    let scratch = Scratch::new();
    assert_eq!(cut_now(&scratch, 5), Ok(0));
    assert_eq!(scratch.append(1).unwrap().count, 1);
}

#[test]
fn a_cut_that_stops_anywhere_leaves_a_log_that_holds() {
    let lines = log(5);
    let base = Scratch::of(&text(&lines), &end(&lines));
    let held = Held::look(None, &base.place).unwrap();
    let plan = plan(&held, 3, &base.place).unwrap().unwrap();
    let (held, told) = record(held, &plan, &base.place, at(100));
    told.unwrap();
    let after_checkpoint = Scratch::new();
    copy_folder(&base.folder, &after_checkpoint.folder);
    keep(&held.unwrap(), &plan, &base.place).unwrap();
    let kept = fs::read(&base.place.fresh_records).unwrap();
    for length in 0..=kept.len() {
        let stopped = Scratch::new();
        copy_folder(&after_checkpoint.folder, &stopped.folder);
        fs::write(&stopped.place.fresh_records, &kept[..length]).unwrap();
        stopped.holds();
        assert_eq!(sequences(&stopped), [1, 2, 3, 4, 5, 6]);
        assert_eq!(stopped.append(7).unwrap().count, 7);
        assert!(!stopped.place.fresh_records.exists(), "what a cut left is removed");
        assert_eq!(cut_now(&stopped, 3), Ok(3));
        assert_eq!(sequences(&stopped), [4, 5, 6, 7, 8]);
        stopped.holds();
    }
    replace(&base.place).unwrap();
    assert_eq!(sequences(&base), [4, 5, 6]);
    base.holds();
}

#[test]
fn a_checkpoint_cut_at_any_byte_is_an_append_like_any_other() {
    let lines = log(3);
    let scratch = Scratch::of(&text(&lines), &end(&lines));
    assert_eq!(cut_now(&scratch, 0), Ok(0));
    let held = Held::look(None, &scratch.place).unwrap();
    let plan = plan(&held, 2, &scratch.place).unwrap().unwrap();
    record(held, &plan, &scratch.place, at(100)).1.unwrap();
    let file = scratch.bytes();
    for length in text(&lines).len()..file.len() {
        scratch.set(&file[..length], &end(&lines));
        scratch.holds();
        assert_eq!(cut_now(&scratch, 2), Ok(2));
        assert_eq!(sequences(&scratch), [3, 4]);
        scratch.holds();
    }
}

#[test]
fn a_cut_that_cannot_be_written_removes_nothing() {
    let lines = log(5);
    let scratch = Scratch::of(&text(&lines), &end(&lines));
    // A folder, which is not empty, stands where the kept records are written.
    let held = Held::look(None, &scratch.place).unwrap();
    fs::create_dir(&scratch.place.fresh_records).unwrap();
    fs::write(scratch.place.fresh_records.join("in the way"), b"").unwrap();
    assert!(cut(held, 3, &scratch.place, at(100)).1.is_err());
    fs::remove_dir_all(&scratch.place.fresh_records).unwrap();
    assert_eq!(sequences(&scratch), [1, 2, 3, 4, 5, 6]);
    scratch.holds();
    assert_eq!(scratch.append(7).unwrap().count, 7);
}

#[test]
fn another_process_goes_on_in_the_new_file() {
    let lines = log(5);
    let scratch = Scratch::of(&text(&lines), &end(&lines));
    let held = Held::look(None, &scratch.place).unwrap();
    assert_eq!(cut_now(&scratch, 3), Ok(3));
    let held = Held::look(Some(held), &scratch.place).unwrap();
    assert_eq!((held.head.count, held.end), (6, fs::metadata(&scratch.place.records).unwrap().len()));
}
