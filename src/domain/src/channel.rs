//! What is settled for one channel: where its questions look, and what is said there unasked.
//!
//! Guarantees: a critical incident breaks every quiet hour; quiet hours that cannot be read keep nothing quiet, and are
//! told as a mistake.
//!
//! Deliberately absent: who may change it (`person`), and the tools' names.

mod mistakes;
mod quiet;
#[cfg(test)]
mod tests;
mod wants;

pub use mistakes::Mistake;

use crate::incident::Severity;
use serde::{Deserialize, Serialize};

/// Hours of a day, in minutes since midnight in a zone; `from` after `to` goes over midnight. Equal ends are the whole day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The first quiet minute of the day, 0 to 1439.
    pub from: u16,
    /// The first minute that is not quiet any more, 0 to 1439.
    pub to: u16,
    /// IANA time zone.
    pub zone: String,
}

/// How incidents come into a channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentRule {
    /// Not at all.
    #[default]
    Never,
    /// Each as a message of its own.
    Each,
    /// All open incidents of an environment in one message, a line each.
    Grouped,
}

/// The settings of one channel. A channel without settings has those of `Default`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelSettings {
    /// Which: `slack:C123`.
    pub channel: String,
    /// The environment that its questions are about; `None` is all that the settings of the program name.
    #[serde(default)]
    pub environment: Option<String>,
    /// The cluster, where the environment has several.
    #[serde(default)]
    pub cluster: Option<String>,
    /// The only tool servers that its questions may use; empty means all.
    #[serde(default)]
    pub servers: Vec<String>,
    /// When nothing is said unasked, but for critical incidents.
    #[serde(default)]
    pub quiet: Option<QuietHours>,
    /// Whether alerts that other apps post are answered unasked.
    #[serde(default)]
    pub answers_alerts: bool,
    /// How incidents come here.
    #[serde(default)]
    pub incidents: IncidentRule,
    /// The least severity that comes here; `None` is all.
    #[serde(default)]
    pub least_severity: Option<Severity>,
    /// Whether the digest of the day comes here.
    #[serde(default)]
    pub daily_digest: bool,
    /// Whether the digest of the week comes here.
    #[serde(default)]
    pub weekly_digest: bool,
}
