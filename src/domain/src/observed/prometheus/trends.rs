//! What `forecast` and `change_points` return: where series go, and when they changed.

use super::Labels;
use crate::forecast::{Confidence, Silence};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `forecast`: when each series reaches a bound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecasts {
    /// The query as it was given.
    pub query: String,
    /// Where the history begins from which was concluded.
    pub history_start: DateTime<Utc>,
    /// Seconds between two points.
    pub step_seconds: f64,
    /// The bound, in the unit of the query.
    pub bound: f64,
    /// Whether the series fall to the bound; they rise to it otherwise.
    pub falls: bool,
    /// Rows of [`RunsOut`], the soonest first; those of which nothing is foretold come last.
    pub series: crate::observed::Table,
}

/// One series of [`Forecasts`]: either `at_median`, `earliest`, `chance`, `confidence` and `how` are there, or `silence` and `silent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunsOut {
    /// Its labels as PromQL writes them.
    pub series: String,
    /// The same as names and values, `__name__` among them where the query keeps it.
    #[serde(default)]
    pub labels: Labels,
    /// The last value.
    pub last: f64,
    /// Whether it is at the bound already or beyond it; the times are then those of the look.
    #[serde(default)]
    pub is_reached: bool,
    /// When it reaches the bound; as likely earlier as later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_median: Option<DateTime<Utc>>,
    /// Earlier with a chance of 5 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<DateTime<Utc>>,
    /// Later with a chance of 5 %. Absent where the history does not let one look that far ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<DateTime<Utc>>,
    /// The share of the possible futures that reach the bound, from 0.5 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
    /// What the forecast is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// From what it was concluded, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// Why nothing is foretold: a stable name for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence: Option<Silence>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent: Option<String>,
}

/// `change_points`: which series changed their level, and how well that fits an onset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// The query as it was given.
    pub query: String,
    /// The moment that the changes are compared with.
    pub onset: DateTime<Utc>,
    /// Seconds between two points.
    pub step_seconds: f64,
    /// Series that were looked at and in which no change was found.
    pub unchanged: u64,
    /// Series with too few points to tell.
    #[serde(default)]
    pub too_short: u64,
    /// Rows of [`ChangedSeries`], the best fit first.
    pub series: crate::observed::Table,
}

/// One series of [`Changes`]: its change that fits the onset best.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangedSeries {
    /// Its labels as PromQL writes them.
    pub series: String,
    /// The same as names and values.
    #[serde(default)]
    pub labels: Labels,
    /// The first point of the new level.
    pub when: DateTime<Utc>,
    /// By how many seconds that may be off.
    pub uncertain_seconds: i64,
    /// The usual level before.
    pub before: f64,
    /// The usual level from then on.
    pub after: f64,
    /// How large the change is beside the usual scatter.
    pub deviations: f64,
    /// Seconds from the onset to the change; negative before the onset.
    pub from_onset_seconds: i64,
    /// From 0 to 1; 1 for a large change at the onset. Close in time is not why.
    pub fit: f64,
}
