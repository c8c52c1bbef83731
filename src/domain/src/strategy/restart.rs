//! Restart: the pods made anew from the same template, or the one pod that is in trouble.
//!
//! Helps against what a process has got itself into: a stuck session, a lock, a leak, a cache gone wrong. It cannot help
//! where new pods would meet the same: an image, a reference or a place that is not there, a probe that asks for the wrong
//! path. Nor where the trouble came with a rollout: its pods are no older than the trouble, and new ones are made of the
//! same template.

use super::{Facts, Proposal};
use crate::action::Action;
use crate::diagnosis::Judgement;
use crate::object::ObjectRef;
use crate::observed::kubernetes::PodRow;

/// The rules whose trouble a process may have got itself into.
const RULES: &[&str] =
    &["out-of-memory", "crash", "readiness", "errors-after-rollout", "slow-dependency", "slow-by-itself"];

/// Of these, the ones that a rollout brings with its pods. What is slow may have become so in a rollout's pods as in any.
const BY_ROLLOUT: &[&str] = &["out-of-memory", "crash", "readiness", "errors-after-rollout"];

pub(super) fn propose(judgement: &Judgement, facts: &Facts) -> Vec<Proposal> {
    let Some(target) = &facts.target else { return Vec::new() };
    let came_with_it =
        BY_ROLLOUT.contains(&judgement.rule) && facts.change.as_ref().is_some_and(|change| change.fits_onset);
    if !RULES.contains(&judgement.rule) || came_with_it {
        return Vec::new();
    }
    let whole = Proposal {
        object: target.clone(),
        action: Action::RolloutRestart,
        why: format!("Pods of {target} may have got into a state that new ones do not have (rule {})", judgement.rule),
    };
    one_pod(target, facts).into_iter().chain([whole]).collect()
}

/// One pod in trouble beside others that are ready, where no rollout is to blame: only that one is made anew.
fn one_pod(target: &ObjectRef, facts: &Facts) -> Option<Proposal> {
    if facts.change.as_ref().is_some_and(|change| change.fits_onset) {
        return None;
    }
    let owner = format!("{}/{}", target.kind, target.name);
    let (bad, good): (Vec<&PodRow>, Vec<&PodRow>) = facts
        .pods
        .iter()
        .filter(|pod| pod.owner.as_deref() == Some(owner.as_str()) && pod.status != "Completed")
        .partition(|pod| pod.ready < pod.containers);
    let ([pod], false) = (bad.as_slice(), good.is_empty()) else { return None };
    if pod.status.starts_with("Terminating") {
        return None;
    }
    Some(Proposal {
        object: ObjectRef::namespaced("Pod", &pod.namespace, &pod.name),
        action: Action::DeletePod,
        why: format!("Only one pod of {target} is not ready: its owner makes it anew, the {} others stay", good.len()),
    })
}
