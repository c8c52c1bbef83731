//! A model and a toolbox that take no time: what is left of a turn is the turn's own.
//!
//! Both answer from memory without waiting. The fakes keep every request and sleep on tokio's clock, whose shortest
//! sleep is a millisecond; that is right in a test and would be measured here.

use async_trait::async_trait;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use futures::stream::{self, BoxStream, StreamExt};
use ports::model::{
    CallRequest, Capabilities, Message, Model, ModelError, ModelEvent, ModelRequest, Reply, TokenCount,
};
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome, Toolbox};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// Asks for one call, and answers with a text once it has the result.
pub struct InstantModel {
    call: Vec<ModelEvent>,
    answer: Vec<ModelEvent>,
}

impl InstantModel {
    /// A model that makes this call and then says this text, word by word.
    pub fn new(call: ToolCall, text: &str) -> Self {
        let asked = CallRequest { id: "call_1".to_owned(), tool: call.tool, arguments: Ok(call.arguments) };
        let reply = |text: &str, calls| {
            ModelEvent::Done(Reply { text: text.to_owned(), calls, tokens: TokenCount::default(), repairs: Vec::new() })
        };
        let words = text.split_inclusive(' ').map(|word| ModelEvent::Text(word.to_owned()));
        Self { call: vec![reply("", vec![asked])], answer: words.chain([reply(text, Vec::new())]).collect() }
    }
}

#[async_trait]
impl Model for InstantModel {
    fn name(&self) -> String {
        "instant at memory".to_owned()
    }

    async fn capabilities(&self) -> Result<Capabilities, ModelError> {
        Ok(Capabilities { tools: true, context_tokens: Some(8_192) })
    }

    fn ask(&self, request: ModelRequest, _: CancellationToken) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        let has_result = request.messages.iter().any(|message| matches!(message, Message::Tool { .. }));
        let events = if has_result { &self.answer } else { &self.call };
        stream::iter(events.clone()).map(Ok).boxed()
    }
}

/// Outcomes by the key of the call.
pub type Recorded = BTreeMap<String, Result<Envelope, Failure>>;

/// Answers from what was recorded.
pub struct InstantToolbox {
    catalogue: Vec<ToolDescription>,
    outcomes: BTreeMap<String, ToolOutcome>,
}

impl InstantToolbox {
    /// A toolbox with these tools and these results.
    pub fn new(catalogue: Vec<ToolDescription>, recorded: Recorded) -> Self {
        let outcome = |result: Result<Envelope, Failure>| {
            let bytes = result.as_ref().map_or(0, |envelope| envelope.data.to_string().len()) as u64;
            ToolOutcome { result, cached: false, bytes }
        };
        Self { catalogue, outcomes: recorded.into_iter().map(|(key, result)| (key, outcome(result))).collect() }
    }
}

#[async_trait]
impl Toolbox for InstantToolbox {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        self.catalogue.clone()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        Vec::new()
    }

    async fn call(&self, call: ToolCall, _: CancellationToken) -> ToolOutcome {
        let unknown = || ToolOutcome {
            result: Err(Failure::new(FailureKind::BadAnswer, format!("never recorded: {}", call.key()))),
            cached: false,
            bytes: 0,
        };
        self.outcomes.get(&call.key()).cloned().unwrap_or_else(unknown)
    }
}

/// Passes calls on and keeps what came back.
pub struct Recorder {
    inner: Arc<dyn Toolbox>,
    recorded: Mutex<Recorded>,
}

impl Recorder {
    /// In front of a toolbox.
    pub fn new(inner: Arc<dyn Toolbox>) -> Self {
        Self { inner, recorded: Mutex::default() }
    }

    /// What came back so far.
    pub fn recorded(&self) -> Recorded {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Toolbox for Recorder {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        self.inner.catalogue().await
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        self.inner.servers().await
    }

    async fn call(&self, call: ToolCall, cancel: CancellationToken) -> ToolOutcome {
        let key = call.key();
        let outcome = self.inner.call(call, cancel).await;
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.insert(key, outcome.result.clone());
        outcome
    }
}
