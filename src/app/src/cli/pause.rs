//! The command that pauses one environment.

use chrono::{DateTime, TimeDelta, Utc};
use clap::Subcommand;

/// Commands of `pause`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  auto-devops pause on prod --reason \"the bank is away\" --until 2h
  auto-devops pause status
  auto-devops pause off prod")]
pub enum Pause {
    /// Stop every action of this environment that has not begun, on all replicas. Anyone may.
    On {
        /// The environment, as in the settings.
        #[arg(value_name = "ENVIRONMENT")]
        name: String,
        /// Why, for those who find it paused.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Until when: a time such as 2026-11-28T06:00:00Z, or from now on, such as 2h. Without it only `pause off` ends it.
        #[arg(long, value_name = "TIME", value_parser = until)]
        until: Option<Until>,
    },
    /// Let its actions begin again.
    Off {
        /// The environment.
        #[arg(value_name = "ENVIRONMENT")]
        name: String,
        /// Why.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// What is paused, by whom, since when, until when.
    Status {
        /// Only this environment.
        #[arg(value_name = "ENVIRONMENT")]
        name: Option<String>,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
}

/// When something shall end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At this moment.
    At(DateTime<Utc>),
    /// After this time from now.
    In(TimeDelta),
}

impl Until {
    /// The moment, seen from now.
    pub fn moment(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::At(moment) => moment,
            Self::In(time) => now.checked_add_signed(time).unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }
}

fn until(text: &str) -> Result<Until, String> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text.trim()) {
        return Ok(Until::At(moment.with_timezone(&Utc)));
    }
    match tools_common::time::parse_duration(text) {
        Some(time) if time > TimeDelta::zero() => Ok(Until::In(time)),
        _ => Err("accepted is a time such as 2026-11-28T06:00:00Z, or from now on, such as 30m, 2h or 3d".to_owned()),
    }
}
