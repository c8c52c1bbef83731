//! A lane over its life, case by case; what holds after any sequence of steps is in `properties`.

mod properties;

use super::*;
use chrono::TimeDelta;
use serde_json::json;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
}

fn minute() -> TimeDelta {
    TimeDelta::minutes(1)
}

fn entry(id: &str, order: &str) -> Entry {
    Entry::new(id, order, at(0), json!({ "about": id }))
}

fn lane_with(entries: &[(&str, &str)]) -> Lane {
    let mut lane = Lane::new("slack:C1/1.1", at(0));
    for (id, order) in entries {
        assert_eq!(lane.put(entry(id, order), at(0)), Put::Taken);
    }
    lane
}

#[test]
fn entries_wait_in_their_order_whatever_the_order_in_which_they_came() {
    let lane = lane_with(&[("c", "3.0"), ("b", "1.0"), ("a", "1.0"), ("d", "2.0")]);
    let ids: Vec<&str> = lane.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "d", "c"]);
    assert_eq!(lane.waiting, 1);
}

#[test]
fn what_waits_or_was_handled_is_known() {
    let mut lane = lane_with(&[("a", "1")]);
    let before = lane.clone();
    assert_eq!(lane.put(entry("a", "9"), at(5)), Put::Known);
    assert_eq!(lane, before);

    assert!(lane.claim("p", at(5), minute()));
    assert!(lane.finish("p", "a", at(6)));
    assert_eq!(lane.waiting, 0);
    assert_eq!(lane.put(entry("a", "1"), at(7)), Put::Known);
    assert_eq!(lane.entries, []);
}

#[test]
fn a_full_lane_takes_no_more_until_something_is_handled() {
    let mut lane = Lane::new("slack:C1/1.1", at(0));
    for number in 0..MOST_WAITING {
        assert_eq!(lane.put(entry(&format!("e{number}"), &format!("{number:09}")), at(0)), Put::Taken);
    }
    assert_eq!(lane.put(entry("one more", "1"), at(0)), Put::Full);
    assert_eq!(lane.put(entry("e7", "1"), at(0)), Put::Known, "what is known needs no room");
    lane.claim("p", at(0), minute());
    lane.finish("p", "e0", at(1));
    assert_eq!(lane.put(entry("one more", "1"), at(1)), Put::Taken);
}

#[test]
fn a_lane_is_full_by_bytes_too_but_takes_one_entry_of_any_size() {
    let large = |id: &str| Entry::new(id, id, at(0), json!([{"text": "x".repeat(MOST_WAITING_BYTES)}]));
    let mut lane = Lane::new("slack:C1/1.1", at(0));
    assert_eq!(lane.put(large("a"), at(0)), Put::Taken);
    assert_eq!(lane.put(entry("b", "b"), at(0)), Put::Full);
}

#[test]
fn as_many_handled_ids_are_remembered_as_is_said() {
    let mut lane = Lane::new("slack:C1/1.1", at(0));
    lane.claim("p", at(0), minute());
    for number in 0..=HANDLED_REMEMBERED {
        let id = format!("e{number}");
        lane.put(entry(&id, "1"), at(0));
        assert!(lane.finish("p", &id, at(0)));
    }
    assert_eq!(lane.handled.len(), HANDLED_REMEMBERED);
    assert!(!lane.knows("e0"));
    assert!(lane.knows("e1"));
}

#[test]
fn one_process_holds_it_until_its_time_and_the_margin_are_over() {
    let mut lane = lane_with(&[("a", "1")]);
    assert!(lane.claim("p", at(0), minute()));
    assert!(!lane.claim("q", at(64), minute()));
    assert!(lane.claim("p", at(64), TimeDelta::zero()), "one's own is claimed anew");
    assert!(!lane.claim("q", at(68), minute()));
    assert!(lane.claim("q", at(69), minute()));
    assert!(!lane.is_held_by("p"));
}

#[test]
fn a_process_that_lost_the_lane_changes_nothing() {
    let mut lane = lane_with(&[("a", "1")]);
    lane.claim("p", at(0), minute());
    lane.begin("p", "a", at(0));
    lane.claim("q", at(100), minute());
    let before = lane.clone();
    assert_eq!(lane.begin("p", "a", at(101)), None);
    assert!(!lane.finish("p", "a", at(101)));
    assert!(!lane.renew("p", at(101), minute()));
    assert!(!lane.hand_over("p", at(101)));
    assert_eq!(lane.release("p", at(101)), Released::NotHeld);
    assert_eq!(lane, before);
    assert_eq!(lane.begin("q", "a", at(102)), Some(2));
}

#[test]
fn nobody_lets_go_of_a_lane_in_which_something_waits_unless_it_stops() {
    let mut lane = lane_with(&[("a", "1")]);
    lane.claim("p", at(0), minute());
    assert_eq!(lane.release("p", at(1)), Released::StillWaits);
    assert!(lane.is_held_by("p"));
    assert!(lane.hand_over("p", at(2)));
    assert_eq!((lane.waiting, lane.holder.is_none()), (1, true));
    assert!(lane.claim("q", at(2), minute()));
    assert!(lane.finish("q", "a", at(3)));
    assert_eq!(lane.release("q", at(4)), Released::Free);
    assert_eq!(lane.holder, None);
}

#[test]
fn a_renewed_lane_is_held_from_then_on() {
    let mut lane = lane_with(&[("a", "1")]);
    lane.claim("p", at(0), minute());
    assert!(lane.renew("p", at(50), minute()));
    assert!(!lane.claim("q", at(114), minute()));
    assert!(lane.claim("q", at(115), minute()));
}

#[test]
fn a_hold_that_a_wrong_clock_wrote_is_not_waited_for() {
    let mut lane = lane_with(&[("a", "1")]);
    lane.claim("p", at(50_000_000), minute());
    assert!(lane.claim("q", at(0), minute()));
}

#[test]
fn no_hold_is_longer_than_the_longest() {
    let mut lane = lane_with(&[("a", "1")]);
    lane.claim("p", at(0), TimeDelta::days(9));
    assert_eq!(lane.holder.as_ref().unwrap().until, at(LONGEST_HOLD_SECONDS));
    assert!(!lane.claim("q", at(1), minute()));
}

#[test]
fn a_process_without_a_name_holds_nothing() {
    assert!(!lane_with(&[("a", "1")]).claim("", at(0), minute()));
}

#[test]
fn what_is_not_there_is_not_begun_or_finished() {
    let mut lane = lane_with(&[("a", "1")]);
    lane.claim("p", at(0), minute());
    let before = lane.clone();
    assert_eq!(lane.begin("p", "b", at(1)), None);
    assert!(!lane.finish("p", "b", at(1)));
    assert_eq!(lane, before);
}

#[test]
fn a_kept_lane_comes_back_as_it_was() {
    let mut lane = lane_with(&[("a", "1"), ("b", "2")]);
    lane.claim("p", at(0), minute());
    lane.finish("p", "a", at(1));
    let text = serde_json::to_string(&lane).unwrap();
    assert_eq!(serde_json::from_str::<Lane>(&text).unwrap(), lane);
}
