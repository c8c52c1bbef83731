//! Stretches in which a span that otherwise waits for others shows nothing: work that is not instrumented, or waiting.

use super::self_time::covered_stretches;
use super::tree::Tree;

/// A gap shorter than this share of the trace is not told.
const LEAST_SHARE: i64 = 20;

/// A stretch of a span without any child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The span.
    pub span: usize,
    /// Unix nanoseconds.
    pub start_ns: i64,
    /// Unix nanoseconds.
    pub end_ns: i64,
}

/// The largest gap of each span that has children, longest first; at least a twentieth of the trace.
pub fn gaps(tree: &Tree) -> Vec<Gap> {
    let (from, to) = tree.extent();
    let least = (to.saturating_sub(from) / LEAST_SHARE).max(1);
    let with_children = (0..tree.spans().len()).filter(|index| !tree.children(*index).is_empty());
    let mut found: Vec<Gap> = with_children.filter_map(|index| largest(tree, index)).collect();
    found.retain(|gap| gap.end_ns.saturating_sub(gap.start_ns) >= least);
    found.sort_by_key(|gap| (std::cmp::Reverse(gap.end_ns.saturating_sub(gap.start_ns)), gap.start_ns, gap.span));
    found
}

fn largest(tree: &Tree, index: usize) -> Option<Gap> {
    let span = tree.span(index)?;
    let mut best = Gap { span: index, start_ns: span.start_ns, end_ns: span.start_ns };
    let mut from = span.start_ns;
    let ends = std::iter::once((span.end_ns, span.end_ns));
    for (start, end) in covered_stretches(tree, index).into_iter().chain(ends) {
        if start.saturating_sub(from) > best.end_ns.saturating_sub(best.start_ns) {
            best = Gap { span: index, start_ns: from, end_ns: start };
        }
        from = end;
    }
    Some(best)
}
