//! The second reader: what it objects to is not done.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::SafetyReview;

/// Objections that are told; the others are counted.
const TOLD: usize = 3;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let objections = situation.safety.as_ref().err()?;
    let mut told = objections.iter().take(TOLD).cloned().collect::<Vec<String>>().join("; ");
    if objections.is_empty() {
        told.push_str("without saying why");
    }
    let more = objections.len().saturating_sub(TOLD);
    if more > 0 {
        told.push_str(&format!("; and {more} more"));
    }
    Some(
        GateFinding::new(NAME, Verdict::Deny, format!("the safety review objects ({told})")).relaxed_by("another plan"),
    )
}
