//! The parts of an answer that both brains share.

use crate::ledger::Spent;
use crate::recalled;
use crate::view;
use domain::answer::{Answer, EvidenceView, Usage};
use domain::envelope::FailureKind;
use domain::evidence::Evidence;
use domain::memory::recalled::Recalled;
use std::time::Duration;

/// One sentence for each look, or part of one, that failed; those with the same reason told once (invariant 12).
pub(super) fn could_not_look(evidence: &[Evidence]) -> Vec<String> {
    let mut told: Vec<(String, Vec<String>, Vec<String>)> = Vec::new();
    for look in evidence {
        for reason in reasons(look) {
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
    }
    told.into_iter()
        .map(|(reason, tools, ids)| format!("{}: {reason} [{}]", tools.join(", "), ids.join(", ")))
        .collect()
}

fn reasons(look: &Evidence) -> Vec<String> {
    match &look.result {
        Ok(envelope) => envelope.not_looked.clone(),
        // Looked for, and not there: that was a look.
        Err(failure) if failure.kind == FailureKind::NotFound => Vec::new(),
        Err(failure) => vec![failure.to_string()],
    }
}

/// Lists of which the end matters as much as the beginning: names are looked up in them, alerts are counted.
const NEEDED_WHOLE: &[&str] = &["kubernetes_list", "prometheus_alerts"];

/// Such lists that were cut: what lies beyond was not read, and an answer that counts or misses something must say so.
pub(super) fn read_in_part(evidence: &[Evidence]) -> Vec<String> {
    let cut = |look: &Evidence| {
        let envelope = look.result.as_ref().ok().filter(|_| NEEDED_WHOLE.contains(&look.call.tool.as_str()))?;
        let total = envelope.total.filter(|total| *total > envelope.returned && envelope.truncated)?;
        Some(format!("{}: {} of {total} [{}]", look.call.tool, envelope.returned, look.id))
    };
    evidence.iter().filter_map(cut).collect()
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
                partly: envelope.is_some_and(|envelope| !envelope.not_looked.is_empty()),
            }
        })
        .collect()
}

/// Shows what was remembered, below the answer and apart from its evidence.
pub(super) fn remember(answer: &mut Answer, memories: &[Recalled]) {
    answer.answer.push_str(&recalled::for_person(memories));
    answer.memory = memories.iter().take(recalled::MOST).map(recalled::recollection).collect();
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
