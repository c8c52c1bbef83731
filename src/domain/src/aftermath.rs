//! Whether a call that may have been made was made: told by the world, since nobody else knows (invariant 6).
//!
//! A call whose answer did not come, or whose caller died, is never made again to find out. The object is looked at, and
//! held against what it was right before the call ([`Before`]) and what the call asks for.
//!
//! Guarantees: "done" only where the object is as the call asks for, "not done" only where nothing says that it was
//! touched; whatever lies between, and whatever could not be seen, is [`Aftermath::CannotTell`]. What the object is like
//! is all that counts: who made it so is not asked, save where another's change would look the same.
//!
//! Deliberately absent: looking (the executor), whether the call helped (`verification`).

mod kubernetes;
mod silences;
#[cfg(test)]
mod tests;

use crate::action::ActCall;
use crate::chain::{canonical_json, hexadecimal};
use crate::envelope::{Envelope, Failure, FailureKind};
use crate::evidence::ToolCall;
use crate::object::ObjectRef;
use crate::observed::acted::Acted;
use crate::plan::Pinned;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aftermath {
    /// The object is as the call asks for.
    Done,
    /// The object was not touched.
    NotDone,
    /// Neither is certain, and this is why.
    CannotTell(String),
}

/// What one look saw.
#[derive(Debug, Clone, PartialEq)]
pub enum Sight {
    /// This.
    Seen {
        /// The data of the tool's envelope.
        data: Value,
        /// Whether nothing was left out.
        is_whole: bool,
    },
    /// There is no such thing.
    Gone,
    /// It could not be looked at, and this is why.
    Unseen(String),
}

impl Sight {
    /// What an answer of a read tool shows.
    pub fn of(answer: Result<Envelope, Failure>) -> Self {
        match answer {
            Ok(envelope) if envelope.not_looked.is_empty() => {
                Self::Seen { data: envelope.data, is_whole: !envelope.truncated && envelope.next_cursor.is_none() }
            }
            Ok(envelope) => Self::Unseen(envelope.not_looked.join("; ")),
            Err(failure) if failure.kind == FailureKind::NotFound => Self::Gone,
            Err(failure) => Self::Unseen(failure.to_string()),
        }
    }
}

/// What was seen right before a call: what its aftermath is held against. Kept in the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// The object's resource version; empty for what has none.
    #[serde(default)]
    pub resource_version: String,
    /// The API's own id of this very object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// When the object was made, as the API writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// How often what is wanted of it had changed, where the API counts that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
    /// The revision of its rollout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// When its rollout was last restarted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarted: Option<String>,
    /// Digest of the part that the call changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The active silences that mute the same.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub silences: BTreeSet<String>,
}

/// What is looked at before and after a call, in this order; nothing where nothing can be looked at.
pub fn looks(call: &ActCall, object: &ObjectRef) -> Vec<ToolCall> {
    match call.server.as_str() {
        "kubernetes" => kubernetes::looks(call, object),
        "prometheus" => silences::looks(call),
        _ => Vec::new(),
    }
}

/// What the looks saw before a call.
///
/// # Errors
/// Why the call cannot be made on what was seen: the object is gone, or could not be looked at.
pub fn before(call: &ActCall, sights: &[Sight]) -> Result<Before, String> {
    match call.server.as_str() {
        "kubernetes" => kubernetes::before(call, sights),
        "prometheus" => silences::before(call, sights),
        _ => Ok(Before::default()),
    }
}

/// The version of the object that a plan is bound to, by what the looks saw; `None` where they do not tell enough.
pub fn pinned(call: &ActCall, sights: &[Sight]) -> Option<Pinned> {
    (call.server == "kubernetes").then(|| kubernetes::pinned(call, sights)).flatten()
}

/// What became of a call, by what the same looks see afterwards.
pub fn judge(call: &ActCall, before: &Before, sights: &[Sight]) -> Aftermath {
    match call.server.as_str() {
        "kubernetes" => kubernetes::judge(call, before, sights),
        "prometheus" => silences::judge(call, before, sights),
        other => Aftermath::CannotTell(format!("nothing shows what a call of {other} did")),
    }
}

/// What a rehearsal of the same call makes of looks that show the object untouched. It is sure where the act server saw the
/// very version from before the call, or would still have to do what the call asks for.
pub fn confirmed(call: &ActCall, before: &Before, rehearsed: &Acted) -> Aftermath {
    let is_same_version = !before.resource_version.is_empty()
        && rehearsed.seen_resource_version.as_ref() == Some(&before.resource_version);
    // What is asked for by a state is still to be done where a rehearsal would change something. A restart, a deletion, a
    // step back, a drain and a silence would change something each time.
    let is_a_state = !matches!(
        call.tool.as_str(),
        "rollout_restart"
            | "rollout_undo"
            | "delete_pod"
            | "delete_job"
            | "drain"
            | "silence_create"
            | "silence_expire"
    );
    if is_same_version || (is_a_state && !rehearsed.diff.is_empty()) {
        return Aftermath::NotDone;
    }
    Aftermath::CannotTell("it looks as if it was not made, and the act server does not confirm it".to_owned())
}

/// The first look, where it saw something.
fn first(sights: &[Sight]) -> Result<&Value, String> {
    match sights.first() {
        Some(Sight::Seen { data, .. }) => Ok(data),
        Some(Sight::Gone) => Err("it is not there any more".to_owned()),
        Some(Sight::Unseen(why)) => Err(format!("it could not be looked at: {why}")),
        None => Err("it was not looked at".to_owned()),
    }
}

fn digest(value: &Value) -> String {
    hexadecimal(&Sha256::digest(canonical_json(value)))
}

fn text<'a>(call: &'a ActCall, name: &str) -> Option<&'a str> {
    call.arguments.get(name).and_then(Value::as_str)
}

/// Whether a time as the API writes it is later than another. Times that cannot be read are not.
fn is_later(time: &str, than: &str) -> bool {
    let read = |time: &str| DateTime::parse_from_rfc3339(time).ok().map(|time| time.with_timezone(&Utc));
    read(time).zip(read(than)).is_some_and(|(time, than)| time > than)
}
