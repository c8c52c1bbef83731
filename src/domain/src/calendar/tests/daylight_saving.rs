//! Nights on which the clock is put forward or back.

use super::*;

/// In London the clock goes from 01:00 to 02:00 on Sunday 2026-03-29 at 01:00 UTC, and from 02:00 back to 01:00 on Sunday
/// 2026-10-25 at 01:00 UTC.
#[test]
fn times_that_the_clock_skips_are_in_no_window() {
    let skipped = weekly(&[Weekday::Sun], "01:00", "02:00", "Europe/London");
    let before = at("2026-03-29T00:59:59Z");
    assert!(!skipped.contains(before) && !skipped.contains(at("2026-03-29T01:00:00Z")));
    assert_eq!(skipped.next_opening(before), Some(at("2026-04-05T00:00:00Z")));
}

#[test]
fn a_window_that_begins_in_the_skipped_hour_opens_after_it() {
    let window = weekly(&[Weekday::Sun], "01:30", "03:00", "Europe/London");
    assert_eq!(window.next_opening(at("2026-03-29T00:00:00Z")), Some(at("2026-03-29T01:00:00Z")));
    assert!(!window.contains(at("2026-03-29T02:00:00Z")));
}

#[test]
fn times_that_come_twice_are_in_the_window_both_times() {
    let window = weekly(&[Weekday::Sun], "01:15", "01:45", "Europe/London");
    for (now, is_in) in [
        ("2026-10-25T00:15:00Z", true),
        ("2026-10-25T00:45:00Z", false),
        ("2026-10-25T01:14:59Z", false),
        ("2026-10-25T01:15:00Z", true),
        ("2026-10-25T01:45:00Z", false),
    ] {
        assert_eq!(window.contains(at(now)), is_in, "{now}");
    }
    assert_eq!(window.next_opening(at("2026-10-25T00:45:00Z")), Some(at("2026-10-25T01:15:00Z")));
}

#[test]
fn a_clock_that_is_put_back_may_open_a_window_again() {
    let window = weekly(&[Weekday::Sun], "00:30", "01:30", "Europe/London");
    assert!(!window.contains(at("2026-10-25T00:59:00Z")));
    assert_eq!(window.next_opening(at("2026-10-25T00:30:00Z")), Some(at("2026-10-25T01:00:00Z")));
}

#[test]
fn the_hours_of_a_window_follow_the_wall_clock_in_summer_and_winter() {
    let window = weekly(&ALL_DAYS, "09:00", "17:00", "America/New_York");
    assert_eq!(window.next_opening(at("2026-07-01T00:00:00Z")), Some(at("2026-07-01T13:00:00Z")));
    assert_eq!(window.next_opening(at("2026-12-01T00:00:00Z")), Some(at("2026-12-01T14:00:00Z")));
}

/// Samoa skipped Friday 2011-12-30 as a whole.
#[test]
fn a_day_that_a_zone_skips_has_no_window() {
    let window = weekly(&[Weekday::Fri], "10:00", "11:00", "Pacific/Apia");
    assert_eq!(window.next_opening(at("2011-12-29T12:00:00Z")), Some(at("2012-01-05T20:00:00Z")));
}
