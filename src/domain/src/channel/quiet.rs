//! When a channel is quiet.

use super::QuietHours;
use chrono::{DateTime, Timelike as _, Utc};
use chrono_tz::Tz;

/// Minutes of a day.
pub(super) const DAY_MINUTES: u16 = 1_440;

impl QuietHours {
    /// Whether it is quiet now, by the clock on the wall of the zone: where clocks are put forward or back, the hours
    /// that nobody has are not quiet, and those that come twice are both. Hours that cannot be read (see
    /// [`super::ChannelSettings::mistakes`]) keep nothing quiet.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        let Ok(zone) = self.zone.parse::<Tz>() else { return false };
        if self.from >= DAY_MINUTES || self.to >= DAY_MINUTES {
            return false;
        }
        let there = now.with_timezone(&zone).time();
        let minute = there.hour() * 60 + there.minute();
        let (from, to) = (u32::from(self.from), u32::from(self.to));
        if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }
}
