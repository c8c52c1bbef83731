//! The endpoint that makes vectors: whether its model answers, and how long its vectors are.

use crate::doctor::{Detail, Probe, Sight, Subject};
use crate::settings::types::state::EmbeddingSettings;
use crate::settings::{Settings, secret};
use crate::wiring::talk;
use async_trait::async_trait;
use ports::embedder::Embedder;
use std::sync::Arc;

/// What is embedded to see whether it works.
const SAMPLE: &str = "pods restart after a rollout";

/// The probe of the endpoint.
pub struct EmbeddingsModel {
    settings: EmbeddingSettings,
    embedder: Result<Option<Arc<dyn Embedder>>, String>,
}

impl EmbeddingsModel {
    /// The probe of the endpoint that the settings name, where they do.
    pub fn of(settings: &Settings) -> Option<Self> {
        let wanted = settings.state.memory.embeddings.clone()?;
        let embedder = talk::embedder(settings).map_err(|stop| stop.to_string());
        Some(Self { settings: wanted, embedder })
    }
}

#[async_trait]
impl Probe for EmbeddingsModel {
    fn subject(&self) -> Subject {
        Subject::Embeddings
    }

    fn name(&self) -> String {
        "embeddings".to_owned()
    }

    fn target(&self) -> String {
        secret::hide_credentials(&self.settings.endpoint)
    }

    async fn look(&self) -> Sight {
        let embedder = match &self.embedder {
            Ok(Some(embedder)) => embedder,
            Ok(None) => return Sight::absent("not configured"),
            Err(why) => return Sight::away(why.clone()),
        };
        match embedder.embed(&[SAMPLE.to_owned()]).await {
            Ok(made) => {
                let dimensions = made.vectors.first().map_or(0, Vec::len);
                Sight::answers(made.model, vec![Detail::well("vectors", format!("{dimensions} dimensions"))])
            }
            Err(error) => Sight::away(error.to_string()).with_hint("until it answers, memory is found by words alone"),
        }
    }
}
