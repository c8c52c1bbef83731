//! Clocks that disagree: a call that is served before it was made.
//!
//! Only that is taken as skew. A span that ends after its parent may simply have been left running. A span of another
//! service that begins too early is moved, with all below it, to the middle of the call that it serves (or to its
//! start, where it is longer); a service further down that fits without the move stays.

use super::span::{Kind, Span};
use super::tree::Tree;
use std::collections::BTreeMap;

/// How far the clocks of two services disagree in one trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skew {
    /// The service whose clock is taken as right.
    pub caller: String,
    /// The service that was moved.
    pub service: String,
    /// Spans that began before their call.
    pub spans: usize,
    /// The largest move, in nanoseconds.
    pub moved_ns: i64,
}

/// The trace with impossible starts mended, and what was mended, largest first.
pub fn without_skew(tree: Tree) -> (Tree, Vec<Skew>) {
    let mut shifts: Vec<i64> = vec![0; tree.spans().len()];
    let mut found: BTreeMap<(String, String), Skew> = BTreeMap::new();
    for index in tree.downwards().iter().copied() {
        let Some((span, above, parent)) = pair(&tree, index) else { continue };
        let inherited = shifts.get(above).copied().unwrap_or(0);
        let shift = shift_of(span, parent, inherited);
        if let Some(slot) = shifts.get_mut(index) {
            *slot = shift;
        }
        if shift != inherited && shift != 0 {
            let key = (parent.service.clone(), span.service.clone());
            let skew =
                found.entry(key.clone()).or_insert(Skew { caller: key.0, service: key.1, spans: 0, moved_ns: 0 });
            skew.spans += 1;
            skew.moved_ns = skew.moved_ns.max(shift.saturating_sub(inherited));
        }
    }
    let mut found: Vec<Skew> = found.into_values().collect();
    found.sort_by_key(|skew| std::cmp::Reverse(skew.moved_ns));
    if found.is_empty() {
        return (tree, found);
    }
    let moved = tree.with_spans_moved(|index| shifts.get(index).copied().unwrap_or(0));
    (moved, found)
}

fn pair(tree: &Tree, index: usize) -> Option<(&Span, usize, &Span)> {
    let above = tree.parent(index)?;
    Some((tree.span(index)?, above, tree.span(above)?))
}

fn shift_of(span: &Span, parent: &Span, inherited: i64) -> i64 {
    let is_message = matches!(span.kind, Kind::Consumer | Kind::Producer) || parent.kind == Kind::Producer;
    if span.service == parent.service || is_message {
        return inherited;
    }
    let starts_at = |shift: i64| span.start_ns.saturating_add(shift);
    let parent_start = parent.start_ns.saturating_add(inherited);
    let parent_end = parent.end_ns.saturating_add(inherited);
    let fits = |shift: i64| starts_at(shift) >= parent_start && span.end_ns.saturating_add(shift) <= parent_end;
    if fits(inherited) {
        return inherited;
    }
    if inherited != 0 && fits(0) {
        return 0;
    }
    if starts_at(inherited) >= parent_start {
        return inherited;
    }
    let room = parent.duration_ns().saturating_sub(span.duration_ns()).max(0) / 2;
    parent_start.saturating_add(room).saturating_sub(span.start_ns)
}
