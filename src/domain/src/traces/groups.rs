//! Time and counts by service and operation, and attributes in which two groups of traces differ.

use super::names::general_name;
use super::self_time::self_times;
use super::span::Span;
use super::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};

/// All spans of one operation of one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationGroup {
    /// Service.
    pub service: String,
    /// Operation, numbers and ids in it as `*`.
    pub operation: String,
    /// How many spans.
    pub count: usize,
    /// How many of them failed.
    pub failed: usize,
    /// Nanoseconds of self time, added up.
    pub self_ns: i64,
    /// The longest span, in nanoseconds.
    pub longest_ns: i64,
}

/// Groups by service and operation, most self time first.
pub fn by_operation(tree: &Tree) -> Vec<OperationGroup> {
    let mut groups: BTreeMap<(&str, String), OperationGroup> = BTreeMap::new();
    for (span, self_ns) in tree.spans().iter().zip(self_times(tree)) {
        let operation = general_name(&span.operation);
        let group = groups.entry((span.service.as_str(), operation.clone())).or_insert_with(|| OperationGroup {
            service: span.service.clone(),
            operation,
            ..OperationGroup::default()
        });
        group.count += 1;
        group.failed += usize::from(span.failed);
        group.self_ns = group.self_ns.saturating_add(self_ns);
        group.longest_ns = group.longest_ns.max(span.duration_ns());
    }
    let mut groups: Vec<OperationGroup> = groups.into_values().collect();
    groups.sort_by(|a, b| b.self_ns.cmp(&a.self_ns).then_with(|| a.service.cmp(&b.service)));
    groups
}

/// Attributes of the first spans that have one value in every trace of one group and not that value in any of the
/// other: name, value, and whether it belongs to the second group. Needs two traces in each group to say anything.
pub fn differing_attributes(first: &[&Span], second: &[&Span]) -> Vec<(String, String, bool)> {
    if first.len() < 2 || second.len() < 2 {
        return Vec::new();
    }
    let mut found: BTreeSet<(bool, String, String)> = BTreeSet::new();
    for (group, other, is_second) in [(first, second, false), (second, first, true)] {
        let Some(sample) = group.first() else { continue };
        for (name, value) in &sample.attributes {
            let has = |span: &&Span| span.attributes.get(name) == Some(value);
            if group.iter().all(has) && !other.iter().any(has) {
                found.insert((!is_second, name.clone(), value.clone()));
            }
        }
    }
    found.into_iter().map(|(is_first, name, value)| (name, value, !is_first)).collect()
}
