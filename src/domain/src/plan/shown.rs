//! A plan as people are shown it, when they are asked.
//!
//! Guarantee: what is shown carries the digest of the whole plan, and is itself what an approval is bound to: a yes to it is a
//! yes to every part of the plan, those too that are not spelled out.

use super::{BlastRadius, Condition, Plan, SuccessCheck};
use crate::action::{ActCall, TakenBack};
use crate::approval::ShownPlan;
use crate::chain::canonical_json;
use crate::policy::Decision;
use serde_json::Value;

/// Dependants that are named one by one.
const NAMED: usize = 8;

impl Plan {
    /// The plan as it is shown, with what was decided about it.
    pub fn shown(&self, decision: &Decision) -> ShownPlan {
        ShownPlan {
            environment: self.environment.clone(),
            object: self.object.clone(),
            resource_version: self.told_version(),
            action: self.action.name().to_owned(),
            summary: format!("{}: {}", self.action.sentence(&self.object), self.reason),
            arguments: canonical_json(&Value::Object(self.call.arguments.clone())),
            diff: self.rehearsal.diff.join("\n"),
            blast_radius: self.blast_radius.told(),
            success_check: self.success_check.told(),
            undo: self.told_undo(),
            confidence: decision.score,
            rule: decision.told.clone(),
            plan: self.digest(),
        }
    }

    /// The version that a yes is for. What its status does does not matter.
    fn told_version(&self) -> String {
        match self.pinned.as_ref().map(|pinned| pinned.generation) {
            Some(Some(generation)) => format!("{}, generation {generation}", self.resource_version),
            Some(None) | None => self.resource_version.clone(),
        }
    }

    fn told_undo(&self) -> String {
        if let Some(ActCall { tool, arguments, .. }) = &self.undo {
            return format!("{tool} {}", canonical_json(&Value::Object(arguments.clone())));
        }
        match self.action.taken_back(&self.object, self.class()) {
            TakenBack::NothingToTakeBack => "There is nothing to take back: it makes itself good.".to_owned(),
            TakenBack::ByCall | TakenBack::Never => "Nothing takes it back.".to_owned(),
        }
    }
}

impl BlastRadius {
    /// What else it may touch, in a sentence or several. What is not known is said to be so.
    pub fn told(&self) -> String {
        let mut told = Vec::new();
        match (self.ready_replicas, self.replicas_left) {
            (Some(ready), Some(left)) => {
                told.push(format!("{left} of {ready} ready replicas are left at the worst moment."));
            }
            (Some(ready), None) => {
                told.push(format!("{ready} replicas are ready; how many are left meanwhile is not known."));
            }
            (None, _) => told.push("Ready replicas are not known, or there are none of it.".to_owned()),
        }
        if let Some(allowed) = self.disruptions_allowed {
            told.push(format!("Its disruption budget allows {allowed} more to be away."));
        }
        let named: Vec<&str> = self.dependants.iter().take(NAMED).map(String::as_str).collect();
        let more = self.dependants.len().saturating_sub(NAMED);
        match (named.is_empty(), more) {
            (true, _) => told.push("No service is known to call it.".to_owned()),
            (false, 0) => told.push(format!("Called by {}.", named.join(", "))),
            (false, more) => told.push(format!("Called by {} and {more} more.", named.join(", "))),
        }
        if let Some(share) = self.traffic_share {
            told.push(format!("It has {}.{} % of the traffic.", share / 10, share % 10));
        }
        told.join(" ")
    }
}

impl SuccessCheck {
    /// How it will be seen whether it helped.
    pub fn told(&self) -> String {
        let conditions: Vec<String> = self.conditions.iter().map(Condition::told).collect();
        let (settle, window) = (self.settle_seconds, self.window_seconds);
        format!("Between {settle} s and {window} s after it: {}.", conditions.join("; "))
    }
}

impl Condition {
    /// The condition in words.
    pub fn told(&self) -> String {
        match self {
            Self::SignalOver { .. } => "the signal that raised the incident is over".to_owned(),
            Self::QueryWithin { query, instance, at_most, .. } => {
                let at = instance.as_ref().map(|name| format!(" at the Prometheus server {name}")).unwrap_or_default();
                match at_most {
                    Some(bound) => format!("`{query}`{at} is at most {bound}"),
                    None => format!("`{query}`{at} gives no result"),
                }
            }
            Self::WorkloadReady { object, .. } => format!("{object} is rolled out and ready"),
            Self::NoFinding { object, .. } => format!("the health checks find nothing at {object}"),
        }
    }
}
