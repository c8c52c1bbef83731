//! Meaning as vectors.

use crate::model::ModelError;
use async_trait::async_trait;

/// Vectors of some texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// The model that made them; vectors of different models cannot be compared.
    pub model: String,
    /// One for each text, in their order, all of one length.
    pub vectors: Vec<Vec<f32>>,
}

/// An endpoint that makes vectors.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// The vectors of these texts.
    ///
    /// # Errors
    /// When the endpoint is away or has no such model.
    async fn embed(&self, texts: &[String]) -> Result<Embeddings, ModelError>;
}
