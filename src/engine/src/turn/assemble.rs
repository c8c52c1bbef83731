//! The parts of an answer that both brains share.

use crate::ledger::Spent;
use crate::view;
use domain::answer::{EvidenceView, Usage};
use domain::envelope::FailureKind;
use domain::evidence::Evidence;
use std::time::Duration;

/// One sentence for each look that failed, those with the same reason told once (invariant 12).
pub(super) fn could_not_look(evidence: &[Evidence]) -> Vec<String> {
    let mut told: Vec<(String, Vec<String>, Vec<String>)> = Vec::new();
    for look in evidence {
        let Err(failure) = &look.result else { continue };
        // Looked for, and not there: that was a look.
        if failure.kind == FailureKind::NotFound {
            continue;
        }
        let reason = failure.to_string();
        match told.iter_mut().find(|(known, ..)| *known == reason) {
            Some((_, tools, ids)) => {
                if !tools.contains(&look.call.tool) {
                    tools.push(look.call.tool.clone());
                }
                ids.push(look.id.to_string());
            }
            None => told.push((reason, vec![look.call.tool.clone()], vec![look.id.to_string()])),
        }
    }
    told.into_iter()
        .map(|(reason, tools, ids)| format!("{}: {reason} [{}]", tools.join(", "), ids.join(", ")))
        .collect()
}

/// The looks as they stand under the answer.
pub(super) fn views(evidence: &[Evidence]) -> Vec<EvidenceView> {
    evidence
        .iter()
        .map(|look| {
            let envelope = look.result.as_ref().ok();
            EvidenceView {
                id: look.id,
                tool: look.call.tool.clone(),
                source: envelope.and_then(|envelope| envelope.source.clone()),
                arguments: look.call.arguments.clone(),
                window: envelope.and_then(|envelope| envelope.window),
                returned: envelope.map_or(0, |envelope| envelope.returned),
                total: envelope.and_then(|envelope| envelope.total),
                truncated: envelope.is_some_and(|envelope| envelope.truncated),
                error: look.result.as_ref().err().map(ToString::to_string),
                excerpt: envelope.map(view::excerpt).unwrap_or_default(),
                failure: look.result.as_ref().err().map(|failure| failure.kind),
            }
        })
        .collect()
}

/// Adds what the looks cost, and the whole time.
pub(super) fn add_cost(usage: &mut Usage, spent: Spent, wall: Duration) {
    usage.tool_calls = spent.calls;
    usage.tool_bytes = spent.bytes;
    usage.tool_ms = milliseconds(spent.time);
    usage.wall_ms = milliseconds(wall);
}

/// Whole milliseconds.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
