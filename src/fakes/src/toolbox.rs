//! A toolbox that answers from a table or a closure.
//!
//! A call that nothing answers is a failure that says so and is kept in [`ScriptedToolbox::unexpected`]; an
//! invented result would let a test pass for the wrong reason.

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome, Toolbox};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

type Outcome = Result<Envelope, Failure>;
type Answerer = Box<dyn Fn(&ToolCall) -> Option<Outcome> + Send + Sync>;

struct Row {
    tool: String,
    arguments: Map<String, Value>,
    outcome: Outcome,
}

/// The toolbox port, scripted.
#[derive(Default)]
pub struct ScriptedToolbox {
    catalogue: Vec<ToolDescription>,
    servers: Option<Vec<ServerStatus>>,
    rows: Vec<Row>,
    answerer: Option<Answerer>,
    delays: BTreeMap<String, Duration>,
    calls: Mutex<Vec<ToolCall>>,
    unexpected: Mutex<Vec<ToolCall>>,
}

/// A read tool of the catalogue whose server is the part of its name before the first `_`.
pub fn read_tool(name: &str, description: &str, input_schema: Value) -> ToolDescription {
    let server = name.split('_').next().unwrap_or(name).to_owned();
    ToolDescription {
        name: name.to_owned(),
        server,
        description: description.to_owned(),
        input_schema,
        effect: EffectClass::R0,
    }
}

impl ScriptedToolbox {
    /// A toolbox with these tools and no answers yet.
    pub fn new(catalogue: Vec<ToolDescription>) -> Self {
        Self { catalogue, ..Self::default() }
    }

    /// A toolbox whose every call is answered by the closure; `None` means unexpected.
    pub fn answering(
        catalogue: Vec<ToolDescription>,
        answer: impl Fn(&ToolCall) -> Option<Outcome> + Send + Sync + 'static,
    ) -> Self {
        Self { answerer: Some(Box::new(answer)), ..Self::new(catalogue) }
    }

    /// Answers calls of the tool whose arguments hold at least the members of `arguments` (null means any call). The
    /// first row that fits wins; rows come before the closure.
    #[must_use]
    pub fn on(mut self, tool: &str, arguments: Value, outcome: Outcome) -> Self {
        let arguments = match arguments {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        self.rows.push(Row { tool: tool.to_owned(), arguments, outcome });
        self
    }

    /// Answers every call of the tool with a whole result.
    #[must_use]
    pub fn on_any(self, tool: &str, data: Value) -> Self {
        let returned = data.as_array().map_or(1, Vec::len) as u64;
        self.on(tool, Value::Null, Ok(Envelope::whole(data, returned)))
    }

    /// Lets calls of the tool take time on tokio's clock.
    #[must_use]
    pub fn slow(mut self, tool: &str, delay: Duration) -> Self {
        self.delays.insert(tool.to_owned(), delay);
        self
    }

    /// Sets the servers' standing; otherwise each server of the catalogue stands well.
    #[must_use]
    pub fn with_servers(mut self, servers: Vec<ServerStatus>) -> Self {
        self.servers = Some(servers);
        self
    }

    /// The calls so far, in the order in which they began.
    pub fn calls(&self) -> Vec<ToolCall> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Calls that nothing answered.
    pub fn unexpected(&self) -> Vec<ToolCall> {
        self.unexpected.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn outcome(&self, call: &ToolCall) -> Outcome {
        let fits = |row: &&Row| {
            row.tool == call.tool && row.arguments.iter().all(|(key, value)| call.arguments.get(key) == Some(value))
        };
        if let Some(row) = self.rows.iter().find(fits) {
            return row.outcome.clone();
        }
        if let Some(outcome) = self.answerer.as_ref().and_then(|answer| answer(call)) {
            return outcome;
        }
        self.unexpected.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        let kind = match self.catalogue.iter().any(|tool| tool.name == call.tool) {
            true => FailureKind::BadAnswer,
            false => FailureKind::BadRequest,
        };
        Err(Failure::new(kind, format!("the scripted toolbox has no answer for {}", call.key())))
    }
}

#[async_trait]
impl Toolbox for ScriptedToolbox {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        self.catalogue.clone()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        if let Some(servers) = &self.servers {
            return servers.clone();
        }
        let mut tools: BTreeMap<&str, usize> = BTreeMap::new();
        for tool in &self.catalogue {
            *tools.entry(&tool.server).or_default() += 1;
        }
        let standing = |(name, tools): (&str, usize)| ServerStatus {
            name: name.to_owned(),
            state: Ok(format!("{name} (scripted)")),
            tools,
            withheld: vec![],
            start: Duration::ZERO,
        };
        tools.into_iter().map(standing).collect()
    }

    async fn call(&self, call: ToolCall, cancel: CancellationToken) -> ToolOutcome {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        let delay = self.delays.get(&call.tool).copied().unwrap_or_default();
        let result = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Failure::new(FailureKind::Cancelled, format!("{} was stopped", call.tool))),
            () = tokio::time::sleep(delay) => self.outcome(&call),
        };
        let bytes = result.as_ref().map_or(0, |envelope| envelope.data.to_string().len()) as u64;
        ToolOutcome { result, cached: false, bytes }
    }
}
