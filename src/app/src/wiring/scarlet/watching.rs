//! Telling people, and the watch over Scarlet herself: the ways to the declared places, and who looks for what.
//!
//! Guarantee: a place that is declared and has no way to it (Slack without tokens) is told as one, and the next is told.

mod part;

use super::seams::NoChat;
use super::{Around, Room, health_folder};
use crate::cli::{Exit, Stop};
use crate::convert;
use crate::settings::Settings;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::FailureKind;
use domain::escalation::{Destination, Message, Outcome};
use domain::sense::declared::Declared;
use engine::scarlet::escalating::{ByChat, Delivers, Escalator, Parts as EscalatorParts, Probe};
use engine::scarlet::executor::JournalPulse;
use engine::scarlet::health_log::{HealthLog, Rotation};
use engine::scarlet::self_watch::{
    Caps, Endpoints, Healings, Inspects, Parts as WatchParts, SelfWatch, StoreStands, UnknownActions,
};
use part::AlertsPart;
pub use part::lines;
use ports::chat::Chat;
use ports::clock::Clock;
use ports::guards::Guarding;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tools_webhooks::{Notice, Notifier};
use web::health::Part;

/// Telling and watching, made but not begun.
pub struct Watching {
    escalator: Arc<Escalator>,
    watch: Arc<SelfWatch>,
    environments: Vec<String>,
}

impl Watching {
    /// Of these settings. `pulse` feels the executor's writes to the journal.
    ///
    /// # Errors
    /// A webhook, or the folder of the checks of endpoints, that cannot be used.
    pub fn new(
        settings: &Settings,
        (rooms, declared): (&BTreeMap<String, Room>, &BTreeMap<String, Declared>),
        around: &Around,
        (guards, pulse): (Arc<dyn Guarding>, JournalPulse),
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Stop> {
        let places = settings.scarlet.escalate_to.clone();
        let escalator = Arc::new(Escalator::new(EscalatorParts {
            store: Arc::clone(&around.store),
            clock: Arc::clone(clock),
            delivers: Arc::new(Places::new(settings, around)?),
            destinations: Arc::new(move |_: &str| places.clone()),
            leads: Arc::clone(&around.leads),
        }));
        let caps = rooms.iter().map(|(name, room)| (name.clone(), room.planning.automatic_per_hour)).collect();
        let inspectors: Vec<Box<dyn Inspects>> = vec![
            Box::new(Endpoints { environments: endpoints(settings, declared)? }),
            Box::new(StoreStands { store: Arc::clone(&around.store) }),
            Box::new(Healings { store: Arc::clone(&around.store) }),
            Box::new(UnknownActions::new(Arc::clone(&around.store))),
            Box::new(Caps { guards, caps }),
            Box::new(pulse),
        ];
        let watch = Arc::new(SelfWatch::new(WatchParts {
            store: Arc::clone(&around.store),
            clock: Arc::clone(clock),
            leads: Arc::clone(&around.leads),
            escalator: Arc::clone(&escalator),
            inspectors,
        }));
        Ok(Self { escalator, watch, environments: rooms.keys().cloned().collect() })
    }

    /// Who tells.
    pub fn escalator(&self) -> Arc<Escalator> {
        Arc::clone(&self.escalator)
    }

    /// Begins both loops.
    pub fn spawn(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        let (escalator, environments, until) = (self.escalator(), self.environments.clone(), stop.clone());
        tasks.spawn(async move { escalator.run(environments, until).await });
        let (watch, until) = (Arc::clone(&self.watch), stop.clone());
        tasks.spawn(async move { watch.run(until).await });
    }

    /// How it stands, for `/health`.
    pub fn part(&self) -> Arc<dyn Part> {
        Arc::new(AlertsPart::new(Arc::clone(&self.escalator), Arc::clone(&self.watch)))
    }
}

/// By environment, the file of its checks and the pause between two checks of each endpoint.
type EndpointFiles = BTreeMap<String, (Arc<HealthLog>, BTreeMap<String, TimeDelta>)>;

/// The files of the declared endpoints, with the pause between two checks of each.
fn endpoints(settings: &Settings, declared: &BTreeMap<String, Declared>) -> Result<EndpointFiles, Stop> {
    let mut found = BTreeMap::new();
    for (environment, declared) in declared.iter().filter(|(_, declared)| !declared.endpoints.is_empty()) {
        // Without a folder the senses have refused them already.
        let Some(folder) = health_folder(settings) else { continue };
        let log = HealthLog::new(&folder, environment, Rotation::default())
            .map_err(|error| Stop::new(Exit::Failed, format!("{}: {error}", folder.display())))?;
        let pauses = declared.endpoints.iter();
        let pauses = pauses.map(|one| (one.name.clone(), TimeDelta::seconds(one.every_seconds.into()))).collect();
        found.insert(environment.clone(), (log, pauses));
    }
    Ok(found)
}

/// The ways to the declared places.
struct Places {
    chat: ByChat,
    has_chat: bool,
    notifiers: BTreeMap<String, Notifier>,
}

impl Places {
    fn new(settings: &Settings, around: &Around) -> Result<Self, Stop> {
        let chat: Arc<dyn Chat> = around.chat.clone().unwrap_or_else(|| Arc::new(NoChat));
        let mut notifiers = BTreeMap::new();
        for (name, webhook) in &settings.scarlet.webhooks {
            if let Some(notifier) = convert::notifier(name, webhook)? {
                notifiers.insert(name.clone(), notifier);
            }
        }
        let has_chat = around.chat.is_some();
        Ok(Self { chat: ByChat::new(chat, Arc::clone(&around.store)), has_chat, notifiers })
    }

    fn notifier(&self, name: &str) -> Result<&Notifier, String> {
        self.notifiers.get(name).ok_or_else(|| format!("the settings declare no webhook {name} that tells people"))
    }
}

#[async_trait]
impl Delivers for Places {
    async fn deliver(&self, place: &str, message: &Message) -> Outcome {
        let Some(Destination::Webhook(name)) = Destination::parse(place) else {
            return self.chat.deliver(place, message).await;
        };
        let notifier = match self.notifier(&name) {
            Ok(notifier) => notifier,
            Err(why) => return Outcome::Refused(why),
        };
        let notice = Notice {
            key: message.key.clone(),
            about: message.about.clone(),
            environment: message.environment.clone(),
            text: message.text.clone(),
            is_over: message.is_over,
        };
        match notifier.notify(&notice).await {
            Ok(answer) => Outcome::Told(answer),
            Err(failure) => match failure.kind {
                FailureKind::BadRequest
                | FailureKind::Unauthenticated
                | FailureKind::Forbidden
                | FailureKind::NotFound => Outcome::Refused(failure.to_string()),
                _ => Outcome::Failed(failure.to_string()),
            },
        }
    }

    async fn take_back(&self, place: &str, message: &Message, now: DateTime<Utc>) -> Result<bool, String> {
        match Destination::parse(place) {
            // A webhook is told now or not at all.
            Some(Destination::Webhook(_)) => Ok(false),
            _ => self.chat.take_back(place, message, now).await,
        }
    }

    async fn probe(&self, place: &str) -> Probe {
        let Some(Destination::Webhook(name)) = Destination::parse(place) else {
            return match self.has_chat {
                true => self.chat.probe(place).await,
                false => Probe::Broken("no chat is set up (docs/slack.md)".to_owned()),
            };
        };
        let notifier = match self.notifier(&name) {
            Ok(notifier) => notifier,
            Err(why) => return Probe::Broken(why),
        };
        match notifier.probe().await {
            Ok(Some(answer)) => Probe::Verified(answer),
            Ok(None) => Probe::Unverifiable(format!("webhooks.{name}.probe_url is not set")),
            Err(failure) => Probe::Broken(failure.to_string()),
        }
    }
}
