//! What failed, the failure that the others come from first.

use super::names::general_name;
use super::tree::Tree;
use std::collections::BTreeMap;

/// Failed spans of one operation with one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedGroup {
    /// The first of them.
    pub span: usize,
    /// How many there are.
    pub count: usize,
    /// Whether no span below them failed: here the failure began.
    pub began_here: bool,
    /// Whether every span above them up to the root failed too.
    pub reached_root: bool,
}

/// Groups of failed spans: where failures began and went up to the root first, then where they began, then what only
/// passed them on; of equals the earliest.
pub fn failures(tree: &Tree) -> Vec<FailedGroup> {
    let failed = |index: usize| tree.span(index).is_some_and(|span| span.failed);
    let mut reached = vec![false; tree.spans().len()];
    for index in tree.downwards() {
        let above = tree.parent(*index).is_none_or(|parent| reached.get(parent).copied().unwrap_or(false));
        if let Some(slot) = reached.get_mut(*index) {
            *slot = above && failed(*index);
        }
    }
    let mut groups: BTreeMap<(bool, String, String, String), FailedGroup> = BTreeMap::new();
    let mut earliest: Vec<usize> = tree.downwards().iter().copied().filter(|index| failed(*index)).collect();
    earliest.sort_by_key(|index| tree.span(*index).map_or(0, |span| span.start_ns));
    for index in earliest {
        let Some(span) = tree.span(index) else { continue };
        let began_here = !tree.children(index).iter().any(|child| failed(*child));
        let reached_root = reached.get(index).copied().unwrap_or(false);
        let message = general_name(span.message.as_deref().unwrap_or_default());
        let key = (began_here, span.service.clone(), general_name(&span.operation), message);
        let group = groups.entry(key).or_insert(FailedGroup { span: index, count: 0, began_here, reached_root: false });
        group.count += 1;
        group.reached_root |= reached_root;
    }
    let mut groups: Vec<FailedGroup> = groups.into_values().collect();
    groups.sort_by_key(|group| {
        let start = tree.span(group.span).map_or(0, |span| span.start_ns);
        (!group.began_here, !group.reached_root, start, group.span)
    });
    groups
}
