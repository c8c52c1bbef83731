//! What the client must be told.

use domain::backoff::Backoff;
use domain::secret::Secret;
use std::time::Duration;

/// Which server speaks at the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ollama: its own API tells capabilities and context.
    Ollama,
    /// Anything else that speaks OpenAI's chat completions (vLLM, llama.cpp, LM Studio, OpenAI, a gateway).
    OpenAiCompatible,
}

/// How to reach a model and how long to wait for it.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// As in `OLLAMA_HOST` or `OPENAI_BASE_URL`; may lack scheme, port and `/v1`. Never printed as it is.
    pub endpoint_url: Secret,
    /// Which server.
    pub kind: Kind,
    /// The model's name; `None` takes one that the server has, with tools if possible.
    pub model: Option<String>,
    /// Sent as a bearer token.
    pub api_key: Option<Secret>,
    /// More headers, as a gateway may want them.
    pub headers: Vec<(String, Secret)>,
    /// Longest wait for a connection.
    pub connect_deadline: Duration,
    /// Longest wait for the first part of the answer's content.
    pub first_token_deadline: Duration,
    /// Longest wait between two parts of an answer.
    pub idle_deadline: Duration,
    /// Longest time for a question with its wait in the queue and all repetitions.
    pub total_deadline: Duration,
    /// Requests under way at once.
    pub max_concurrent: usize,
    /// Requests waiting for a place; one more is refused as busy.
    pub max_queue: usize,
    /// Repetitions of a failed request.
    pub retries: u32,
    /// Waits between repetitions.
    pub backoff: Backoff,
    /// Failures in a row that open the circuit breaker.
    pub breaker_failures: u32,
    /// How long the breaker stays open before one request may try.
    pub breaker_pause: Duration,
    /// Tokens of context, where the operator knows better than the probe.
    pub context_override: Option<u64>,
    /// Temperature; `None` leaves it to the server.
    pub temperature: Option<f64>,
    /// Seed of the jitter; `None` draws one at start.
    pub jitter_seed: Option<u64>,
    /// Longest answer in bytes, streamed or not.
    pub answer_bytes_limit: u64,
}

impl ModelSettings {
    /// The defaults for an endpoint.
    pub fn new(endpoint_url: impl Into<String>, kind: Kind) -> Self {
        Self {
            endpoint_url: Secret::new(endpoint_url),
            kind,
            model: None,
            api_key: None,
            headers: Vec::new(),
            connect_deadline: Duration::from_secs(5),
            first_token_deadline: Duration::from_secs(60),
            idle_deadline: Duration::from_secs(30),
            total_deadline: Duration::from_secs(180),
            max_concurrent: 4,
            max_queue: 32,
            retries: 2,
            backoff: Backoff::default(),
            breaker_failures: 5,
            breaker_pause: Duration::from_secs(15),
            context_override: None,
            temperature: Some(0.0),
            jitter_seed: None,
            answer_bytes_limit: 8 * 1024 * 1024,
        }
    }
}
