//! One declared server: its start, its restarts, its offer, and one call to it.
//!
//! Guarantees: at most one start is under way; a server that does not come up is tried again only after a growing wait,
//! and calls in between fail at once with the reason; every wait of a call ends at the call's deadline; a call is
//! repeated at most once and only because every callable tool reads. The last offer survives a lost connection, so that
//! the next call brings the server back instead of being an unknown tool.
//!
//! Deliberately absent: what a tool may do and what it is called elsewhere (see `offer`, `index`).

mod phase;

use crate::connect::Connection;
use crate::failures;
use crate::index::Entry;
use crate::offer::Offer;
use crate::result::{self, Fetched};
use crate::settings::{CacheSettings, ServerSettings};
use domain::backoff::Backoff;
use domain::envelope::{Failure, FailureKind};
use futures::FutureExt;
use phase::{Away, Next, Phase};
use ports::toolbox::ServerStatus;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult};
use serde_json::{Map, Value};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The shortest time between two readings of a server's list, however often it says that the list changed.
const REFRESH_PAUSE: Duration = Duration::from_millis(500);

/// What the servers of one toolbox share.
#[derive(Clone)]
pub struct Common {
    /// How long a start may take.
    pub start_deadline: Duration,
    /// How long a call may take where the server says nothing else.
    pub call_deadline: Duration,
    /// The waits between starts.
    pub restart: Backoff,
    /// The limits of the cache, of which the offer takes its times.
    pub cache: CacheSettings,
    /// Goes up with every change of an offer.
    pub version: Arc<AtomicU64>,
    /// Cancelled when the toolbox ends.
    pub stop: CancellationToken,
    /// The background work.
    pub tasks: TaskTracker,
}

/// One declared server.
pub struct Server {
    /// As declared.
    pub settings: ServerSettings,
    common: Common,
    phase: watch::Sender<Phase>,
    offer: RwLock<Arc<Offer>>,
    slots: Semaphore,
}

impl Server {
    /// A server that is not started yet.
    pub fn new(settings: ServerSettings, common: Common) -> Arc<Self> {
        Arc::new(Self {
            slots: Semaphore::new(settings.max_concurrent.clamp(1, Semaphore::MAX_PERMITS)),
            settings,
            common,
            phase: watch::Sender::new(Phase::Idle),
            offer: RwLock::default(),
        })
    }

    /// How long one of its calls may take.
    pub fn deadline(&self) -> Duration {
        self.settings.deadline.unwrap_or(self.common.call_deadline)
    }

    /// What it last offered.
    pub fn offer(&self) -> Arc<Offer> {
        Arc::clone(&self.offer.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether its tools may be listed: it runs, or it will be brought back by the next call.
    pub fn is_on_offer(&self) -> bool {
        matches!(*self.phase.borrow(), Phase::Ready { .. } | Phase::Starting { .. })
    }

    /// Whether it has never been up, so that its tools are not known.
    pub fn is_unknown(&self) -> bool {
        self.offer().definitions.is_empty()
    }

    /// Starts it where that is due, and waits for a start under way.
    ///
    /// # Errors
    /// Why it is away.
    pub async fn connection(self: &Arc<Self>) -> Result<Arc<Connection>, Failure> {
        loop {
            match self.wake() {
                Next::Use(connection) => return Ok(connection),
                Next::Fail(failure) => return Err(failure),
                Next::Wait => self.settled().await,
            }
        }
    }

    /// Starts it in the background where that is due.
    pub fn begin(self: &Arc<Self>) {
        let _ = self.wake();
    }

    /// Starts it where that is due, and waits only when it has not been up before: a server that is away is tried
    /// again in the background, and nobody is held up by it.
    pub async fn prepared(self: &Arc<Self>) {
        let _ = self.wake();
        let first = matches!(*self.phase.borrow(), Phase::Starting { first: true, .. });
        if first {
            self.settled().await;
        }
    }

    async fn settled(&self) {
        // The sender lives in `self`, so that the channel cannot close while somebody waits here.
        let _ = self.phase.subscribe().wait_for(|phase| !matches!(phase, Phase::Starting { .. })).await;
    }

    /// Moves the phase where that is due, and says what a call does now.
    fn wake(self: &Arc<Self>) -> Next {
        let mut next = Next::Wait;
        let mut begin = None;
        self.phase.send_if_modified(|phase| {
            let (says, start) = phase.wake(&self.settings.name, &self.common.restart, Instant::now());
            next = says;
            begin = start;
            if begin.is_some() {
                *phase = Phase::Starting { first: matches!(phase, Phase::Idle) };
            }
            begin.is_some()
        });
        if let Some(attempt) = begin {
            let server = Arc::clone(self);
            self.common.tasks.spawn(async move { server.start(attempt).await });
        }
        next
    }

    /// One start, from the transport to the list of tools.
    async fn start(self: Arc<Self>, attempt: u32) {
        let begun = Instant::now();
        // A panic here (a connector is foreign code) would leave everybody waiting for the end of this start.
        let opening = AssertUnwindSafe(self.open(begun + self.common.start_deadline)).catch_unwind();
        let outcome = tokio::select! {
            () = self.common.stop.cancelled() => Err(failures::stopped(&self.settings.name)),
            opened = opening => opened.unwrap_or_else(|_panic| {
                let text = format!("the start of MCP server {} failed on a mistake of this program", self.settings.name);
                Err(Failure::new(FailureKind::BadAnswer, text).with_hint("the log has more"))
            }),
        };
        let took = begun.elapsed();
        let next = match outcome {
            Ok(connection) => {
                tracing::info!(server = self.settings.name, identity = connection.identity, took = ?took, "MCP server is up");
                self.watch_list(&connection);
                Phase::Ready { connection, took, attempt }
            }
            Err(failure) => {
                tracing::warn!(server = self.settings.name, attempt, %failure, "MCP server is away");
                Phase::Away(Away::after(&self.settings.name, failure, attempt, took, &self.common.restart))
            }
        };
        self.phase.send_if_modified(|phase| {
            let goes_on = !matches!(phase, Phase::Stopped);
            if goes_on {
                *phase = next;
            }
            goes_on
        });
    }

    async fn open(&self, until: Instant) -> Result<Arc<Connection>, Failure> {
        let connection = Connection::open(&self.settings, until).await?;
        self.read_list(&connection, until).await?;
        Ok(Arc::new(connection))
    }

    async fn read_list(&self, connection: &Connection, until: Instant) -> Result<(), Failure> {
        let name = &self.settings.name;
        let tools = match tokio::time::timeout_at(until, connection.tools()).await {
            Ok(Ok(tools)) => tools,
            Ok(Err(error)) => return Err(connection.explain(failures::call(name, "list of tools", &error)).await),
            Err(_elapsed) => return Err(failures::slow_start(name, "did not list its tools")),
        };
        let offer = Arc::new(Offer::sorted(&self.settings, &self.common.cache, tools));
        let before =
            std::mem::replace(&mut *self.offer.write().unwrap_or_else(PoisonError::into_inner), Arc::clone(&offer));
        if !self.settings.ours {
            for tool in offer.changed_since(&before) {
                let graded = self.settings.grades.contains_key(tool);
                tracing::warn!(
                    server = self.settings.name,
                    tool,
                    graded,
                    "a foreign tool's definition is not what it was; look whether its grade still fits"
                );
            }
        }
        self.common.version.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Reads the list again whenever the server says that it changed.
    fn watch_list(self: &Arc<Self>, connection: &Arc<Connection>) {
        let server = Arc::downgrade(self);
        let connection_again = Arc::downgrade(connection);
        let (changed, gone, stop) =
            (Arc::clone(&connection.changed), connection.gone.clone(), self.common.stop.clone());
        self.common.tasks.spawn(async move {
            loop {
                tokio::select! {
                    () = gone.cancelled() => return,
                    () = stop.cancelled() => return,
                    () = changed.notified() => {}
                }
                // Weak on both sides: this task must not keep a connection that everybody else has dropped.
                let (Some(server), Some(connection)) = (server.upgrade(), connection_again.upgrade()) else { return };
                let server_name = &server.settings.name;
                match server.read_list(&connection, Instant::now() + server.common.start_deadline).await {
                    Ok(()) => tracing::info!(server = server_name, "MCP server's list of tools was read again"),
                    Err(failure) => {
                        tracing::warn!(server = server_name, %failure, "MCP server's changed list was not read")
                    }
                }
                drop((server, connection));
                tokio::time::sleep(REFRESH_PAUSE).await;
            }
        });
    }

    /// How it stands now, after a start under way.
    pub async fn status(&self) -> ServerStatus {
        self.settled().await;
        let (state, start) = self.phase.borrow().state(&self.settings.name);
        let offer = self.offer();
        let tools = if state.is_ok() { offer.offered.len() } else { 0 };
        ServerStatus { name: self.settings.name.clone(), state, tools, withheld: offer.withheld.clone(), start }
    }

    /// Calls a tool. Ends at the deadline, counted from `begun`, whatever the server does.
    ///
    /// # Errors
    /// The tool's own failure, or what kept it from being asked.
    pub async fn call(
        self: Arc<Self>,
        entry: Entry,
        arguments: Map<String, Value>,
        begun: Instant,
    ) -> Result<Fetched, Failure> {
        let (name, tool) = (&self.settings.name, &entry.offered.tool);
        let what = || format!("MCP server {name}, tool {tool}");
        let limit = self.deadline();
        let until = begun + limit;
        let slot = tokio::time::timeout_at(until, self.slots.acquire()).await;
        let _slot = match slot {
            Ok(Ok(slot)) => slot,
            Ok(Err(_closed)) => return Err(failures::stopped(name)),
            Err(_elapsed) => {
                let stage = format!("no place among its {} calls at once came free", self.settings.max_concurrent);
                return Err(failures::timeout(&what(), &stage, limit));
            }
        };
        let parameters = CallToolRequestParams::new(tool.clone()).with_arguments(arguments);
        let mut last = None;
        for _attempt in 0..2 {
            let connection = match tokio::time::timeout_at(until, self.connection()).await {
                Ok(Ok(connection)) => connection,
                // What ended the first attempt says more than that the server is away since.
                Ok(Err(failure)) => return Err(last.unwrap_or(failure)),
                Err(_elapsed) => return Err(failures::timeout(&what(), "the server was still starting", limit)),
            };
            let sent = connection.peer.call_tool_once(parameters.clone());
            let answered = match tokio::time::timeout_at(until, sent).await {
                Ok(answered) => answered,
                Err(_elapsed) => return Err(failures::timeout(&what(), "no answer came", limit)),
            };
            match answered {
                Ok(response) => {
                    connection.mark_served();
                    return self.read(tool, complete(name, tool, response)?);
                }
                Err(error) if failures::is_lost(&error) => {
                    connection.give_up();
                    last = Some(connection.explain(failures::call(name, tool, &error)).await);
                }
                Err(error) => return Err(failures::call(name, tool, &error)),
            }
        }
        Err(last.unwrap_or_else(|| Failure::new(FailureKind::Unreachable, format!("{}: no answer", what()))))
    }

    fn read(&self, tool: &str, result: CallToolResult) -> Result<Fetched, Failure> {
        match self.settings.ours {
            true => result::own(&self.settings.name, tool, result),
            false => result::foreign(&self.settings.name, tool, result, self.settings.result_ceiling_bytes),
        }
    }

    /// Refuses everything from now on and closes the connection within the deadline.
    pub async fn shut_down(&self, deadline: Duration) {
        self.slots.close();
        let before = self.phase.send_replace(Phase::Stopped);
        if let Phase::Ready { connection, .. } = before {
            connection.close(deadline).await;
        }
    }
}

/// A finished result; a server that asks back, or wants to be asked again later, has given none.
fn complete(server: &str, tool: &str, response: CallToolResponse) -> Result<CallToolResult, Failure> {
    let reason = match response {
        CallToolResponse::Complete(result) => return Ok(result),
        CallToolResponse::InputRequired(_) => "asks for more input, which nobody here may give",
        CallToolResponse::Task(_) => "answered with a task to come back for, which is not supported",
        _ => "answered in a way that is not supported",
    };
    Err(Failure::new(FailureKind::BadAnswer, format!("MCP server {server}, tool {tool}, {reason}")))
}
