//! What a plan is bound by: one digest over all of it.

use super::Plan;
use crate::chain::{canonical_json, hexadecimal};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

impl Plan {
    /// SHA-256 of the plan as canonical JSON: 64 hexadecimal digits.
    ///
    /// Numbers must be finite, as [`super::Drafted`] holds: JSON has no others.
    pub fn digest(&self) -> String {
        // Every part by its name, so that a part which is added later and forgotten here does not compile.
        let Self {
            id,
            incident,
            environment,
            cluster,
            symptom,
            object,
            resource_version,
            pinned,
            action,
            call,
            reason,
            tainted,
            rehearsal,
            blast_radius,
            success_check,
            undo,
            proposer,
            made_at,
            expires_at,
        } = self;
        let all = json!({
            "id": id,
            "incident": incident,
            "environment": environment,
            "cluster": cluster,
            "symptom": symptom,
            "object": part(object),
            "resource_version": resource_version,
            "pinned": part(pinned),
            "action": part(action),
            "call": part(call),
            "reason": reason,
            "tainted": part(tainted),
            "rehearsal": part(rehearsal),
            "blast_radius": part(blast_radius),
            "success_check": part(success_check),
            "undo": part(undo),
            "proposer": part(proposer),
            "made_at": part(made_at),
            "expires_at": part(expires_at),
        });
        hexadecimal(&Sha256::digest(canonical_json(&all)))
    }
}

/// A part as JSON. Structs and enums of texts, numbers and lists always have a JSON form.
fn part(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
