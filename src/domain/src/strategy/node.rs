//! Nodes: new pods kept from one that is not ready, and its pods moved where it still answers.
//!
//! A node that fell silent cannot be drained: nothing there would end the pods that are evicted. What ran there comes back
//! elsewhere by itself; whether it did is the success of a cordon. Where no workload is short of pods, nothing is left to
//! heal from here, and the machine is for people.

use super::{Facts, Proposal};
use crate::action::Action;
use crate::diagnosis::Judgement;

pub(super) fn propose(judgement: &Judgement, facts: &Facts) -> Vec<Proposal> {
    let Some(node) = facts.node.as_ref().filter(|_| judgement.rule == "node-not-ready") else { return Vec::new() };
    let object = &node.object;
    let mut proposals = Vec::new();
    if !node.is_cordoned {
        proposals.push(Proposal {
            object: object.clone(),
            action: Action::Cordon,
            why: format!(
                "{object} is not ready: no new pod is to be placed there while what ran there comes back elsewhere"
            ),
        });
    }
    if node.answers {
        proposals.push(Proposal {
            object: object.clone(),
            action: Action::Drain,
            why: format!("{object} is not ready, and its kubelet still answers: its pods can be moved in order"),
        });
    }
    proposals
}
