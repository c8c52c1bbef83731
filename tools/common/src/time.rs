//! Instants and stretches of time as people and models write them in arguments.
//!
//! Guarantee: "now" is an input. Deliberately absent: "yesterday evening"; the question is read elsewhere
//! (`domain::question`), a tool takes `90s`, `2h`, `1d12h` or RFC 3339.

use crate::args;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::envelope::{Failure, Window};

/// Reads `90s`, `15m`, `1h30m`, `2d`, `1w`; the parts may follow one another.
pub fn parse_duration(text: &str) -> Option<TimeDelta> {
    let mut rest = text.trim();
    let mut total = TimeDelta::zero();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits_end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (digits, tail) = rest.split_at(digits_end);
        let unit_end = tail.find(|letter: char| letter.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let count: i64 = digits.parse().ok()?;
        total = total.checked_add(&part(count, unit)?)?;
        rest = tail;
    }
    Some(total)
}

fn part(count: i64, unit: &str) -> Option<TimeDelta> {
    let seconds = match unit {
        "ms" => return TimeDelta::try_milliseconds(count),
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        "y" => 31_536_000,
        _ => return None,
    };
    TimeDelta::try_seconds(count.checked_mul(seconds)?)
}

/// Writes whole seconds as `1h30m`.
pub fn show_duration(duration: TimeDelta) -> String {
    let mut seconds = duration.num_seconds().max(0);
    if seconds == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        let count = seconds / length;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
            seconds %= length;
        }
    }
    text
}

/// An instant: RFC 3339, unix seconds, `now`, or a duration that counts back from now (`15m`, `-15m`, `now-15m`).
pub fn parse_instant(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text == "now" {
        return Some(now);
    }
    let back = text.strip_prefix("now").map(str::trim_start).unwrap_or(text);
    let back = back.strip_prefix('-').unwrap_or(back);
    if let Some(duration) = parse_duration(back) {
        return now.checked_sub_signed(duration);
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.with_timezone(&Utc));
    }
    let seconds: f64 = text.parse().ok()?;
    from_unix(seconds)
}

/// Unix seconds with a fraction; `None` outside of what a calendar can hold.
pub fn from_unix(seconds: f64) -> Option<DateTime<Utc>> {
    if !seconds.is_finite() || seconds.abs() > 1.0e11 {
        return None;
    }
    DateTime::from_timestamp_millis((seconds * 1_000.0).round() as i64)
}

/// The argument `field` as an instant, `default` where it was not given.
///
/// # Errors
/// `BadRequest` that names the field and the accepted forms.
pub fn instant(
    field: &str,
    given: Option<&str>,
    now: DateTime<Utc>,
    default: DateTime<Utc>,
) -> Result<DateTime<Utc>, Failure> {
    match given {
        None => Ok(default),
        Some(text) => parse_instant(text, now).ok_or_else(|| {
            args::invalid(field, format!("{text:?}"), "RFC 3339 (2026-11-21T02:40:00Z) or a time back (15m, 2h, 1d)")
        }),
    }
}

/// The argument `field` as a duration between `least` and `most`, `default` where it was not given.
///
/// # Errors
/// `BadRequest` that names the field, what was found and the accepted forms.
pub fn duration(
    field: &str,
    given: Option<&str>,
    default: TimeDelta,
    least: TimeDelta,
    most: TimeDelta,
) -> Result<TimeDelta, Failure> {
    let Some(text) = given else { return Ok(default) };
    let accepted = format!("a duration such as 90s, 15m, 2h, 1d; {} to {}", show_duration(least), show_duration(most));
    match parse_duration(text) {
        Some(duration) if duration >= least && duration <= most => Ok(duration),
        _ => Err(args::invalid(field, format!("{text:?}"), &accepted)),
    }
}

/// The stretch that ends at `end`.
pub fn window_ending(end: DateTime<Utc>, length: TimeDelta) -> Window {
    Window { start: end.checked_sub_signed(length).unwrap_or(end), end }
}

/// RFC 3339 in UTC to the second.
pub fn show_instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let cases = [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("15min", Some(900)),
            ("2h", Some(7_200)),
            ("1d12h", Some(129_600)),
            ("1w", Some(604_800)),
            ("", None),
            ("5", None),
            ("h", None),
            ("-5m", None),
            ("99999999999999999999h", None),
            ("9223372036854775807w", None),
            ("1.5h", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_duration(text).map(|duration| duration.num_seconds()), seconds, "{text}");
        }
    }

    #[test]
    fn instants_are_absolute_or_counted_back() {
        let now = from_unix(1_700_000_000.0).unwrap();
        let cases = [
            ("now", Some(0)),
            ("15m", Some(-900)),
            ("-15m", Some(-900)),
            ("now-1h", Some(-3_600)),
            ("2023-11-14T22:13:20Z", Some(0)),
            ("2023-11-14T23:13:20+01:00", Some(0)),
            ("1700000000.0", Some(0)),
            ("yesterday", None),
            ("NaN", None),
        ];
        for (text, offset) in cases {
            let wanted = offset.map(|seconds| now + TimeDelta::seconds(seconds));
            assert_eq!(parse_instant(text, now), wanted, "{text}");
        }
    }

    #[test]
    fn a_wrong_duration_is_told_with_the_bounds() {
        let failure = duration("since", Some("3y"), TimeDelta::minutes(15), TimeDelta::minutes(1), TimeDelta::days(30))
            .unwrap_err();
        assert_eq!(
            failure.message,
            "argument `since`: found \"3y\"; accepted: a duration such as 90s, 15m, 2h, 1d; 1m to 30d"
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(seconds in 0i64..10_000_000) {
            let shown = show_duration(TimeDelta::seconds(seconds));
            prop_assert_eq!(parse_duration(&shown), Some(TimeDelta::seconds(seconds)));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _ = parse_duration(&text);
            let _ = parse_instant(&text, DateTime::UNIX_EPOCH);
        }
    }
}
