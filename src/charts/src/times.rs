//! The axis of time, in a person's clocks.

use chrono::{DateTime, Datelike as _, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;

const DAY: i64 = 86_400;

/// Distances of marks, in seconds.
const STEPS: [i64; 27] = [
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
    91 * DAY,
    182 * DAY,
    365 * DAY,
    3_650 * DAY,
    36_500 * DAY,
];

/// How many marks fit side by side.
const MOST_MARKS: i64 = 8;

/// One mark of the axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    /// Unix seconds.
    pub at: f64,
    /// The time of day, or the date where the axis is of days.
    pub above: String,
    /// The date, where it is another than that of the mark before.
    pub below: Option<String>,
}

/// The marks between two moments.
pub(crate) fn marks(from: f64, to: f64, zone: Tz) -> Vec<Mark> {
    let (first, last) = (whole(from.ceil()), whole(to.floor()));
    let length = last.saturating_sub(first).max(1);
    let step = STEPS.into_iter().find(|step| length / step < MOST_MARKS).unwrap_or(200_000 * DAY);
    let offset_of = |at: i64| offset_seconds(at, zone);
    let begin = first.saturating_add(offset_of(first)).div_euclid(step).saturating_mul(step);
    let mut date = None;
    let mut marks = Vec::new();
    for count in 0..=MOST_MARKS + 1 {
        // By the clock on the wall, over daylight saving.
        let local = begin.saturating_add(step.saturating_mul(count));
        let at = local.saturating_sub(offset_of(local.saturating_sub(offset_of(first))));
        if at < first || at > last {
            continue;
        }
        let Some(there) = moment(at, zone) else { continue };
        let of_day = there.date_naive();
        let is_new = date.replace(of_day) != Some(of_day);
        let (above, below) = match step {
            ..60 => (there.format("%H:%M:%S").to_string(), is_new),
            60..DAY => (there.format("%H:%M").to_string(), is_new),
            _ if step < 30 * DAY => (day(&there), false),
            _ if step < 3_650 * DAY => (there.format("%b %Y").to_string(), false),
            _ => (there.format("%Y").to_string(), false),
        };
        marks.push(Mark { at: at as f64, above, below: below.then(|| day(&there)) });
    }
    marks
}

/// A moment as a person writes it.
pub(crate) fn show(at: f64, zone: Tz) -> String {
    moment(whole(at), zone).map_or_else(|| "?".to_owned(), |there| format!("{} {}", day(&there), there.format("%H:%M")))
}

fn day(there: &DateTime<Tz>) -> String {
    format!("{} {}", there.day(), there.format("%b"))
}

fn moment(at: i64, zone: Tz) -> Option<DateTime<Tz>> {
    DateTime::<Utc>::from_timestamp(at, 0).map(|moment| moment.with_timezone(&zone))
}

fn offset_seconds(at: i64, zone: Tz) -> i64 {
    let moment = DateTime::<Utc>::from_timestamp(at, 0).map(|moment| moment.naive_utc());
    moment.map_or(0, |moment| i64::from(zone.offset_from_utc_datetime(&moment).fix().local_minus_utc()))
}

/// Whole seconds; the numbers of a calendar fit.
fn whole(seconds: f64) -> i64 {
    seconds as i64
}
