//! The model client's settings.

use crate::settings::{EndpointKind, ModelSettings};
use model::Kind;

/// How to reach the model.
pub fn model(settings: &ModelSettings) -> model::ModelSettings {
    let kind = match settings.kind {
        EndpointKind::Ollama => Kind::Ollama,
        EndpointKind::OpenAi => Kind::OpenAiCompatible,
    };
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
        ..model::ModelSettings::new(&settings.endpoint, kind)
    }
}
