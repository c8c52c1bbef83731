//! The stages of a healing, and the state of the incident that people see for each.

use crate::incident::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// On whose word something begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The policy allowed it.
    Policy,
    /// People approved it; the id of the approval.
    Approval(String),
}

/// What becomes of an incident that people took over while an action was under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// Somebody has it: nothing more is begun.
    Handed(String),
    /// Somebody ended it.
    Over,
    /// Somebody handed it on.
    Escalated(String),
}

/// Where a healing stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Nothing was looked at yet.
    Open,
    /// It is looked for the cause.
    Diagnosing,
    /// It is decided what to do.
    Deciding,
    /// People are asked.
    Waiting {
        /// Id of the approval.
        approval: String,
        /// When it was decided to ask.
        since: DateTime<Utc>,
        /// Until when they can decide.
        expires_at: DateTime<Utc>,
        /// Whether the question is known to be kept.
        asked: bool,
        /// Whether they were reminded.
        reminded: bool,
    },
    /// It waits for a maintenance window; then it is looked anew.
    Scheduled {
        /// When the window opens.
        opens_at: DateTime<Utc>,
    },
    /// It waits for a guard: an object that rests, a chain that is busy.
    Resting {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It may begin.
    Granted {
        /// On whose word.
        by: By,
        /// When, so that people can take their word back until then.
        starts_at: DateTime<Utc>,
        /// After this it may not begin any more.
        expires_at: DateTime<Utc>,
    },
    /// The executor has it.
    Acting {
        /// On whose word.
        by: By,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It is looked whether it helped.
    Verifying {
        /// On whose word it was done.
        by: By,
        /// When the effect took place.
        since: DateTime<Utc>,
        /// After this, what is not better has not helped.
        until: DateTime<Utc>,
    },
    /// It is taken back: it made things worse, or a person wants it so.
    Undoing {
        /// On whose word it was done.
        by: By,
        /// Since when.
        since: DateTime<Utc>,
    },
    /// No signal fires any more, and nothing was done: it is waited whether it stays so.
    Quiet {
        /// When it is over.
        until: DateTime<Utc>,
    },
    /// Scarlet only watches here: what she would do is told.
    Watching,
    /// A person has it.
    Handed {
        /// Who.
        to: String,
    },
    /// People are to be told.
    Escalating {
        /// Why.
        why: String,
        /// How often it was tried.
        round: u32,
    },
    /// People were told; only they end it.
    Escalated,
    /// It is over; it may come back.
    Resolved {
        /// After this it does not come back as the same.
        closes_at: DateTime<Utc>,
        /// Whether an action of ours ended it.
        healed: bool,
        /// Whether people see that: an incident that is not over after this came back.
        shown: bool,
    },
    /// It is over; nothing is looked at any more, save where the incident is open again after all.
    Closed,
}

impl Stage {
    /// As it is stored and asked for.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Diagnosing => "diagnosing",
            Self::Deciding => "deciding",
            Self::Waiting { .. } => "waiting",
            Self::Scheduled { .. } => "scheduled",
            Self::Resting { .. } => "resting",
            Self::Granted { .. } => "granted",
            Self::Acting { .. } => "acting",
            Self::Verifying { .. } => "verifying",
            Self::Undoing { .. } => "undoing",
            Self::Quiet { .. } => "quiet",
            Self::Watching => "watching",
            Self::Handed { .. } => "handed",
            Self::Escalating { .. } => "escalating",
            Self::Escalated => "escalated",
            Self::Resolved { .. } => "resolved",
            Self::Closed => "closed",
        }
    }

    /// The names of all stages but the last, for a store that is asked what is not over.
    pub const NOT_OVER: [&'static str; 16] = [
        "open",
        "diagnosing",
        "deciding",
        "waiting",
        "scheduled",
        "resting",
        "granted",
        "acting",
        "verifying",
        "undoing",
        "quiet",
        "watching",
        "handed",
        "escalating",
        "escalated",
        "resolved",
    ];

    /// Whether the executor has been handed something whose end is not known yet, or not verified.
    pub const fn has_begun(&self) -> bool {
        matches!(self, Self::Acting { .. } | Self::Verifying { .. } | Self::Undoing { .. })
    }

    /// Whether something stands ready to begin, or is on the way there.
    pub const fn is_before_acting(&self) -> bool {
        matches!(
            self,
            Self::Open
                | Self::Diagnosing
                | Self::Deciding
                | Self::Waiting { .. }
                | Self::Scheduled { .. }
                | Self::Resting { .. }
                | Self::Granted { .. }
        )
    }

    /// The approval that people can decide on now, where there is one.
    pub fn approval(&self) -> Option<&str> {
        match self {
            Self::Waiting { approval, .. } | Self::Granted { by: By::Approval(approval), .. } => Some(approval),
            _ => None,
        }
    }

    /// What people see of it; `None` where it stays as it is.
    pub const fn shown(&self) -> Option<State> {
        match self {
            Self::Open
            | Self::Quiet { .. }
            | Self::Handed { .. }
            | Self::Closed
            | Self::Resolved { shown: true, .. } => None,
            Self::Diagnosing => Some(State::Diagnosing),
            Self::Deciding
            | Self::Scheduled { .. }
            | Self::Resting { .. }
            | Self::Watching
            | Self::Granted { by: By::Policy, .. } => Some(State::Deciding),
            Self::Waiting { .. } | Self::Granted { by: By::Approval(_), .. } => Some(State::WaitingForApproval),
            Self::Acting { .. } => Some(State::Acting),
            Self::Verifying { .. } | Self::Undoing { .. } => Some(State::Verifying),
            Self::Escalating { .. } | Self::Escalated => Some(State::Escalated),
            Self::Resolved { shown: false, .. } => Some(State::Resolved),
        }
    }
}
