//! What comes into a channel unasked.

use super::{ChannelSettings, IncidentRule};
use crate::incident::{Incident, Severity};
use chrono::{DateTime, Utc};

impl ChannelSettings {
    /// Whether an incident is to be told here now, where it was not told yet. What was told is edited at any hour:
    /// editing wakes nobody.
    pub fn wants(&self, incident: &Incident, now: DateTime<Utc>) -> bool {
        self.incidents != IncidentRule::Never
            && self.is_about(&incident.environment)
            && self.least_severity.is_none_or(|least| incident.severity >= least)
            && (incident.severity == Severity::Critical || !self.is_quiet(now))
    }

    /// Whether the channel is about an environment. One that names none is about all.
    pub fn is_about(&self, environment: &str) -> bool {
        self.environment.as_deref().is_none_or(|own| own == environment)
    }

    /// Whether nothing is said unasked now, but for critical incidents.
    pub fn is_quiet(&self, now: DateTime<Utc>) -> bool {
        self.quiet.as_ref().is_some_and(|quiet| quiet.holds(now))
    }
}
