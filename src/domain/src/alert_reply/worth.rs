//! Which answer to an alert is worth telling unasked.

use crate::answer::{Answer, Claim, ClaimKind, EvidenceView};

/// Tools that tell only what the alert itself tells: that it fires, and since when.
const OF_ALERTS: [&str; 3] = ["_alerts", "_rules", "_silences"];

/// Whether an answer adds anything to the alert that it answers: a possible cause, or a fact that rests on more than the
/// list of alerts. Where nothing could be looked at it adds nothing.
pub fn worth_telling(answer: &Answer) -> bool {
    let brought: Vec<&EvidenceView> = answer.evidence.iter().filter(|view| brought_more(view)).collect();
    let rests_on_more = |claim: &Claim| {
        claim.kind == ClaimKind::Fact && claim.evidence.iter().any(|id| brought.iter().any(|view| view.id == *id))
    };
    let has_cause = !answer.hypotheses.is_empty() && answer.evidence.iter().any(|view| view.error.is_none());
    has_cause || answer.claims.iter().any(rests_on_more)
}

fn brought_more(view: &EvidenceView) -> bool {
    view.error.is_none() && view.returned > 0 && !OF_ALERTS.iter().any(|end| view.tool.ends_with(end))
}
