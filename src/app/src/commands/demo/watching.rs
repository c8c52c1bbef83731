//! Scarlet in the demo: she looks at the estate by herself, heals what is safe, asks for the rest, and tells all of it in
//! the terminal.
//!
//! Everything is kept in memory and ends with the demo; the audit file of her act server is removed with it.

use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::types::ActAccess;
use crate::settings::{EnvironmentSettings, Settings};
use crate::terminal::living::TerminalChat;
use crate::wiring::scarlet::{Around, Scarlet};
use crate::wiring::{person, talk};
use chrono::{DateTime, TimeDelta, Utc};
use domain::calendar::{Once, Window};
use domain::guard::Limits;
use domain::incident::Impact;
use domain::person::Role;
use domain::policy::Autonomy;
use engine::approvals::ApprovalDesk;
use engine::showing::{Leads, Showing};
use ports::chat::Chat;
use ports::clock::{Clock, SystemClock};
use ports::store::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::guards::{GuardKeeper, Leader, Leadership};
use tokio_util::sync::CancellationToken;

/// The environment of the demo.
pub(super) const ENVIRONMENT: &str = "demo";

/// Every demo chooses alike, and takes what comes first: with this seed nothing else is tried to learn of it in the first four
/// plans of the first eight incidents, since a demo has no fifty episodes to learn from.
const SEED: u64 = 311_023;

/// Between two looks at what changed.
const SHOWN_EVERY: Duration = Duration::from_secs(1);

/// The demo's only process leads; the lease is long enough for a machine that is busy.
const LEASE_SECONDS: i64 = 30;

/// What the business loses with the services of the estate: a stage of a shop, where orders are what must not be lost.
const IMPACTS: &[(&str, Impact)] = &[
    ("ingress-gateway", Impact::High),
    ("frontend", Impact::Medium),
    ("checkout", Impact::High),
    ("payments", Impact::Medium),
    ("orders-db", Impact::Medium),
    ("cart", Impact::Medium),
    ("cart-redis", Impact::Medium),
    ("shipping", Impact::Medium),
    ("catalog", Impact::Low),
    ("recommendation", Impact::Low),
    ("search", Impact::Low),
    ("search-index", Impact::Low),
];

/// So long after the demo begins its maintenance window opens: short enough to be waited for.
const WINDOW_AFTER: TimeDelta = TimeDelta::minutes(2);

/// What is scheduled is done by itself then, at any time of a demo that somebody still looks at.
const WINDOW_LENGTH: TimeDelta = TimeDelta::hours(8);

/// Lets her act in the estate: its environment at the autonomy `full`, so that what was earned counts, credentials for
/// changes, the terminal as the place where people are told, a maintenance window soon.
pub fn allow(settings: &mut Settings, kubeconfig: &Path, now: DateTime<Utc>) {
    let opens = now + WINDOW_AFTER;
    // Refused is only a window that ends before it begins.
    let window = Once::new(opens, opens + WINDOW_LENGTH).map(Window::Once);
    for cluster in settings.clusters.values_mut() {
        cluster.act = Some(ActAccess { kubeconfig: kubeconfig.to_owned(), context: None });
    }
    let service = |impact| crate::settings::types::ServiceSettings { impact, namespace: None };
    let services = IMPACTS.iter().map(|(name, impact)| ((*name).to_owned(), service(*impact))).collect();
    let environment = EnvironmentSettings {
        clusters: Vec::new(),
        prometheus: Vec::new(),
        loki: Vec::new(),
        tempo: Vec::new(),
        mcp_servers: Vec::new(),
        namespaces: Vec::new(),
        autonomy: Autonomy::Full,
        shadow: None,
        instructions: None,
        people: Vec::new(),
        visible_to: Role::Viewer,
        maintenance: window.into_iter().collect(),
        business_hours: Vec::new(),
        approvers: Vec::new(),
        senses: None,
        services,
    };
    settings.environments = BTreeMap::from([(ENVIRONMENT.to_owned(), environment)]);
    settings.scarlet.is_enabled = true;
    settings.scarlet.escalate_to = vec!["terminal".to_owned()];
    settings.scarlet.look = Duration::from_secs(5);
    settings.scarlet.receivers.clear();
    settings.scarlet.policy = None;
    settings.acting.audit_file = Some(kubeconfig.with_extension("audit.jsonl"));
}

/// Scarlet at work.
pub struct Watching {
    /// Where incidents and proposals are.
    pub store: Arc<dyn Store>,
    scarlet: Scarlet,
    leader: Leader,
    showing: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
    audit_file: Option<PathBuf>,
}

impl Watching {
    /// Starts her over a store that ends with the demo.
    ///
    /// # Errors
    /// What of the settings cannot be used.
    pub fn start(settings: &Settings, store: Arc<dyn Store>) -> Result<Self, Stop> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let stop = CancellationToken::new();
        let keeper = GuardKeeper::new(Arc::clone(&store), Arc::clone(&clock), person::process(), Limits::default());
        let leader = Leader::start(Arc::new(keeper), "scarlet", TimeDelta::seconds(LEASE_SECONDS));
        let said = leader.watch();
        let leads: Leads =
            Arc::new(move || matches!(&*said.borrow(), Leadership::Mine(tenure) if tenure.token().is_some()));
        let chat: Arc<dyn Chat> = Arc::new(TerminalChat::new(settings.output.time_zone, Box::new(output::tell)));
        let around = Around {
            store: Arc::clone(&store),
            memory: talk::memory(settings, Arc::clone(&store))?,
            chat: Some(Arc::clone(&chat)),
            leads: Arc::clone(&leads),
            leadership: leader.watch(),
            seed: Some(SEED),
        };
        let scarlet = Scarlet::start(settings, around, &stop)?;
        let approvals = Arc::new(ApprovalDesk::new(Arc::clone(&store), Arc::clone(&clock), person::ids()));
        let showing = Showing::new(Arc::clone(&store), clock, approvals, chat, leads, SHOWN_EVERY);
        let until = stop.clone();
        let showing = tokio::spawn(async move { showing.run(until).await });
        let audit_file = settings.acting.audit_file.clone();
        Ok(Self { store, scarlet, leader, showing, stop, audit_file })
    }

    /// Ends her, and takes her audit file away.
    ///
    /// # Errors
    /// None that can happen: what is left in hand is told.
    pub async fn end(self) -> Result<(), Stop> {
        self.stop.cancel();
        self.scarlet.shut_down().await;
        let shown = self.showing.await;
        self.leader.stop().await;
        if let Some(file) = &self.audit_file {
            let _ = std::fs::remove_file(file);
        }
        shown.map_err(|error| Stop::new(Exit::Failed, format!("telling of incidents broke: {error}")))
    }
}
