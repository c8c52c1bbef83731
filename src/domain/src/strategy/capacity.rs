//! Capacity: more pods for a workload that is slow because its processors are busy.
//!
//! Where an autoscaler owns the replicas, its bounds are raised instead: it would take back what is set beside it.

use super::{Autoscaler, Facts, Proposal};
use crate::action::Action;
use crate::diagnosis::Judgement;
use crate::object::ObjectRef;

/// From this share of its CPU limit on a workload is busy.
const BUSY: f64 = 0.8;

/// More replicas than these are a person's decision.
const MOST_REPLICAS: u32 = 20;

pub(super) fn propose(judgement: &Judgement, facts: &Facts) -> Vec<Proposal> {
    let Some(target) = &facts.target else { return Vec::new() };
    let is_busy = facts.cpu_of_limit.is_some_and(|share| share >= BUSY);
    if !matches!(judgement.rule, "slow-by-itself" | "slow-dependency") || target.kind != "Deployment" || !is_busy {
        return Vec::new();
    }
    let proposal = match &facts.autoscaler {
        Some(autoscaler) => raise_bounds(target, autoscaler),
        None => facts.readiness_of(target).and_then(|now| more_pods(target, now.desired)),
    };
    proposal.into_iter().collect()
}

/// Half as many more, at least one.
fn grown(from: u32) -> Option<u32> {
    let wanted = from.saturating_add((from / 2).max(1)).min(MOST_REPLICAS);
    (from > 0 && wanted > from).then_some(wanted)
}

fn more_pods(target: &ObjectRef, desired: u32) -> Option<Proposal> {
    let replicas = grown(desired)?;
    Some(Proposal {
        object: target.clone(),
        action: Action::Scale { replicas },
        why: format!("{target} is slow and uses nearly all the CPU that it may: {replicas} pods instead of {desired}"),
    })
}

/// Only where the bounds are known and what holds it back.
fn raise_bounds(target: &ObjectRef, autoscaler: &Autoscaler) -> Option<Proposal> {
    let (min_replicas, most, current) =
        (autoscaler.min_replicas?, autoscaler.max_replicas?, autoscaler.current_replicas?);
    let max_replicas = grown(most).filter(|_| current >= most)?;
    Some(Proposal {
        object: autoscaler.object.clone(),
        action: Action::SetHpaBounds { min_replicas, max_replicas },
        why: format!("{target} is slow, busy, and already has the most pods that its autoscaler may make"),
    })
}
