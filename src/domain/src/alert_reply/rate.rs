//! How often alerts are answered in one channel.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// No channel gets more answers to alerts in an hour, whatever the settings say.
const MOST_EVER: usize = 100;

/// Why an alert is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Quiet {
    /// The same alert was answered within the hour.
    #[error("the same alert was answered within the last hour")]
    SameAlert,
    /// As many alerts as may be were answered within the hour.
    #[error("as many alerts as may be were answered within the last hour")]
    TooMany,
}

/// The alerts that were answered in one channel within the last hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replies {
    answered: Vec<(DateTime<Utc>, String)>,
}

impl Replies {
    /// Notes that an alert is answered, unless it is to be left alone.
    ///
    /// # Errors
    /// Why it is not answered; nothing is noted then.
    pub fn take(&mut self, fingerprint: &str, now: DateTime<Utc>, most_an_hour: usize) -> Result<(), Quiet> {
        let hour = TimeDelta::hours(1);
        // What lies far ahead was noted by a clock that was wrong. A little ahead counts as now: the stricter reading.
        self.answered.retain(|(at, _)| now.signed_duration_since(*at).abs() < hour);
        if self.answered.iter().any(|(_, known)| known == fingerprint) {
            return Err(Quiet::SameAlert);
        }
        if self.answered.len() >= most_an_hour.min(MOST_EVER) {
            return Err(Quiet::TooMany);
        }
        self.answered.push((now, fingerprint.to_owned()));
        Ok(())
    }
}
