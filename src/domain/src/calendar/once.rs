//! A window that comes once, between two moments.

use super::WindowMistake;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// From one moment to another, the second not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Once {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Once {
    /// A window between two moments.
    ///
    /// # Errors
    /// Where it does not end after it begins.
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Self, WindowMistake> {
        if from < to { Ok(Self { from, to }) } else { Err(WindowMistake::Backwards { from, to }) }
    }

    /// Whether a moment lies in it.
    pub fn contains(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.to
    }

    /// The first moment from `now` on that lies in it; `None` where it is over.
    pub fn next_opening(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (now < self.to).then(|| now.max(self.from))
    }
}

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl TryFrom<Written> for Once {
    type Error = WindowMistake;

    fn try_from(written: Written) -> Result<Self, WindowMistake> {
        Self::new(written.from, written.to)
    }
}
