//! The embedder port over OpenAI's `POST /embeddings`, as Ollama and others serve it too
//! (<https://platform.openai.com/docs/api-reference/embeddings/create>,
//! <https://docs.ollama.com/openai>).
//!
//! Guarantees: texts go in bounded batches; the vectors come back in the order of the texts, as many as these, all of one
//! length; every wait has a deadline; repetitions, queue and circuit breaker are those of the model's client.
//!
//! Deliberately absent: prefixes such as `search_query:` that some models want. Question and page go the same way, and
//! whoever needs a prefix puts a gateway in front.

mod answer;

use crate::ask::Pass;
use crate::client::{ModelClient, SetupError, Shared};
use crate::probe::fetch::fetch;
use crate::settings::ModelSettings;
use crate::trouble::Trouble;
use async_trait::async_trait;
use ports::embedder::{Embedder, Embeddings};
use ports::model::ModelError;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// Texts of one request at most; a batch of pages takes a small machine some seconds.
const BATCH: usize = 32;

/// How to reach an embedding model.
#[derive(Debug, Clone)]
pub struct EmbeddingsSettings {
    /// Address, key, headers, limits; its `model` is not used.
    pub endpoint: ModelSettings,
    /// The embedding model's name.
    pub model: String,
    /// How many values a vector must have; `None` takes what comes first.
    pub dimensions: Option<usize>,
    /// Texts of one request at most.
    pub batch: usize,
    /// Longest wait for one request.
    pub request_deadline: Duration,
}

impl EmbeddingsSettings {
    /// The defaults for an endpoint and a model.
    pub fn new(endpoint: ModelSettings, model: impl Into<String>) -> Self {
        let model = model.into();
        Self { endpoint, model, dimensions: None, batch: BATCH, request_deadline: Duration::from_secs(30) }
    }
}

/// An embedding model behind an OpenAI-compatible endpoint.
#[derive(Clone)]
pub struct EmbeddingsClient {
    client: ModelClient,
    model: String,
    dimensions: Option<usize>,
    batch: usize,
    request_deadline: Duration,
}

impl EmbeddingsClient {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// When the address or a header is malformed.
    pub fn new(settings: EmbeddingsSettings) -> Result<Self, SetupError> {
        let EmbeddingsSettings { mut endpoint, model, dimensions, batch, request_deadline } = settings;
        endpoint.model = Some(model.clone());
        let client = ModelClient::new(endpoint)?;
        Ok(Self { client, model, dimensions, batch: batch.max(1), request_deadline })
    }

    fn shared(&self) -> &Shared {
        &self.client.shared
    }

    async fn all(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError> {
        let mut vectors: Vec<Vec<f32>> = Vec::with_capacity(texts.len());
        for batch in texts.chunks(self.batch) {
            let dimensions = self.dimensions.or_else(|| vectors.first().map(Vec::len));
            vectors.extend(self.batch(batch, dimensions).await?);
        }
        Ok(vectors)
    }

    async fn batch(&self, texts: &[String], dimensions: Option<usize>) -> Result<Vec<Vec<f32>>, ModelError> {
        let (shared, settings) = (self.shared(), &self.shared().settings);
        let mut repetition = 0;
        loop {
            let pass = Pass::through(shared)?;
            let trouble = match self.attempt(texts, dimensions).await {
                Ok(vectors) => {
                    pass.succeeded();
                    return Ok(vectors);
                }
                Err(trouble) => trouble,
            };
            match trouble.counts {
                true => pass.failed(&trouble.error),
                // Whoever refuses a request is alive.
                false => pass.succeeded(),
            }
            let wait = settings.backoff.wait_as_asked(repetition, shared.draw(), trouble.wish);
            let wait = wait.filter(|_| trouble.repeatable && repetition < settings.retries);
            let Some(wait) = wait else { return Err(trouble.error) };
            tokio::time::sleep(wait).await;
            repetition += 1;
        }
    }

    async fn attempt(&self, texts: &[String], dimensions: Option<usize>) -> Result<Vec<Vec<f32>>, Trouble> {
        let shared = self.shared();
        let url = format!("{}/embeddings", shared.endpoint.api_base);
        // A blank stands for an empty text, which endpoints refuse.
        let input: Vec<&str> = texts.iter().map(|text| if text.trim().is_empty() { " " } else { text }).collect();
        let body = json!({"model": self.model, "input": input});
        let answer = fetch(shared, &url, Some(&body), self.request_deadline).await?;
        answer::vectors(&answer, texts.len(), dimensions).map_err(|wrong| shared.whom.bad_answer(&wrong))
    }
}

#[async_trait]
impl Embedder for EmbeddingsClient {
    async fn embed(&self, texts: &[String]) -> Result<Embeddings, ModelError> {
        let shared = self.shared();
        let total = shared.settings.total_deadline;
        let asking = async {
            let Some(mut ticket) = shared.gate.enter() else {
                let (running, waiting) = shared.gate.load();
                let told = format!("{running} requests to {} are under way and {waiting} wait", shared.whom.address);
                return Err(ModelError::Busy(format!("{told}; try again later")));
            };
            while ticket.place() > 0 {
                ticket.moved().await;
            }
            self.all(texts).await
        };
        let vectors = timeout(total, asking).await.unwrap_or_else(|_| Err(shared.whom.late("vectors", total).error))?;
        Ok(Embeddings { model: self.model.clone(), vectors })
    }
}
