//! The model client's settings.

use crate::settings::types::state::EmbeddingSettings;
use crate::settings::{EndpointKind, ModelSettings};
use model::Kind;

/// How to reach the model.
pub fn model(settings: &ModelSettings) -> model::ModelSettings {
    model::ModelSettings {
        model: settings.model.clone(),
        api_key: settings.api_key.clone(),
        headers: settings.headers.clone().into_iter().collect(),
        first_token_deadline: settings.first_token,
        idle_deadline: settings.idle,
        total_deadline: settings.total,
        max_concurrent: settings.max_concurrent,
        max_queue: settings.max_queue,
        context_override: settings.context_tokens,
        ..model::ModelSettings::new(&settings.endpoint, kind(settings.kind))
    }
}

/// How to reach the endpoint that makes vectors. Headers and limits are those of the model where both are one endpoint.
pub fn embeddings_endpoint(settings: &EmbeddingSettings, of_model: Option<&ModelSettings>) -> model::ModelSettings {
    let shared = of_model.filter(|of_model| of_model.endpoint == settings.endpoint).map(model);
    let plain = || model::ModelSettings::new(&settings.endpoint, kind(settings.kind));
    model::ModelSettings { api_key: settings.api_key.clone(), ..shared.unwrap_or_else(plain) }
}

fn kind(kind: EndpointKind) -> Kind {
    match kind {
        EndpointKind::Ollama => Kind::Ollama,
        EndpointKind::OpenAi => Kind::OpenAiCompatible,
    }
}
