//! Configuration: one field of a workload set anew, where that is less than a roll back or helps where none does.

use super::{Facts, Proposal, memory};
use crate::action::Action;
use crate::diagnosis::Judgement;
use crate::object::ObjectRef;

/// Rules in which the image may be what is wrong.
const BY_IMAGE: &[&str] = &["image-pull", "out-of-memory", "crash", "errors-after-rollout"];

/// A limit above this share of the largest node's memory is nobody's need, one part in so many.
const SHARE_OF_A_NODE: u64 = 2;

pub(super) fn propose(judgement: &Judgement, facts: &Facts) -> Vec<Proposal> {
    let Some(target) = &facts.target else { return Vec::new() };
    let mut proposals = Vec::new();
    if BY_IMAGE.contains(&judgement.rule) {
        proposals.extend(earlier_image(target, facts));
    }
    if judgement.rule == "out-of-memory" {
        proposals.extend(more_memory(target, facts));
    }
    proposals
}

/// The image before, where the rollout changed more than it: the rest of the rollout stays. Where it changed nothing
/// else, that would be the roll back once more.
fn earlier_image(target: &ObjectRef, facts: &Facts) -> Option<Proposal> {
    let change = facts.change.as_ref().filter(|change| change.fits_onset && change.diff.len() > 1)?;
    let (container, before, after) = change.only_image()?;
    if repository(before) != repository(after) {
        return None;
    }
    Some(Proposal {
        object: target.clone(),
        action: Action::SetImage { container: container.to_owned(), image: before.to_owned() },
        why: format!(
            "Revision {} of {target} changed its image and more: the image before, and the rest as it is",
            change.revision
        ),
    })
}

/// Twice the memory, where there is one container with a limit, so that it is known whose it is, and a node has room.
fn more_memory(target: &ObjectRef, facts: &Facts) -> Option<Proposal> {
    let [container] = facts.containers.as_slice() else { return None };
    let limit = container.memory_limit.as_deref()?;
    let wanted = memory::doubled(limit)?;
    if memory::bytes(&wanted)? > facts.largest_node_memory_bytes? / SHARE_OF_A_NODE {
        return None;
    }
    Some(Proposal {
        object: target.clone(),
        action: Action::SetResources {
            container: container.name.clone(),
            cpu_request: None,
            cpu_limit: None,
            memory_request: None,
            memory_limit: Some(wanted),
        },
        why: format!("{target} goes over its memory limit: twice as much shows whether it needs it or leaks"),
    })
}

/// `registry/name` of `registry/name:tag@digest`; a colon before the last slash is a port's.
fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or(image);
    let last = name.rfind('/').map_or(0, |at| at + 1);
    match name.get(last..).and_then(|end| end.find(':')) {
        Some(colon) => name.get(..last + colon).unwrap_or(name),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_port_is_no_tag() {
        for (image, repository) in [
            ("registry.example.com:5000/shop/cart:1.2", "registry.example.com:5000/shop/cart"),
            ("cart:1.2@sha256:ab", "cart"),
            ("registry.example.com:5000/cart", "registry.example.com:5000/cart"),
            ("cart", "cart"),
        ] {
            assert_eq!(super::repository(image), repository, "{image}");
        }
    }
}
