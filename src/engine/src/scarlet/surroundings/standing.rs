//! How old what is known is, for whoever shows it.

use chrono::{DateTime, Utc};
use std::fmt;
use std::time::Duration;

/// What was seen longer ago than this is told as unknown: ten minutes.
pub const STALE: Duration = Duration::from_secs(600);

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Deployments and the like.
    Workloads,
    /// Pods, with their owners and nodes.
    Pods,
    /// Services.
    Services,
    /// Who calls whom, by traces.
    Calls,
    /// Silences of Alertmanager.
    Silences,
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Workloads => "workloads",
            Self::Pods => "pods",
            Self::Services => "services",
            Self::Calls => "calls between services",
            Self::Silences => "silences",
        })
    }
}

/// How one part of one environment stands. Its text tells all of it in a line:
/// `prod: pods: seen 40 s ago; the last look failed: no answer came within 30 s`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Name of the environment.
    pub environment: String,
    /// What.
    pub part: Part,
    /// When it was seen last, by the clock of people; `None` where it never was.
    pub seen_at: Option<DateTime<Utc>>,
    /// How long ago that is.
    pub age: Option<Duration>,
    /// Why the last look failed, where it did.
    pub problem: Option<String>,
    /// What could not be seen at the last look that gave anything.
    pub partly: Vec<String>,
}

impl Standing {
    /// Whether it was seen, and not too long ago.
    pub fn is_known(&self) -> bool {
        self.age.is_some_and(|age| age <= STALE)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}: ", self.environment, self.part)?;
        match self.age {
            None => out.write_str("unknown: never seen")?,
            Some(age) if self.is_known() => write!(out, "seen {} s ago", age.as_secs())?,
            Some(age) => write!(out, "unknown: last seen {} min ago", age.as_secs() / 60)?,
        }
        if let Some(problem) = &self.problem {
            write!(out, "; the last look failed: {problem}")?;
        }
        if !self.partly.is_empty() {
            write!(out, "; not seen: {}", self.partly.join("; "))?;
        }
        Ok(())
    }
}
