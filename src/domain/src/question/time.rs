//! When a question is about: "at 02:40", "since yesterday", "in the last 2 hours", "since the deploy".
//!
//! Times of day are read in the person's zone unless the question names one. A time of day that has not come yet
//! today means yesterday's: nobody asks at 3 a.m. about an outage of the coming afternoon.

use crate::envelope::Window;
use chrono::{DateTime, Datelike, Days, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// The stretch of time that a question asks about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeScope {
    /// From and to, where the question tells.
    pub window: Option<Window>,
    /// The moment that it turns on ("at 02:40", "since 09:00").
    pub moment: Option<DateTime<Utc>>,
    /// Whether the moment is "the deploy": the caller finds it in the rollout history.
    pub since_rollout: bool,
    /// Whether it lies in the future: nothing can be looked at there, and the answer says so.
    pub in_future: bool,
    /// The words that were read as time, for "I read … as …".
    pub phrase: Option<String>,
    /// The zone that the question named, where it named one.
    pub zone: Option<Tz>,
}

/// Half the window around a moment: long enough to see the step, short enough to stay with it.
const AROUND_A_MOMENT: Duration = Duration::minutes(30);

static UNIT: &str = r"(s|sec|secs|seconds?|m|min|mins|minutes?|h|hrs?|hours?|d|days?|w|weeks?)";

fn pattern(text: &str) -> Option<Regex> {
    Regex::new(&format!("(?i){text}")).ok()
}

static LAST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(&format!(r"\b(?:in|over|during|for|within)?\s*(?:the\s+)?(?:last|past)\s+([0-9]+)?\s*{UNIT}\b"))
});
static AGO: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(&format!(r"\b(?:since\s+)?([0-9]+)\s*{UNIT}\s+ago\b")));
static ISO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:(since|at|from|around|after)\s+)?([0-9]{4}-[0-9]{2}-[0-9]{2})[t ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)\s*(z|utc|[+-][0-9]{2}:?[0-9]{2})?",
    )
});
static BETWEEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:between|from)\s+([0-9]{1,2}:[0-9]{2}|[0-9]{1,2}\s*[ap]m)\s+(?:and|to|until|till|-)\s+([0-9]{1,2}:[0-9]{2}|[0-9]{1,2}\s*[ap]m)(?:\s+([a-z]{2,5}(?:/[a-z_]+)?))?\b",
    )
});
static CLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:(since|at|around|about|after|from)\s+)?(?:(yesterday|today|last night|on\s+)?\s*(monday|tuesday|wednesday|thursday|friday|saturday|sunday)?)\s*(?:at\s+|around\s+)?([0-9]{1,2}:[0-9]{2}(?:\s*[ap]m)?|[0-9]{1,2}\s*[ap]m)(?:\s+(yesterday|today|last night))?(?:\s+(utc|gmt|z|cet|cest|est|edt|pst|pdt|bst|ist|[a-z]+/[a-z_]+))?\b",
    )
});
static DAY: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"\b(?:(since)\s+)?(yesterday|this morning|last night|today|midnight|noon)\b"));
static DEPLOY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"\b(?:since|after|before|around)(?:\s+and\s+after)?\s+(?:the|that|this|its|our)?\s*(?:last|latest|newest)?\s*(?:deploy(?:ment)?|rollout|release|upgrade)\b",
    )
});

/// Reads the time out of a question, and returns the question without those words.
pub fn extract(text: &str, now: DateTime<Utc>, zone: Tz) -> (TimeScope, String) {
    let readers: [(&LazyLock<Option<Regex>>, Reader); 7] =
        [(&ISO, iso), (&BETWEEN, between), (&LAST, last), (&AGO, ago), (&CLOCK, clock), (&DAY, day), (&DEPLOY, deploy)];
    for (regex, reader) in readers {
        let Some(regex) = regex.as_ref() else { continue };
        let Some(captures) = regex.captures(text) else { continue };
        let Some(whole) = captures.get(0) else { continue };
        // A part of an address (`10.0.12.13:50`) or of a version is no time.
        let before = text.get(..whole.start()).and_then(|text| text.chars().next_back());
        let after = text.get(whole.end()..).and_then(|text| text.chars().next());
        if before.is_some_and(|c| matches!(c, '.' | ':' | '/' | '-' | '_')) || after == Some(':') {
            continue;
        }
        let Some(mut scope) = reader(&captures, now, zone) else { continue };
        scope.phrase = Some(whole.as_str().trim().to_owned());
        // "since the deploy" stays in the text: it is the intent of a comparison as well.
        let rest = if scope.since_rollout {
            text.to_owned()
        } else {
            format!("{} {}", &text[..whole.start()], &text[whole.end()..])
        };
        return (scope, rest);
    }
    (TimeScope::default(), text.to_owned())
}

type Reader = fn(&Captures<'_>, DateTime<Utc>, Tz) -> Option<TimeScope>;

fn unit_seconds(unit: &str) -> i64 {
    match unit.to_lowercase().chars().next() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => 604_800,
    }
}

fn group<'a>(captures: &'a Captures<'_>, index: usize) -> Option<&'a str> {
    captures.get(index).map(|found| found.as_str())
}

/// A count of units, bounded to a year so that no arithmetic overflows.
fn span(count: Option<&str>, unit: &str) -> Option<Duration> {
    let count: i64 = count.map_or(Ok(1), str::parse).ok()?;
    let seconds = count.checked_mul(unit_seconds(unit))?.min(366 * 86_400);
    Duration::try_seconds(seconds)
}

fn from_to_now(start: DateTime<Utc>, now: DateTime<Utc>) -> TimeScope {
    TimeScope { window: Some(Window { start, end: now }), moment: Some(start), ..TimeScope::default() }
}

fn around(moment: DateTime<Utc>, now: DateTime<Utc>) -> TimeScope {
    let window = Window { start: moment - AROUND_A_MOMENT, end: (moment + AROUND_A_MOMENT).min(now) };
    TimeScope { window: Some(window), moment: Some(moment), ..TimeScope::default() }
}

fn last(captures: &Captures<'_>, now: DateTime<Utc>, _: Tz) -> Option<TimeScope> {
    let span = span(group(captures, 1), group(captures, 2)?)?;
    Some(TimeScope { window: Some(Window { start: now - span, end: now }), ..TimeScope::default() })
}

fn ago(captures: &Captures<'_>, now: DateTime<Utc>, _: Tz) -> Option<TimeScope> {
    let moment = now - span(group(captures, 1), group(captures, 2)?)?;
    let since = group(captures, 0)?.to_lowercase().starts_with("since");
    Some(if since { from_to_now(moment, now) } else { around(moment, now) })
}

fn iso(captures: &Captures<'_>, now: DateTime<Utc>, zone: Tz) -> Option<TimeScope> {
    let date = NaiveDate::parse_from_str(group(captures, 2)?, "%Y-%m-%d").ok()?;
    let time = clock_time(group(captures, 3)?)?;
    let moment = match group(captures, 4) {
        None => local(date, time, zone)?,
        Some(offset) if offset.eq_ignore_ascii_case("z") || offset.eq_ignore_ascii_case("utc") => {
            date.and_time(time).and_utc()
        }
        Some(offset) => {
            let text = format!(
                "{date}T{time}{}",
                if offset.contains(':') {
                    offset.to_owned()
                } else {
                    format!("{}:{}", offset.get(..3)?, offset.get(3..)?)
                }
            );
            DateTime::parse_from_rfc3339(&text).ok()?.with_timezone(&Utc)
        }
    };
    scope_by_word(group(captures, 1), moment, now)
}

fn scope_by_word(word: Option<&str>, moment: DateTime<Utc>, now: DateTime<Utc>) -> Option<TimeScope> {
    if moment > now {
        return Some(TimeScope { in_future: true, ..TimeScope::default() });
    }
    let since = word.is_some_and(|word| matches!(word.to_lowercase().as_str(), "since" | "from" | "after"));
    Some(if since { from_to_now(moment, now) } else { around(moment, now) })
}

fn between(captures: &Captures<'_>, now: DateTime<Utc>, zone: Tz) -> Option<TimeScope> {
    let named = group(captures, 3).and_then(zone_by_name);
    let zone = named.unwrap_or(zone);
    let end = most_recent(clock_time(group(captures, 2)?)?, now, zone)?;
    let mut start = most_recent(clock_time(group(captures, 1)?)?, now, zone)?;
    if start > end {
        start -= Duration::days(1);
    }
    Some(TimeScope { window: Some(Window { start, end }), moment: Some(start), zone: named, ..TimeScope::default() })
}

fn clock(captures: &Captures<'_>, now: DateTime<Utc>, zone: Tz) -> Option<TimeScope> {
    let named = group(captures, 6).and_then(zone_by_name);
    let zone = named.unwrap_or(zone);
    let time = clock_time(group(captures, 4)?)?;
    let day_word = group(captures, 2).or(group(captures, 5)).map(|word| word.trim().to_lowercase());
    let today = now.with_timezone(&zone).date_naive();
    let moment = match (day_word.as_deref(), group(captures, 3)) {
        (_, Some(weekday)) => local(most_recent_weekday(weekday, today, time, now, zone)?, time, zone)?,
        (Some("yesterday"), None) => local(today.checked_sub_days(Days::new(1))?, time, zone)?,
        (Some("today"), None) => local(today, time, zone)?,
        _ => most_recent(time, now, zone)?,
    };
    let mut scope = scope_by_word(group(captures, 1), moment, now)?;
    scope.zone = named;
    Some(scope)
}

fn day(captures: &Captures<'_>, now: DateTime<Utc>, zone: Tz) -> Option<TimeScope> {
    let today = now.with_timezone(&zone).date_naive();
    let yesterday = today.checked_sub_days(Days::new(1))?;
    let at = |date: NaiveDate, hour: u32| local(date, NaiveTime::from_hms_opt(hour, 0, 0)?, zone);
    let (start, end) = match group(captures, 2)?.to_lowercase().as_str() {
        "yesterday" => (at(yesterday, 0)?, at(today, 0)?),
        "this morning" => (at(today, 5)?, at(today, 12)?.min(now)),
        "last night" => (at(yesterday, 20)?, at(today, 6)?.min(now)),
        "midnight" => return Some(from_to_now(at(today, 0)?, now)),
        "noon" => return Some(from_to_now(most_recent(NaiveTime::from_hms_opt(12, 0, 0)?, now, zone)?, now)),
        _ => (at(today, 0)?, now),
    };
    let end = if group(captures, 1).is_some() { now } else { end };
    (start < end).then(|| TimeScope {
        window: Some(Window { start, end }),
        moment: Some(start),
        ..TimeScope::default()
    })
}

fn deploy(_: &Captures<'_>, _: DateTime<Utc>, _: Tz) -> Option<TimeScope> {
    Some(TimeScope { since_rollout: true, ..TimeScope::default() })
}

/// `2:40`, `2:40:10`, `2pm`, `2:40 pm`. `02.40` is not read: it is as often a version.
fn clock_time(text: &str) -> Option<NaiveTime> {
    let lower = text.to_lowercase();
    let (digits, afternoon) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim(), Some(false)),
        (_, Some(rest)) => (rest.trim(), Some(true)),
        _ => (lower.trim(), None),
    };
    let mut parts = digits.split(':').map(|part| part.parse::<u32>().ok());
    let hour = parts.next()??;
    let minute = parts.next().unwrap_or(Some(0))?;
    let second = parts.next().unwrap_or(Some(0))?;
    let hour = match afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

/// A local time as an instant. A time that the clocks skip in spring is read an hour later; one that comes twice in
/// autumn means the first.
fn local(date: NaiveDate, time: NaiveTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&date.and_time(time)) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Some(moment.with_timezone(&Utc)),
        LocalResult::None => zone
            .from_local_datetime(&(date.and_time(time) + Duration::hours(1)))
            .earliest()
            .map(|moment| moment.with_timezone(&Utc)),
    }
}

fn most_recent(time: NaiveTime, now: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let today = now.with_timezone(&zone).date_naive();
    let moment = local(today, time, zone)?;
    if moment <= now { Some(moment) } else { local(today.checked_sub_days(Days::new(1))?, time, zone) }
}

fn most_recent_weekday(
    word: &str,
    today: NaiveDate,
    time: NaiveTime,
    now: DateTime<Utc>,
    zone: Tz,
) -> Option<NaiveDate> {
    let weekday: Weekday = word.parse().ok()?;
    (0..=7)
        .filter_map(|back| today.checked_sub_days(Days::new(back)))
        .find(|date| date.weekday() == weekday && local(*date, time, zone).is_some_and(|moment| moment <= now))
}

/// Zones as people write them; abbreviations that mean several zones are read as the one most on-call teams mean.
fn zone_by_name(name: &str) -> Option<Tz> {
    match name.to_lowercase().as_str() {
        "utc" | "gmt" | "z" => Some(Tz::UTC),
        "cet" | "cest" => Some(Tz::Europe__Berlin),
        "bst" => Some(Tz::Europe__London),
        "est" | "edt" => Some(Tz::America__New_York),
        "pst" | "pdt" => Some(Tz::America__Los_Angeles),
        "ist" => Some(Tz::Asia__Kolkata),
        other => chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(other)).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn now() -> DateTime<Utc> {
        "2026-11-20T03:05:00Z".parse().unwrap()
    }

    fn check(text: &str, zone: Tz, expected: Expect) {
        let (scope, rest) = extract(text, now(), zone);
        let window = scope
            .window
            .map_or("-".to_owned(), |w| format!("{}..{}", w.start.format("%d %H:%M"), w.end.format("%d %H:%M")));
        expected.assert_eq(&format!(
            "{window} rollout={} | {}",
            scope.since_rollout,
            rest.split_whitespace().collect::<Vec<_>>().join(" ")
        ));
    }

    #[test]
    fn phrases_are_read_in_the_persons_zone() {
        let berlin = Tz::Europe__Berlin;
        check(
            "why was checkout slow at 02:40?",
            Tz::UTC,
            expect!["20 02:10..20 03:05 rollout=false | why was checkout slow ?"],
        );
        check(
            "why was checkout slow at 02:40?",
            berlin,
            expect!["20 01:10..20 02:10 rollout=false | why was checkout slow ?"],
        );
        check(
            "why was checkout slow at 02:40 UTC",
            berlin,
            expect!["20 02:10..20 03:05 rollout=false | why was checkout slow"],
        );
        check("what changed since 23:00", Tz::UTC, expect!["19 23:00..20 03:05 rollout=false | what changed"]);
        check("errors at 3pm yesterday", Tz::UTC, expect!["19 14:30..19 15:30 rollout=false | errors"]);
        check("errors on Tuesday 09:00", Tz::UTC, expect!["17 08:30..17 09:30 rollout=false | errors"]);
        check("what changed in the last 2 hours", Tz::UTC, expect!["20 01:05..20 03:05 rollout=false | what changed"]);
        check("what changed in the last hour?", Tz::UTC, expect!["20 02:05..20 03:05 rollout=false | what changed ?"]);
        check("logs of cart 20 minutes ago", Tz::UTC, expect!["20 02:15..20 03:05 rollout=false | logs of cart"]);
        check("logs between 01:00 and 01:30", Tz::UTC, expect!["20 01:00..20 01:30 rollout=false | logs"]);
        check("what changed yesterday", Tz::UTC, expect!["19 00:00..20 00:00 rollout=false | what changed"]);
        check("errors at 2026-11-19T22:15Z", Tz::UTC, expect!["19 21:45..19 22:45 rollout=false | errors"]);
        check(
            "is checkout worse since the deploy",
            Tz::UTC,
            expect!["- rollout=true | is checkout worse since the deploy"],
        );
        check("which targets are down", Tz::UTC, expect!["- rollout=false | which targets are down"]);
        for version in ["why does checkout 2.14 crash", "is 1.27.3 fine", "ping 10.0.12.13:50", "is 2.50% a lot"] {
            assert_eq!(extract(version, now(), Tz::UTC).0, TimeScope::default(), "{version}");
        }
        check("is node worker-2 fine", Tz::UTC, expect!["- rollout=false | is node worker-2 fine"]);
    }

    #[test]
    fn a_time_in_the_future_is_told_and_other_digits_do_not_panic() {
        assert!(extract("errors at 2027-01-01 10:00", now(), Tz::UTC).0.in_future);
        let _ = extract("since 2026-11-20 02:40 +०५३०", now(), Tz::UTC);
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_still_a_time() {
        let spring: DateTime<Utc> = "2026-03-29T12:00:00Z".parse().unwrap();
        let (scope, _) = extract("errors at 02:30", spring, Tz::Europe__Berlin);
        assert!(scope.moment.is_some());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = extract(&text, now(), Tz::Europe__Berlin);
        }

        #[test]
        fn no_count_overflows(count in any::<u64>()) {
            let _ = extract(&format!("in the last {count} weeks"), now(), Tz::UTC);
        }
    }
}
