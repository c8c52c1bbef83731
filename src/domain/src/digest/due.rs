//! When a digest is due, and of which time it is.

use chrono::{
    DateTime, Datelike as _, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc,
};
use chrono_tz::Tz;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Every day.
    Daily,
    /// On Mondays.
    Weekly,
}

/// The time that a digest is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// How often there is one.
    pub rhythm: Rhythm,
    /// The day on which it is told, in the zone.
    pub date: NaiveDate,
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub to: DateTime<Utc>,
    /// In whose clocks.
    pub zone: Tz,
}

impl Period {
    /// Whether a moment lies in it.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.to
    }

    /// The same however often this digest is made: `digest:daily:2026-11-21`.
    pub fn key(&self) -> String {
        let rhythm = match self.rhythm {
            Rhythm::Daily => "daily",
            Rhythm::Weekly => "weekly",
        };
        format!("digest:{rhythm}:{}", self.date)
    }
}

/// The digest that is to be told now; `None` where it was told, or its hour has not come. `last` is [`Period::date`] of
/// the last that was told. The hour is 0 to 23; a larger one counts as 23.
///
/// One that was missed is told later, until the next is due; older ones are not made up for. Who has had none yet gets the
/// first on its own day.
pub fn due(rhythm: Rhythm, last: Option<NaiveDate>, now: DateTime<Utc>, zone: Tz, hour: u32) -> Option<Period> {
    let today = now.with_timezone(&zone).date_naive();
    let (next, days) = match rhythm {
        Rhythm::Daily => (today, Days::new(1)),
        Rhythm::Weekly => (monday(today)?, Days::new(7)),
    };
    let has_come = moment(next, hour, zone)? <= now;
    let date = if has_come { next } else { next.checked_sub_days(days)? };
    let is_wanted = last.map_or(date == today, |last| last < date);
    if !is_wanted {
        return None;
    }
    let to = moment(date, hour, zone)?;
    let from = moment(date.checked_sub_days(days)?, hour, zone)?;
    Some(Period { rhythm, date, from, to, zone })
}

fn monday(date: NaiveDate) -> Option<NaiveDate> {
    date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday())))
}

/// When a zone's clocks show an hour: the first time, where they show it twice; where they skip it, what they show next.
fn moment(date: NaiveDate, hour: u32, zone: Tz) -> Option<DateTime<Utc>> {
    let time = NaiveTime::from_hms_opt(hour.min(23), 0, 0)?;
    // Clocks skip an hour or less; where a land changed sides of the date line, they skipped a day.
    (0..=100).find_map(|quarters| at(date.and_time(time) + TimeDelta::minutes(15 * quarters), zone))
}

fn at(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Some(moment.with_timezone(&Utc)),
        LocalResult::None => None,
    }
}
