//! What is signed for a call.

use domain::action::ActCall;
use ports::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tools_common::act::{Grant, GrantSigner, MAX_GRANT_LIFETIME};

/// Stands in the place of a plan's digest in the grant of a rehearsal: there is no plan yet.
const REHEARSAL: &str = "rehearsal";

/// What one call may do.
#[derive(Debug, Clone)]
pub struct Permit {
    /// Unlike any other's.
    pub id: String,
    /// Digest of the plan.
    pub plan: String,
    /// Whether it only rehearses.
    pub is_rehearsal: bool,
    /// The version of the object that is meant; empty for what has none.
    pub resource_version: String,
    /// Why.
    pub reason: String,
}

impl Permit {
    /// The permit of a granted plan's call.
    pub fn of_plan(id: &str, plan: &str, resource_version: &str, reason: &str) -> Self {
        Self {
            id: id.to_owned(),
            plan: plan.to_owned(),
            is_rehearsal: false,
            resource_version: resource_version.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// Makes permits and signs them.
pub struct Permits {
    signer: GrantSigner,
    clock: Arc<dyn Clock>,
    lifetime_ms: i64,
    holder: String,
    rehearsals: AtomicU64,
}

impl Permits {
    pub fn new(signer: GrantSigner, clock: Arc<dyn Clock>, lifetime: Duration, holder: String) -> Self {
        let longest = MAX_GRANT_LIFETIME.num_milliseconds();
        let lifetime_ms = i64::try_from(lifetime.as_millis()).unwrap_or(longest).min(longest);
        Self { signer, clock, lifetime_ms, holder, rehearsals: AtomicU64::new(0) }
    }

    /// A permit to rehearse, with an id that no other has.
    pub fn for_rehearsal(&self, reason: &str) -> Permit {
        let number = self.rehearsals.fetch_add(1, Ordering::Relaxed);
        Permit {
            id: format!("rehearsal {} {number}", self.holder),
            plan: REHEARSAL.to_owned(),
            is_rehearsal: true,
            resource_version: String::new(),
            reason: reason.to_owned(),
        }
    }

    /// The token for exactly this call, from now on.
    pub fn signed(&self, permit: &Permit, call: &ActCall, audience: &str) -> String {
        let issued_at_ms = self.clock.now().timestamp_millis();
        self.signer.sign(&Grant {
            id: permit.id.clone(),
            plan: permit.plan.clone(),
            audience: audience.to_owned(),
            server: call.server.clone(),
            tool: call.tool.clone(),
            arguments: Grant::digest_of(&call.arguments),
            dry_run: permit.is_rehearsal,
            issued_at_ms,
            not_after_ms: issued_at_ms.saturating_add(self.lifetime_ms),
        })
    }
}
