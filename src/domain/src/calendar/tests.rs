//! Windows against the wall clock: cases by hand over daylight saving, and the search for the next opening against a
//! plain walk through every minute.

mod daylight_saving;
mod writing;

use super::*;
use chrono::{NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

const ALL_DAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

fn weekly(days: &[Weekday], from: &str, to: &str, zone: &str) -> Weekly {
    Weekly::new(days.to_vec(), time(from), time(to), zone.parse().unwrap()).unwrap()
}

#[test]
fn a_window_knows_its_days_and_ends_before_its_end() {
    let window = weekly(&[Weekday::Sat], "02:00", "04:00", "UTC");
    // 2026-11-21 is a Saturday.
    for (now, is_in) in [
        ("2026-11-21T01:59:59Z", false),
        ("2026-11-21T02:00:00Z", true),
        ("2026-11-21T03:59:59Z", true),
        ("2026-11-21T04:00:00Z", false),
        ("2026-11-22T03:00:00Z", false),
    ] {
        assert_eq!(window.contains(at(now)), is_in, "{now}");
    }
    assert_eq!(window.next_opening(at("2026-11-21T04:00:00Z")), Some(at("2026-11-28T02:00:00Z")));
    assert_eq!(window.next_opening(at("2026-11-21T03:00:00Z")), Some(at("2026-11-21T03:00:00Z")));
}

#[test]
fn a_window_that_passes_midnight_belongs_to_the_day_on_which_it_begins() {
    let window = weekly(&[Weekday::Sat], "23:00", "02:00", "UTC");
    for (now, is_in) in [
        ("2026-11-21T01:00:00Z", false),
        ("2026-11-21T23:00:00Z", true),
        ("2026-11-22T01:59:00Z", true),
        ("2026-11-22T02:00:00Z", false),
        ("2026-11-22T23:30:00Z", false),
    ] {
        assert_eq!(window.contains(at(now)), is_in, "{now}");
    }
}

#[test]
fn midnight_to_midnight_is_the_whole_day() {
    let window = weekly(&[Weekday::Sun], "00:00", "00:00", "Asia/Tokyo");
    assert!(!window.contains(at("2026-11-21T14:59:59Z")));
    assert!(window.contains(at("2026-11-21T15:00:00Z")) && window.contains(at("2026-11-22T14:59:59Z")));
    assert!(!window.contains(at("2026-11-22T15:00:00Z")));
}

#[test]
fn of_several_windows_the_next_counts() {
    let once = Once::new(at("2026-11-23T10:00:00Z"), at("2026-11-23T11:00:00Z")).unwrap();
    let windows = [Window::Weekly(weekly(&[Weekday::Sat], "02:00", "04:00", "UTC")), Window::Once(once)];
    assert_eq!(next_opening(&windows, at("2026-11-22T00:00:00Z")), Some(at("2026-11-23T10:00:00Z")));
    assert!(is_open(&windows, at("2026-11-23T10:59:59Z")) && !is_open(&windows, at("2026-11-23T11:00:00Z")));
    assert_eq!(next_opening(&windows, at("2026-11-23T11:00:00Z")), Some(at("2026-11-28T02:00:00Z")));
    assert_eq!(next_opening(&windows[1..], at("2026-11-23T11:00:00Z")), None);
    assert_eq!(next_opening(&[], at("2026-11-23T11:00:00Z")), None);
}

fn any_zone() -> impl Strategy<Value = &'static str> {
    // Half an hour of daylight saving, offsets of quarters, none, and both halves of the earth.
    prop::sample::select(vec![
        "UTC",
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/Santiago",
        "Africa/Cairo",
    ])
}

fn any_weekly() -> impl Strategy<Value = Weekly> {
    let minutes = || (0_u32..1_440).prop_map(|minute| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap());
    (prop::sample::subsequence(ALL_DAYS.to_vec(), 1..=3), minutes(), minutes(), any_zone())
        .prop_filter_map("a window with a length", |(days, from, to, zone)| {
            Weekly::new(days, from, to, zone.parse::<Tz>().unwrap()).ok()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn the_next_opening_is_the_first_minute_in_the_window(window in any_weekly(), minute in 0_i64..366 * 1_440) {
        let now = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(minute);
        let opening = window.next_opening(now).unwrap();
        prop_assert!(window.contains(opening) && opening >= now);
        // Openings lie on full minutes here; a walk in steps of one finds every window, and none before the opening.
        let minutes_before = (opening - now).num_minutes();
        prop_assert!((0..minutes_before).all(|minute| !window.contains(now + TimeDelta::minutes(minute))));
        prop_assert!(opening == now || !window.contains(opening - TimeDelta::seconds(1)));
    }
}
