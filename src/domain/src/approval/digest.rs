//! What an approval is bound to: one digest over all that is shown of a plan.

use super::{Approval, ShownPlan};
use crate::chain::{canonical_json, hexadecimal};
use serde_json::json;
use sha2::{Digest as _, Sha256};

impl ShownPlan {
    /// SHA-256 of the plan as canonical JSON: 64 hexadecimal digits.
    pub fn digest(&self) -> String {
        // Every part by its name, so that a part which is added later and forgotten here does not compile.
        let Self {
            environment,
            object,
            resource_version,
            action,
            summary,
            arguments,
            diff,
            blast_radius,
            success_check,
            undo,
            confidence,
            rule,
            plan,
        } = self;
        let mut changed = json!({"kind": object.kind, "name": object.name});
        if let (Some(namespace), Some(members)) = (&object.namespace, changed.as_object_mut()) {
            members.insert("namespace".to_owned(), json!(namespace));
        }
        let mut all = json!({
            "environment": environment,
            "object": changed,
            "resource_version": resource_version,
            "action": action,
            "summary": summary,
            "arguments": arguments,
            "diff": diff,
            "blast_radius": blast_radius,
            "success_check": success_check,
            "undo": undo,
            "confidence": confidence,
            "rule": rule,
        });
        // Left out where there is none: approvals of before the member keep their digest.
        if let (false, Some(members)) = (plan.is_empty(), all.as_object_mut()) {
            members.insert("plan".to_owned(), json!(plan));
        }
        hexadecimal(&Sha256::digest(canonical_json(&all)))
    }
}

impl Approval {
    /// Whether a digest is of this plan, and the plan that is kept is still the one that it was made of.
    pub(super) fn is_bound_to(&self, digest: &str) -> bool {
        self.plan == digest && self.shown.digest() == digest
    }
}
