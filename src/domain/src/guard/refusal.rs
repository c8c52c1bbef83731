//! Why something was not begun, ended or lifted, for the person who can act.

use super::{Freeze, Pause, Target};
use chrono::{DateTime, Utc};

/// Why not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A freeze stands.
    #[error(
        "{} is frozen since {} by {} ({}): nothing begins until an approver lifts it, as a whole or for this plan",
        .freeze.scope, told(.freeze.since), .freeze.by, .freeze.why
    )]
    Frozen {
        /// Which.
        freeze: Freeze,
    },
    /// The environment is paused.
    #[error("{environment} is paused {}; nothing begins there before the pause ends by itself or an approver ends it", .pause.told())]
    Paused {
        /// Which.
        environment: String,
        /// The pause.
        pause: Pause,
    },
    /// The environment has had its automatic starts.
    #[error("{environment} had its {cap} automatic actions within the last hour{}: ask a person to approve it", again(.free_at))]
    RateCap {
        /// Where.
        environment: String,
        /// How many there may be within an hour.
        cap: u32,
        /// When the next may start; never where the cap is 0.
        free_at: Option<DateTime<Utc>>,
    },
    /// Something was done to the object a short while ago.
    #[error("{target} cools down after the last action on it until {}: look then whether it is still needed", told(*.until))]
    CoolingDown {
        /// The object.
        target: Target,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Healing it has failed too often.
    #[error("{failed} heals of {target} failed in a row: nothing more is tried by itself, a person must look")]
    HealsFailed {
        /// The object.
        target: Target,
        /// How often.
        failed: u32,
    },
    /// Another action is under way on the chain.
    #[error(
        "the action {by} is under way on the same dependency chain (\"{key}\") and ends until {}: wait for it",
        told(*.until)
    )]
    ChainLocked {
        /// The lock that both want.
        key: String,
        /// Who has it.
        by: String,
        /// When it is free at the latest.
        until: DateTime<Utc>,
    },
    /// This very action has begun already, elsewhere or by an earlier request.
    #[error("the action {id} has begun already: it is done once only")]
    AlreadyBegun {
        /// Id of the action.
        id: String,
    },
    /// An undo names an action that is not in progress.
    #[error(
        "the action {id} is not in progress under the token {token}, so that there is nothing to undo: plan its reverse as an action of its own"
    )]
    NothingToUndo {
        /// Id of the action that was to be undone.
        id: String,
        /// Under which token.
        token: u64,
    },
    /// An action is not, or no longer, under way.
    #[error(
        "the action {id} is not under way under the token {token} any more (ended, undone, or past its deadline): do nothing more for it"
    )]
    NotUnderWay {
        /// Id of the action.
        id: String,
        /// Under which token.
        token: u64,
    },
    /// Somebody else leads.
    #[error(
        "another leader (token {known}) has taken over from this one (token {token}): nothing automatic starts here"
    )]
    LaterLeader {
        /// What was shown.
        token: u64,
        /// What is known.
        known: u64,
    },
    /// The clock of this machine is behind.
    #[error(
        "the clock of this machine shows {}, but something was begun or ended at {} already: set the clock right; if that \
         time was wrong, an approver freezes and lifts the freeze, which takes the present time for right",
        told(*.now), told(*.seen_at)
    )]
    ClockBehind {
        /// What it shows.
        now: DateTime<Utc>,
        /// What has been.
        seen_at: DateTime<Utc>,
    },
    /// A list is full.
    #[error("there is no room for more {what} ({most} at most): wait until some have ended")]
    NoRoom {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// The request itself cannot be.
    #[error("the request cannot be: {what}")]
    Invalid {
        /// What is wrong with it.
        what: String,
    },
    /// What is stored contradicts itself.
    #[error(
        "what guards actions cannot be believed ({what}): nothing begins; restore the document guards/all from a backup"
    )]
    Unreadable {
        /// What contradicts what.
        what: String,
    },
    /// Only an approver may do it.
    #[error("{person} may not lift a freeze or end a pause: an approver must")]
    NotPermitted {
        /// Who asked.
        person: String,
    },
    /// There is no such freeze.
    #[error("{scope} is not frozen{}", others(.standing))]
    NotFrozen {
        /// What was to be lifted.
        scope: String,
        /// What is frozen instead.
        standing: Vec<String>,
    },
    /// There is no such pause.
    #[error("{environment} is not paused{}", others_paused(.standing))]
    NotPaused {
        /// Which environment was to go on.
        environment: String,
        /// What is paused instead.
        standing: Vec<String>,
    },
}

fn told(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn again(free_at: &Option<DateTime<Utc>>) -> String {
    free_at.map(|time| format!(", the next may start at {}", told(time))).unwrap_or_default()
}

fn others(standing: &[String]) -> String {
    if standing.is_empty() { String::new() } else { format!("; frozen: {}", standing.join(", ")) }
}

fn others_paused(standing: &[String]) -> String {
    if standing.is_empty() { String::new() } else { format!("; paused: {}", standing.join(", ")) }
}
