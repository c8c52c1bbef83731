//! Keeping what was thought: the looks beside the incident, the thoughts in it.
//!
//! Guarantees: evidence that a hypothesis names is kept before the hypothesis is shown; an incident that is over meanwhile is
//! left as it is; nothing but `thoughts` of an incident is changed: its cause bears on which incidents are one, and is the
//! rules' alone.

use super::super::kept::number;
use crate::kept::bounded;
use chrono::{DateTime, Utc};
use domain::answer::{Brain, Usage};
use domain::conversation::kept::KeptEvidence;
use domain::evidence::{Evidence, EvidenceId};
use domain::hypothesis::Thoughts;
use domain::incident::{Incident, SCARLET};
use domain::usage::UsageRecord;
use ports::model::TokenCount;
use ports::store::Store;
use ports::store::document::Expect;
use ports::store::record;
use std::time::Duration;

/// Numbers of a round after which those of looks for hypotheses begin: behind the rules' looks and their proofs.
const FROM: u32 = 200;

/// Under which ids looks are kept: the rules' own where they made them, and others for what was looked at since.
pub(super) struct Numbers {
    owner: String,
    round: u32,
    of_rules: u32,
}

impl Numbers {
    pub(super) fn of(incident: &Incident, round: u32, looked: usize) -> Self {
        Self { owner: incident.id.clone(), round, of_rules: u32::try_from(looked).unwrap_or(u32::MAX) }
    }

    fn number(&self, id: EvidenceId) -> EvidenceId {
        let beyond = if id.0 > self.of_rules { FROM } else { 0 };
        number(self.round, EvidenceId(id.0.saturating_add(beyond)))
    }

    pub(super) fn id_of(&self, id: EvidenceId) -> String {
        format!("{}.{}", self.owner, self.number(id))
    }

    /// What asking the model in this round cost: as of a person of her own, in no channel.
    pub(super) fn cost(&self, tokens: &TokenCount, took: Duration, at: DateTime<Utc>) -> UsageRecord {
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let usage = Usage {
            model_calls: 1,
            prompt_tokens: tokens.prompt,
            completion_tokens: tokens.completion,
            wall_ms: milliseconds,
            model_ms: milliseconds,
            ..Usage::default()
        };
        let id = format!("{}.r{}.thoughts", self.owner, self.round);
        UsageRecord::of(&id, &self.owner, SCARLET, SCARLET, at, &usage, Some(Brain::Model))
    }

    /// The looks that were made for hypotheses, to be kept.
    fn kept(&self, looks: Vec<Evidence>, at: DateTime<Utc>) -> impl Iterator<Item = KeptEvidence> {
        let new = looks.into_iter().filter(|look| look.id.0 > self.of_rules);
        new.map(move |mut look| {
            look.id = self.number(look.id);
            KeptEvidence::of(&self.owner, SCARLET, at, look)
        })
    }
}

/// Keeps the looks, then shows the thoughts.
pub(super) async fn write(
    store: &dyn Store,
    numbers: &Numbers,
    looks: Vec<Evidence>,
    thoughts: Thoughts,
) -> Result<(), String> {
    if thoughts.is_empty() && thoughts.dropped.is_empty() {
        return Err("it had nothing to say".to_owned());
    }
    for kept in numbers.kept(looks, thoughts.at) {
        bounded(record::save(store, &kept, Expect::Any)).await.map_err(|error| error.to_string())?;
    }
    let changed = record::change(store, &numbers.owner, |found: Option<Incident>| {
        let next = found.filter(Incident::is_open).map(|mut next| {
            next.changed_at = next.changed_at.max(thoughts.at);
            next.thoughts = Some(thoughts.clone());
            next
        });
        (next, ())
    });
    bounded(changed).await.map_err(|error| error.to_string())
}
