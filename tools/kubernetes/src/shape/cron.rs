//! How far apart the runs of a cron schedule are at most.
//!
//! The question "is a run overdue" needs no time zone then: whatever the zone, two runs are never further apart than
//! this (but for the hour that daylight saving takes, which the caller's patience must cover).
//!
//! The fields are those of the CronJob API: minute, hour, day of month, month, day of week, with lists, ranges, steps
//! and names, and the words `@hourly` to `@yearly`. What cannot be read gives `None`.

use chrono::{Datelike as _, NaiveDate, TimeDelta};

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Days that are looked at: a leap day comes again within eight years even over a turn of the century.
const DAYS_LOOKED_AT: u64 = 8 * 366;

/// A schedule as sets of bits.
struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both kinds of days are given: one of them suffices.
    either_day: bool,
}

/// The longest time between two runs.
pub fn longest_gap(text: &str) -> Option<TimeDelta> {
    let schedule = Schedule::parse(text)?;
    let of_day: Vec<i64> = schedule.minutes_of_day().collect();
    let (first, last) = (*of_day.first()?, *of_day.last()?);
    let within = of_day.iter().zip(of_day.iter().skip(1)).map(|(early, late)| late - early).max().unwrap_or(0);
    let start = NaiveDate::from_ymd_opt(2024, 1, 1)?;
    let mut before: Option<i64> = None;
    let mut longest: Option<i64> = None;
    for (position, day) in (0_i64..).zip(start.iter_days().take(DAYS_LOOKED_AT as usize)) {
        if !schedule.is_on(day) {
            continue;
        }
        if let Some(before) = before {
            let between = (position - before) * 1_440 - last + first;
            longest = longest.max(Some(between));
        }
        before = Some(position);
    }
    Some(TimeDelta::minutes(longest?.max(within)))
}

impl Schedule {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let text = match text.split_once(' ') {
            // An old way to name the zone.
            Some((zone, rest)) if zone.starts_with("tz=") || zone.starts_with("cron_tz=") => rest.trim().to_owned(),
            _ => text,
        };
        let text = match text.as_str() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        let any = |field: &str| field.starts_with('*') || field.starts_with('?');
        let mut of_week = field(weekdays, 0, 7, DAYS)?;
        if of_week & (1 << 7) != 0 {
            of_week |= 1;
        }
        Some(Self {
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hours, 0, 23, &[])?,
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, MONTHS)?,
            weekdays: of_week,
            either_day: !any(days) && !any(weekdays),
        })
    }

    fn minutes_of_day(&self) -> impl Iterator<Item = i64> {
        let has = |set: u64, bit: i64| set & (1 << bit) != 0;
        (0..1_440).filter(move |minute| has(self.hours, minute / 60) && has(self.minutes, minute % 60))
    }

    fn is_on(&self, day: NaiveDate) -> bool {
        let has = |set: u64, bit: u32| set & (1 << bit) != 0;
        let of_month = has(self.days, day.day());
        let of_week = has(self.weekdays, day.weekday().num_days_from_sunday());
        let fits = if self.either_day { of_month || of_week } else { of_month && of_week };
        fits && has(self.months, day.month())
    }
}

/// One field: `*`, `5`, `1-5`, `*/15`, `10-40/5`, `mon,wed`.
fn field(text: &str, low: u32, high: u32, names: &[&str]) -> Option<u64> {
    let mut set = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (low, high),
            Some((from, to)) => (number(from, low, names)?, number(to, low, names)?),
            // `5/10` goes on to the end, `5` does not.
            None => {
                let from = number(range, low, names)?;
                (from, if part.contains('/') { high } else { from })
            }
        };
        if from < low || to > high || from > to {
            return None;
        }
        for value in (from..=to).step_by(step as usize) {
            set |= 1 << value;
        }
    }
    Some(set)
}

fn number(text: &str, low: u32, names: &[&str]) -> Option<u32> {
    match names.iter().position(|name| text == *name) {
        Some(position) => u32::try_from(position).ok().map(|position| position + low),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_between_two_runs() {
        let day = 24 * 60;
        for (schedule, minutes) in [
            ("* * * * *", Some(1)),
            ("*/15 * * * *", Some(15)),
            ("0 2 * * *", Some(day)),
            ("0 9-17 * * *", Some(16 * 60)),
            ("0 8 * * mon-fri", Some(3 * day)),
            ("0 8 * * 7", Some(7 * day)),
            ("30 3 1,15 * *", Some(17 * day)),
            ("0 0 31 * *", Some(61 * day)),
            ("0 0 29 2 *", Some(1_461 * day)),
            // Both kinds of days given: either suffices.
            ("0 0 1 * 1", Some(7 * day)),
            ("@hourly", Some(60)),
            ("CRON_TZ=Europe/Rome 0 2 * * *", Some(day)),
            ("5/20 * * * *", Some(20)),
            ("61 * * * *", None),
            ("0 0 30 2 *", None),
            ("*/0 * * * *", None),
            ("whenever", None),
            ("", None),
        ] {
            assert_eq!(longest_gap(schedule).map(|gap| gap.num_minutes()), minutes, "{schedule}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "[@*/0-9a-z,\\- ?]{0,40}") {
            let _ = longest_gap(&text);
        }
    }
}
