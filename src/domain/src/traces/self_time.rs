//! Self time: what of a span's duration none of its children covers.

use super::tree::Tree;

/// Nanoseconds of self time of each span, in the order of [`Tree::spans`]. Children count only where they lie within
/// their parent; children side by side count once.
pub fn self_times(tree: &Tree) -> Vec<i64> {
    (0..tree.spans().len()).map(|index| self_time(tree, index)).collect()
}

fn self_time(tree: &Tree, index: usize) -> i64 {
    let Some(span) = tree.span(index) else { return 0 };
    span.duration_ns().saturating_sub(covered(tree, index)).max(0)
}

/// Nanoseconds of a span during which at least one child runs.
fn covered(tree: &Tree, index: usize) -> i64 {
    let stretches = covered_stretches(tree, index);
    stretches.iter().fold(0_i64, |sum, (start, end)| sum.saturating_add(end.saturating_sub(*start)))
}

/// The stretches of a span during which at least one child runs, in order, apart from each other.
pub(super) fn covered_stretches(tree: &Tree, index: usize) -> Vec<(i64, i64)> {
    let Some(span) = tree.span(index) else { return Vec::new() };
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for child in tree.children(index).iter().filter_map(|child| tree.span(*child)) {
        let (start, end) = (child.start_ns.max(span.start_ns), child.end_ns.min(span.end_ns));
        if start >= end {
            continue;
        }
        match stretches.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => stretches.push((start, end)),
        }
    }
    stretches
}
