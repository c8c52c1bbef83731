//! A desk over the memory store, a scripted Slack, and ports that keep their values by the domain's own rules.

use crate::desk::{Desk, Parts};
use crate::incoming::{Body, Received};
use crate::living::{self, SlackChat};
use crate::outbox::Outbox;
use crate::people::{House, People};
use crate::testing::{ScriptedConversations, ScriptedSlack, press, received};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::approval::{self, Approval, Choice, Outcome, Permitted};
use domain::guard::{Freeze, Scope};
use domain::incident::{self, Deed, Incident, Refusal};
use domain::person::{Person, Right, Role, Roles, Sight};
use domain::post::Sending;
use fakes::clock::ManualClock;
use futures::FutureExt as _;
use ports::approvals::{Approvals, Ballot};
use ports::chat::Chat as _;
use ports::clock::Clock as _;
use ports::freezing::{Freezing, FreezingError};
use ports::incidents::Incidents;
use ports::store::collections;
use ports::store::error::StoreError;
use slack_view::incident::Links;
use slack_view::modal::Offer;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use store::memory::Memory;

/// Four minutes after the fixture's proposal was made; it expires 26 minutes later.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 14, 9, 20, 0).unwrap()
}

fn away() -> StoreError {
    StoreError::Unavailable { message: "the store is away".to_owned() }
}

/// Approvals by the rules of the domain.
pub struct KeptApprovals {
    kept: Mutex<BTreeMap<String, Approval>>,
    clock: Arc<ManualClock>,
    away: AtomicBool,
}

impl KeptApprovals {
    pub fn now(&self, id: &str) -> Approval {
        self.kept.lock().unwrap()[id].clone()
    }

    pub fn put(&self, approval: Approval) {
        self.kept.lock().unwrap().insert(approval.id.clone(), approval);
    }

    pub fn is_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// Another plan under the same id, as no part of the program makes it.
    pub fn replace_plan(&self, id: &str) {
        let mut approval = self.now(id);
        approval.shown.arguments = "{\"to_revision\":1}".to_owned();
        approval.plan = approval.shown.digest();
        self.put(approval);
    }

    fn change(
        &self,
        id: &str,
        word: impl FnOnce(&Approval) -> (Option<Approval>, Outcome),
    ) -> Result<Option<(Outcome, Approval)>, StoreError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(away());
        }
        let mut kept = self.kept.lock().unwrap();
        let Some(approval) = kept.get_mut(id) else { return Ok(None) };
        let (next, outcome) = word(approval);
        if let Some(next) = next {
            *approval = next;
        }
        Ok(Some((outcome, approval.clone())))
    }
}

#[async_trait]
impl Approvals for KeptApprovals {
    async fn get(&self, id: &str) -> Result<Option<Approval>, StoreError> {
        Ok(self.kept.lock().unwrap().get(id).cloned())
    }

    async fn pending(&self) -> Result<Vec<Approval>, StoreError> {
        let kept = self.kept.lock().unwrap();
        Ok(kept.values().filter(|it| it.state == approval::State::Pending).cloned().collect())
    }

    async fn vote(&self, ballot: Ballot<'_>) -> Result<Option<(Outcome, Approval)>, StoreError> {
        let now = self.clock.now();
        self.change(ballot.approval, |it| approval::vote(it, ballot.person, ballot.plan, ballot.choice, now))
    }

    async fn take_back(&self, ballot: Ballot<'_>) -> Result<Option<(Outcome, Approval)>, StoreError> {
        let now = self.clock.now();
        self.change(ballot.approval, |it| approval::take_back(it, ballot.person, ballot.plan, ballot.choice, now))
    }

    async fn expire(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let mut kept = self.kept.lock().unwrap();
        let mut ended = 0;
        for it in kept.values_mut() {
            if let Some(next) = approval::expire(it, now) {
                *it = next;
                ended += 1;
            }
        }
        Ok(ended)
    }
}

/// Incidents by the rules of the domain.
pub struct KeptIncidents {
    kept: Mutex<BTreeMap<String, Incident>>,
    clock: Arc<ManualClock>,
}

impl KeptIncidents {
    pub fn now(&self, id: &str) -> Incident {
        self.kept.lock().unwrap()[id].clone()
    }

    pub fn put(&self, incident: Incident) {
        self.kept.lock().unwrap().insert(incident.id.clone(), incident);
    }
}

#[async_trait]
impl Incidents for KeptIncidents {
    async fn get(&self, id: &str) -> Result<Option<Incident>, StoreError> {
        Ok(self.kept.lock().unwrap().get(id).cloned())
    }

    async fn open(&self) -> Result<Vec<Incident>, StoreError> {
        Ok(self.kept.lock().unwrap().values().filter(|it| it.is_open()).cloned().collect())
    }

    async fn changed_since(&self, since: DateTime<Utc>, most: usize) -> Result<Vec<Incident>, StoreError> {
        let kept = self.kept.lock().unwrap();
        Ok(kept.values().filter(|it| it.changed_at >= since).take(most).cloned().collect())
    }

    async fn act(
        &self,
        id: &str,
        person: &Person,
        deed: Deed,
    ) -> Result<Option<Result<Incident, Refusal>>, StoreError> {
        let now = self.clock.now();
        let mut kept = self.kept.lock().unwrap();
        Ok(kept.get_mut(id).map(|it| {
            let next = incident::act(it, person, &deed, now)?;
            *it = next.clone();
            Ok(next)
        }))
    }
}

/// The freeze switch.
#[derive(Default)]
pub struct Switch(Mutex<Vec<Freeze>>);

impl Switch {
    pub fn frozen(&self) -> Vec<Freeze> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl Freezing for Switch {
    async fn freeze(&self, scope: Scope, by: &Person, why: &str) -> Result<Vec<Freeze>, FreezingError> {
        let mut standing = self.0.lock().unwrap();
        standing.retain(|freeze| freeze.scope != scope);
        standing.push(Freeze { scope, since: start(), by: by.id.clone(), why: why.to_owned() });
        Ok(standing.clone())
    }

    async fn lift(&self, scope: Scope, by: &Person, _why: &str) -> Result<Vec<Freeze>, FreezingError> {
        assert!(by.may(Right::LiftFreeze), "the desk asks for what {} may not", by.id);
        let mut standing = self.0.lock().unwrap();
        let before = standing.len();
        standing.retain(|freeze| freeze.scope != scope);
        if standing.len() == before {
            return Err(FreezingError::Refused(format!("{scope} is not frozen")));
        }
        Ok(standing.clone())
    }

    async fn standing(&self) -> Result<Vec<Freeze>, FreezingError> {
        Ok(self.frozen())
    }
}

/// All of it.
pub struct World {
    pub slack: Arc<ScriptedSlack>,
    pub store: Arc<Memory>,
    pub outbox: Arc<Outbox>,
    pub approvals: Arc<KeptApprovals>,
    pub incidents: Arc<KeptIncidents>,
    pub freezing: Arc<Switch>,
    pub chat: Arc<SlackChat>,
    pub clock: Arc<ManualClock>,
    pub desk: Desk,
}

/// `U1` and `U5` approve (and see `vault`), `U2` handles incidents, `U3` administers, `U4` is a viewer.
fn roles() -> Roles {
    let ids = |ids: &[&str]| ids.iter().map(|id| format!("slack:{id}")).collect::<BTreeSet<_>>();
    Roles { viewers: BTreeSet::new(), responders: ids(&["U2"]), approvers: ids(&["U1", "U5"]), admins: ids(&["U3"]) }
}

impl World {
    /// With `INC-17`, which nobody has, and `APR-5`, which one approver may decide; both unshown.
    pub async fn new() -> Self {
        let clock = Arc::new(ManualClock::at(start()));
        let slack = Arc::new(ScriptedSlack::default());
        let anna = crate::api::Slack::user(slack.as_ref(), "U1").await.unwrap();
        for id in ["U4", "U5"] {
            slack.user_is(crate::api::User { id: id.to_owned(), name: id.to_lowercase(), ..anna.clone() });
        }
        let store = Memory::new(collections::ALL, clock.clone());
        let outbox = Outbox::new(store.clone(), None, slack.clone(), clock.clone(), 7);
        let people = People::new(slack.clone(), House { roles: roles(), guests_may: false });
        let approvals =
            Arc::new(KeptApprovals { kept: Mutex::default(), clock: clock.clone(), away: AtomicBool::new(false) });
        approvals.put(Self::approval());
        let incidents = Arc::new(KeptIncidents { kept: Mutex::default(), clock: clock.clone() });
        incidents.put(Self::incident());
        let freezing = Arc::new(Switch::default());
        let conversations = Arc::new(ScriptedConversations::default());
        let chat = Arc::new(SlackChat::new(living::Parts {
            slack: slack.clone(),
            store: store.clone(),
            clock: clock.clone(),
            outbox: outbox.clone(),
            incidents: incidents.clone(),
            incidents_channel: Some("C1".to_owned()),
            approvals_channel: Some("C1".to_owned()),
            links: Links::default(),
            zone: Tz::UTC,
        }));
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let desk = Desk::new(Parts {
            slack: slack.clone(),
            store: store.clone(),
            outbox: outbox.clone(),
            people,
            approvals: approvals.clone(),
            incidents: incidents.clone(),
            freezing: freezing.clone(),
            conversations: conversations.clone(),
            chat: chat.clone(),
            clock: clock.clone(),
            health: Arc::new(|| async { vec!["store: well".to_owned()] }.boxed()),
            sight: Sight::of([("vault".to_owned(), Role::Approver)]),
            offer: Offer {
                environments: names(&["prod", "staging", "vault"]),
                clusters: Vec::new(),
                servers: names(&["kubernetes"]),
            },
            links: Links::default(),
            zone: Tz::UTC,
        });
        Self { slack, store, outbox, approvals, incidents, freezing, chat, clock, desk }
    }

    pub fn incident() -> Incident {
        let text = include_str!("../../../../slack_view/tests/fixtures/incident_open.json");
        let mut incident: Incident = serde_json::from_str(text).unwrap();
        incident.owner = None;
        incident
    }

    pub fn approval() -> Approval {
        let text = include_str!("../../../../slack_view/tests/fixtures/approval_pending.json");
        let mut approval: Approval = serde_json::from_str(text).unwrap();
        approval.votes.clear();
        approval.permitted = Permitted {
            people: BTreeSet::new(),
            groups: BTreeSet::new(),
            role: Some(Role::Approver),
            people_needed: 1,
        };
        approval.plan = approval.shown.digest();
        approval
    }

    /// Shows the incident in `C1`; answers with its message.
    pub async fn show_incident(&self) -> String {
        self.chat.show_incident(&self.incidents.now("INC-17"), self.clock.now()).await.unwrap();
        self.ts("incident:INC-17:C1").await
    }

    /// Shows the approval in `C1`; answers with its message.
    pub async fn show_approval(&self) -> String {
        self.chat.show_approval(&self.approvals.now("APR-5"), self.clock.now()).await.unwrap();
        self.ts("approval:APR-5").await
    }

    /// The message of a key.
    pub async fn ts(&self, key: &str) -> String {
        let post = self.outbox.find(key).await.unwrap().unwrap();
        match post.sending {
            Sending::There { message } => message,
            other => panic!("{key} is not there: {other:?}"),
        }
    }

    /// What shall stand in the message of a key.
    pub async fn wanted(&self, key: &str) -> String {
        self.outbox.find(key).await.unwrap().unwrap().wanted.to_string()
    }

    pub async fn handle(&self, id: &str, body: Body) -> bool {
        self.desk.handle(&received(id, body)).await.unwrap()
    }

    pub async fn press(&self, id: &str, action: &str, value: &str, user: &str) -> bool {
        self.handle(id, Body::Press(press(action, value, user, "C1", "1.0"))).await
    }

    pub async fn command(&self, id: &str, text: &str, user: &str) -> bool {
        let body = Body::Command {
            command: "/jamie".to_owned(),
            text: text.to_owned(),
            user: user.to_owned(),
            team: Some("T1".to_owned()),
            channel: "C9".to_owned(),
            response_url: format!("https://hooks.slack.example/commands/{id}"),
            trigger: "trigger.2".to_owned(),
        };
        self.handle(id, body).await
    }

    pub fn passes(&self, span: TimeDelta) {
        self.clock.advance(span);
    }
}

/// Which of the votes that count are approvals.
pub fn approvers(approval: &Approval) -> Vec<String> {
    let yes = approval.votes.iter().filter(|vote| vote.choice == Choice::Approve);
    yes.map(|vote| vote.person.clone()).collect()
}

pub fn reaction(id: &str, is_added: bool, name: &str, user: &str, channel: &str, message: &str) -> Received {
    received(
        id,
        Body::Reaction {
            is_added,
            name: name.to_owned(),
            user: user.to_owned(),
            channel: channel.to_owned(),
            message: message.to_owned(),
        },
    )
}
