//! Binding claims to evidence (invariant 11).
//!
//! A claim is a fact only where every number, object name and state word in it occurs in a result that it cites,
//! after units are normalised. The code decides, never the prompt and never the model's own word: what does not bind
//! becomes a hypothesis and is shown as unconfirmed. A look that failed supports nothing.
//!
//! What this does not do: understand. A sentence may use only words that occur in its evidence and still be false
//! ("the healthy pod crashed"); the check makes invention visible, not error.

mod checkable;
mod markdown;
mod support;

use crate::answer::{Claim, ClaimKind};
use crate::evidence::{Evidence, EvidenceId};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use support::Support;

pub use markdown::Bound;

/// Binds the claims of one answer to the evidence of its turn.
#[derive(Debug)]
pub struct Binder<'a> {
    evidence: &'a [Evidence],
    supports: BTreeMap<EvidenceId, Support>,
    now: DateTime<Utc>,
    zone: Tz,
}

/// Whether a claim is bound, and what in it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that can be checked occurs in what it cites.
    Fact,
    /// Nothing that exists is cited, or these words and numbers occur in none of it.
    Unbound(Vec<String>),
}

impl<'a> Binder<'a> {
    /// A binder over the evidence of one turn; `now` and `zone` are what ages and times of day in claims refer to.
    pub fn new(evidence: &'a [Evidence], now: DateTime<Utc>, zone: Tz) -> Self {
        let supports = evidence.iter().filter_map(|look| Some((look.id, Support::of(look)?))).collect();
        Self { evidence, supports, now, zone }
    }

    /// Judges one sentence by what it cites.
    pub fn judge(&self, text: &str, cited: &[EvidenceId]) -> Verdict {
        let supports: Vec<&Support> = cited.iter().filter_map(|id| self.supports.get(id)).collect();
        let checkables = checkable::find(text);
        if supports.is_empty() {
            return Verdict::Unbound(checkables.iter().map(ToString::to_string).collect());
        }
        let unbound: Vec<String> = checkables
            .iter()
            .filter(|checkable| !supports.iter().any(|support| support.holds(checkable, self.now, self.zone)))
            .map(ToString::to_string)
            .collect();
        if unbound.is_empty() { Verdict::Fact } else { Verdict::Unbound(unbound) }
    }

    /// The claim with its kind.
    pub fn claim(&self, text: &str, cited: &[EvidenceId]) -> Claim {
        let kind = match self.judge(text, cited) {
            Verdict::Fact => ClaimKind::Fact,
            Verdict::Unbound(_) => ClaimKind::Hypothesis,
        };
        Claim { text: text.to_owned(), kind, evidence: cited.iter().copied().filter(|id| self.knows(*id)).collect() }
    }

    /// Whether an id stands for a look of this turn.
    pub fn knows(&self, id: EvidenceId) -> bool {
        self.evidence.iter().any(|look| look.id == id)
    }
}

#[cfg(test)]
mod tests;
