//! What the server is told to do.

use serde_json::Value;
use std::collections::VecDeque;
use std::time::Duration;

/// What the server does with one chat request.
#[derive(Debug, Clone)]
pub enum ServerStep {
    /// Answers with a text.
    Text(String),
    /// Answers with tool calls: a text before them, then name and arguments.
    Calls(String, Vec<(String, Value)>),
    /// Answers 200 with exactly these parts as the body of an event stream.
    Raw(Vec<String>),
    /// Answers 200 with this content type and body.
    Body(String, String),
    /// Answers with a status, headers and a body.
    Error(u16, Vec<(String, String)>, String),
    /// Streams the text and then cuts the connection.
    Drop(String),
    /// Streams the text (which may be empty) and then keeps silent with the connection open.
    Stall(String),
    /// Takes the request and never answers, not even with a status.
    Silent,
    /// Streams each text with a wait of the real clock before it.
    Slow(Vec<(Duration, String)>),
    /// Waits on the real clock, then does the step.
    After(Duration, Box<ServerStep>),
}

impl ServerStep {
    /// Answers with a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Asks for one call.
    pub fn call(tool: &str, arguments: Value) -> Self {
        Self::Calls(String::new(), vec![(tool.to_owned(), arguments)])
    }

    /// Answers with a status and a body.
    pub fn error(status: u16, body: impl Into<String>) -> Self {
        Self::Error(status, vec![], body.into())
    }

    /// One `data:` line for each value, and `[DONE]` at the end.
    pub fn chunks(chunks: impl IntoIterator<Item = Value>) -> Self {
        let lines = chunks.into_iter().map(|chunk| format!("data: {chunk}\n\n"));
        Self::Raw(lines.chain(["data: [DONE]\n\n".to_owned()]).collect())
    }
}

pub(super) type Answerer = Box<dyn FnMut(&Value) -> ServerStep + Send>;

pub(super) enum Source {
    Steps(VecDeque<ServerStep>),
    Answerer(Answerer),
}

/// The server's script and what it says of itself.
pub struct Script {
    pub(super) source: Source,
    pub(super) models: Vec<String>,
    pub(super) tools: bool,
    pub(super) trained_context: Option<u64>,
    pub(super) num_ctx: Option<u64>,
    pub(super) loaded_context: Option<u64>,
    pub(super) ollama: bool,
    pub(super) model_list: Option<Value>,
    pub(super) props: Option<Value>,
    pub(super) api_key: Option<String>,
    pub(super) usage: bool,
    pub(super) embeddings: Option<Answerer>,
}

impl Script {
    /// One step for each chat request; a request too many is answered 500 with a body that says so.
    pub fn steps(steps: impl IntoIterator<Item = ServerStep>) -> Self {
        Self::with_source(Source::Steps(steps.into_iter().collect()))
    }

    /// Each step is decided from the request's JSON.
    pub fn answering(answer: impl FnMut(&Value) -> ServerStep + Send + 'static) -> Self {
        Self::with_source(Source::Answerer(Box::new(answer)))
    }

    fn with_source(source: Source) -> Self {
        Self {
            source,
            models: vec!["scripted:latest".to_owned()],
            tools: true,
            trained_context: Some(32_768),
            num_ctx: Some(8_192),
            loaded_context: None,
            ollama: true,
            model_list: None,
            props: None,
            api_key: None,
            usage: true,
            embeddings: None,
        }
    }

    /// The models that it has.
    #[must_use]
    pub fn models(mut self, models: &[&str]) -> Self {
        self.models = models.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Whether its models take tools (otherwise requests with tools are refused with 400). A model whose name holds
    /// `notools` never does.
    #[must_use]
    pub fn tools(mut self, tools: bool) -> Self {
        self.tools = tools;
        self
    }

    /// What `/api/show` tells of the context: the length that the model was trained with and `num_ctx` of its file;
    /// and what `/api/ps` tells of a loaded model (`None`: not loaded).
    #[must_use]
    pub fn context(mut self, trained: Option<u64>, num_ctx: Option<u64>, loaded: Option<u64>) -> Self {
        (self.trained_context, self.num_ctx, self.loaded_context) = (trained, num_ctx, loaded);
        self
    }

    /// No Ollama: only `/v1`, with this answer of `/v1/models` (`None`: 404), and of `/props` as llama.cpp has it.
    #[must_use]
    pub fn without_ollama(mut self, model_list: Option<Value>, props: Option<Value>) -> Self {
        (self.ollama, self.model_list, self.props) = (false, model_list, props);
        self
    }

    /// Answers `/v1/embeddings` too (otherwise 404), each step decided from the request's JSON. Requests that the API
    /// does not allow are refused before that.
    #[must_use]
    pub fn embedding(mut self, answer: impl FnMut(&Value) -> ServerStep + Send + 'static) -> Self {
        self.embeddings = Some(Box::new(answer));
        self
    }

    /// Wants `Authorization: Bearer KEY`; anything else is answered 401.
    #[must_use]
    pub fn api_key(mut self, key: &str) -> Self {
        self.api_key = Some(key.to_owned());
        self
    }

    /// Tells no usage, even when asked to.
    #[must_use]
    pub fn without_usage(mut self) -> Self {
        self.usage = false;
        self
    }
}
