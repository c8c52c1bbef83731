//! Socket Mode: events over WebSockets that we open, so that no public address is needed.
//!
//! slack-morphism's connections with a listener of our own, which sees the raw JSON. An event is acknowledged when it is
//! kept; what could not be kept is not, and Slack delivers it again.
//!
//! Guarantees: a connection that Slack asks to refresh, that breaks, or that answers no ping is replaced; connections that
//! do not last are replaced ever more slowly, up to a cap, with jitter; how it stands can be asked at any time; when it is
//! stopped, all its tasks end, because they run in a runtime of their own.
//!
//! slack-morphism logs the socket's address with its ticket: whatever shows logs must leave out the tracing target
//! [`NOISY_TARGET`].
//!
//! Deliberately absent: what events mean.

mod listener;
mod state;

pub use state::SocketState;

use crate::api::client::{self, Connector};
use crate::api::{ApiError, Slack, errors};
use crate::inbox::Inbox;
use domain::backoff::draw;
use listener::Listener;
use serde_json::json;
use slack_morphism::clients_manager::{SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory};
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::prelude::{SlackApiToken, SlackClientSocketModeConfig};
use slack_morphism::{SlackClient, SlackSocketModeClientListener};
use state::Shared;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// What must be left out of logs, at every level: it tells the tickets of sockets.
pub const NOISY_TARGET: &str = "slack_morphism";

/// How often it is asked why there is no connection, while there is none.
const ASK_WHY: Duration = Duration::from_secs(60);

/// Before it is asked for the first time.
const FIRST_ASK: Duration = Duration::from_secs(10);

/// How sockets are held.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where Slack is, and the app's token (`xapp-…`).
    pub slack: client::Settings,
    /// Connections at once.
    pub connections: u32,
    /// Between two pings; four that are not answered end a connection.
    pub ping: Duration,
    /// The longest wait before a connection is replaced.
    pub longest_wait: Duration,
    /// What waits are drawn from.
    pub seed: u64,
}

impl Settings {
    /// Two connections, a ping every five seconds, waits up to 30 seconds.
    pub fn new(slack: client::Settings, seed: u64) -> Self {
        Self { slack, connections: 2, ping: Duration::from_secs(5), longest_wait: Duration::from_secs(30), seed }
    }
}

/// The sockets.
pub struct Socket {
    settings: Settings,
    inbox: Arc<Inbox>,
    shared: Arc<Shared>,
}

type Environment = SlackClientEventsListenerEnvironment<Connector>;
type Manager = Arc<dyn SlackSocketModeClientsManager + Send + Sync>;

impl Socket {
    /// Sockets that put what comes into an inbox.
    pub fn new(settings: Settings, inbox: Arc<Inbox>) -> Arc<Self> {
        Arc::new(Self { settings, inbox, shared: Arc::default() })
    }

    /// How it stands now.
    pub fn state(&self) -> SocketState {
        self.shared.state()
    }

    /// Holds the connections until `stop`.
    ///
    /// # Errors
    /// Where the machine gives no threads or no root certificates.
    pub async fn run(&self, stop: CancellationToken) -> std::io::Result<()> {
        // The WebSocket's TLS takes the process's provider; that one is set already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("slack-socket").enable_all().build()?;
        let (slack, token) = client::connect(&self.settings.slack)?;
        let why = client::Client::new(&self.settings.slack)?;
        // What handles events belongs to the caller's runtime, which outlives the sockets.
        let (home, inner) = (Handle::current(), stop.child_token());
        let (settings, inbox, shared) = (self.settings.clone(), self.inbox.clone(), self.shared.clone());
        let sockets = runtime.spawn(hold(settings, slack, token, inbox, shared, home, inner.clone()));
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.ask_why(&why) => {}
        }
        inner.cancel();
        let _ = sockets.await;
        self.shared.stopped();
        runtime.shutdown_background();
        Ok(())
    }

    /// Finds out why there is no connection, while there is none: slack-morphism does not tell.
    async fn ask_why(&self, slack: &client::Client) {
        let mut wait = FIRST_ASK;
        loop {
            sleep(wait).await;
            wait = FIRST_ASK;
            if self.shared.state().connected == 0 {
                wait = ASK_WHY;
                let answer = slack.call("apps.connections.open", &json!({})).await;
                self.shared.why_not(&why(&answer.err()));
            }
        }
    }
}

fn why(error: &Option<ApiError>) -> String {
    match error {
        Some(error) => error.to_string(),
        None => {
            "Slack gives an address, but no connection to it lasts: is there a proxy that cuts WebSockets?".to_owned()
        }
    }
}

/// Opens the connections and closes them.
async fn hold(
    settings: Settings,
    slack: SlackClient<Connector>,
    token: SlackApiToken,
    inbox: Arc<Inbox>,
    shared: Arc<Shared>,
    home: Handle,
    stop: CancellationToken,
) {
    let slack = Arc::new(slack);
    let environment = Arc::new(Environment::new(slack.clone()));
    let manager: Manager = slack.http_api.connector.new_clients_manager(environment);
    let listener: Arc<dyn SlackSocketModeClientListener + Send + Sync> =
        Arc::new(Listener::new(&manager, inbox, shared, home, &settings, stop.clone()));
    // slack-morphism waits for a fixed time after a connection that was not made; processes differ by the seed.
    let longest = settings.longest_wait.as_secs().max(1);
    let share = 0.5 + draw(settings.seed, 0) / 2.0;
    let wait = Duration::from_secs(longest.min(10)).mul_f64(share).as_secs().max(1);
    let config = SlackClientSocketModeConfig::new()
        .with_max_connections_count(settings.connections.max(1))
        .with_initial_backoff_in_seconds(1)
        .with_reconnect_timeout_in_seconds(wait)
        .with_ping_interval_in_seconds(settings.ping.as_secs().max(1))
        .with_ping_failure_threshold_times(4);
    if let Err(error) = manager.register_new_token(&config, token, listener).await {
        tracing::error!(error = %errors::read("apps.connections.open", &error), "Socket Mode could not be prepared");
        return;
    }
    manager.start().await;
    stop.cancelled().await;
    manager.shutdown().await;
    // A moment for the close frames; whatever is left ends with the runtime.
    let until = Instant::now() + Duration::from_millis(100);
    tokio::time::sleep_until(until).await;
}
