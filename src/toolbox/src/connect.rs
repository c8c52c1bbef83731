//! Opening a connection to a server and asking for its tools.
//!
//! Guarantees: a connection that is dropped closes its transport and ends its child process; the list of tools is
//! bounded in pages and tools. Deliberately absent: repetition (see `server`).

mod http;
mod stdio;

use crate::failures;
use crate::naming::without_userinfo;
use crate::settings::{ServerSettings, Transport};
use domain::envelope::{Failure, FailureKind};
use rmcp::ClientHandler;
use rmcp::model::{ClientCapabilities, ClientConfig, Implementation, PaginatedRequestParams, Tool};
use rmcp::service::{NotificationContext, Peer, RoleClient, RunningService, ServiceError, ServiceExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use stdio::StderrTail;
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Tools of one server that are looked at; more would not fit any model anyway.
const MAX_TOOLS: usize = 512;

/// Pages of the list that are read; a server may put one tool on each.
const MAX_PAGES: usize = 128;

/// What is answered to a server: who we are, and that its tools changed. Everything else it may ask is refused by
/// rmcp's defaults: no sampling, no elicitation, no roots.
pub struct Listener {
    changed: Arc<Notify>,
}

impl ClientHandler for Listener {
    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.changed.notify_one();
    }

    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("auto-devops", env!("CARGO_PKG_VERSION")))
    }
}

/// A server that has answered the handshake.
pub struct Connection {
    /// Sends requests.
    pub peer: Peer<RoleClient>,
    /// Name and version that the server gave.
    pub identity: String,
    /// Rung when the server says that its tools changed.
    pub changed: Arc<Notify>,
    /// When the handshake was over.
    pub since: Instant,
    /// Cancelled when the connection is dropped.
    pub gone: CancellationToken,
    /// Whether a call has been answered over it.
    served: AtomicBool,
    /// Whether a call found it dead although the transport does not say so.
    broken: AtomicBool,
    stderr: Option<StderrTail>,
    running: Mutex<Option<RunningService<RoleClient, Listener>>>,
    _gone: DropGuard,
}

impl Connection {
    /// Opens the transport and shakes hands.
    ///
    /// # Errors
    /// Why the server is away, with the last lines of a child's standard error.
    pub async fn open(settings: &ServerSettings, until: Instant) -> Result<Self, Failure> {
        let name = &settings.name;
        let changed = Arc::new(Notify::new());
        let listener = Listener { changed: Arc::clone(&changed) };
        let (place, stderr, started) = match &settings.transport {
            Transport::InProcess(connector) => {
                let stream = match timeout_at(until, connector()).await {
                    Ok(Ok(stream)) => stream,
                    Ok(Err(error)) => return Err(not_started(name, "in this process", &error.to_string())),
                    Err(_elapsed) => return Err(failures::slow_start(name, "was not connected to")),
                };
                ("in this process".to_owned(), None, timeout_at(until, listener.serve(stream)).await)
            }
            Transport::Stdio(child) => {
                let (transport, stderr) = stdio::spawn(name, child)?;
                (format!("`{}`", child.command), Some(stderr), timeout_at(until, listener.serve(transport)).await)
            }
            Transport::StreamableHttp(endpoint) => {
                let transport = http::transport(name, endpoint)?;
                (without_userinfo(&endpoint.url), None, timeout_at(until, listener.serve(transport)).await)
            }
        };
        let failure = match started {
            Ok(Ok(running)) => return Ok(Self::started(running, changed, stderr)),
            Ok(Err(error)) => failures::start(name, &place, &error),
            Err(_elapsed) => failures::slow_start(name, &format!("({place}) did not answer the handshake")),
        };
        Err(with_stderr(failure, stderr.as_ref()).await)
    }

    fn started(
        running: RunningService<RoleClient, Listener>,
        changed: Arc<Notify>,
        stderr: Option<StderrTail>,
    ) -> Self {
        let peer = running.peer().clone();
        let info = peer.peer_info();
        let identity = info.as_ref().and_then(|info| info.server_info.as_ref()).map_or_else(
            || "a server that does not say its name".to_owned(),
            |server| failures::cut(&failures::told(&format!("{} {}", server.name, server.version)), 100),
        );
        let gone = CancellationToken::new();
        Self {
            peer,
            identity,
            changed,
            since: Instant::now(),
            gone: gone.clone(),
            served: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            stderr,
            running: Mutex::new(Some(running)),
            _gone: gone.drop_guard(),
        }
    }

    /// Whether nothing more can be asked over it.
    pub fn is_closed(&self) -> bool {
        self.broken.load(Ordering::Relaxed) || self.peer.is_transport_closed()
    }

    /// Marks it as dead, so that the next call opens a new one.
    pub fn give_up(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Notes that a call was answered.
    pub fn mark_served(&self) {
        self.served.store(true, Ordering::Relaxed);
    }

    /// Whether it was of use: then a new attempt starts at once, and does not count as a repetition.
    pub fn was_of_use(&self, long_enough: Duration) -> bool {
        self.served.load(Ordering::Relaxed) || self.since.elapsed() >= long_enough
    }

    /// A failure with what a child process last said.
    pub async fn explain(&self, failure: Failure) -> Failure {
        with_stderr(failure, self.stderr.as_ref()).await
    }

    /// All tools of the server, page by page, as far as they are looked at.
    ///
    /// # Errors
    /// What the server or the transport answered.
    pub async fn tools(&self) -> Result<Vec<Tool>, ServiceError> {
        let mut tools = Vec::new();
        let mut cursor = None;
        for _page in 0..MAX_PAGES {
            let mut parameters = PaginatedRequestParams::default();
            parameters.cursor = cursor;
            let page = self.peer.list_tools(Some(parameters)).await?;
            tools.extend(page.tools);
            cursor = page.next_cursor;
            if cursor.is_none() || tools.len() >= MAX_TOOLS {
                break;
            }
        }
        if cursor.is_some() || tools.len() > MAX_TOOLS {
            tracing::warn!(server = %self.identity, read = tools.len(), "the server lists more tools than are looked at");
            tools.truncate(MAX_TOOLS);
        }
        Ok(tools)
    }

    /// Closes the transport and waits for a child process to end, within the deadline.
    pub async fn close(&self, deadline: Duration) {
        if let Some(mut running) = self.running.lock().await.take()
            && let Ok(None) | Err(_) = running.close_with_timeout(deadline).await
        {
            tracing::warn!(server = %self.identity, "the server did not close in time");
        }
    }
}

/// A start that failed before anything could be sent.
fn not_started(name: &str, place: &str, reason: &str) -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        format!("MCP server {name} ({place}) did not start: {}", failures::told(reason)),
    )
}

async fn with_stderr(mut failure: Failure, stderr: Option<&StderrTail>) -> Failure {
    if let Some(lines) = match stderr {
        Some(tail) => tail.last_lines().await,
        None => None,
    } {
        failure.message.push_str(&format!("; its last words on stderr: {lines}"));
    }
    failure
}
