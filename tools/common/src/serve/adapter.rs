//! The MCP side of a tool server: lists its tools, and wraps each call in checks, deadline and redaction.

use super::acting::OpenCalls;
use super::places::Places;
use crate::act::{Authority, GRANT_META_KEY};
use crate::server::{CallContext, Progress, ProgressUpdate, ServerInfo, ToolServer};
use crate::spec::ToolSpec;
use crate::{args, bounds, wire};
use chrono::{DateTime, Utc};
use domain::effect::{self, EffectClass};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::redaction;
use futures::FutureExt;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ProgressNotificationParam, ProgressToken, ServerCapabilities, ServerConfig, Tool,
    ToolAnnotations,
};
use rmcp::service::{Peer, RequestContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Where the adapter takes the time of day from.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The tool itself holds the deadline and can say more about it; the adapter waits this much longer before it cuts.
const GRACE: Duration = Duration::from_millis(500);
const PROGRESS_QUEUE: usize = 16;

/// The most of a message or a hint that is sent.
const SENTENCE_CHARS: usize = 4_000;

/// The most sentences about what could not be looked at.
const MOST_NOT_LOOKED: usize = 100;

pub(super) struct Served {
    pub(super) spec: ToolSpec,
    listed: Tool,
}

/// Which half of a server's tools is served.
pub(super) enum Mode {
    Read,
    Act(Authority),
}

pub(super) struct Inner {
    server: Box<dyn ToolServer>,
    pub(super) info: ServerInfo,
    tools: Vec<Served>,
    pub(super) mode: Mode,
    pub(super) places: Places,
    pub(super) calls: OpenCalls,
}

/// A tool server as rmcp wants it. Cheap to clone; every clone is the same server.
#[derive(Clone)]
pub struct Adapter {
    pub(super) inner: Arc<Inner>,
    pub(super) clock: Clock,
    structured: bool,
}

impl<S: ToolServer> From<S> for Adapter {
    fn from(server: S) -> Self {
        Self::new(server)
    }
}

impl Adapter {
    /// The read tools of `server`.
    pub fn new(server: impl ToolServer) -> Self {
        Self::of(server, Mode::Read)
    }

    /// The tools of `server` that change something, and no others, for whom `authority` admits.
    pub fn acting(server: impl ToolServer, authority: Authority) -> Self {
        Self::of(server, Mode::Act(authority))
    }

    fn of(server: impl ToolServer, mode: Mode) -> Self {
        let info = server.info();
        let reads = matches!(mode, Mode::Read);
        let tools = server.tools().into_iter().filter_map(|spec| served(info.name, spec, reads)).collect();
        let (places, calls) = (Places::default(), OpenCalls::default());
        let inner = Inner { server: Box::new(server), info, tools, mode, places, calls };
        Self { inner: Arc::new(inner), clock: Arc::new(Utc::now), structured: false }
    }

    /// The same with an output schema for each tool and results as `structuredContent`, for clients that want them.
    #[must_use]
    pub fn with_structured_content(mut self) -> Self {
        self.structured = true;
        self
    }

    /// The same with another time of day (tests, simulations).
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// `auto-devops-prometheus`.
    pub fn wire_name(&self) -> String {
        format!("auto-devops-{}", self.inner.info.name)
    }

    /// The tools that are served, in order.
    pub fn specs(&self) -> impl Iterator<Item = &ToolSpec> {
        self.inner.tools.iter().map(|tool| &tool.spec)
    }

    /// Bytes of names, descriptions and input schemas of all served tools: what a client pays to know them.
    pub fn catalogue_bytes(&self) -> usize {
        self.specs().map(ToolSpec::bytes).sum()
    }

    /// Calls a tool as a client would, without the wire: checked, bounded, redacted.
    ///
    /// # Errors
    /// The tool's failure, or `BadRequest` for an unknown tool or wrong arguments.
    pub async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        context: CallContext,
    ) -> Result<Envelope, Failure> {
        self.call_with_grant(tool, arguments, context, None).await
    }

    /// The same with the token of a grant, which an act server wants.
    ///
    /// # Errors
    /// As [`Adapter::call`], and `Refused` for a call that is not admitted.
    pub async fn call_with_grant(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        context: CallContext,
        grant: Option<&str>,
    ) -> Result<Envelope, Failure> {
        let mut result = match self.inner.tools.iter().find(|served| served.spec.name == tool) {
            None => Err(self.unknown(tool)),
            Some(served) => match &self.inner.mode {
                Mode::Read => match args::check(&served.spec.input_schema, arguments) {
                    Ok(arguments) => self.bounded(tool, arguments, context).await,
                    Err(failure) => Err(failure),
                },
                Mode::Act(authority) => self.act(authority, served, arguments, context, grant).await,
            },
        };
        redact(&mut result);
        result
    }

    /// The context of a call that starts now.
    pub fn context(&self) -> CallContext {
        CallContext::direct((self.clock)(), self.inner.server.call_deadline())
    }

    /// What a client is told of a tool.
    fn listed(&self, tool: &Served) -> Tool {
        match self.structured {
            false => tool.listed.clone(),
            true => tool.listed.clone().with_raw_output_schema(Arc::new(wire::envelope_schema())),
        }
    }

    /// The result on the wire: one text, or with structured content the value and a sentence about it.
    fn reply(&self, result: &Result<Envelope, Failure>) -> CallToolResult {
        let (text, is_error) = wire::encode(result);
        if let (true, Ok(envelope), Ok(Value::Object(value)), false) =
            (self.structured, result, serde_json::from_str(&text), is_error)
        {
            let mut reply = CallToolResult::success(vec![ContentBlock::text(wire::sentence(envelope))]);
            reply.structured_content = Some(Value::Object(value));
            return reply;
        }
        let content = vec![ContentBlock::text(text)];
        if is_error { CallToolResult::error(content) } else { CallToolResult::success(content) }
    }

    async fn bounded(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        context: CallContext,
    ) -> Result<Envelope, Failure> {
        let outer = CallContext { deadline: context.deadline + GRACE, ..context.clone() };
        let call = self.caught(tool, arguments, context);
        outer
            .bounded(&self.call_name(tool), async move {
                let _place = self.inner.places.take().await?;
                call.await.unwrap_or_else(|| Err(panicked(tool)))
            })
            .await
    }

    /// The tool's answer; `None` where it panicked.
    pub(super) async fn caught(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        context: CallContext,
    ) -> Option<Result<Envelope, Failure>> {
        AssertUnwindSafe(self.inner.server.call(tool, arguments, context)).catch_unwind().await.ok()
    }

    /// What a call is called in its failures.
    pub(super) fn call_name(&self, tool: &str) -> String {
        format!("{}_{tool}", self.inner.info.name)
    }

    fn unknown(&self, tool: &str) -> Failure {
        let near = args::nearest(tool, self.specs().map(|spec| spec.name));
        let names: Vec<&str> = self.specs().map(|spec| spec.name).collect();
        let failure = args::unknown_tool(tool);
        match near {
            Some(near) => failure.with_hint(format!("did you mean `{near}`? tools: {}", names.join(", "))),
            None => failure.with_hint(format!("tools: {}", names.join(", "))),
        }
    }
}

/// The failure of a call whose tool panicked.
pub(super) fn panicked(tool: &str) -> Failure {
    tracing::error!(tool, "a tool panicked; its call is told as failed");
    let message = format!("the tool `{tool}` failed on a mistake of its own; the log of its server has more");
    Failure::new(FailureKind::BadAnswer, message)
}

fn served(server: &str, spec: ToolSpec, reads: bool) -> Option<Served> {
    let class = effect::of(server, spec.name).filter(|class| class.is_read() == reads)?;
    let listed = Tool::new(spec.name, spec.description.clone(), Arc::new(spec.schema_object()))
        .with_title(spec.title)
        .with_annotations(annotations(class));
    Some(Served { spec, listed })
}

/// What our effect class says in the words of MCP.
fn annotations(class: EffectClass) -> ToolAnnotations {
    ToolAnnotations::new()
        .read_only(class.is_read())
        .destructive(class >= EffectClass::W2)
        .idempotent(class.is_read())
        .open_world(false)
}

fn redact(result: &mut Result<Envelope, Failure>) {
    match result {
        Ok(envelope) => {
            redaction::redact_value(&mut envelope.data);
            if bounds::hold(&mut envelope.data) {
                let told = "Texts that are too long, or levels that are too deep, were cut.";
                envelope.truncated = true;
                envelope.hint =
                    Some(envelope.hint.take().map_or_else(|| told.to_owned(), |hint| format!("{hint} {told}")));
            }
            let texts = [&mut envelope.hint, &mut envelope.source].into_iter().flatten();
            texts.chain(&mut envelope.not_looked).for_each(sentence);
            // A backend that fails in a thousand ways is told in a hundred.
            if envelope.not_looked.len() > MOST_NOT_LOOKED {
                let more = envelope.not_looked.len() - MOST_NOT_LOOKED;
                envelope.not_looked.truncate(MOST_NOT_LOOKED);
                envelope.not_looked.push(format!("and {more} more"));
            }
        }
        Err(failure) => {
            sentence(&mut failure.message);
            failure.hint.iter_mut().for_each(sentence);
        }
    }
}

/// A sentence for a reader: without secrets, and short, although a backend's own words may be long.
fn sentence(text: &mut String) {
    if text.len() > SENTENCE_CHARS {
        *text = redaction::redacted_head(text, SENTENCE_CHARS);
    } else {
        redaction::redact_in_place(text);
    }
}

async fn forward_progress(mut updates: mpsc::Receiver<ProgressUpdate>, token: ProgressToken, peer: Peer<RoleServer>) {
    while let Some(update) = updates.recv().await {
        let mut param = ProgressNotificationParam::new(token.clone(), update.done);
        param.total = update.total;
        param.message = Some(redaction::redact_text(&update.message).into_owned());
        if peer.notify_progress(param).await.is_err() {
            return;
        }
    }
}

impl ServerHandler for Adapter {
    fn get_info(&self) -> ServerConfig {
        let info = self.inner.info;
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new(self.wire_name(), info.version))
            .with_instructions(info.instructions)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.inner.tools.iter().map(|tool| self.listed(tool)).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.specs().any(|spec| spec.name == request.name) {
            let mut failure = self.unknown(&request.name);
            redaction::redact_in_place(&mut failure.message);
            return Err(ErrorData::invalid_params(failure.to_string(), None));
        }
        let (progress, updates) = match context.meta.get_progress_token() {
            Some(token) => {
                let (sender, receiver) = mpsc::channel(PROGRESS_QUEUE);
                (Progress::to(sender), Some((receiver, token)))
            }
            None => (Progress::default(), None),
        };
        let call_context = CallContext {
            cancel: context.ct.clone(),
            deadline: Instant::now() + self.inner.server.deadline_of(&request.name),
            progress,
            now: (self.clock)(),
            act: None,
        };
        let grant = context.meta.0.get(GRANT_META_KEY).and_then(Value::as_str).map(str::to_owned);
        let arguments = request.arguments.unwrap_or_default();
        let call = self.call_with_grant(&request.name, arguments, call_context, grant.as_deref());
        let result = match updates {
            None => call.await,
            Some((receiver, token)) => {
                tokio::pin!(call);
                let forwarding = forward_progress(receiver, token, context.peer.clone());
                tokio::select! {
                    result = &mut call => result,
                    () = forwarding => call.await,
                }
            }
        };
        Ok(self.reply(&result).into())
    }
}
