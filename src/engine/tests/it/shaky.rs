//! A store in memory that breaks where a test says so, and the values that the desks' tests are about.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::approval::{Approval, Asking, Permitted, Proposer, ShownPlan};
use domain::chain::{Anchor, Entry, Line, Report};
use domain::incident::Incident;
use domain::object::ObjectRef;
use domain::person::{Person, Role, Standing};
use fakes::ManualClock;
use ports::clock::Clock;
use ports::store::collection::Collection;
use ports::store::collections::{self, APPROVALS, HEALS, INCIDENTS, PERSONAL};
use ports::store::document::{Change, Document, Expect, Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::record::{self, Record};
use ports::store::{Log, Store, StoreHealth};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use store::memory::Memory;

/// What does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    Nothing,
    /// Nothing answers but with an error.
    All,
    /// Nothing answers at all.
    Hangs,
    /// Nothing is appended to a log.
    Append,
    /// Personal data is not written.
    Personal,
    /// Approvals are not written.
    Approvals,
    /// Healings are not written.
    Heals,
    /// Healings are written, and told not to be.
    HealsUntold,
    /// A healing that begins to act is written, and told not to be.
    ActingUntold,
    /// Incidents are neither read nor written.
    Incidents,
}

/// The store.
pub struct Shaky {
    inner: Arc<Memory>,
    broken: Mutex<Broken>,
}

pub fn shaky(clock: Arc<dyn Clock>) -> Arc<Shaky> {
    Arc::new(Shaky { inner: Memory::new(collections::ALL, clock), broken: Mutex::new(Broken::Nothing) })
}

impl Shaky {
    pub fn breaks(&self, broken: Broken) {
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = broken;
    }

    pub fn mends(&self) {
        self.breaks(Broken::Nothing);
    }

    /// Puts a document there whose body is no approval.
    pub fn plant_damaged_approval(&self, id: &str) {
        let body = serde_json::json!({"state": "pending", "changed_at": "2026-09-14T09:00:00Z", "id": id});
        self.plant(&APPROVALS, id, 1, &body);
    }

    /// Puts an incident there that a newer version of the program wrote.
    pub fn plant_newer_incident(&self, id: &str) {
        let body = serde_json::json!({"state": "open", "changed_at": "2026-09-14T09:00:00Z", "id": id});
        self.plant(&INCIDENTS, id, 9, &body);
    }

    fn plant(&self, collection: &'static Collection, id: &str, schema: u32, body: &serde_json::Value) {
        let packed = store::packing::pack(id, body, 1_000).unwrap();
        self.inner.plant(collection, id, schema, packed).unwrap();
    }

    async fn works(&self, also: &[Broken]) -> Result<(), StoreError> {
        let broken = *self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        // Other tasks come between, as with a store that is elsewhere.
        tokio::task::yield_now().await;
        if broken == Broken::Hangs {
            std::future::pending::<()>().await;
        }
        if broken == Broken::All || also.contains(&broken) {
            return Err(StoreError::Unavailable { message: "the test has cut the line".to_owned() });
        }
        Ok(())
    }
}

fn acts(write: &Write) -> bool {
    let Change::Put(document) = &write.change else { return false };
    write.collection == &HEALS && document.body["state"] == "acting"
}

#[async_trait]
impl Store for Shaky {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.works(if collection == &INCIDENTS { &[Broken::Incidents] } else { &[] }).await?;
        self.inner.get(collection, id).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        let (also, untold): (&[Broken], &[Broken]) = if write.collection == &PERSONAL {
            (&[Broken::Personal], &[])
        } else if write.collection == &APPROVALS {
            (&[Broken::Approvals], &[])
        } else if acts(&write) {
            (&[Broken::Heals], &[Broken::HealsUntold, Broken::ActingUntold])
        } else if write.collection == &HEALS {
            (&[Broken::Heals], &[Broken::HealsUntold])
        } else if write.collection == &INCIDENTS {
            (&[Broken::Incidents], &[])
        } else {
            (&[], &[])
        };
        self.works(also).await?;
        let written = self.inner.write(write).await;
        self.works(untold).await?;
        written
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        self.inner.write_all(writes).await
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.works(&[]).await?;
        self.inner.page(query).await
    }

    async fn ids(&self, query: &Query) -> Result<Vec<(String, u64)>, StoreError> {
        self.works(&[]).await?;
        self.inner.ids(query).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.inner.count(query).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.inner.search(query).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.works(&[Broken::Append]).await?;
        self.inner.append(log, entries).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.inner.anchor(log).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.inner.read(log, after, limit).await
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.inner.adopt(log, lines).await
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.inner.verify(log).await
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.inner.cut(log, up_to).await
    }

    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        self.inner.sweep(limit).await
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.works(&[]).await?;
        self.inner.health().await
    }
}

/// When the values of these tests begin.
pub fn began() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(began()))
}

/// Somebody of the house: an approver, save `nobody`, who is a viewer.
pub fn person(id: &str) -> Person {
    let role = if id == "nobody" { Role::Viewer } else { Role::Approver };
    let (id, groups) = (id.to_owned(), BTreeSet::new());
    Person { name: id.clone(), id, standing: Standing::Member, role: Some(role), groups, zone: None }
}

/// An approval that anybody of the role may give, good for half an hour from the beginning.
pub fn approval(id: &str, people_needed: u32) -> Approval {
    let shown = ShownPlan {
        environment: "prod".to_owned(),
        object: ObjectRef::namespaced("Deployment", "shop", "checkout"),
        resource_version: "7".to_owned(),
        action: "rollout_undo".to_owned(),
        summary: "Roll Deployment shop/checkout back to revision 41".to_owned(),
        arguments: "{}".to_owned(),
        diff: String::new(),
        blast_radius: "3 pods".to_owned(),
        success_check: "3 of 3 pods ready".to_owned(),
        undo: "Roll forward to revision 42".to_owned(),
        confidence: 870,
        rule: "row 7".to_owned(),
        plan: String::new(),
    };
    let (people, groups) = (BTreeSet::new(), BTreeSet::new());
    let permitted = Permitted { people, groups, role: Some(Role::Approver), people_needed };
    let expires_at = began() + TimeDelta::minutes(30);
    let asking =
        Asking { id: id.to_owned(), incident: None, shown, proposer: Proposer::Scarlet, permitted, expires_at };
    Approval::ask(asking, began()).unwrap()
}

/// An open incident that began at the beginning.
pub fn incident(id: &str) -> Incident {
    let text = include_str!("../../../slack_view/tests/fixtures/incident_open.json");
    let fixture: Incident = serde_json::from_str(text).unwrap();
    Incident { id: id.to_owned(), opened_at: began(), changed_at: began(), pending: None, owner: None, ..fixture }
}

/// Writes a value, whatever is there.
pub async fn put<T: Record>(store: &dyn Store, value: &T) {
    let document: Document = value.document().unwrap();
    store.write(Write::put(T::COLLECTION, value.id(), Expect::Any, document)).await.unwrap();
}

/// Changes a value that is there.
pub async fn change<T: Record + Clone>(store: &dyn Store, id: &str, change: impl Fn(&mut T) + Send + Sync) {
    record::change::<T, ()>(store, id, |found| {
        let mut value = found.unwrap();
        change(&mut value);
        (Some(value), ())
    })
    .await
    .unwrap();
}
