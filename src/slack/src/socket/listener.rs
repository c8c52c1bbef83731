//! What is done with each frame of a socket.

use super::Settings;
use super::state::Shared;
use crate::inbox::{Inbox, Taken};
use crate::incoming::{Received, commands, events, interactions};
use async_trait::async_trait;
use domain::backoff::{Backoff, draw};
use serde_json::{Value, json};
use slack_morphism::clients_manager::SlackSocketModeClientsManager;
use slack_morphism::{SlackSocketModeClientListener, SlackSocketModeWssClientId};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long an event may take to be kept before Slack is left to deliver it again.
const KEEP_TIME: Duration = Duration::from_millis(700);

/// A connection that lasted as long is replaced at once.
const LONG: Duration = Duration::from_secs(1);

type Manager = dyn SlackSocketModeClientsManager + Send + Sync;

pub(super) struct Listener {
    manager: Weak<Manager>,
    inbox: Arc<Inbox>,
    shared: Arc<Shared>,
    home: Handle,
    backoff: Backoff,
    seed: u64,
    drawn: Arc<AtomicU64>,
    stop: CancellationToken,
}

impl Listener {
    pub(super) fn new(
        manager: &Arc<Manager>,
        inbox: Arc<Inbox>,
        shared: Arc<Shared>,
        home: Handle,
        settings: &Settings,
        stop: CancellationToken,
    ) -> Self {
        let (base, cap) = (Duration::from_millis(500), settings.longest_wait);
        let backoff = Backoff { base, cap, longest_wish: cap };
        let (manager, drawn) = (Arc::downgrade(manager), Arc::default());
        Self { manager, inbox, shared, home, backoff, seed: settings.seed, drawn, stop }
    }

    /// Keeps what came; whether it may be acknowledged.
    async fn keep(&self, received: Received) -> bool {
        let inbox = self.inbox.clone();
        // In the runtime of the inbox: what its store begins there must outlive the sockets.
        let taking = self.home.spawn(async move { timeout(KEEP_TIME, inbox.take(received)).await });
        match taking.await {
            Ok(Ok(Ok(Taken::Kept | Taken::Known))) => true,
            Ok(Ok(Ok(Taken::Full))) => {
                tracing::warn!("a lane is full: Slack delivers the event again");
                false
            }
            Ok(Ok(Err(error))) => {
                tracing::warn!(%error, "an event could not be kept: Slack delivers it again");
                false
            }
            _ => {
                tracing::warn!("an event was not kept in time: Slack delivers it again");
                false
            }
        }
    }

    /// Replaces a connection, at once or after a wait.
    fn replace(&self, id: &SlackSocketModeWssClientId, is_wait_needed: bool) {
        let short = self.shared.gone(&id.to_string(), LONG);
        let attempt = if is_wait_needed { short.max(2) } else { short.saturating_sub(1) };
        let chance = draw(self.seed, self.drawn.fetch_add(1, Ordering::Relaxed));
        let wait =
            if is_wait_needed || short > 0 { self.backoff.wait(attempt, 0.5 + chance / 2.0) } else { Duration::ZERO };
        let (manager, id, stop) = (self.manager.clone(), id.clone(), self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = sleep(wait) => {}
                () = stop.cancelled() => return,
            }
            let Some(manager) = manager.upgrade() else { return };
            manager.restart_client(&id).await;
            // A stop that came meanwhile did not see the new connection.
            if stop.is_cancelled() {
                manager.shutdown().await;
            }
        });
    }

    fn disconnect(&self, id: &SlackSocketModeWssClientId, reason: Option<&str>) {
        match reason {
            Some("refresh_requested" | "warning") => self.replace(id, false),
            Some("too_many_websockets") => {
                self.shared.why_not("Slack: too many connections of this app; end other processes with its token");
                self.replace(id, true);
            }
            Some("link_disabled") => {
                self.shared.why_not("Slack: Socket Mode is off; turn it on in the settings of the app");
                self.replace(id, true);
            }
            _ => self.replace(id, true),
        }
    }
}

/// What an envelope tells; `None` for what is of no interest.
fn read(kind: &str, envelope: &Value) -> Option<Received> {
    let payload = envelope.get("payload")?;
    match kind {
        "events_api" => events::read(payload),
        "interactive" => interactions::read(payload),
        "slash_commands" => commands::read(payload),
        _ => None,
    }
}

#[async_trait]
impl SlackSocketModeClientListener for Listener {
    async fn on_message(&self, id: &SlackSocketModeWssClientId, frame: String) -> Option<String> {
        let envelope: Value = match serde_json::from_str(&frame) {
            Ok(envelope) => envelope,
            Err(_) => {
                tracing::warn!("a frame of a socket is no JSON; it is left out");
                return None;
            }
        };
        let kind = envelope.get("type").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "hello" => self.shared.hello(id.to_string()),
            "disconnect" => self.disconnect(id, envelope.get("reason").and_then(Value::as_str)),
            _ => {}
        }
        let envelope_id = envelope.get("envelope_id").and_then(Value::as_str)?;
        self.shared.event();
        let may_acknowledge = match read(kind, &envelope) {
            Some(received) => self.keep(received).await,
            // What cannot be read now cannot be read when it comes again.
            None => true,
        };
        may_acknowledge.then(|| json!({ "envelope_id": envelope_id }).to_string())
    }

    async fn on_error(&self, _error: Box<dyn std::error::Error + Send + Sync + 'static>) {
        // The error may hold what was sent: it is not told. That the connection is gone is told next.
        tracing::info!("a connection of Socket Mode broke");
    }

    async fn on_disconnect(&self, id: &SlackSocketModeWssClientId) {
        if !self.stop.is_cancelled() {
            self.replace(id, false);
        }
    }
}
