//! Which incident a signal belongs to.
//!
//! Pure: whoever takes signals in asks [`place`], does what it says, and stores what [`open`], [`apply`] and [`merge`] make.
//!
//! What joins, the first that fits:
//! 1. the same trouble (fingerprint) of an incident that is not over, or has been over for less than half an hour;
//! 2. a trouble of the same workload (owner references, services), while something of the incident is still there;
//! 3. a trouble that began within the window of one of the incident's and stands above or below its root: the workload
//!    that it calls, or that calls it, or the node that it runs on;
//! 4. where topology knows neither: a trouble of the same name, once there are as many of it as make a storm.
//!
//! Incidents that turn out to be one afterwards ([`merges`]): one that stands above another's root, while nothing is known of
//! it; two whose diagnoses name the same object, while nothing has begun for the one that gives way; storms.
//!
//! Guarantees: environments are never mixed; signals that all began within one window make incidents with the same roots in
//! whatever order they come, once [`merges`] has been followed until it names nothing more, and so many incidents; a
//! symptom that two roots explain belongs to one of them, which may depend on the order. Reports of one and the same
//! place are taken in the order in which they come. Two causes of which neither can explain the other stay two incidents,
//! even below the same caller. What is declared as noise, maintained or silenced opens nothing, and its end is seen anyway.
//!
//! Deliberately absent: what is wrong (`diagnosis`), when incidents are told and healed, reading a source (`signal`).

mod flapping;
mod growing;
mod part;
mod placing;
mod quiet;
mod storm;

#[cfg(test)]
mod tests;

pub use flapping::{is_over, settle};
pub use growing::{apply, apply_as, merge, open};
pub use part::may_be_part;
pub use placing::place;
pub use quiet::Quiet;
pub use storm::{Merge, merges};

use crate::signal::ignore::Ignore;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// What becomes of a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "placement", rename_all = "snake_case")]
pub enum Placement {
    /// It is known noise, or late news of something that is over: nothing is done.
    Ignore {
        /// Why, for whoever asks where the alert went.
        why: String,
    },
    /// Maintenance or a silence: nothing is done now. Whoever keeps signals places it again from time to time: what is
    /// still there when the quiet ends is an incident.
    Quiet {
        /// Which quiet, in its own words.
        why: String,
        /// When to place it again.
        ask_again: chrono::DateTime<chrono::Utc>,
    },
    /// It belongs to an incident that is not over: [`apply`].
    Join {
        /// Id of the incident.
        incident: String,
        /// Why it belongs there.
        as_what: AsWhat,
    },
    /// It belongs to an incident that is over, but not for long: [`apply`], which opens it again.
    Reopen {
        /// Id of the incident.
        incident: String,
    },
    /// It is a new incident: [`open`].
    Open,
    /// Something of an incident is right again: [`apply`].
    RightAgain {
        /// Id of the incident.
        incident: String,
    },
    /// It is right again, and nobody knew that it was wrong: nothing is done.
    NothingToEnd,
}

/// Why a signal belongs to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsWhat {
    /// The same trouble once more.
    Repeat,
    /// Another trouble of the same workload.
    SamePlace,
    /// What it stands on was in trouble before: it is a symptom.
    Symptom,
    /// It is below what was taken for the root: it is more likely the cause.
    Cause,
    /// One of very many alike.
    Storm,
}

/// What correlation goes by. The settings may change any of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Minutes within which troubles have to begin to be of one cause by topology or name.
    pub window_minutes: u32,
    /// Minutes for which an incident that is over is opened again by the same trouble.
    pub reopen_minutes: u32,
    /// Minutes after an end in which a source may still report what it reported before, without being believed.
    pub late_minutes: u32,
    /// More changes than this within `flap_minutes` are flapping.
    pub flap_changes: u32,
    /// Minutes.
    pub flap_minutes: u32,
    /// Minutes without a change after which it flaps no more.
    pub flap_quiet_minutes: u32,
    /// So many incidents of one name, of places that topology does not know, are one.
    pub storm: u32,
    /// Known noise.
    pub ignores: Vec<Ignore>,
    /// Maintenance and silences.
    pub quiets: Vec<Quiet>,
}

/// 15 minutes together, 30 to open again, more than 3 changes in 15 minutes flap until 10 are quiet, 20 are a storm.
impl Default for Rules {
    fn default() -> Self {
        Self {
            window_minutes: 15,
            reopen_minutes: 30,
            late_minutes: 5,
            flap_changes: 3,
            flap_minutes: 15,
            flap_quiet_minutes: 10,
            storm: 20,
            ignores: Vec::new(),
            quiets: Vec::new(),
        }
    }
}

impl Rules {
    /// How far apart troubles of one cause begin at most.
    fn window(&self) -> TimeDelta {
        TimeDelta::minutes(self.window_minutes.into())
    }
}
