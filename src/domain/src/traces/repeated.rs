//! Calls that are made again and again: the same operation, many times below one parent.

use super::names::general_name;
use super::tree::Tree;
use std::collections::BTreeMap;

/// So many calls of one operation below one parent are a pattern.
const LEAST_CALLS: usize = 5;

/// One repeated call. Parents of the same operation are taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// A parent that makes the calls; `None` where the spans have no parent.
    pub parent: Option<usize>,
    /// The first of the calls.
    pub span: usize,
    /// Calls altogether.
    pub count: usize,
    /// How many parents make them.
    pub parents: usize,
    /// Nanoseconds of all calls, added up.
    pub total_ns: i64,
    /// Nanoseconds during which at least one of them ran.
    pub wall_ns: i64,
}

impl Repeated {
    /// Whether they mostly ran side by side rather than one after another.
    pub fn is_parallel(&self) -> bool {
        self.wall_ns.saturating_mul(4) < self.total_ns.saturating_mul(3)
    }
}

/// Repeated calls, those whose calls add up to the most time first.
pub fn repeated(tree: &Tree) -> Vec<Repeated> {
    let mut below: BTreeMap<(Option<usize>, &str, String), Vec<usize>> = BTreeMap::new();
    for index in tree.downwards() {
        let Some(span) = tree.span(*index) else { continue };
        let key = (tree.parent(*index), span.service.as_str(), general_name(&span.operation));
        below.entry(key).or_default().push(*index);
    }
    let mut merged: BTreeMap<(String, String, String, String), Repeated> = BTreeMap::new();
    for ((parent, service, operation), calls) in below {
        let Some(first) = calls.first().copied().filter(|_| calls.len() >= LEAST_CALLS) else { continue };
        let above = parent.and_then(|index| tree.span(index));
        let (above_service, above_operation) =
            above.map_or_else(Default::default, |span| (span.service.clone(), general_name(&span.operation)));
        let (total_ns, wall_ns) = times(tree, &calls);
        let entry = merged.entry((above_service, above_operation, service.to_owned(), operation)).or_insert(Repeated {
            parent,
            span: first,
            count: 0,
            parents: 0,
            total_ns: 0,
            wall_ns: 0,
        });
        entry.count += calls.len();
        entry.parents += 1;
        entry.total_ns = entry.total_ns.saturating_add(total_ns);
        entry.wall_ns = entry.wall_ns.saturating_add(wall_ns);
    }
    let mut all: Vec<Repeated> = merged.into_values().collect();
    all.sort_by_key(|one| (std::cmp::Reverse(one.total_ns), std::cmp::Reverse(one.count), one.span));
    all
}

fn times(tree: &Tree, calls: &[usize]) -> (i64, i64) {
    let mut stretches: Vec<(i64, i64)> =
        calls.iter().filter_map(|index| tree.span(*index)).map(|span| (span.start_ns, span.end_ns)).collect();
    stretches.sort_unstable();
    let total = stretches.iter().fold(0_i64, |sum, (start, end)| sum.saturating_add(end.saturating_sub(*start)));
    let mut wall: i64 = 0;
    let mut until = i64::MIN;
    for (start, end) in stretches {
        let fresh = end.saturating_sub(start.max(until));
        wall = wall.saturating_add(fresh.max(0));
        until = until.max(end);
    }
    (total, wall)
}
