//! Looks through the tools, typed.

use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::observed::Table;
use domain::sense::{Blind, Looked};
use ports::toolbox::Toolbox;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

/// What a tool answered.
pub(super) struct Answer {
    pub(super) envelope: Envelope,
    /// Whether it is of an earlier moment.
    cached: bool,
}

/// Calls a tool. Arguments that are null are left out.
pub(super) async fn ask(
    tools: &dyn Toolbox,
    tool: &str,
    arguments: Value,
    cancel: &CancellationToken,
) -> Result<Answer, Failure> {
    let given: Map<String, Value> = match arguments {
        Value::Object(all) => all.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    };
    let outcome = tools.call(ToolCall::new(tool, Value::Object(given)), cancel.clone()).await;
    outcome.result.map(|envelope| Answer { envelope, cached: outcome.cached })
}

impl Answer {
    /// The data, to be read as a type.
    pub(super) fn data(&self) -> Value {
        self.envelope.data.clone()
    }

    /// The data as a table.
    pub(super) fn table(&self) -> Result<Table, Failure> {
        typed(serde_json::from_value(self.data()))
    }

    /// What was looked at, where what is kept of an earlier look is no second look.
    pub(super) fn fresh(&self, looked: Looked) -> Looked {
        if self.cached { Looked { blind: Blind::Wholly, ..looked } } else { looked }
    }
}

/// What was read, or that it is not what the tool promises.
pub(super) fn typed<T>(read: Result<T, serde_json::Error>) -> Result<T, Failure> {
    read.map_err(|error| {
        Failure::new(FailureKind::BadAnswer, format!("the tool's result has an unexpected shape: {error}"))
    })
}
