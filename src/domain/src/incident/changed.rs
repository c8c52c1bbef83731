//! What changed around the onset of an incident: rollouts, configuration, scaling, nodes, alerts, in the order of time.
//!
//! Guarantees: bounded; what concerns the incident's own objects comes before what happened elsewhere where not all has room.
//! Texts may hold what came from outside: they are told, and nothing rests on them.
//!
//! Deliberately absent: whether a change is the cause; that is what the rules say.

use super::Incident;
use crate::hypothesis::plain::plain;
use crate::object::ObjectRef;
use crate::observed::kubernetes::Change;
use crate::observed::prometheus::AlertRow;
use crate::playbook::change_sentence;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Changes that are kept of one incident.
pub const CHANGES: usize = 12;

/// How long before and after the onset something counts as around it.
const BEFORE: TimeDelta = TimeDelta::minutes(60);
const AFTER: TimeDelta = TimeDelta::minutes(15);

/// Characters of one change.
const TEXT_CHARS: usize = 240;

/// Which sort of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeSort {
    /// A new revision of a workload.
    Rollout,
    /// A ConfigMap, a Secret, a policy.
    Configuration,
    /// Another number of replicas.
    Scaling,
    /// A node came, went, or fell ill.
    Node,
    /// An alert began to fire.
    Alert,
    /// Anything else.
    Other,
}

impl ChangeSort {
    /// Of the category of a row of `recent_changes`.
    fn of(category: &str) -> Self {
        match category {
            "rollout" => Self::Rollout,
            "config" | "policy" => Self::Configuration,
            "scale" => Self::Scaling,
            "node" => Self::Node,
            _ => Self::Other,
        }
    }

    /// In a word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::Configuration => "configuration",
            Self::Scaling => "scaling",
            Self::Node => "node",
            Self::Alert => "alert",
            Self::Other => "other",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// When.
    pub at: DateTime<Utc>,
    /// Which sort.
    pub sort: ChangeSort,
    /// In a sentence.
    pub text: String,
    /// Whether it concerns an object of the incident.
    pub is_near: bool,
    /// Id of the kept evidence: `INC-7.e3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// Rows with the id of the evidence that they stand in.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a, T> {
    /// The rows.
    pub rows: &'a [T],
    /// Where they stand, as it is kept.
    pub evidence: Option<&'a str>,
}

/// What changed around the onset of an incident, oldest first. `is_near` tells whether an object is one of the incident's.
pub fn changed(
    incident: &Incident,
    changes: Told<'_, Change>,
    alerts: Told<'_, AlertRow>,
    is_near: impl Fn(&ObjectRef) -> bool,
) -> Vec<Changed> {
    let onset = incident
        .members
        .iter()
        .map(|member| member.since)
        .min()
        .map_or(incident.opened_at, |since| since.min(incident.opened_at));
    let is_around = |at: DateTime<Utc>| at >= onset - BEFORE && at <= onset + AFTER;
    let of_changes = changes.rows.iter().filter(|change| is_around(change.at)).map(|change| Changed {
        at: change.at,
        sort: ChangeSort::of(&change.category),
        text: plain(&change_sentence(change), TEXT_CHARS),
        is_near: is_near(&change.object),
        evidence: changes.evidence.map(str::to_owned),
    });
    let names: Vec<&str> = incident.members.iter().map(|member| member.name.as_str()).collect();
    let of_alerts = alerts.rows.iter().filter_map(|alert| {
        let at = alert.since.filter(|at| is_around(*at))?;
        let naming = ["deployment", "statefulset", "daemonset", "service", "pod", "node"].into_iter();
        let named = naming.filter_map(|label| alert.labels.get(label)).next();
        let about = named.map_or(String::new(), |name| format!(" on {name}"));
        Some(Changed {
            at,
            sort: ChangeSort::Alert,
            text: plain(&format!("alert {}{about} began", alert.name), TEXT_CHARS),
            is_near: names.contains(&alert.name.as_str()),
            evidence: alerts.evidence.map(str::to_owned),
        })
    });
    let mut found: Vec<Changed> = of_changes.chain(of_alerts).collect();
    // What is near comes first where not all has room; of the rest, what is nearest to the onset.
    found.sort_by_key(|one| (!one.is_near, (one.at - onset).abs(), one.at));
    found.dedup();
    found.truncate(CHANGES);
    found.sort_by_key(|one| (one.at, one.sort.name(), one.text.clone()));
    found
}
