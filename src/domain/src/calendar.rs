//! Windows of time: maintenance, business hours, as people write them, by the clock on the wall of a zone.
//!
//! Guarantees: a window is true to the wall clock over daylight saving: local times that a zone skips are in no window,
//! and those that come twice are in it both times, the time between them is not; [`Weekly::next_opening`] agrees with
//! [`Weekly::contains`] at every moment; a window that nobody can have meant is refused when it is made or read, and
//! never taken for an empty or an endless one.
//!
//! Deliberately absent: a clock, the settings' way of writing windows, and what a window allows (`policy`).

mod once;
mod opening;
#[cfg(test)]
mod tests;
mod weekly;

pub use once::Once;
pub use weekly::Weekly;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is wrong with a window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowMistake {
    /// A weekly window without a day.
    #[error("a weekly window names no day: name at least one of Mon, Tue, Wed, Thu, Fri, Sat, Sun")]
    NoDays,
    /// A weekly window that ends when it begins.
    #[error(
        "a weekly window ends at {0}, when it begins: let it end at another time; 00:00 to 00:00 is the whole day, and an end \
         before the beginning is on the next day"
    )]
    NoLength(chrono::NaiveTime),
    /// A window that ends before it begins.
    #[error("a window ends at {to}, which is not after its beginning at {from}")]
    Backwards {
        /// When it begins.
        from: DateTime<Utc>,
        /// When it ends.
        to: DateTime<Utc>,
    },
    /// A zone that there is not.
    #[error("no time zone is named \"{0}\": one such as Europe/London or UTC is accepted")]
    UnknownZone(String),
}

/// A window of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Window {
    /// Every week.
    Weekly(Weekly),
    /// Once.
    Once(Once),
}

impl Window {
    /// Whether a moment lies in it. Its beginning does, its end does not.
    pub fn contains(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Weekly(window) => window.contains(now),
            Self::Once(window) => window.contains(now),
        }
    }

    /// The first moment from `now` on that lies in it: `now` itself where it is open; `None` where there is no more.
    pub fn next_opening(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Weekly(window) => window.next_opening(now),
            Self::Once(window) => window.next_opening(now),
        }
    }
}

/// Whether a moment lies in any of the windows.
pub fn is_open(windows: &[Window], now: DateTime<Utc>) -> bool {
    windows.iter().any(|window| window.contains(now))
}

/// The first moment from `now` on that lies in any of the windows; `None` where there is no more.
pub fn next_opening(windows: &[Window], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    windows.iter().filter_map(|window| window.next_opening(now)).min()
}
