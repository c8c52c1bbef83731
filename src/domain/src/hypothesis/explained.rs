//! A model's explanation, bound to what was seen.
//!
//! Guarantees: at most three sentences; one that cites nothing that was seen is left out and counted; one that cites and
//! does not bind ends with `(unconfirmed)`.

use super::plain::plain;
use super::{SENTENCES, TEXT_CHARS};
use crate::answer::ClaimKind;
use crate::binding::Binder;
use crate::evidence::EvidenceId;

/// Characters of an explanation that are read.
const READ_CHARS: usize = 2_000;

/// The sentences that may be told, and what was left out. `cited` names the kept evidence of an id.
pub fn explained(text: &str, binder: &Binder<'_>, cited: impl Fn(EvidenceId) -> String) -> (Vec<String>, Vec<String>) {
    let text = plain(text, READ_CHARS);
    let claims = binder.bind_markdown(&text).claims;
    let resting: Vec<_> = claims.iter().filter(|claim| !claim.evidence.is_empty()).collect();
    let told = resting.iter().take(SENTENCES).map(|claim| {
        let ids: Vec<String> = claim.evidence.iter().map(|id| cited(*id)).collect();
        let mark = if claim.kind == ClaimKind::Fact { "" } else { " (unconfirmed)" };
        format!("{} [{}]{mark}", plain(&claim.text, TEXT_CHARS), ids.join(", "))
    });
    let told: Vec<String> = told.collect();
    let mut dropped = Vec::new();
    if !text.is_empty() && resting.is_empty() {
        dropped.push("the explanation names nothing that was seen".to_owned());
    }
    if let Some(more) = resting.len().checked_sub(SENTENCES).filter(|more| *more > 0) {
        dropped.push(format!("{more} more sentences than the {SENTENCES} that were asked for"));
    }
    (told, dropped)
}
