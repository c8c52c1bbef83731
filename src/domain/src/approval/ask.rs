//! How an approval comes to be.

use super::{Approval, COUNTDOWN_SECONDS, Permitted, Proposer, ShownPlan, State};
use chrono::{DateTime, TimeDelta, Utc};

/// What is asked, of whom, until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asking {
    /// Unique.
    pub id: String,
    /// The incident that it belongs to, where it belongs to one.
    pub incident: Option<String>,
    /// What is shown. It is fixed from here on.
    pub shown: ShownPlan,
    /// Who wants it.
    pub proposer: Proposer,
    /// Who may decide.
    pub permitted: Permitted,
    /// Until when it can be decided.
    pub expires_at: DateTime<Utc>,
}

/// Why nobody can be asked this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// It has no id.
    #[error("an approval needs an id")]
    NoId,
    /// It would be granted without anybody.
    #[error("an approval needs at least one person: people_needed is 0")]
    NobodyNeeded,
    /// Nobody could ever say yes, or not enough of them.
    #[error("{needed} people are needed, and only {permitted} may: name more people, a group or a role")]
    TooFewPermitted {
        /// How many it takes.
        needed: u32,
        /// How many are named.
        permitted: usize,
    },
    /// There is no time in which it could be approved.
    #[error(
        "it would expire {seconds} s after it was asked for; it needs more than the {COUNTDOWN_SECONDS} s of its countdown"
    )]
    TooShort {
        /// How long it would be good.
        seconds: i64,
    },
}

impl Approval {
    /// An approval that waits for people, bound to the digest of what is shown.
    ///
    /// # Errors
    /// [`AskError`] where nobody could ever grant it, or nobody would have to.
    pub fn ask(asking: Asking, now: DateTime<Utc>) -> Result<Self, AskError> {
        let Asking { id, incident, shown, proposer, permitted, expires_at } = asking;
        if id.is_empty() {
            return Err(AskError::NoId);
        }
        check_people(&permitted)?;
        let lasts = expires_at.signed_duration_since(now);
        if lasts <= TimeDelta::seconds(COUNTDOWN_SECONDS) {
            return Err(AskError::TooShort { seconds: lasts.num_seconds() });
        }
        Ok(Self {
            id,
            incident,
            plan: shown.digest(),
            shown,
            proposer,
            permitted,
            asked_at: now,
            expires_at,
            state: State::Pending,
            votes: Vec::new(),
            starts_at: None,
            ended: None,
            changed_at: now,
        })
    }
}

/// A group or a role may have any number of people; who is named by id can be counted.
fn check_people(permitted: &Permitted) -> Result<(), AskError> {
    if permitted.people_needed == 0 {
        return Err(AskError::NobodyNeeded);
    }
    let countable = permitted.groups.is_empty() && permitted.role.is_none();
    if countable && permitted.people.len() < permitted.needed() {
        let (needed, permitted) = (permitted.people_needed, permitted.people.len());
        return Err(AskError::TooFewPermitted { needed, permitted });
    }
    Ok(())
}
