//! People as the product knows them: who they are to the house, which role they have, what a role may.
//!
//! Guarantees: whoever is not known is a viewer only where they are a full member of the house; guests, people of other
//! organisations and bots have no role unless the settings name them; a role holds every right of the roles below it.
//!
//! Deliberately absent: signing in, and how a surface finds out who somebody is.

mod sight;

pub use sight::Sight;

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person is to the house, as the surface tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A full member.
    Member,
    /// A guest of the workspace, restricted to some channels.
    Guest,
    /// Somebody of another organisation (Slack Connect).
    External,
    /// A program.
    Bot,
    /// Deactivated, or not to be found out.
    Unknown,
}

/// What a person may do, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Asks questions, sees incidents, freezes.
    Viewer,
    /// Claims, resolves and escalates incidents.
    Responder,
    /// Approves and rejects, lifts a freeze.
    Approver,
    /// Changes the settings of channels.
    Admin,
}

/// One thing that a person may want to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Ask a question.
    Ask,
    /// See incidents.
    SeeIncidents,
    /// Stop everything.
    Freeze,
    /// Claim, resolve and escalate incidents.
    HandleIncidents,
    /// Approve and reject.
    Approve,
    /// Let actions go on.
    LiftFreeze,
    /// Change the settings of a channel.
    Configure,
}

/// A person on a surface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// `slack:U123`, `local:anna`: unique over all surfaces.
    pub id: String,
    /// As others call them.
    pub name: String,
    /// What they are to the house.
    pub standing: Standing,
    /// What they may; `None` is nothing at all.
    pub role: Option<Role>,
    /// Ids of the groups that they belong to: `slack:S123`.
    pub groups: BTreeSet<String>,
    /// Their IANA time zone, where the surface knows it.
    pub zone: Option<String>,
}

/// Who has which role, from the settings: ids of people and groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// People and groups that at least ask; needed for guests and people of other organisations only.
    pub viewers: BTreeSet<String>,
    /// People and groups that handle incidents.
    pub responders: BTreeSet<String>,
    /// People and groups that approve.
    pub approvers: BTreeSet<String>,
    /// People and groups that change settings.
    pub admins: BTreeSet<String>,
}

impl Right {
    /// The least role that has it.
    pub const fn least_role(self) -> Role {
        match self {
            Self::Ask | Self::SeeIncidents | Self::Freeze => Role::Viewer,
            Self::HandleIncidents => Role::Responder,
            Self::Approve | Self::LiftFreeze => Role::Approver,
            Self::Configure => Role::Admin,
        }
    }
}

impl Role {
    /// Whether this role has a right.
    pub fn may(self, right: Right) -> bool {
        self >= right.least_role()
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Approver => "approver",
            Self::Admin => "admin",
        })
    }
}

impl Standing {
    /// Whether anybody of this standing can have a role at all.
    pub const fn can_have_role(self) -> bool {
        match self {
            Self::Member | Self::Guest | Self::External => true,
            Self::Bot | Self::Unknown => false,
        }
    }
}

impl Person {
    /// Whether they have a right. A program and somebody who is not to be found out have none, whatever stands in `role`.
    pub fn may(&self, right: Right) -> bool {
        self.standing.can_have_role() && self.role.is_some_and(|role| role.may(right))
    }
}

impl Roles {
    /// The role of somebody: the highest that the settings name for them or for a group of theirs. A full member whom
    /// they do not name is a viewer; so is a guest, where `guests_may`. Somebody of another organisation has a role only
    /// where they are named; a program and somebody who is not to be found out never.
    pub fn role_of(&self, id: &str, groups: &BTreeSet<String>, standing: Standing, guests_may: bool) -> Option<Role> {
        if id.is_empty() || !standing.can_have_role() {
            return None;
        }
        let by_standing = match standing {
            Standing::Member => Some(Role::Viewer),
            Standing::Guest => guests_may.then_some(Role::Viewer),
            Standing::External | Standing::Bot | Standing::Unknown => None,
        };
        self.named(id, groups).max(by_standing)
    }

    /// The highest role under which somebody or a group of theirs is named.
    fn named(&self, id: &str, groups: &BTreeSet<String>) -> Option<Role> {
        let descending = [
            (&self.admins, Role::Admin),
            (&self.approvers, Role::Approver),
            (&self.responders, Role::Responder),
            (&self.viewers, Role::Viewer),
        ];
        let names = |named: &BTreeSet<String>| named.contains(id) || !named.is_disjoint(groups);
        descending.into_iter().find(|(named, _)| names(named)).map(|(_, role)| role)
    }
}

#[cfg(test)]
mod tests;
