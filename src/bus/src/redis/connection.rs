//! One connection to the server.
//!
//! fred would reconnect by itself and send again what waited meanwhile. Here a connection that breaks is gone, with
//! whatever was on the way: nothing that was given up arrives later, and the error of each attempt is known. Who uses a
//! connection opens the next.

use super::errors::told;
use super::settings::RedisSettings;
use fred::clients::Client;
use fred::interfaces::ClientLike;
use fred::types::config::{ConnectionConfig, Options, PerformanceConfig};
use fred::types::{Builder, ConnectHandle, CustomCommand, RespVersion, Value};
use ports::bus::BusError;
use std::time::Duration;

/// Commands that wait on one connection at most.
const COMMANDS: usize = 10_000;

/// An open connection; it closes when dropped.
pub struct Connection {
    pub client: Client,
    task: ConnectHandle,
    place: String,
    timeout: Duration,
}

impl Connection {
    /// Connects, with the password of the settings.
    ///
    /// # Errors
    /// When there is no server, or it refuses.
    pub async fn open(settings: &RedisSettings, version: RespVersion) -> Result<Self, BusError> {
        let mut config = settings.config.clone();
        config.fail_fast = true;
        config.version = version;
        let mut builder = Builder::from_config(config);
        builder.set_connection_config(ConnectionConfig {
            connection_timeout: settings.connect_timeout,
            internal_command_timeout: settings.connect_timeout,
            max_command_attempts: 1,
            max_command_buffer_len: COMMANDS,
            ..ConnectionConfig::default()
        });
        builder.set_performance_config(PerformanceConfig {
            default_command_timeout: settings.command_timeout,
            broadcast_channel_capacity: settings.limits.live_waiting.max(1),
            ..PerformanceConfig::default()
        });
        let client = builder.build().map_err(|error| told(&settings.place, "connecting", &error))?;
        let task = client.connect();
        let connection = Self { client, task, place: settings.place.clone(), timeout: settings.command_timeout };
        let wait = tokio::time::timeout(settings.connect_timeout, connection.client.wait_for_connect());
        match wait.await {
            Ok(Ok(())) => Ok(connection),
            Ok(Err(error)) => Err(told(&settings.place, "connecting", &error)),
            Err(_) => {
                let (place, waited) = (&settings.place, settings.connect_timeout);
                Err(BusError::Unavailable(format!("connecting to {place}: no answer within {waited:?}")))
            }
        }
    }

    /// One command, within so long. It fails rather than wait for another connection.
    ///
    /// # Errors
    /// What the server or the way to it told.
    pub async fn ask(
        &self,
        timeout: Duration,
        command: &'static str,
        arguments: Vec<Value>,
    ) -> Result<Value, fred::error::Error> {
        let options = Options { timeout: Some(timeout), max_attempts: Some(1), fail_fast: true, ..Options::default() };
        let command = CustomCommand::new_static(command, None::<u16>, false);
        self.client.with_options(&options).custom(command, arguments).await
    }

    /// Runs a script; `what` says what it does, for the error.
    ///
    /// # Errors
    /// What the server or the way to it told.
    pub async fn run(
        &self,
        what: &str,
        script: &'static str,
        keys: Vec<String>,
        arguments: Vec<Value>,
    ) -> Result<Value, BusError> {
        let mut all = vec![Value::from_static_str(script), number(keys.len())];
        all.extend(keys.into_iter().map(Value::from));
        all.extend(arguments);
        self.ask(self.timeout, "EVAL", all).await.map_err(|error| told(&self.place, what, &error))
    }

    /// Asks whether the server is there.
    ///
    /// # Errors
    /// When it does not answer in time, or answers an error.
    pub async fn ping(&self, timeout: Duration) -> Result<(), BusError> {
        let answer = self.ask(timeout, "PING", Vec::new()).await;
        answer.map(drop).map_err(|error| told(&self.place, "asking whether it is there", &error))
    }

    /// Whether the connection has not ended yet, as far as is known.
    pub fn is_open(&self) -> bool {
        !self.task.is_finished() && self.client.is_connected()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A length or a number of milliseconds as an argument.
pub fn number(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// A time in milliseconds as an argument; at least one.
pub fn milliseconds(duration: Duration) -> Value {
    Value::Integer(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX).max(1))
}
