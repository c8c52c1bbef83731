//! What was looked at, as it is kept beside the incident and told in it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::conversation::kept::KeptEvidence;
use domain::diagnosis::{Judgement, Statement};
use domain::envelope::FailureKind;
use domain::evidence::{Evidence, EvidenceId};
use domain::heal::limits;
use domain::incident::{Incident, SCARLET, Seen};
use domain::observed::kubernetes::Change;
use domain::redaction::redacted_head;

/// Numbers of evidence of one round: the next round's begin after them.
const NUMBERS: u32 = 400;

/// Characters of a sentence that is told.
const TEXT_CHARS: usize = 300;

/// Changes that are told, and how long before and after the incident's beginning they matter.
const CHANGES: usize = 3;
const BEFORE: TimeDelta = TimeDelta::minutes(60);
const AFTER: TimeDelta = TimeDelta::minutes(2);

/// The number under which a look of a round is kept.
pub(super) fn number(round: u32, id: EvidenceId) -> EvidenceId {
    EvidenceId(round.saturating_sub(1).saturating_mul(NUMBERS).saturating_add(id.0))
}

/// The looks of one round.
pub(super) struct Book {
    owner: String,
    at: DateTime<Utc>,
    first: u32,
    looks: Vec<Evidence>,
    proofs: Vec<Evidence>,
}

impl Book {
    pub(super) fn of(
        incident: &Incident,
        round: u32,
        at: DateTime<Utc>,
        looks: Vec<Evidence>,
        proofs: Vec<Evidence>,
    ) -> Self {
        let first = round.saturating_sub(1).saturating_mul(NUMBERS);
        Self { owner: incident.id.clone(), at, first, looks, proofs }
    }

    pub(super) const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The id under which a look of the rules is kept.
    pub(super) fn id_of(&self, id: EvidenceId) -> String {
        format!("{}.{}", self.owner, EvidenceId(self.first.saturating_add(id.0)))
    }

    fn all(&self) -> impl Iterator<Item = &Evidence> {
        self.looks.iter().chain(&self.proofs)
    }

    /// Looks that failed, were refused, or could not see everything. What does not exist was seen not to.
    pub(super) fn missing(&self) -> u32 {
        let count = self.all().filter(|look| self.why_missing(look).is_some()).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The same for one judgement: what it says cannot be seen does not speak against it. What ran on a node that is away
    /// has no logs to be read.
    pub(super) fn missing_beside(&self, judgement: &Judgement) -> u32 {
        let is_expected = |look: &Evidence| judgement.rule == "node-not-ready" && look.call.tool == "kubernetes_logs";
        let missing = self.all().filter(|look| !is_expected(look) && self.why_missing(look).is_some());
        u32::try_from(missing.count()).unwrap_or(u32::MAX)
    }

    pub(super) fn not_looked(&self) -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for look in self.all() {
            if let Some(why) = self.why_missing(look) {
                let text = redacted_head(&format!("{}: {why}", look.call.tool), TEXT_CHARS);
                if !told.contains(&text) {
                    told.push(text);
                }
            }
        }
        told.truncate(limits::NOT_LOOKED);
        told
    }

    fn why_missing(&self, look: &Evidence) -> Option<String> {
        match &look.result {
            Err(failure) if failure.kind == FailureKind::NotFound => None,
            Err(failure) => Some(failure.to_string()),
            Ok(envelope) => envelope.not_looked.first().cloned(),
        }
    }

    /// What the first judgement rests on, and what changed shortly before the incident.
    pub(super) fn seen(&self, first: Option<&Judgement>, changes: &[Change], incident: &Incident) -> Vec<Seen> {
        let support = first.into_iter().flat_map(|first| std::iter::once(&first.summary).chain(&first.support));
        let mut seen: Vec<Seen> = support.map(|statement| self.told(statement)).collect();
        let near = |change: &&Change| {
            let before = incident.opened_at.signed_duration_since(change.at);
            -AFTER <= before && before < BEFORE
        };
        seen.truncate(limits::EVIDENCE.saturating_sub(CHANGES));
        let mut near: Vec<&Change> = changes.iter().filter(near).collect();
        near.sort_by_key(|change| std::cmp::Reverse(change.at));
        seen.extend(near.into_iter().take(CHANGES).map(|change| Seen {
            evidence: None,
            source: "kubernetes_recent_changes".to_owned(),
            text: redacted_head(&format!("{} changed: {}", change.object, change.summary), TEXT_CHARS),
            at: change.at,
        }));
        seen
    }

    fn told(&self, statement: &Statement) -> Seen {
        let id = statement.evidence.first().copied();
        let look = id.and_then(|id| self.looks.iter().find(|look| look.id == id));
        let source = look.map(|look| match &look.result {
            Ok(envelope) => envelope.source.clone().unwrap_or_else(|| look.call.tool.clone()),
            Err(_) => look.call.tool.clone(),
        });
        Seen {
            evidence: id.map(|id| self.id_of(id)),
            source: source.unwrap_or_else(|| SCARLET.to_owned()),
            text: redacted_head(&statement.text, TEXT_CHARS),
            at: self.at,
        }
    }

    /// To be kept, the proofs after the looks.
    pub(super) fn into_kept(self) -> Vec<KeptEvidence> {
        let Self { owner, at, first, looks, proofs } = self;
        let shift = u32::try_from(looks.len()).unwrap_or(u32::MAX);
        let numbered = |mut look: Evidence, by: u32| {
            look.id = EvidenceId(look.id.0.saturating_add(by));
            KeptEvidence::of(&owner, SCARLET, at, look)
        };
        let looks = looks.into_iter().map(|look| numbered(look, first));
        let kept: Vec<KeptEvidence> = looks.collect();
        let proofs = proofs.into_iter().map(|look| numbered(look, first.saturating_add(shift)));
        kept.into_iter().chain(proofs).collect()
    }
}

#[cfg(test)]
mod tests;
