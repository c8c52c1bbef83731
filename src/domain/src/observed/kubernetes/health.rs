//! What the health checks of a cluster return.

use crate::object::ObjectRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `cluster_health`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// What each check looked at: check, and how many objects.
    pub checked: BTreeMap<String, u64>,
    /// Checks that could not look, with the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_checked: Vec<NotChecked>,
}

/// How bad a finding is, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Will hurt, or hurts a little.
    Warning,
    /// Hurts now.
    Critical,
}

/// One finding of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's stable name: `pod-crash-loop`, `service-without-endpoints`.
    pub check: String,
    /// How bad.
    pub severity: Severity,
    /// The object that is wrong (the workload rather than each of its pods).
    pub object: ObjectRef,
    /// Why it is wrong, in one sentence.
    pub why: String,
    /// The field values or messages that it rests on.
    pub evidence: Vec<String>,
    /// Where to look next.
    pub next: String,
    /// Since when, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Another object that the finding points at, such as the missing Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points_at: Option<ObjectRef>,
    /// How many objects are affected alike (pods of a workload).
    #[serde(default = "one")]
    pub affected: u64,
}

/// The check that tells of warnings of the last minutes.
pub const WARNING_EVENTS: &str = "warning-events";

impl Finding {
    /// Whether it tells how its object stands now. Warnings of the last minutes are told of for a while after the trouble
    /// is over.
    pub fn is_of_now(&self) -> bool {
        self.check != WARNING_EVENTS
    }
}

fn one() -> u64 {
    1
}

/// A check that could not look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotChecked {
    /// The check.
    pub check: String,
    /// Why.
    pub reason: String,
}
