//! A model that says what the test wrote down.
//!
//! It holds its caller to the protocol: every call of an assistant message is answered by exactly one tool message
//! before the next request, ids are unique, the conversation does not end with the assistant, and, where the test asks
//! for it, the last request offers no tools. A breach panics with the whole conversation, so that the test fails where
//! the mistake is, and is kept in [`ScriptedModel::violations`] for callers that ask from a spawned task.

mod protocol;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use ports::model::{CallRequest, Capabilities, Model, ModelError, ModelEvent, ModelRequest, Reply, TokenCount};
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What the model does when it is asked once.
#[derive(Debug, Clone)]
pub enum Step {
    /// Answers with a text, streamed word by word.
    Say(String),
    /// Asks for calls: tool and arguments, with a text before them (which may be empty).
    Call {
        /// The visible text before the calls.
        text: String,
        /// Tool and arguments; ids are made up.
        calls: Vec<(String, Value)>,
    },
    /// Streams a text and then fails.
    SayThenFail(String, ModelError),
    /// Fails at once.
    Fail(ModelError),
    /// Sends exactly these events.
    Events(Vec<Result<ModelEvent, ModelError>>),
    /// Waits on tokio's clock, then does the step.
    After(Duration, Box<Step>),
    /// Never answers; ends only when it is cancelled.
    Stall,
}

impl Step {
    /// Answers with a text.
    pub fn say(text: impl Into<String>) -> Self {
        Self::Say(text.into())
    }

    /// Asks for one call.
    pub fn call(tool: impl Into<String>, arguments: Value) -> Self {
        Self::Call { text: String::new(), calls: vec![(tool.into(), arguments)] }
    }

    /// Asks for several calls in one reply.
    pub fn calls<'a>(calls: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        let calls = calls.into_iter().map(|(tool, arguments)| (tool.to_owned(), arguments)).collect();
        Self::Call { text: String::new(), calls }
    }

    /// The same step after a wait.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self::After(wait, Box::new(self))
    }
}

type Answerer = Box<dyn FnMut(&ModelRequest) -> Step + Send>;

enum Source {
    Steps(VecDeque<Step>),
    Answerer(Answerer),
}

struct State {
    source: Source,
    requests: Vec<ModelRequest>,
    violations: Vec<String>,
    calls_made: usize,
}

/// The model port, scripted.
pub struct ScriptedModel {
    state: Mutex<State>,
    name: String,
    capabilities: Result<Capabilities, ModelError>,
    all_steps_must_be_used: bool,
    last_request_without_tools: bool,
}

impl ScriptedModel {
    /// A model that takes one step of the script for each request; one request too many is a breach.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::with_source(Source::Steps(steps.into_iter().collect()))
    }

    /// A model that decides each step from the request.
    pub fn answering(answer: impl FnMut(&ModelRequest) -> Step + Send + 'static) -> Self {
        Self::with_source(Source::Answerer(Box::new(answer)))
    }

    fn with_source(source: Source) -> Self {
        Self {
            state: Mutex::new(State { source, requests: Vec::new(), violations: Vec::new(), calls_made: 0 }),
            name: "scripted at fakes".to_owned(),
            capabilities: Ok(Capabilities { tools: true, context_tokens: Some(8_192) }),
            all_steps_must_be_used: false,
            last_request_without_tools: false,
        }
    }

    /// Sets what the probe tells.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Result<Capabilities, ModelError>) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Sets the name (`NAME at ENDPOINT`).
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Panics when dropped with steps left over.
    #[must_use]
    pub fn must_be_used_up(mut self) -> Self {
        self.all_steps_must_be_used = true;
        self
    }

    /// Holds the caller to offering no tools with the request that takes the last step.
    #[must_use]
    pub fn last_request_without_tools(mut self) -> Self {
        self.last_request_without_tools = true;
        self
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.locked(|state| state.requests.clone())
    }

    /// Breaches of the protocol so far, in words.
    pub fn violations(&self) -> Vec<String> {
        self.locked(|state| state.violations.clone())
    }

    /// Steps not yet taken (0 for a model that decides from the request).
    pub fn steps_left(&self) -> usize {
        self.locked(|state| match &state.source {
            Source::Steps(steps) => steps.len(),
            Source::Answerer(_) => 0,
        })
    }

    fn locked<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next_step(&self, request: &ModelRequest) -> (Step, usize) {
        let (step, first_call, breaches) = self.locked(|state| {
            let mut breaches = protocol::breaches(request);
            let last = matches!(&state.source, Source::Steps(steps) if steps.len() <= 1);
            if self.last_request_without_tools && last && !request.tools.is_empty() {
                breaches.push(format!("the last request offers {} tools instead of none", request.tools.len()));
            }
            state.requests.push(request.clone());
            let asked = state.requests.len();
            let step = match &mut state.source {
                Source::Steps(steps) => steps.pop_front(),
                Source::Answerer(answer) => Some(answer(request)),
            };
            if step.is_none() {
                breaches.push(format!("request {asked} came after the script's {} steps", asked - 1));
            }
            state.violations.extend(breaches.iter().cloned());
            let step = step.unwrap_or_else(|| Step::Fail(ModelError::Refused("the script is used up".to_owned())));
            let first_call = state.calls_made;
            state.calls_made += calls_in(&step);
            (step, first_call, breaches)
        });
        assert!(breaches.is_empty(), "scripted model: {}\nmessages: {:#?}", breaches.join("; "), request.messages);
        (step, first_call)
    }
}

fn calls_in(step: &Step) -> usize {
    match step {
        Step::Call { calls, .. } => calls.len(),
        Step::After(_, inner) => calls_in(inner),
        _ => 0,
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        if !self.all_steps_must_be_used || std::thread::panicking() {
            return;
        }
        let left = self.steps_left();
        assert!(left == 0, "scripted model: {left} steps of the script were never asked for");
    }
}

#[async_trait]
impl Model for ScriptedModel {
    fn name(&self) -> String {
        self.name.clone()
    }

    async fn capabilities(&self) -> Result<Capabilities, ModelError> {
        self.capabilities.clone()
    }

    fn ask(
        &self,
        request: ModelRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        let (step, first_call) = self.next_step(&request);
        let prompt = protocol::estimated_tokens(&request);
        let (wait, step) = unwrap_waits(step);
        let events = match step {
            None => vec![],
            Some(step) => events_of(step, first_call, prompt),
        };
        let stalls = events.is_empty();
        let delayed = async move {
            let waiting = async {
                tokio::time::sleep(wait).await;
                if stalls {
                    futures::future::pending::<()>().await;
                }
            };
            // A token that is cancelled already wins over events that are ready.
            tokio::select! {
                biased;
                () = cancel.cancelled() => vec![Err(ModelError::Cancelled)],
                () = waiting => events,
            }
        };
        stream::once(delayed).flat_map(stream::iter).boxed()
    }
}

/// The sum of the waits and the step inside, `None` for one that never answers.
fn unwrap_waits(step: Step) -> (Duration, Option<Step>) {
    match step {
        Step::After(wait, inner) => {
            let (more, step) = unwrap_waits(*inner);
            (wait + more, step)
        }
        Step::Stall => (Duration::ZERO, None),
        step => (Duration::ZERO, Some(step)),
    }
}

fn events_of(step: Step, first_call: usize, prompt: u64) -> Vec<Result<ModelEvent, ModelError>> {
    match step {
        Step::Say(text) => spoken(text, vec![], prompt),
        Step::Call { text, calls } => {
            let calls = calls.into_iter().enumerate().map(|(index, (tool, arguments))| CallRequest {
                id: format!("call_{}", first_call + index + 1),
                tool,
                arguments: object(arguments),
            });
            spoken(text, calls.collect(), prompt)
        }
        Step::SayThenFail(text, error) => words(&text).chain(std::iter::once(Err(error))).collect(),
        Step::Fail(error) => vec![Err(error)],
        Step::Events(events) => events,
        Step::After(..) | Step::Stall => vec![],
    }
}

fn object(arguments: Value) -> Result<Map<String, Value>, String> {
    match arguments {
        Value::Object(map) => Ok(map),
        other => Err(format!("the arguments are not an object: {other}")),
    }
}

fn words(text: &str) -> impl Iterator<Item = Result<ModelEvent, ModelError>> {
    text.split_inclusive(' ').map(|word| Ok(ModelEvent::Text(word.to_owned())))
}

fn spoken(text: String, calls: Vec<CallRequest>, prompt: u64) -> Vec<Result<ModelEvent, ModelError>> {
    let completion = domain::tokens::estimate(&text) + calls.len() * 16;
    let tokens = TokenCount { prompt, completion: completion as u64, estimated: true };
    let streamed: Vec<_> = words(&text).collect();
    let done = ModelEvent::Done(Reply { text, calls, tokens, repairs: vec![] });
    streamed.into_iter().chain([Ok(done)]).collect()
}
