//! How the sockets stand.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How Socket Mode stands, for `/health`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SocketState {
    /// Connections that are up.
    pub connected: usize,
    /// Since when there is at least one, or since when there is none after there was.
    pub since: Option<DateTime<Utc>>,
    /// When the last event came.
    pub last_event_at: Option<DateTime<Utc>>,
    /// Why there is no connection, where that is known.
    pub why_not: Option<String>,
}

#[derive(Default)]
struct Inner {
    state: SocketState,
    /// When each connection said hello.
    up: BTreeMap<String, Instant>,
    /// Connections in a row that did not last.
    short: u32,
}

/// What listener and owner share.
#[derive(Default)]
pub(super) struct Shared(Mutex<Inner>);

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> SocketState {
        self.inner().state.clone()
    }

    pub(super) fn hello(&self, connection: String) {
        let mut inner = self.inner();
        inner.up.insert(connection, Instant::now());
        if inner.state.connected == 0 {
            inner.state.since = Some(Utc::now());
        }
        inner.state.connected = inner.up.len();
        inner.state.why_not = None;
    }

    pub(super) fn event(&self) {
        self.inner().state.last_event_at = Some(Utc::now());
    }

    /// Notes that a connection is gone. How many in a row did not last `long`, this one counted in.
    pub(super) fn gone(&self, connection: &str, long: Duration) -> u32 {
        let mut inner = self.inner();
        let lasted = inner.up.remove(connection).is_some_and(|since| since.elapsed() >= long);
        inner.short = if lasted { 0 } else { inner.short.saturating_add(1) };
        let connected = inner.up.len();
        if connected == 0 && inner.state.connected > 0 {
            inner.state.since = Some(Utc::now());
        }
        inner.state.connected = connected;
        inner.short
    }

    pub(super) fn why_not(&self, why: &str) {
        let mut inner = self.inner();
        if inner.state.connected == 0 {
            inner.state.why_not = Some(why.to_owned());
        }
    }

    pub(super) fn stopped(&self) {
        let mut inner = self.inner();
        inner.up.clear();
        inner.state.connected = 0;
        inner.state.why_not = Some("it was stopped".to_owned());
    }
}
