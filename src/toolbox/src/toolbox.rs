//! The tools of all servers under one roof.
//!
//! Guarantee: a call finds its tool without waiting for servers that it does not need.

use crate::cache::{Answer, Cache};
use crate::failures;
use crate::index::{self, Entry, Index};
use crate::naming;
use crate::server::{Common, Server};
use crate::settings::{Start, ToolboxSettings};
use async_trait::async_trait;
use domain::envelope::{Failure, FailureKind};
use domain::evidence::ToolCall;
use futures::future::join_all;
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// The MCP servers of the settings as one [`ports::toolbox::Toolbox`].
///
/// Dropping it ends the servers in the background; [`Toolbox::shut_down`] waits for their end.
pub struct Toolbox {
    servers: Vec<Arc<Server>>,
    cache: Arc<Cache>,
    version: Arc<AtomicU64>,
    /// The merged catalogue, and the version of the offers that it was made of.
    index: RwLock<(u64, Arc<Index>)>,
    calls: TaskTracker,
    tasks: TaskTracker,
    stop: CancellationToken,
    _stop: DropGuard,
}

impl Toolbox {
    /// Takes the servers over and starts the eager ones in the background. Needs a tokio runtime around it.
    pub fn start(settings: ToolboxSettings) -> Self {
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let common = Common {
            start_deadline: settings.start_deadline,
            call_deadline: settings.call_deadline,
            restart: settings.restart,
            cache: settings.cache.clone(),
            version: Arc::default(),
            stop: stop.clone(),
            tasks: tasks.clone(),
        };
        let toolbox = Self {
            servers: settings.servers.into_iter().map(|server| Server::new(server, common.clone())).collect(),
            cache: Cache::new(settings.cache),
            version: common.version,
            index: RwLock::default(),
            calls: TaskTracker::new(),
            tasks,
            stop: stop.clone(),
            _stop: stop.drop_guard(),
        };
        for server in toolbox.servers.iter().filter(|server| server.settings.start == Start::Eager) {
            server.begin();
        }
        toolbox
    }

    /// Takes no new call, lets the running ones finish, and ends the servers, all within the deadline.
    pub async fn shut_down(&self, deadline: Duration) {
        let until = Instant::now() + deadline;
        self.stop.cancel();
        self.calls.close();
        if tokio::time::timeout(deadline / 2, self.calls.wait()).await.is_err() {
            tracing::warn!(running = self.calls.len(), "tool calls were still running and are dropped");
        }
        let left = until.saturating_duration_since(Instant::now());
        join_all(self.servers.iter().map(|server| server.shut_down(left))).await;
        self.tasks.close();
        let left = until.saturating_duration_since(Instant::now());
        if tokio::time::timeout(left, self.tasks.wait()).await.is_err() {
            tracing::warn!(running = self.tasks.len(), "background work of the MCP servers did not end in time");
        }
    }

    /// The merged catalogue of what the servers offer now.
    fn index(&self) -> Arc<Index> {
        let version = self.version.load(Ordering::Acquire);
        {
            let known = self.index.read().unwrap_or_else(PoisonError::into_inner);
            if known.0 == version {
                return Arc::clone(&known.1);
            }
        }
        let offers = self.servers.iter().map(|server| (server.settings.name.as_str(), server.offer()));
        let merged = Arc::new(Index::merged(offers));
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = (version, Arc::clone(&merged));
        merged
    }

    /// The tool of that name; starts the server whose tool it may be where that one has not been up yet.
    async fn find(&self, name: &str, begun: Instant) -> Result<Entry, Failure> {
        if let Some(entry) = self.index().get(name) {
            return Ok(entry.clone());
        }
        let possible = |server: &&Arc<Server>| name.starts_with(&naming::prefix(&server.settings.name));
        let mut away = None;
        for server in self.servers.iter().filter(possible).filter(|server| server.is_unknown()) {
            match timeout_at(begun + server.deadline(), server.connection()).await {
                Ok(Ok(_)) => {}
                Ok(Err(failure)) => away = Some(failure),
                Err(_elapsed) => {
                    away = Some(failures::timeout(name, "its server was still starting", server.deadline()))
                }
            }
        }
        let index = self.index();
        match (index.get(name), away) {
            (Some(entry), _) => Ok(entry.clone()),
            (None, Some(failure)) => Err(failure),
            (None, None) => Err(index.refusal(name)),
        }
    }

    async fn answer(&self, call: ToolCall) -> Answer {
        let begun = Instant::now();
        let entry = match self.find(&call.tool, begun).await {
            Ok(entry) => entry,
            Err(failure) => return Answer::fresh(Err(failure)),
        };
        let Some(server) = self.servers.get(entry.server).map(Arc::clone) else {
            return Answer::fresh(Err(Failure::new(FailureKind::BadRequest, format!("{} has no server", call.tool))));
        };
        // The offer holds reads only; this is the second lock on the same door (invariant 2).
        if !entry.offered.effect.is_read() {
            return Answer::fresh(Err(Failure::new(FailureKind::Refused, format!("{} changes something", call.tool))));
        }
        let key = entry.offered.cache_ttl.map(|ttl| (call.key(), ttl));
        let arguments = match entry.offered.arguments.check(&call.tool, call.arguments) {
            Ok(arguments) => arguments,
            Err(failure) => return Answer::fresh(Err(failure)),
        };
        let fetch = server.call(entry, arguments, begun);
        match key {
            Some((key, ttl)) => self.cache.through(key, ttl, fetch).await,
            None => Answer::fresh(fetch.await),
        }
    }
}

#[async_trait]
impl ports::toolbox::Toolbox for Toolbox {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        join_all(self.servers.iter().map(|server| server.prepared())).await;
        let index = self.index();
        index
            .entries()
            .filter_map(|(name, entry)| {
                let server = self.servers.get(entry.server).filter(|server| server.is_on_offer())?;
                Some(index::description(name, &server.settings.name, &entry.offered))
            })
            .collect()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        join_all(self.servers.iter().map(|server| server.status())).await
    }

    async fn call(&self, call: ToolCall, cancel: CancellationToken) -> ToolOutcome {
        let _running = self.calls.token();
        let tool = failures::cut(&call.tool, 80);
        let begun = Instant::now();
        let answer = if self.stop.is_cancelled() {
            Answer::fresh(Err(Failure::new(
                FailureKind::Cancelled,
                format!("{tool} is not called: the program is stopping"),
            )))
        } else {
            tokio::select! {
                biased;
                () = cancel.cancelled() => Answer::fresh(Err(failures::cancelled(&tool))),
                answer = self.answer(call) => answer,
            }
        };
        let bytes = match &answer.result {
            Ok(_) => answer.bytes,
            Err(failure) => {
                serde_json::to_string(failure).map_or(0, |text| u64::try_from(text.len()).unwrap_or(u64::MAX))
            }
        };
        let failed = answer.result.as_ref().err().map(|failure| failure.kind);
        tracing::debug!(tool, took = ?begun.elapsed(), bytes, cached = answer.cached, ?failed, "tool call");
        ToolOutcome { result: answer.result, cached: answer.cached, bytes }
    }
}
