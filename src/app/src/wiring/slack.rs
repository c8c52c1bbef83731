//! Slack from the settings: its service over the store, with Jamie for every environment, the desks of incidents and
//! approvals, and the freeze switch.
//!
//! Guarantees: it starts although Slack, the bus or the store's server is away; living messages are kept in step by the
//! replica that leads; a stop lets what is in hand end, then tries once more to keep what could not be kept.

mod part;

use super::environments::Environments;
use super::freezing::Switch;
use super::health::StartedBus;
use super::late_bus::LateBus;
use super::{person, talk};
use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use crate::settings::types::slack::SlackSettings;
use axum::Router;
use domain::guard::Limits;
use domain::person::Sight;
use engine::approvals::ApprovalDesk;
use engine::incidents::IncidentDesk;
use engine::memory::Memory;
use engine::showing::{Leads, Showing};
use futures::FutureExt as _;
use part::{SlackPart, lines};
use ports::chat::Chat;
use ports::clock::{Clock, SystemClock};
use ports::store::Store;
use slack::api::Slack as Api;
use slack::api::client::{self, Client};
use slack::service::{self, Service, Ways};
use slack::socket;
use slack_view::incident::Links;
use slack_view::modal::Offer;
use std::sync::Arc;
use std::time::Duration;
use store::guards::GuardKeeper;
use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::health::{Health, Part};

/// Between two looks at what changed of incidents and approvals.
const SHOWN_EVERY: Duration = Duration::from_secs(5);

/// Between two tries to keep what could not be kept.
const SETTLED_EVERY: Duration = Duration::from_secs(30);

/// How long each step of the end may take after the service itself has ended.
const STEP: Duration = Duration::from_secs(5);

/// What Slack's service works with, beside its settings.
pub struct Around {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// What is remembered.
    pub memory: Arc<Memory>,
    /// The bus, from when it starts.
    pub bus: StartedBus,
    /// Whether this process leads.
    pub leads: Leads,
    /// The name of this replica, the same after a restart.
    pub instance: String,
    /// How the parts of the program are, once there is something to ask.
    pub health: Arc<SetOnce<Arc<Health>>>,
}

/// Slack, started.
pub struct Slack {
    service: Arc<Service>,
    environments: Arc<Environments>,
    tasks: TaskTracker,
}

impl Slack {
    /// Starts it. Nothing is asked of Slack yet.
    ///
    /// # Errors
    /// A file that the settings name and that cannot be used, or certificates of the machine that cannot be read.
    pub fn start(
        settings: &Settings,
        wanted: &SlackSettings,
        around: Around,
        stop: &CancellationToken,
    ) -> Result<Self, Stop> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (store, ids) = (Arc::clone(&around.store), person::ids());
        let environments = Arc::new(Environments::new(settings, Arc::clone(&store), around.memory)?);
        let approvals = Arc::new(ApprovalDesk::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&ids)));
        let incidents = IncidentDesk::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&approvals));
        let keeper = GuardKeeper::new(Arc::clone(&store), Arc::clone(&clock), person::process(), Limits::default());
        let (health, seed) = (around.health, seed(&ids()));
        let parts = service::Parts {
            slack: Arc::new(client(wanted)?) as Arc<dyn Api>,
            store: Arc::clone(&store),
            fallback: Some(talk::in_memory()),
            bus: Some(Arc::new(LateBus::new(around.bus))),
            conversations: Arc::clone(&environments) as _,
            incidents: Arc::new(incidents),
            approvals: Arc::clone(&approvals) as _,
            freezing: Arc::new(Switch::new(keeper)),
            health: Arc::new(move || lines(Arc::clone(&health)).boxed()),
            clock: Arc::clone(&clock),
            is_leader: Arc::clone(&around.leads),
            seed,
            ids,
            settings: of(settings, wanted, around.instance),
        };
        let service = Arc::new(Service::start(parts, ways(wanted, seed), stop.clone()));
        let tasks = TaskTracker::new();
        let showing = Showing::new(store, clock, approvals, service.chat(), around.leads, SHOWN_EVERY);
        let until = stop.clone();
        tasks.spawn(async move { showing.run(until).await });
        tasks.spawn(stop.clone().run_until_cancelled_owned(settle(Arc::clone(&environments))));
        tasks.close();
        Ok(Self { service, environments, tasks })
    }

    /// The routes of the HTTP way, where it is open.
    pub fn router(&self) -> Option<Router> {
        self.service.router()
    }

    /// Where incidents and proposals are told.
    pub fn chat(&self) -> Arc<dyn Chat> {
        self.service.chat()
    }

    /// How it stands, for `/health`.
    pub fn part(&self) -> Arc<dyn Part> {
        Arc::new(SlackPart::new(Arc::clone(&self.service)))
    }

    /// Lets what is in hand end. Its stop was wished for before. Bounded.
    pub async fn shut_down(&self) {
        self.service.shut_down().await;
        in_time("living messages", self.tasks.wait()).await;
        let unkept = in_time("answers that could not be kept before", self.environments.settle()).await;
        if let Some(unkept) = unkept.filter(|unkept| *unkept > 0) {
            tracing::warn!(unkept, "answers that could not be kept are lost with the end of this process");
        }
        in_time("tool servers", self.environments.shut_down()).await;
    }
}

/// Waits for a step of the end, not for ever: whoever stops the process does not wait for ever either.
async fn in_time<T>(what: &str, step: impl Future<Output = T>) -> Option<T> {
    let ended = tokio::time::timeout(STEP, step).await.ok();
    if ended.is_none() {
        tracing::warn!(what, "a step of the end took too long and is left out");
    }
    ended
}

/// Tries again what could not be kept, for as long as the service lives.
async fn settle(environments: Arc<Environments>) {
    loop {
        tokio::time::sleep(SETTLED_EVERY).await;
        environments.settle().await;
    }
}

fn client(wanted: &SlackSettings) -> Result<Client, Stop> {
    let settings = client::Settings::new(&wanted.api_url, wanted.bot_token.clone());
    let unreadable =
        |error| format!("Slack cannot be reached: the certificates of this machine cannot be read: {error}");
    Client::new(&settings).map_err(|error| Stop::new(Exit::Unavailable, unreadable(error)))
}

fn ways(wanted: &SlackSettings, seed: u64) -> Ways {
    let socket = wanted.ways_in.app_token().map(|token| {
        let slack = client::Settings::new(&wanted.api_url, token.clone());
        let connections = u32::try_from(wanted.connections).unwrap_or(1);
        socket::Settings { connections, ..socket::Settings::new(slack, seed) }
    });
    Ways { socket, signing_secret: wanted.ways_in.signing_secret().cloned() }
}

fn of(settings: &Settings, wanted: &SlackSettings, process: String) -> service::Settings {
    service::Settings {
        incidents_channel: wanted.channel.clone(),
        approvals_channel: wanted.approvals_channel.clone(),
        voice: wanted.voice,
        roles: wanted.roles.clone(),
        guests_may: wanted.guests_may,
        sight: Sight::of(
            settings.environments.iter().map(|(name, environment)| (name.clone(), environment.visible_to)),
        ),
        links: Links { portal: wanted.portal_url.clone(), grafana: wanted.grafana_url.clone() },
        zone: settings.output.time_zone,
        digest_hour: wanted.digest_hour,
        digest_zone: wanted.digest_zone,
        answers_at_once: wanted.answers_at_once,
        offer: offer(settings),
        process,
    }
}

/// What channels can be set to.
fn offer(settings: &Settings) -> Offer {
    let ours = [
        ("kubernetes", !settings.clusters.is_empty()),
        ("prometheus", !settings.prometheus.is_empty()),
        ("loki", !settings.loki.is_empty()),
        ("tempo", !settings.tempo.is_empty()),
        ("github", settings.github.is_some()),
    ];
    let ours = ours.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name.to_owned());
    Offer {
        environments: settings.environments.keys().cloned().collect(),
        clusters: settings.clusters.keys().cloned().collect(),
        servers: ours.chain(settings.mcp_servers.keys().cloned()).collect(),
    }
}

/// Chance for the lengths of waits, from a drawn id.
fn seed(id: &str) -> u64 {
    id.get(..16)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .unwrap_or_else(|| u64::from(std::process::id()))
}
