//! Who calls whom, from the traces themselves.

use super::span::{Kind, Span};
use super::tree::Tree;
use std::collections::BTreeMap;

/// Calls from one service to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    /// Calling service.
    pub caller: String,
    /// Called service, or the peer as the caller names it.
    pub callee: String,
    /// Whether the called side has no spans of its own.
    pub is_peer: bool,
    /// Calls seen.
    pub calls: usize,
    /// How many of them failed.
    pub failed: usize,
    /// Durations of the calls in nanoseconds, ascending.
    pub durations_ns: Vec<i64>,
}

impl Edge {
    /// The duration that this share of the calls does not exceed (nearest rank); `share` from 0 to 1.
    pub fn quantile_ns(&self, share: f64) -> i64 {
        let rank = (share.clamp(0.0, 1.0) * self.durations_ns.len() as f64).ceil() as usize;
        self.durations_ns.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    }
}

/// The edges of some traces: those with failed calls first, then by the number of calls.
pub fn edges<'a>(trees: impl IntoIterator<Item = &'a Tree>) -> Vec<Edge> {
    let mut found: BTreeMap<(String, String), Edge> = BTreeMap::new();
    for tree in trees {
        for index in tree.downwards().iter().copied() {
            if let Some((caller, callee, is_peer, failed, duration_ns)) = calls(tree, index) {
                let edge = found.entry((caller.to_owned(), callee.to_owned())).or_insert_with(|| Edge {
                    caller: caller.to_owned(),
                    callee: callee.to_owned(),
                    is_peer,
                    ..Edge::default()
                });
                edge.calls += 1;
                edge.failed += usize::from(failed);
                edge.durations_ns.push(duration_ns);
            }
        }
    }
    let mut edges: Vec<Edge> = found.into_values().collect();
    for edge in &mut edges {
        edge.durations_ns.sort_unstable();
    }
    edges.sort_by(|a, b| {
        let share = |edge: &Edge| edge.failed as f64 / edge.calls.max(1) as f64;
        share(b).total_cmp(&share(a)).then(b.calls.cmp(&a.calls)).then_with(|| a.caller.cmp(&b.caller))
    });
    edges
}

type Call<'a> = (&'a str, &'a str, bool, bool, i64);

/// The call that a span is the served end of, or that it made to somebody without spans.
fn calls(tree: &Tree, index: usize) -> Option<Call<'_>> {
    let span = tree.span(index)?;
    let above = tree.parent(index).and_then(|parent| tree.span(parent));
    if let Some(above) = above.filter(|above| above.service != span.service) {
        let calling = matches!(above.kind, Kind::Client | Kind::Producer);
        let failed = span.failed || (calling && above.failed);
        return Some((&above.service, &span.service, false, failed, span.duration_ns()));
    }
    let elsewhere = |child: &Span| child.service != span.service;
    let is_answered = tree.children(index).iter().filter_map(|child| tree.span(*child)).any(elsewhere);
    let peer = span.peer.as_deref().filter(|_| matches!(span.kind, Kind::Client | Kind::Producer) && !is_answered)?;
    Some((&span.service, peer, true, span.failed, span.duration_ns()))
}
