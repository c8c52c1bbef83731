//! A language model that can call tools.
//!
//! The engine sees clean values only: implementations repair what small models send (tool calls written into the
//! text, wrong types, missing ids) before it gets here, and never pass raw tool markup on as text.

use async_trait::async_trait;
use futures::stream::BoxStream;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

/// What the endpoint and model can do, as probed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether the model takes tool definitions.
    pub tools: bool,
    /// Tokens of context that the server really gives the model; `None` where it does not tell.
    pub context_tokens: Option<u64>,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Instructions.
    System(String),
    /// What the person said.
    User(String),
    /// What the model said, with the calls that it made.
    Assistant {
        /// Text, may be empty.
        text: String,
        /// Calls, each answered by one `Tool` message.
        calls: Vec<CallRequest>,
    },
    /// The answer to one call.
    Tool {
        /// Id of the call.
        call_id: String,
        /// The budgeted view of the result.
        content: String,
    },
}

/// A tool as it is offered to the model.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferedTool {
    /// Name in the merged catalogue.
    pub name: String,
    /// One or two sentences.
    pub description: String,
    /// JSON schema of the arguments.
    pub parameters: Value,
}

/// A call that the model asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRequest {
    /// Unique within the conversation; made up by the implementation where the model sent none.
    pub id: String,
    /// As the model wrote it; may be a tool that does not exist.
    pub tool: String,
    /// The arguments, or why they could not be read even after repair.
    pub arguments: Result<Map<String, Value>, String>,
}

/// One request to the model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRequest {
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// Tools on offer; empty for the last step of a turn.
    pub tools: Vec<OfferedTool>,
    /// Ceiling of the reply in tokens.
    pub max_tokens: u32,
}

/// What happens while the model answers, in order: any number of `Queued`, then texts and thinking, then `Done`.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// The request waits for a free slot at this place (1 is next).
    Queued(usize),
    /// A part of the visible text.
    Text(String),
    /// The model thinks; the text is for traces only.
    Thinking(String),
    /// The reply is complete.
    Done(Reply),
}

/// A complete reply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// The whole visible text, tool markup and thinking removed.
    pub text: String,
    /// The calls that it asks for.
    pub calls: Vec<CallRequest>,
    /// Tokens, as the server reports them or estimated.
    pub tokens: TokenCount,
    /// What had to be mended, in words, for `--trace`.
    pub repairs: Vec<String>,
}

/// Tokens of one exchange.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenCount {
    /// Of the request.
    pub prompt: u64,
    /// Of the reply.
    pub completion: u64,
    /// Whether the server did not tell and these are estimates.
    pub estimated: bool,
}

/// Why the model gave no reply, sorted by what can be done. Texts name the endpoint and hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No connection, or the circuit breaker is open after repeated failures.
    #[error("the model endpoint could not be reached: {0}")]
    Unreachable(String),
    /// No (further) answer within the deadline.
    #[error("the model did not answer in time: {0}")]
    Timeout(String),
    /// The queue in front of the model is full.
    #[error("the model is busy: {0}")]
    Busy(String),
    /// 401, 403: the key is missing or rejected.
    #[error("the model endpoint refused the credentials: {0}")]
    Unauthorized(String),
    /// The model is not there (404), or the request was refused (400) for a reason other than its length.
    #[error("the model endpoint refused the request: {0}")]
    Refused(String),
    /// The request is longer than the model's context.
    #[error("the conversation is too long for the model: {0}")]
    ContextTooLong(String),
    /// The answer is not what the API promises, or stopped in the middle.
    #[error("the model's answer could not be read: {0}")]
    BadAnswer(String),
    /// Stopped on request.
    #[error("stopped")]
    Cancelled,
}

/// A model behind an endpoint.
#[async_trait]
pub trait Model: Send + Sync {
    /// `NAME at ENDPOINT`, without credentials.
    fn name(&self) -> String;

    /// What it can do; probed once and remembered.
    ///
    /// # Errors
    /// When the endpoint cannot be asked.
    async fn capabilities(&self) -> Result<Capabilities, ModelError>;

    /// Asks. The stream ends after `Done` or after the first error; dropping it or cancelling the token stops the
    /// request at the server.
    fn ask(
        &self,
        request: ModelRequest,
        cancel: CancellationToken,
    ) -> BoxStream<'static, Result<ModelEvent, ModelError>>;
}
