//! The life of an incident: which state may follow which, what is worse than what, how long it lasts.

use super::{Incident, State};
use chrono::{DateTime, TimeDelta, Utc};
use std::cmp::Ordering;

impl State {
    /// All states, in the order of a life without detours.
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Diagnosing,
        Self::Deciding,
        Self::WaitingForApproval,
        Self::Acting,
        Self::Verifying,
        Self::Escalated,
        Self::Resolved,
        Self::Closed,
    ];

    /// Whether it is not over. What was handed to people is not.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }

    /// Whether this state may follow. Whatever is not over may be resolved (it may go away by itself) and escalated;
    /// what was escalated is people's, and only they end it; what is over is not opened again: that is a new incident.
    /// Only its own signals, within half an hour, open what was resolved again (`correlation`).
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Resolved, Self::Closed) => true,
            (Self::Resolved | Self::Closed, _) | (Self::Escalated, Self::Escalated) => false,
            (_, Self::Resolved | Self::Escalated) => true,
            (Self::Open | Self::Deciding | Self::WaitingForApproval | Self::Verifying, Self::Diagnosing)
            | (Self::Diagnosing | Self::WaitingForApproval | Self::Acting, Self::Deciding)
            | (Self::Deciding, Self::WaitingForApproval | Self::Acting)
            | (Self::WaitingForApproval, Self::Acting)
            | (Self::Acting, Self::Verifying) => true,
            _ => false,
        }
    }

    /// As it is stored and asked for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Diagnosing => "diagnosing",
            Self::Deciding => "deciding",
            Self::WaitingForApproval => "waiting_for_approval",
            Self::Acting => "acting",
            Self::Verifying => "verifying",
            Self::Resolved => "resolved",
            Self::Escalated => "escalated",
            Self::Closed => "closed",
        }
    }
}

impl Incident {
    /// Whether it is not over.
    pub const fn is_open(&self) -> bool {
        self.state.is_open()
    }

    /// How long it lasts, or lasted. Never negative, whatever the clocks said.
    pub fn duration(&self, now: DateTime<Utc>) -> TimeDelta {
        self.resolved_at.unwrap_or(now).signed_duration_since(self.opened_at).max(TimeDelta::zero())
    }

    /// The order in which people should look: the more severe first, then the one that costs more, then the older one.
    pub fn worst_first(&self, other: &Self) -> Ordering {
        let age = self.opened_at.cmp(&other.opened_at).then_with(|| self.id.cmp(&other.id));
        other.severity.cmp(&self.severity).then(other.impact.cmp(&self.impact)).then(age)
    }
}
