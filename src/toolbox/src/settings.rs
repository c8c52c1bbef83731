//! What the toolbox is told: the servers, how to reach each, what their tools may do, and the limits.
//!
//! Guarantee: `Debug` shows the names of headers and environment variables and never their values.
//! Deliberately absent: reading files and expanding `${VAR}`; both happen before these values exist.

use domain::backoff::Backoff;
use domain::effect::EffectClass;
use futures::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// A two-way byte stream: what an in-process server and its client talk over.
pub trait AsyncReadWrite: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + ?Sized> AsyncReadWrite for T {}

/// Starts an in-process server and gives the client's end of the stream; called again after the server went away.
pub type Connector = Arc<dyn Fn() -> BoxFuture<'static, std::io::Result<Box<dyn AsyncReadWrite>>> + Send + Sync>;

/// A connector of a function that starts the server and gives the client's end.
pub fn connector<S: AsyncReadWrite + 'static>(start: impl Fn() -> S + Send + Sync + 'static) -> Connector {
    Arc::new(move || {
        let stream: Box<dyn AsyncReadWrite> = Box::new(start());
        Box::pin(std::future::ready(Ok(stream)))
    })
}

/// The usual waits between starts: long enough that a broken child does not keep a core busy, short enough that a
/// server that was restarted is back within the minute.
const RESTART: Backoff =
    Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(60), longest_wish: Duration::from_secs(60) };

/// Everything that a toolbox needs to know.
#[derive(Debug, Clone)]
pub struct ToolboxSettings {
    /// The declared servers; their order is the order of the catalogue.
    pub servers: Vec<ServerSettings>,
    /// How long a server may take to start and to list its tools.
    pub start_deadline: Duration,
    /// How long a call may take, unless its server has a deadline of its own.
    pub call_deadline: Duration,
    /// The waits between the starts of a server that does not stay up.
    pub restart: Backoff,
    /// The limits of the cache of repeated reads.
    pub cache: CacheSettings,
}

impl ToolboxSettings {
    /// These servers with the usual limits: 10 s to start, 30 s for a call, and the usual cache.
    pub fn new(servers: Vec<ServerSettings>) -> Self {
        Self {
            servers,
            start_deadline: Duration::from_secs(10),
            call_deadline: Duration::from_secs(30),
            restart: RESTART,
            cache: CacheSettings::usual(),
        }
    }
}

/// The cache of repeated reads.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// How long a result of our own R0 tools may be given again; zero switches the cache off for them.
    pub own_reads_ttl: Duration,
    /// Results that are kept at most.
    pub max_entries: usize,
    /// Bytes of results that are kept at most.
    pub max_bytes: usize,
}

impl CacheSettings {
    /// 10 s, 256 results, 8 MiB: long enough that one turn asks a thing once, short enough that the next turn looks anew.
    pub fn usual() -> Self {
        Self { own_reads_ttl: Duration::from_secs(10), max_entries: 256, max_bytes: 8 * 1024 * 1024 }
    }
}

/// One declared MCP server.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Its name in the settings, the first half of its tools' names.
    pub name: String,
    /// How to reach it.
    pub transport: Transport,
    /// Whether it is one of this house: then our table grades its tools, and it answers in our envelope.
    pub ours: bool,
    /// When it is started.
    pub start: Start,
    /// What a foreign server's tools may do, by the server's own tool names. A tool without a grade is withheld.
    pub grades: BTreeMap<String, EffectClass>,
    /// The tools that may be offered; all that are graded where absent.
    pub enabled_tools: Option<BTreeSet<String>>,
    /// How long one of its calls may take, instead of the toolbox's deadline.
    pub deadline: Option<Duration>,
    /// Calls at once; more wait for their turn within their deadline.
    pub max_concurrent: usize,
    /// How long results may be given again, by the server's own tool names. Absent: our own R0 tools by the toolbox's
    /// setting, everything else not at all.
    pub cache_ttl: BTreeMap<String, Duration>,
    /// Bytes of one result of a foreign server that are passed on; the rest is cut off, and that is told.
    pub result_ceiling_bytes: usize,
}

impl ServerSettings {
    /// A foreign server without grades, which offers nothing until it has some.
    pub fn foreign(name: impl Into<String>, transport: Transport) -> Self {
        Self {
            name: name.into(),
            transport,
            ours: false,
            start: Start::Eager,
            grades: BTreeMap::new(),
            enabled_tools: None,
            deadline: None,
            max_concurrent: 4,
            cache_ttl: BTreeMap::new(),
            result_ceiling_bytes: 256 * 1024,
        }
    }

    /// One of our own servers inside this process, started when it is first needed.
    pub fn in_process(name: impl Into<String>, connector: Connector) -> Self {
        Self {
            ours: true,
            start: Start::Lazy,
            max_concurrent: 16,
            ..Self::foreign(name, Transport::InProcess(connector))
        }
    }
}

/// When a server is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the toolbox, in the background.
    Eager,
    /// With the first call of one of its tools, or when the catalogue is asked for.
    Lazy,
}

/// How to reach a server.
#[derive(Clone)]
pub enum Transport {
    /// Inside this process.
    InProcess(Connector),
    /// A child process that speaks over its standard input and output.
    Stdio(StdioSettings),
    /// A streamable HTTP endpoint.
    StreamableHttp(HttpSettings),
}

impl fmt::Debug for Transport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProcess(_) => out.write_str("InProcess"),
            Self::Stdio(stdio) => stdio.fmt(out),
            Self::StreamableHttp(endpoint) => endpoint.fmt(out),
        }
    }
}

/// A child process.
#[derive(Clone)]
pub struct StdioSettings {
    /// The program, by path or by name on `PATH`.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment beside the basics (`PATH`, `HOME`, locale); nothing else of ours reaches it.
    pub env: BTreeMap<String, String>,
    /// Its working directory; ours where absent.
    pub cwd: Option<PathBuf>,
}

impl fmt::Debug for StdioSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments may hold tokens too (`--api-key ...`), so that only their number is told.
        out.debug_struct("Stdio")
            .field("command", &self.command)
            .field("args", &self.args.len())
            .field("env", &self.env.keys().collect::<Vec<_>>())
            .field("cwd", &self.cwd)
            .finish()
    }
}

/// A streamable HTTP endpoint.
#[derive(Clone)]
pub struct HttpSettings {
    /// Where it listens: `https://host/mcp`.
    pub url: String,
    /// Sent with every request; the values are secrets.
    pub headers: BTreeMap<String, String>,
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StreamableHttp")
            .field("url", &crate::naming::without_userinfo(&self.url))
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_value_of_a_header_or_variable() {
        let stdio = StdioSettings {
            command: "uvx".to_owned(),
            args: vec!["--token=hunter2".to_owned()],
            env: BTreeMap::from([("API_TOKEN".to_owned(), "hunter2".to_owned())]),
            cwd: None,
        };
        let endpoint = HttpSettings {
            url: "https://me:hunter2@mcp.example/mcp?key=hunter2".to_owned(),
            headers: BTreeMap::from([("Authorization".to_owned(), "Bearer hunter2".to_owned())]),
        };
        let servers = vec![
            ServerSettings::foreign("a", Transport::Stdio(stdio)),
            ServerSettings::foreign("b", Transport::StreamableHttp(endpoint)),
        ];
        let shown = format!("{:?}", ToolboxSettings::new(servers));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("API_TOKEN") && shown.contains("Authorization"), "{shown}");
    }
}
