//! A window that comes every week, by the clock on the wall of a zone.

use super::{WindowMistake, opening};
use chrono::{DateTime, Datelike as _, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// On some days of the week, from one time of the day to another, the second not in it.
///
/// Where it ends at or before the time at which it begins, it ends on the next day: `days` are those on which it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Weekly {
    days: Vec<Weekday>,
    from: NaiveTime,
    to: NaiveTime,
    zone: Tz,
}

impl Weekly {
    /// A window of every week. From 00:00 to 00:00 is the whole day.
    ///
    /// # Errors
    /// Where it has no day, or ends when it begins.
    pub fn new(days: Vec<Weekday>, from: NaiveTime, to: NaiveTime, zone: Tz) -> Result<Self, WindowMistake> {
        if days.is_empty() {
            return Err(WindowMistake::NoDays);
        }
        if from == to && from != NaiveTime::MIN {
            return Err(WindowMistake::NoLength(from));
        }
        Ok(Self { days, from, to, zone })
    }

    /// Whether a moment lies in it.
    pub fn contains(&self, now: DateTime<Utc>) -> bool {
        self.contains_local(now.with_timezone(&self.zone).naive_local())
    }

    /// The first moment from `now` on that lies in it: `now` itself where it is open. `None` only where time ends.
    pub fn next_opening(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.contains(now) {
            return Some(now);
        }
        opening::after(now, self.from, self.zone, |moment| self.contains(moment))
    }

    fn contains_local(&self, local: NaiveDateTime) -> bool {
        let (today, time) = (local.weekday(), local.time());
        if self.from < self.to {
            return self.days.contains(&today) && self.from <= time && time < self.to;
        }
        let began_today = self.days.contains(&today) && self.from <= time;
        let began_yesterday = self.days.contains(&today.pred()) && time < self.to;
        began_today || began_yesterday
    }
}

/// As it is written: the zone by its name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    days: Vec<Weekday>,
    from: NaiveTime,
    to: NaiveTime,
    zone: String,
}

impl From<Weekly> for Written {
    fn from(window: Weekly) -> Self {
        Self { days: window.days, from: window.from, to: window.to, zone: window.zone.name().to_owned() }
    }
}

impl TryFrom<Written> for Weekly {
    type Error = WindowMistake;

    fn try_from(written: Written) -> Result<Self, WindowMistake> {
        let zone = written.zone.parse().map_err(|_| WindowMistake::UnknownZone(written.zone.clone()))?;
        Self::new(written.days, written.from, written.to, zone)
    }
}
