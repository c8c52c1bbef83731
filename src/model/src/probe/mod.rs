//! What the endpoint and its model can do, as it tells or shows; nothing is assumed.

pub(crate) mod fetch;
mod ollama;
mod openai;

use crate::client::Shared;
use crate::settings::Kind;
use ports::model::ModelError;
use std::time::Duration;
use tokio::time::Instant;

/// How tools reach the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolSupport {
    /// The endpoint takes tool definitions for this model.
    Native,
    /// It does not; tools are described in the instructions and calls are read from the text.
    TextProtocol,
}

/// What a probe found, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbeReport {
    /// The address without credentials.
    pub endpoint: String,
    /// The server's version, where it tells.
    pub version: Option<String>,
    /// The model that is used.
    pub model: String,
    /// Every model that the server has, where it tells.
    pub models: Vec<String>,
    /// How tools reach the model.
    pub tools: ToolSupport,
    /// Tokens of context that the model is really given.
    pub context_tokens: Option<u64>,
    /// Tokens of context that the model was trained with.
    pub trained_context_tokens: Option<u64>,
    /// How long the whole probe took.
    pub latency: Duration,
    /// What an operator should know, such as a context smaller than the model could have.
    pub notes: Vec<String>,
}

/// What a probe found, for the client itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) version: Option<String>,
    pub(crate) models: Vec<String>,
    pub(crate) native_tools: bool,
    pub(crate) context_tokens: Option<u64>,
    pub(crate) trained_context_tokens: Option<u64>,
    pub(crate) notes: Vec<String>,
}

impl Shared {
    /// The model's name: as set, or chosen once from what the server has.
    pub(crate) async fn model_name(&self) -> Result<String, ModelError> {
        if let Some(model) = &self.settings.model {
            return Ok(model.clone());
        }
        let choose = || async {
            match self.settings.kind {
                Kind::Ollama => ollama::choose_model(self).await,
                Kind::OpenAiCompatible => openai::choose_model(self).await,
            }
        };
        self.model.get_or_try_init(choose).await.cloned()
    }
}

/// Probes the model that is used.
pub(crate) async fn facts(shared: &Shared) -> Result<Facts, ModelError> {
    let model = shared.model_name().await?;
    let mut facts = match shared.settings.kind {
        Kind::Ollama => ollama::facts(shared, &model).await?,
        Kind::OpenAiCompatible => openai::facts(shared, &model).await?,
    };
    if let Some(context) = shared.settings.context_override {
        facts.notes.push(format!("the context of {context} tokens is from the settings"));
        facts.context_tokens = Some(context);
    }
    if !facts.native_tools {
        shared.set_dialect(crate::dialect::Dialect { native_tools: false, ..shared.dialect() });
    }
    Ok(facts)
}

/// Probes anew, for people.
pub(crate) async fn report(shared: &Shared) -> Result<ProbeReport, ModelError> {
    let start = Instant::now();
    let model = shared.model_name().await?;
    let facts = facts(shared).await?;
    Ok(ProbeReport {
        endpoint: shared.whom.address.clone(),
        version: facts.version,
        model,
        models: facts.models,
        tools: if facts.native_tools { ToolSupport::Native } else { ToolSupport::TextProtocol },
        context_tokens: facts.context_tokens,
        trained_context_tokens: facts.trained_context_tokens,
        latency: start.elapsed(),
        notes: facts.notes,
    })
}
