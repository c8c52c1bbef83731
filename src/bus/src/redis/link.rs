//! The connection that commands go over, and whether the server is there.
//!
//! Guarantees: a server that is away is noticed within one heartbeat and its timeout, or with the first command that
//! says so; one that is back is noticed within a second; a server that answers errors to writes counts as away until a
//! write succeeds.

use super::connection::Connection;
use super::errors::{is_away, told};
use super::settings::RedisSettings;
use chrono::{DateTime, Utc};
use fred::types::RespVersion;
use ports::bus::BusError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Between two attempts to connect at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

/// How the server stands.
#[derive(Debug, Clone)]
pub struct State {
    /// Why it counts as away, where it does.
    pub away: Option<BusError>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Which server, once it has told.
    pub engine: Option<String>,
}

/// The connection for commands.
pub struct Link {
    settings: Arc<RedisSettings>,
    state: watch::Sender<State>,
    current: Mutex<Option<Arc<Connection>>>,
    complaint: Notify,
}

impl Link {
    /// Begins to connect, until the token is cancelled.
    pub fn start(settings: Arc<RedisSettings>, stopped: CancellationToken) -> Arc<Self> {
        let away = BusError::Unavailable(format!("{} has not been reached yet", settings.place));
        let state = State { away: Some(away), since: Utc::now(), engine: None };
        let link = Arc::new(Self {
            settings,
            state: watch::Sender::new(state),
            current: Mutex::default(),
            complaint: Notify::new(),
        });
        let keeper = Arc::clone(&link);
        tokio::spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = keeper.keep() => {}
            }
            keeper.current().take();
        });
        link
    }

    /// How the server stands, and what it becomes.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// The connection, where the server is there.
    ///
    /// # Errors
    /// Why it is away.
    pub fn connection(&self) -> Result<Arc<Connection>, BusError> {
        if let Some(away) = self.state.borrow().away.clone() {
            return Err(away);
        }
        let connection = self.current().clone();
        connection.ok_or_else(|| BusError::Unavailable(format!("{} is not connected", self.settings.place)))
    }

    /// Looks at the outcome of a command: where it says that the server is away, it counts as away from now on.
    pub fn judge<T>(&self, outcome: Result<T, BusError>) -> Result<T, BusError> {
        if let Err(error) = &outcome
            && is_away(error)
        {
            self.is(Some(error.clone()), None);
            self.complaint.notify_one();
        }
        outcome
    }

    async fn keep(&self) {
        let mut pause = PAUSE.0;
        loop {
            match Connection::open(&self.settings, RespVersion::RESP2).await {
                Ok(connection) => {
                    pause = PAUSE.0;
                    let ended = self.serve(Arc::new(connection)).await;
                    self.is(Some(ended), None);
                }
                Err(error) => {
                    self.is(Some(error), None);
                    pause = PAUSE.1.min(pause.saturating_mul(2));
                }
            }
            self.current().take();
            tokio::time::sleep(pause).await;
        }
    }

    /// Keeps one connection under watch until it is no good; answers why.
    async fn serve(&self, connection: Arc<Connection>) -> BusError {
        let engine = self.engine(&connection).await;
        self.current().replace(Arc::clone(&connection));
        loop {
            let looked = if self.state.borrow().away.is_some() {
                match self.write(&connection).await {
                    Ok(()) => {
                        self.is(None, engine.clone());
                        Ok(())
                    }
                    Err(error) => {
                        self.is(Some(error), None);
                        connection.ping(self.settings.heartbeat_timeout).await
                    }
                }
            } else {
                connection.ping(self.settings.heartbeat_timeout).await
            };
            if let Err(error) = looked {
                return error;
            }
            if !connection.is_open() {
                return BusError::Unavailable(format!("{} closed the connection", self.settings.place));
            }
            tokio::select! {
                () = tokio::time::sleep(self.settings.heartbeat) => {}
                () = self.complaint.notified() => {
                    // Not at once again: a server that answers errors would be asked without end.
                    tokio::time::sleep(self.settings.heartbeat / 5).await;
                }
            }
        }
    }

    /// Whether the server takes writes.
    async fn write(&self, connection: &Connection) -> Result<(), BusError> {
        let key = self.settings.key("probe", "write");
        let arguments = vec![key.into(), "1".into(), "EX".into(), 3_600.into()];
        let answer = connection.ask(self.settings.heartbeat_timeout, "SET", arguments).await;
        answer.map(drop).map_err(|error| told(&self.settings.place, "writing", &error))
    }

    /// Name and version as the server tells them, and whether it may lose what it took.
    async fn engine(&self, connection: &Connection) -> Option<String> {
        let told = connection.ask(self.settings.command_timeout, "INFO", Vec::new()).await.ok()?.as_string()?;
        let field = |name: &str| told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let version = field("valkey_version").map(|version| format!("valkey {version}"));
        let version = version.or_else(|| field("redis_version").map(|version| format!("redis {version}")))?;
        let volatile = field("aof_enabled") == Some("0");
        Some(if volatile { format!("{version}, not append-only: it may lose what it took last") } else { version })
    }

    /// Notes how the server stands; the time only where that changes.
    fn is(&self, away: Option<BusError>, engine: Option<String>) {
        self.state.send_if_modified(|state| {
            let turned = state.away.is_some() != away.is_some();
            match (&away, turned) {
                (Some(error), true) => tracing::warn!(%error, "Redis is away"),
                (None, true) => tracing::info!(place = self.settings.place, "Redis is there"),
                (_, false) => {}
            }
            if turned {
                state.since = Utc::now();
            }
            let changed = turned || state.away != away;
            state.away = away;
            state.engine = engine.or_else(|| state.engine.take());
            changed
        });
    }

    fn current(&self) -> MutexGuard<'_, Option<Arc<Connection>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
