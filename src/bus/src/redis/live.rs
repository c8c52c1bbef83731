//! Live views by pub/sub.
//!
//! One connection of its own subscribes to the channels that have views here, and is opened with the first of them.
//! When it breaks, views are told so after it stands again, since what was announced meanwhile is lost.

use super::Shared;
use super::connection::Connection;
use super::errors::told;
use super::settings::RedisSettings;
use crate::live::LiveViews;
use fred::interfaces::{EventInterface, PubsubInterface};
use fred::types::{Message, RespVersion, Value};
use futures::stream::BoxStream;
use ports::bus::{BusError, Live as Told};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Between two attempts to connect, at first and at most; and how often the connection is looked at.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The views, and what feeds them.
pub struct Live {
    lane: Arc<Lane>,
    wait: Duration,
}

struct Lane {
    settings: Arc<RedisSettings>,
    views: LiveViews,
    wanted: Notify,
    subscribed: watch::Sender<BTreeSet<String>>,
}

impl Live {
    pub fn start(settings: Arc<RedisSettings>, stopped: CancellationToken) -> Self {
        let wait = settings.command_timeout;
        let views = LiveViews::new(settings.limits.live_waiting, settings.limits.live_channels);
        let subscribed = watch::Sender::new(BTreeSet::new());
        let lane = Arc::new(Lane { settings, views, wanted: Notify::new(), subscribed });
        let running = Arc::clone(&lane);
        tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = running.run() => {}
            }
        });
        Self { lane, wait }
    }

    /// A view; where the server is not there in time, it begins when the server is, and is told so.
    pub async fn watch(&self, channel: &str) -> BoxStream<'static, Told> {
        let view = self.lane.views.watch(channel);
        let mut subscribed = self.lane.subscribed.subscribe();
        self.lane.wanted.notify_one();
        let there = subscribed.wait_for(|channels| channels.contains(channel));
        let _ = tokio::time::timeout(self.wait, there).await;
        view
    }
}

/// Tells the views of all processes.
pub async fn tell(shared: &Shared, channel: &str, message: &serde_json::Value) -> Result<(), BusError> {
    let settings = &shared.settings;
    let arguments = vec![settings.key("live", channel).into(), message.to_string().into()];
    let answer = shared.link.connection()?.ask(settings.command_timeout, "PUBLISH", arguments).await;
    let what = "announcing a live message";
    shared.link.judge(answer.map(drop).map_err(|error| told(settings.place(), what, &error)))
}

impl Lane {
    async fn run(&self) {
        let (mut pause, mut broken) = (PAUSE.0, false);
        loop {
            while self.views.watched().is_empty() {
                self.wanted.notified().await;
            }
            match Connection::open(&self.settings, RespVersion::RESP3).await {
                Ok(connection) => {
                    pause = PAUSE.0;
                    let error = self.feed(&connection, broken).await;
                    tracing::debug!(%error, "live views go on later");
                }
                Err(error) => {
                    tracing::debug!(%error, "live views go on later");
                    pause = PAUSE.1.min(pause.saturating_mul(2));
                }
            }
            broken = true;
            self.subscribed.send_replace(BTreeSet::new());
            tokio::time::sleep(pause).await;
        }
    }

    /// Feeds the views until the connection is no good; answers why.
    async fn feed(&self, connection: &Connection, mut broken: bool) -> BusError {
        let mut messages = connection.client.message_rx();
        let mut channels = BTreeSet::new();
        loop {
            if let Err(error) = self.follow(connection, &mut channels).await {
                return error;
            }
            if std::mem::take(&mut broken) {
                self.views.tell_all(&Told::Interrupted);
            }
            tokio::select! {
                message = messages.recv() => match message {
                    Ok(message) => self.pass(&message),
                    Err(RecvError::Lagged(_)) => self.views.tell_all(&Told::Interrupted),
                    Err(RecvError::Closed) => return BusError::Unavailable("the connection has ended".to_owned()),
                },
                () = self.wanted.notified() => {}
                () = tokio::time::sleep(PAUSE.1) => {
                    if let Err(error) = connection.ping(self.settings.heartbeat_timeout).await {
                        return error;
                    }
                }
            }
        }
    }

    /// Subscribes to what has views now, and leaves what has none any more.
    async fn follow(&self, connection: &Connection, channels: &mut BTreeSet<String>) -> Result<(), BusError> {
        let watched: BTreeSet<String> = self.views.watched().into_iter().collect();
        if watched == *channels {
            return Ok(());
        }
        let keys = |channels: &mut dyn Iterator<Item = &String>| -> Vec<String> {
            channels.map(|channel| self.settings.key("live", channel)).collect()
        };
        let (more, less) = (keys(&mut watched.difference(channels)), keys(&mut channels.difference(&watched)));
        let failed = |error| told(self.settings.place(), "subscribing to live messages", &error);
        if !more.is_empty() {
            connection.client.subscribe(more).await.map_err(failed)?;
            // fred answers when the command is sent. The server answers in order: after this, it stands.
            connection.ping(self.settings.command_timeout).await?;
        }
        if !less.is_empty() {
            connection.client.unsubscribe(less).await.map_err(failed)?;
        }
        self.subscribed.send_replace(watched.clone());
        *channels = watched;
        Ok(())
    }

    fn pass(&self, message: &Message) {
        let Some(channel) = message.channel.strip_prefix(&self.settings.key("live", "")) else { return };
        let text = match &message.value {
            Value::String(text) if text.len() <= self.settings.limits.event_bytes => text,
            _ => return tracing::warn!(channel, "a live message that this program did not write is passed over"),
        };
        match serde_json::from_str(text) {
            Ok(value) => self.views.tell(channel, Told::Message(value)),
            Err(_) => tracing::warn!(channel, "a live message that this program did not write is passed over"),
        }
    }
}
