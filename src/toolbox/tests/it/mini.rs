//! A small MCP server, built on rmcp directly, whose tools bear the names of our own ones.

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{Peer, RequestContext};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use toolbox::settings::{Connector, ServerSettings, ToolboxSettings, connector};

use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use ports::toolbox::{ToolOutcome, Toolbox as _};
use toolbox::Toolbox;

/// What the test sees of the server.
pub struct Seen {
    /// Starts of the server.
    pub starts: AtomicU32,
    /// Calls that reached a tool.
    pub calls: AtomicU32,
    /// Calls that the client cancelled.
    pub cancelled: AtomicU32,
    /// Each waiting call takes one permit.
    pub gate: Semaphore,
    /// Rung whenever one of the numbers changed.
    pub changed: tokio::sync::Notify,
    /// Names and schemas of the tools.
    pub tools: Mutex<BTreeMap<String, Value>>,
    /// The way back to the client of the last connection.
    pub client: Mutex<Option<Peer<RoleServer>>>,
    /// Cuts the last connection.
    pub closing: Mutex<CancellationToken>,
}

impl Seen {
    /// Waits until the condition holds; a test that waits in vain ends with its name.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let waiting = async {
            loop {
                let next = self.changed.notified();
                if holds(self) {
                    return;
                }
                next.await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(20), waiting).await.is_ok(), "never: {what}");
    }

    fn add(&self, number: &AtomicU32) {
        number.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_waiters();
    }
}

/// The server.
#[derive(Clone)]
pub struct Mini(pub Arc<Seen>);

impl Mini {
    /// A server with `list` (answers at once), `count` and `logs` (wait at the gate), `get` (fails), `events` (sleeps for
    /// an hour) and `delete_everything`, which our table does not know.
    pub fn new() -> Self {
        let schema = json!({
            "type": "object",
            "properties": {"kind": {"enum": ["pods", "services"]}, "limit": {"type": "integer", "minimum": 1}},
            "additionalProperties": false,
        });
        let names = ["list", "count", "logs", "get", "events", "delete_everything"];
        Self(Arc::new(Seen {
            starts: AtomicU32::default(),
            calls: AtomicU32::default(),
            cancelled: AtomicU32::default(),
            gate: Semaphore::new(0),
            changed: tokio::sync::Notify::default(),
            tools: Mutex::new(names.into_iter().map(|name| (name.to_owned(), schema.clone())).collect()),
            client: Mutex::default(),
            closing: Mutex::default(),
        }))
    }

    /// Serves the other end of the stream.
    pub fn begin(&self) -> DuplexStream {
        let (ours, mut near) = tokio::io::duplex(64 * 1024);
        let (mut far, theirs) = tokio::io::duplex(64 * 1024);
        let server = self.clone();
        server.0.add(&server.0.starts);
        let closing = CancellationToken::new();
        *self.0.closing.lock().unwrap() = closing.clone();
        // A cable between the two that can be cut, which no orderly end of the server is.
        tokio::spawn(async move {
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                () = closing.cancelled() => {}
            }
        });
        tokio::spawn(async move {
            let Ok(running) = server.clone().serve(theirs).await else { return };
            *server.0.client.lock().unwrap() = Some(running.peer().clone());
            let _ = running.waiting().await;
        });
        ours
    }

    /// Starts it in this process.
    pub fn connector(&self) -> Connector {
        let server = self.clone();
        connector(move || server.begin())
    }
}

impl ServerHandler for Mini {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build())
            .with_server_info(Implementation::new("mini", "1.2.3"))
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        // Two on a page, so that every test reads pages.
        let from: usize = request.and_then(|request| request.cursor).map_or(0, |cursor| cursor.parse().unwrap());
        let tools = self.0.tools.lock().unwrap();
        let mut page = ListToolsResult::default();
        for (name, schema) in tools.iter().skip(from).take(2) {
            let schema = schema.as_object().cloned().unwrap();
            page.tools.push(Tool::new(name.clone(), format!("does {name}"), schema));
        }
        page.next_cursor = (from + 2 < tools.len()).then(|| (from + 2).to_string());
        Ok(page)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.0.add(&self.0.calls);
        let number = self.0.calls.load(Ordering::SeqCst);
        let work = async {
            match request.name.as_ref() {
                "count" | "logs" => self.0.gate.acquire().await.unwrap().forget(),
                "events" => tokio::time::sleep(Duration::from_secs(3600)).await,
                _ => {}
            }
        };
        tokio::select! {
            () = work => {}
            () = context.ct.cancelled() => self.0.add(&self.0.cancelled),
        }
        let body = match request.name.as_ref() {
            "get" => {
                let failure =
                    Failure::new(FailureKind::NotFound, "no pod of that name").with_hint("see kubernetes_list");
                json!({"error": failure})
            }
            name => json!(Envelope::whole(json!({"tool": name, "call": number, "arguments": request.arguments}), 1)),
        };
        let mut result = CallToolResult::success(vec![ContentBlock::text(body.to_string())]);
        result.is_error = Some(body.get("error").is_some());
        Ok(result.into())
    }
}

/// A toolbox of these servers.
pub fn toolbox(servers: Vec<ServerSettings>) -> Toolbox {
    Toolbox::start(ToolboxSettings::new(servers))
}

/// One call that nobody cancels.
pub async fn call(toolbox: &Toolbox, tool: &str, arguments: Value) -> ToolOutcome {
    toolbox.call(ToolCall::new(tool, arguments), CancellationToken::new()).await
}

/// The failure of a call that must fail.
pub fn failure(outcome: ToolOutcome) -> Failure {
    match outcome.result {
        Err(failure) => failure,
        Ok(envelope) => panic!("the call was answered: {envelope:?}"),
    }
}

/// The data of a call that must be answered.
pub fn data(outcome: ToolOutcome) -> Value {
    match outcome.result {
        Ok(envelope) => envelope.data,
        Err(failure) => panic!("the call failed: {failure}"),
    }
}
