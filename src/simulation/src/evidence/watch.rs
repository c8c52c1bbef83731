//! The order of things that clocks cannot tell: when a freeze came to stand, when the journal took a record, and when each
//! healing is due.

use super::following::Newest;
use crate::mischief::Mischief;
use chrono::{DateTime, Utc};
use domain::approval::Approval;
use domain::audit::Kind;
use domain::chain::{Anchor, Entry};
use domain::guard::{Guards, Scope};
use domain::heal::Heal;
use domain::incident::Incident;
use ports::store::collection::Collection;
use ports::store::collections::{APPROVALS, GUARDS, HEALS, INCIDENTS};
use ports::store::document::{Change, Write};
use ports::store::error::StoreError;
use ports::store::{Log, Store as _};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::memory::Memory;

/// Id of the guards' document.
const ALL: &str = "all";

/// Collections whose writes are noted.
const NOTED: [&str; 4] = [GUARDS.name, HEALS.name, APPROVALS.name, INCIDENTS.name];

fn noted(names: &mut BTreeSet<String>, name: &str, is_in: bool) {
    if is_in {
        names.insert(name.to_owned());
    } else {
        names.remove(name);
    }
}

/// Notes the order.
#[derive(Debug, Default)]
pub struct Watch {
    inside: Mutex<Inside>,
    /// What is done to the journal on purpose, for showing that it is found.
    mischief: Mischief,
}

#[derive(Debug, Default)]
struct Inside {
    /// Counts what is noted.
    steps: u64,
    /// Since which step each freeze stands.
    freezes: BTreeMap<Scope, u64>,
    /// The step at which the journal had so many records.
    journal: Vec<(u64, u64)>,
    /// When each healing that is not over is due.
    due: BTreeMap<String, DateTime<Utc>>,
    /// Approvals that wait for people, or could be taken back.
    asked: BTreeSet<String>,
    /// Incidents that are not over.
    incidents: BTreeSet<String>,
    /// The newest of each document, as it was written.
    newest: Documents,
    /// The guards, as they were written last.
    guards: Guards,
}

#[derive(Debug, Default)]
struct Documents {
    incidents: Newest<Incident>,
    heals: Newest<Heal>,
    approvals: Newest<Approval>,
}

/// Incidents, healings, approvals, and what is under way by the guards: id and digest.
pub type AsWritten = (Vec<Arc<Incident>>, Vec<Arc<Heal>>, Vec<Arc<Approval>>, Vec<(String, String)>);

/// The guards as they stand.
///
/// # Errors
/// What the store in memory says.
pub async fn guards(store: &Memory) -> Result<Guards, StoreError> {
    let found = store.get(&GUARDS, ALL).await?;
    let body = found.map(|found| found.document.body).unwrap_or_default();
    if body.is_null() {
        return Ok(Guards::default());
    }
    serde_json::from_value(body)
        .map_err(|error| StoreError::Corrupt { message: format!("the guards cannot be read: {error}") })
}

impl Watch {
    /// One that has noted nothing. Of the mischiefs it knows those of the journal.
    pub fn new(mischief: Mischief) -> Self {
        Self { inside: Mutex::default(), mischief }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes, and notes what it means.
    ///
    /// # Errors
    /// What the store in memory says.
    pub async fn write(&self, store: &Memory, write: Write) -> Result<u64, StoreError> {
        let (collection, id) = (write.collection, write.id.clone());
        let is_noted = NOTED.contains(&collection.name);
        let body = match &write.change {
            Change::Put(document) if is_noted => Some(document.body.clone()),
            _ => None,
        };
        let version = store.write(write).await?;
        match body {
            Some(body) => self.note(collection, &id, body),
            None if is_noted => self.forget(&id),
            None => {}
        }
        Ok(version)
    }

    fn note(&self, collection: &'static Collection, id: &str, body: Value) {
        let state = body.get("state").and_then(Value::as_str);
        if collection == &HEALS {
            let due = body.get("next_at").and_then(Value::as_str);
            self.note_due(id, due.and_then(|at| at.parse().ok()));
            self.inside().newest.heals.note(id, body);
        } else if collection == &APPROVALS {
            let is_asked = matches!(state, Some("pending" | "granted"));
            noted(&mut self.inside().asked, id, is_asked);
            self.inside().newest.approvals.note(id, body);
        } else if collection == &INCIDENTS {
            let is_open = !matches!(state, Some("resolved" | "closed"));
            noted(&mut self.inside().incidents, id, is_open);
            self.inside().newest.incidents.note(id, body);
        } else if id == ALL
            && let Ok(guards) = serde_json::from_value::<Guards>(body)
        {
            self.note_freezes(&guards);
            self.inside().guards = guards;
        }
    }

    /// All documents as they were written last.
    ///
    /// # Errors
    /// When one is not what it should be.
    pub fn newest(&self) -> Result<AsWritten, StoreError> {
        let mut inside = self.inside();
        let under_way = inside.guards.under_way().iter().map(|held| (held.id.clone(), held.plan.clone())).collect();
        let newest = &mut inside.newest;
        Ok((newest.incidents.all()?, newest.heals.all()?, newest.approvals.all()?, under_way))
    }

    /// A document is gone.
    fn forget(&self, id: &str) {
        let mut inside = self.inside();
        inside.due.remove(id);
        inside.asked.remove(id);
        inside.incidents.remove(id);
        inside.newest.heals.forget(id);
        inside.newest.approvals.forget(id);
        inside.newest.incidents.forget(id);
    }

    /// Whether anything waits for people.
    pub fn anything_asked(&self) -> bool {
        !self.inside().asked.is_empty()
    }

    /// Whether any incident is not over.
    pub fn any_incident(&self) -> bool {
        !self.inside().incidents.is_empty()
    }

    /// Whether anything is frozen.
    pub fn anything_frozen(&self) -> bool {
        !self.inside().freezes.is_empty()
    }

    /// Appends, and notes when.
    ///
    /// # Errors
    /// What the store in memory says.
    pub async fn append(&self, store: &Memory, log: Log, mut entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        let is_end = |entry: &Entry| matches!(Kind::of(&entry.kind), Kind::ActionEnded | Kind::ActionAbandoned);
        if self.mischief == Mischief::ForgetsEnds && log == Log::Journal && entries.iter().any(is_end) {
            return store.anchor(log).await;
        }
        if self.mischief == Mischief::Lies {
            for entry in entries.iter_mut().filter(|entry| is_end(entry)) {
                entry.kind = Kind::ActionAbandoned.to_string();
            }
        }
        let anchor = store.append(log, entries).await?;
        if log == Log::Journal {
            let mut inside = self.inside();
            inside.steps += 1;
            let step = inside.steps;
            inside.journal.push((anchor.count, step));
        }
        Ok(anchor)
    }

    fn note_due(&self, id: &str, at: Option<DateTime<Utc>>) {
        let mut inside = self.inside();
        match at {
            Some(at) => drop(inside.due.insert(id.to_owned(), at)),
            None => drop(inside.due.remove(id)),
        }
    }

    fn note_freezes(&self, guards: &Guards) {
        let mut inside = self.inside();
        inside.steps += 1;
        let step = inside.steps;
        inside.freezes.retain(|scope, _| guards.freezes().iter().any(|freeze| freeze.scope == *scope));
        for freeze in guards.freezes() {
            inside.freezes.entry(freeze.scope.clone()).or_insert(step);
        }
    }

    /// The freeze over an environment that has stood since before the journal took this record.
    pub fn freeze_before(&self, environment: &str, sequence: u64) -> Option<String> {
        let inside = self.inside();
        let taken = inside.journal.iter().find(|(count, _)| *count >= sequence).map(|(_, step)| *step)?;
        let mut freezes = inside.freezes.iter();
        let stood = freezes.find(|(scope, since)| scope.covers(environment) && **since < taken);
        stood.map(|(scope, _)| scope.to_string())
    }

    /// The freeze that stands over an environment now.
    pub fn freeze_now(&self, environment: &str) -> Option<String> {
        self.inside().freezes.keys().find(|scope| scope.covers(environment)).map(ToString::to_string)
    }

    /// When the next healing is due.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.inside().due.values().min().copied()
    }
}
