//! The parts of a test: one Slack, one store, and as many replicas as it needs.

use crate::inbox::Later;
use crate::incoming::Received;
use crate::outbox::Outbox;
use crate::talk::{Manner, Parts, Talk};
use crate::testing::{Door, ScriptedConversations, ScriptedSlack, clock, inbox, memory_store, outbox, people};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::channel::ChannelSettings;
use domain::incident::{Deed, Incident, Refusal};
use domain::person::{Person, Role, Roles, Sight};
use domain::preferences::Voice;
use fakes::clock::ManualClock;
use ports::bus::Bus;
use ports::incidents::Incidents;
use ports::store::Store;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::record::save;
use std::sync::Arc;
use std::time::Duration;
use store::memory::Memory;
use tokio_util::sync::CancellationToken;

/// Incidents of a test.
#[derive(Default)]
pub struct Open(pub Vec<Incident>);

#[async_trait]
impl Incidents for Open {
    async fn get(&self, id: &str) -> Result<Option<Incident>, StoreError> {
        Ok(self.0.iter().find(|incident| incident.id == id).cloned())
    }

    async fn open(&self) -> Result<Vec<Incident>, StoreError> {
        Ok(self.0.clone())
    }

    async fn changed_since(&self, _since: DateTime<Utc>, most: usize) -> Result<Vec<Incident>, StoreError> {
        Ok(self.0.iter().take(most).cloned().collect())
    }

    async fn act(&self, _id: &str, _by: &Person, _deed: Deed) -> Result<Option<Result<Incident, Refusal>>, StoreError> {
        Ok(None)
    }
}

/// What replicas share.
pub struct House {
    pub slack: Arc<ScriptedSlack>,
    pub store: Arc<Memory>,
    pub conversations: Arc<ScriptedConversations>,
    pub incidents: Vec<Incident>,
    pub bus: Option<Arc<dyn Bus>>,
    pub clock: Arc<ManualClock>,
}

impl House {
    pub fn new() -> Self {
        Self {
            slack: Arc::default(),
            store: memory_store(),
            conversations: Arc::default(),
            incidents: Vec::new(),
            bus: None,
            clock: clock(),
        }
    }

    /// A process that begins now; `U3` is a responder.
    pub fn replica(&self) -> Arc<Talk> {
        self.replica_until(CancellationToken::new())
    }

    pub fn replica_until(&self, stop: CancellationToken) -> Arc<Talk> {
        let outbox = outbox(self.slack.clone(), self.store.clone(), self.clock.clone());
        self.replica_over(self.store.clone(), outbox, stop)
    }

    /// A process whose store can be away; what it keeps then is in its memory.
    pub fn replica_behind(&self, door: &Arc<Door>) -> Arc<Talk> {
        let (slack, clock) = (self.slack.clone(), self.clock.clone());
        let outbox = Outbox::new(door.clone(), Some(memory_store()), slack, clock, 1);
        self.replica_over(door.clone(), outbox, CancellationToken::new())
    }

    fn replica_over(&self, store: Arc<dyn Store>, outbox: Arc<Outbox>, stop: CancellationToken) -> Arc<Talk> {
        let slack = self.slack.clone();
        let roles = Roles { responders: ["slack:U3".to_owned()].into(), ..Roles::default() };
        let parts = Parts {
            slack: slack.clone(),
            store: Arc::clone(&store),
            inbox: inbox(store, self.clock.clone()),
            outbox,
            people: people(slack, roles),
            bus: self.bus.clone(),
            conversations: self.conversations.clone(),
            incidents: Arc::new(Open(self.incidents.clone())),
            sight: Sight::of([("vault".to_owned(), Role::Approver)]),
            clock: self.clock.clone(),
            manner: Manner { voice: Voice::Neutral, portal: None, grafana: None },
        };
        Arc::new(Talk::new(parts, stop))
    }

    pub async fn settle(&self, settings: ChannelSettings) {
        save(&*self.store, &settings, Expect::Any).await.unwrap();
    }

    /// The only message that answers this entry, as it stands.
    pub fn answer(&self, received: &Received) -> String {
        let standing = self.slack.keyed(&format!("answer:{}", received.id));
        assert_eq!(standing.len(), 1, "one message answers {}: {standing:#?}", received.id);
        standing.into_iter().next().unwrap().text
    }

    /// Handles an entry as the lane does: again as long as it is told to; then what waits goes out.
    pub async fn handled(&self, talk: &Talk, received: &Received) {
        for attempt in 1..=5 {
            match talk.handle(received, attempt).await {
                Ok(()) => break,
                Err(Later { why, .. }) if attempt == 5 => panic!("{} is given up: {why}", received.id),
                Err(_) => self.flush(talk).await,
            }
        }
        self.flush(talk).await;
    }

    /// Lets a minute go by, in which the outbox sends what waits.
    pub async fn flush(&self, talk: &Talk) {
        self.clock.advance(TimeDelta::seconds(65));
        let run = Arc::clone(&talk.parts.outbox).run(CancellationToken::new());
        let _ = tokio::time::timeout(Duration::from_secs(10), run).await;
    }
}
