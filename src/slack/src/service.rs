//! Slack as a service of the program: what comes in, what goes out, and what watches in between, put together.
//!
//! Guarantees: it begins although Slack is away, and goes on by itself when Slack is back; nothing is taken in that could
//! not be kept; when it stops, no new work begins, turns at hand get [`TURNS`] to end and are handed back to their lanes
//! then, and what waits to be sent stays in the store.
//!
//! Deliberately absent: settings as they are written, who serves the routes, and what drives the living messages
//! (`engine::showing`, through [`Service::chat`]).

mod greeting;
mod state;
#[cfg(test)]
mod tests;
mod ways;

pub use state::ServiceState;
pub use ways::Ways;

use crate::api::Slack;
use crate::desk::{self, Desk, Health};
use crate::digests::{self, Digests, IsLeader};
use crate::inbox::{self, Handler, Inbox, Later};
use crate::incoming::Received;
use crate::living::{self, SlackChat};
use crate::outbox::Outbox;
use crate::people::{House, People};
use crate::talk::{self, Manner, Talk};
use async_trait::async_trait;
use chrono_tz::Tz;
use domain::person::{Roles, Sight};
use domain::preferences::Voice;
use greeting::Greeting;
use ports::approvals::Approvals;
use ports::bus::Bus;
use ports::chat::Chat;
use ports::clock::Clock;
use ports::conversations::Conversations;
use ports::freezing::Freezing;
use ports::incidents::Incidents;
use ports::store::Store;
use slack_view::incident::Links;
use slack_view::modal::Offer;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long turns at hand may go on when the service stops: less than the inbox waits for them.
pub const TURNS: Duration = Duration::from_secs(12);

/// Between two looks whether turns at hand have ended.
const LOOK: Duration = Duration::from_millis(100);

/// How long everything together may take to stop.
const STOPPING: Duration = Duration::from_secs(25);

/// What the settings say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The channel (`C123`) of incidents that no channel's own settings say otherwise of.
    pub incidents_channel: Option<String>,
    /// The channel (`C123`) of proposals.
    pub approvals_channel: Option<String>,
    /// In which voice answers are, where a person has no preference.
    pub voice: Voice,
    /// Who has which role.
    pub roles: Roles,
    /// Whether guests may ask without being named.
    pub guests_may: bool,
    /// Which environments' incidents somebody sees.
    pub sight: Sight,
    /// Where more can be seen.
    pub links: Links,
    /// The zone of people and channels whose own is not known.
    pub zone: Tz,
    /// The hour of the day at which digests are told, 0 to 23.
    pub digest_hour: u32,
    /// The zone of that hour, and by whose clocks a day ends.
    pub digest_zone: Tz,
    /// Conversations at work at once, at most.
    pub answers_at_once: usize,
    /// What channels can be set to.
    pub offer: Offer,
    /// The name of this process among those that share the store, the same after a restart.
    pub process: String,
}

/// What the service is made of.
pub struct Parts {
    /// Slack.
    pub slack: Arc<dyn Slack>,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// A store in memory, for while that one is away.
    pub fallback: Option<Arc<dyn Store>>,
    /// How replicas hear of each other; none where there is one only.
    pub bus: Option<Arc<dyn Bus>>,
    /// Who answers.
    pub conversations: Arc<dyn Conversations>,
    /// Incidents.
    pub incidents: Arc<dyn Incidents>,
    /// Approvals.
    pub approvals: Arc<dyn Approvals>,
    /// The freeze switch.
    pub freezing: Arc<dyn Freezing>,
    /// How the parts of the program are, for `/jamie status`.
    pub health: Health,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Ids, never the same twice: the name of this start of the process is made with one.
    pub ids: Arc<dyn Fn() -> String + Send + Sync>,
    /// Whether this process leads those that share the store: one of them tells the digests.
    pub is_leader: IsLeader,
    /// Chance, for the lengths of waits.
    pub seed: u64,
    /// What the settings say.
    pub settings: Settings,
}

/// The service.
pub struct Service {
    inbox: Arc<Inbox>,
    outbox: Arc<Outbox>,
    talk: Arc<Talk>,
    chat: Arc<SlackChat>,
    greeting: Arc<Greeting>,
    ways: ways::Open,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Who handles what comes in: the desk what is its own, talking all else.
struct Counter {
    desk: Desk,
    talk: Arc<Talk>,
}

#[async_trait]
impl Handler for Counter {
    async fn handle(&self, received: &Received, attempt: u32) -> Result<(), Later> {
        match self.desk.handle(received).await? {
            true => Ok(()),
            false => self.talk.handle(received, attempt).await,
        }
    }

    async fn give_up(&self, received: &Received) {
        self.talk.give_up(received).await;
    }
}

impl Service {
    /// Begins. Slack may be away.
    pub fn start(parts: Parts, ways: Ways, stop: CancellationToken) -> Self {
        let stop = stop.child_token();
        let turns = CancellationToken::new();
        let (inbox, outbox) = (inbox(&parts), outbox(&parts));
        let people = people(&parts);
        let talk = Arc::new(talk(&parts, (&inbox, &outbox), &people, turns.clone()));
        let chat = Arc::new(chat(&parts, &outbox));
        let desk = desk(&parts, &outbox, &people, &chat);
        let service = Self {
            ways: ways::open(ways, &inbox),
            greeting: Arc::default(),
            tasks: TaskTracker::new(),
            inbox,
            outbox,
            talk,
            chat,
            stop,
        };
        service.begin(&parts, desk, turns);
        service
    }

    fn begin(&self, parts: &Parts, desk: Desk, turns: CancellationToken) {
        let counter = Arc::new(Counter { desk, talk: Arc::clone(&self.talk) });
        self.spawn(Arc::clone(&self.inbox).run(counter, self.stop.clone()));
        self.spawn(Arc::clone(&self.outbox).run(self.stop.clone()));
        let (talk, stop) = (Arc::clone(&self.talk), self.stop.clone());
        self.spawn(async move {
            tokio::join!(talk.watch(), end_turns(&talk, stop, turns));
        });
        let digests = Digests::new(digests::Parts {
            store: Arc::clone(&parts.store),
            outbox: Arc::clone(&self.outbox),
            clock: Arc::clone(&parts.clock),
            is_leader: Arc::clone(&parts.is_leader),
            zone: parts.settings.digest_zone,
            hour: parts.settings.digest_hour,
        });
        let stop = self.stop.clone();
        self.spawn(async move { digests.run(stop).await });
        let (greeting, slack) = (Arc::clone(&self.greeting), Arc::clone(&parts.slack));
        let (seed, stop) = (parts.seed, self.stop.clone());
        self.spawn(async move { greeting.ask(slack, seed, stop).await });
        if let Some(socket) = self.ways.socket(self.stop.clone()) {
            self.spawn(socket);
        }
        self.tasks.close();
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// The routes of the HTTP way, where it is open.
    pub fn router(&self) -> Option<axum::Router> {
        self.ways.router()
    }

    /// Slack as a place to tell people something unasked.
    pub fn chat(&self) -> Arc<dyn Chat> {
        Arc::clone(&self.chat) as Arc<dyn Chat>
    }

    /// How it stands.
    pub async fn state(&self) -> ServiceState {
        let (waiting_entries, waiting_posts) = tokio::join!(self.inbox.waiting(), self.outbox.waiting());
        let (team, trouble) = match self.greeting.known() {
            None => (None, None),
            Some(Ok(me)) => (Some(me.team), None),
            Some(Err(why)) => (None, Some(why)),
        };
        ServiceState {
            team,
            trouble,
            socket: self.ways.socket_state(),
            waiting_entries: waiting_entries.ok(),
            waiting_posts: waiting_posts.ok(),
            turns: self.talk.at_hand(),
        }
    }

    /// Stops: nothing new begins, what is in hand ends or is handed back. Bounded.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        if tokio::time::timeout(STOPPING, self.tasks.wait()).await.is_err() {
            tracing::warn!("Slack's part did not stop in time; what it had in hand is handled at the next start");
        }
    }
}

/// Lets turns go on for a while after `stop`, then ends them.
async fn end_turns(talk: &Talk, stop: CancellationToken, turns: CancellationToken) {
    stop.cancelled().await;
    let all_ended = async {
        while talk.at_hand() > 0 {
            tokio::time::sleep(LOOK).await;
        }
    };
    let _ = tokio::time::timeout(TURNS, all_ended).await;
    turns.cancel();
}

fn inbox(parts: &Parts) -> Arc<Inbox> {
    let process = &parts.settings.process;
    let settings = inbox::Settings {
        questions: parts.settings.answers_at_once,
        former: Some(format!("{process}.")),
        ..inbox::Settings::named(format!("{process}.{}", (parts.ids)()))
    };
    Inbox::new(Arc::clone(&parts.store), parts.fallback.clone(), Arc::clone(&parts.clock), settings)
}

fn outbox(parts: &Parts) -> Arc<Outbox> {
    let (store, slack, clock) = (Arc::clone(&parts.store), Arc::clone(&parts.slack), Arc::clone(&parts.clock));
    Outbox::new(store, parts.fallback.clone(), slack, clock, parts.seed)
}

fn people(parts: &Parts) -> Arc<People> {
    let Settings { roles, guests_may, .. } = &parts.settings;
    People::new(Arc::clone(&parts.slack), House { roles: roles.clone(), guests_may: *guests_may })
}

fn talk(
    parts: &Parts,
    (inbox, outbox): (&Arc<Inbox>, &Arc<Outbox>),
    people: &Arc<People>,
    turns: CancellationToken,
) -> Talk {
    let Settings { voice, links, .. } = &parts.settings;
    let parts = talk::Parts {
        slack: Arc::clone(&parts.slack),
        store: Arc::clone(&parts.store),
        inbox: Arc::clone(inbox),
        outbox: Arc::clone(outbox),
        people: Arc::clone(people),
        bus: parts.bus.clone(),
        conversations: Arc::clone(&parts.conversations),
        incidents: Arc::clone(&parts.incidents),
        sight: parts.settings.sight.clone(),
        clock: Arc::clone(&parts.clock),
        manner: Manner { voice: *voice, portal: links.portal.clone(), grafana: links.grafana.clone() },
    };
    Talk::new(parts, turns)
}

fn chat(parts: &Parts, outbox: &Arc<Outbox>) -> SlackChat {
    SlackChat::new(living::Parts {
        slack: Arc::clone(&parts.slack),
        store: Arc::clone(&parts.store),
        clock: Arc::clone(&parts.clock),
        outbox: Arc::clone(outbox),
        incidents: Arc::clone(&parts.incidents),
        incidents_channel: parts.settings.incidents_channel.clone(),
        approvals_channel: parts.settings.approvals_channel.clone(),
        links: parts.settings.links.clone(),
        zone: parts.settings.zone,
    })
}

fn desk(parts: &Parts, outbox: &Arc<Outbox>, people: &Arc<People>, chat: &Arc<SlackChat>) -> Desk {
    Desk::new(desk::Parts {
        slack: Arc::clone(&parts.slack),
        store: Arc::clone(&parts.store),
        outbox: Arc::clone(outbox),
        people: Arc::clone(people),
        approvals: Arc::clone(&parts.approvals),
        incidents: Arc::clone(&parts.incidents),
        freezing: Arc::clone(&parts.freezing),
        conversations: Arc::clone(&parts.conversations),
        chat: Arc::clone(chat),
        clock: Arc::clone(&parts.clock),
        health: Arc::clone(&parts.health),
        sight: parts.settings.sight.clone(),
        offer: parts.settings.offer.clone(),
        links: parts.settings.links.clone(),
        zone: parts.settings.zone,
    })
}
