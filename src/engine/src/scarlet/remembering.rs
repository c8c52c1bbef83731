//! Remembering incidents that are over: what it was, why, what was tried and what helped, and the draft of the post-mortem.
//!
//! Guarantees: one entry for each incident, whatever is repeated; nothing that is not over; what is not known is said to be
//! unknown, and what only stopped by itself is never told as healed; no secrets, and no ids of people, because whoever asks
//! may be told of it; text from outside stays on its line. What is recalled is memory with its date, never evidence (`engine::memory`), and nothing is ever done because of its words:
//! what helps is learned from typed outcomes (`domain::learning`).
//!
//! Deliberately absent: when an incident is written up (`domain::heal`), and how it is found again.

mod nameless;
mod words;

use super::reconciler::seams::Remembers;
use crate::kept::bounded;
use crate::memory::Memory;
use async_trait::async_trait;
use domain::approval::Approval;
use domain::heal::{self, Heal};
use domain::incident::{Incident, post_mortem};
use domain::memory::entry::{Draft, Kind};
use futures::future::join_all;
use ports::store::Store;
use ports::store::error::StoreError;
use ports::store::record;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Writes incidents up into the memory.
pub struct WrittenUp {
    memory: Arc<Memory>,
    store: Arc<dyn Store>,
}

/// Where the memory of an incident comes from: the same incident is the same entry.
pub fn source(incident: &str) -> String {
    format!("incidents/{incident}")
}

impl WrittenUp {
    /// Into this memory; incidents and approvals are read from the store.
    pub fn new(memory: Arc<Memory>, store: Arc<dyn Store>) -> Self {
        Self { memory, store }
    }

    /// The incident as it stands now, with what its healing has not shown in it yet: whoever writes it up does so between
    /// the end of the healing and the showing of it.
    async fn as_it_ended(&self, incident: &Incident, heal: &Heal) -> Result<Incident, StoreError> {
        let found = bounded(record::load::<Incident>(&*self.store, &incident.id)).await?;
        let incident = found.map_or_else(|| incident.clone(), |found| found.value);
        Ok(heal::show(heal, &incident, heal.changed_at).unwrap_or(incident))
    }

    /// What people were asked: an approval has the id of its plan.
    async fn asked(&self, heal: &Heal) -> Result<Vec<Approval>, StoreError> {
        let ids: BTreeSet<&str> = heal.attempts.iter().map(|attempt| attempt.plan.as_str()).collect();
        let loads = ids.into_iter().map(|id| bounded(record::load::<Approval>(&*self.store, id)));
        let found = join_all(loads).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().flatten().map(|found| found.value).collect())
    }

    async fn written_up(&self, incident: &Incident, heal: &Heal) -> Result<(), StoreError> {
        let asked = self.asked(heal).await?;
        let people = nameless::people(incident, &asked);
        let text = format!("{}\n{}", words::in_short(incident, heal), post_mortem(incident, &asked));
        let draft = Draft {
            kind: Kind::Incident,
            title: nameless::nameless(&words::title(incident), &people),
            text: nameless::nameless(&text, &people),
            names: words::names(incident, heal),
            source: source(&incident.id),
            person: None,
            created_at: incident.resolved_at.unwrap_or(heal.changed_at),
        };
        bounded(self.memory.remember(vec![draft])).await.map(|_| ())
    }
}

#[async_trait]
impl Remembers for WrittenUp {
    async fn write_up(&self, incident: &Incident, heal: &Heal) -> Result<(), String> {
        let not_kept = |error: StoreError| format!("{} could not be written up: {error}", incident.id);
        let ended = self.as_it_ended(incident, heal).await.map_err(not_kept)?;
        if ended.is_open() {
            return Err(format!("{} is not over yet: it is written up when it is", incident.id));
        }
        self.written_up(&ended, heal).await.map_err(not_kept)
    }
}
