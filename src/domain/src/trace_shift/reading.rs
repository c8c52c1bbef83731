//! The requests in a trace: what each service served, what each asked of another, how much of the trace waited for it.

use super::{Place, Request};
use crate::traces::{Kind, Span, Tree, critical_path};
use std::collections::BTreeMap;

const NANOSECONDS: i64 = 1_000_000_000;

/// The requests of a trace with their places. A service is served where a span stands below one of another service, or
/// below none; a call to somebody without spans counts by the name that the caller gives.
pub(super) fn requests(tree: &Tree) -> Vec<(Place, Request)> {
    let shares = path_shares(tree);
    let mut found = Vec::new();
    for index in tree.downwards().iter().copied() {
        let Some(span) = tree.span(index) else { continue };
        let above = tree.parent(index).and_then(|parent| tree.span(parent));
        let request = Request {
            at_unix_seconds: span.end_ns.div_euclid(NANOSECONDS),
            duration_ns: span.duration_ns(),
            failed: span.failed,
            path_share: None,
        };
        if above.is_none_or(|above| above.service != span.service) {
            let share = shares.get(span.service.as_str()).copied().unwrap_or_default();
            found.push((Place::Service(span.service.clone()), Request { path_share: Some(share), ..request }));
        }
        match above.filter(|above| above.service != span.service) {
            Some(above) => {
                let failed = span.failed || (is_calling(above) && above.failed);
                found.push((edge(&above.service, &span.service), Request { failed, ..request }));
            }
            None => {
                let elsewhere = |child: &Span| child.service != span.service;
                let answered = tree.children(index).iter().filter_map(|child| tree.span(*child)).any(elsewhere);
                if let Some(peer) = span.peer.as_deref().filter(|_| is_calling(span) && !answered) {
                    found.push((edge(&span.service, peer), request));
                }
            }
        }
    }
    found
}

fn is_calling(span: &Span) -> bool {
    matches!(span.kind, Kind::Client | Kind::Producer)
}

fn edge(caller: &str, callee: &str) -> Place {
    Place::Edge { caller: caller.to_owned(), callee: callee.to_owned() }
}

/// The share of the critical path that each service has.
fn path_shares(tree: &Tree) -> BTreeMap<&str, f64> {
    let (from, to) = tree.extent();
    let whole = to.saturating_sub(from).max(1) as f64;
    let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
    for segment in critical_path(tree) {
        if let Some(span) = segment.span.and_then(|index| tree.span(index)) {
            let length = segment.end_ns.saturating_sub(segment.start_ns) as f64;
            *shares.entry(span.service.as_str()).or_default() += length / whole;
        }
    }
    shares
}
