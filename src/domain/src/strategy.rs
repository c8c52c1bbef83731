//! Strategies: which typed actions suit a trouble that was diagnosed, in what order, and how it is seen whether one helped.
//!
//! One file a family: `restart`, `roll_back`, `configuration`, `capacity`, `node`, `webhook`. Each reads the judgement and
//! the [`Facts`] and gives candidates or none. The prior order is restart, roll back, configuration; `learning` may change it.
//!
//! Guarantees: a candidate is made of typed fields, our own words and names of objects, never of what a log line or an
//! event says; where the judgement itself stands on free text alone, its candidates say so ([`Candidate::tainted`]); a restart
//! is none where the diagnosis says that it cannot help, or the trouble came with a rollout; a rule without an entry here has no candidate, so its trouble goes
//! to people; each candidate carries a success check that can be evaluated.
//!
//! Deliberately absent: whether anything may be done (`policy`), the order that experience teaches (`learning`), rehearsal
//! and plan (`plan`), what else an action touches.

mod capacity;
mod configuration;
mod facts;
mod memory;
mod node;
mod restart;
mod roll_back;
mod rollout;
mod success;
#[cfg(test)]
mod tests;
mod webhook;

pub use facts::{Autoscaler, Container, Expectation, Facts, Measure, NodeFacts, READINESS, Raised, Readiness, Webhook};
pub use rollout::RecentChange;

use crate::action::Action;
use crate::diagnosis::Judgement;
use crate::object::ObjectRef;
use crate::plan::{Field, SuccessCheck};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How much less sure a judgement may be and still be preferred for explaining more, per mille: what one more victim
/// is worth to the ranking.
const WORTH_OF_A_VICTIM: u32 = 40;

/// Something that could be done about a trouble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What would be changed.
    pub object: ObjectRef,
    /// How.
    pub action: Action,
    /// Why, in our own words; at most 500 bytes, as the act tools take a reason.
    pub why: String,
    /// How it will be seen whether it helped.
    pub success: SuccessCheck,
    /// The parts that free text may have got into (invariant 7).
    pub tainted: BTreeSet<Field>,
}

/// What could be done about a judgement, in the prior order. Empty means: for people.
pub fn candidates(judgement: &Judgement, facts: &Facts) -> Vec<Candidate> {
    let families = [restart::propose, roll_back::propose, configuration::propose, capacity::propose, node::propose];
    let proposals =
        families.into_iter().flat_map(|family| family(judgement, facts)).chain(webhook::propose(judgement, facts));
    let tainted = tainted(judgement);
    let mut candidates: Vec<Candidate> = Vec::new();
    for Proposal { object, action, why } in proposals {
        let is_known = candidates.iter().any(|known| known.object == object && known.action == action);
        if is_known || !action.problems(&object).is_empty() {
            continue;
        }
        if let Some(success) = success::check(judgement, facts, &action) {
            candidates.push(Candidate { object, action, why, success, tainted: tainted.clone() });
        }
    }
    candidates
}

/// The judgement to act upon, of ranked ones: the first, unless another that is about as sure explains the trouble of more
/// workloads. Symptoms of another cause are never preferred.
pub fn preferred(ranked: &[Judgement]) -> Option<&Judgement> {
    let first = ranked.first()?;
    let is_symptom = |judgement: &Judgement| ranked.iter().any(|other| other.victims.contains(&judgement.cause));
    let mut preferred = first;
    for judgement in ranked.iter().skip(1) {
        let is_as_sure = judgement.per_mille + WORTH_OF_A_VICTIM >= first.per_mille
            && judgement.typed_per_mille + WORTH_OF_A_VICTIM >= first.typed_per_mille;
        if is_as_sure && !is_symptom(judgement) && judgement.victims.len() > preferred.victims.len() {
            preferred = judgement;
        }
    }
    Some(preferred)
}

/// What a family gives: the rest of a candidate is the same for all.
struct Proposal {
    object: ObjectRef,
    action: Action,
    why: String,
}

fn tainted(judgement: &Judgement) -> BTreeSet<Field> {
    if judgement.rests_on_free_text() {
        BTreeSet::from([Field::Object, Field::Action, Field::Reason])
    } else {
        BTreeSet::new()
    }
}
