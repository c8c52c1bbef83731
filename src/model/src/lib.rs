//! The model port over any OpenAI-compatible endpoint, Ollama the default.
//!
//! Guarantees: every wait has a deadline, the queue a bound, every body a limit; what the model's server cannot do is
//! probed; what a small model writes wrong is mended before the engine sees it; no secret is in a message or a Debug
//! output. A reply is asked for again only before any visible text was passed on.
//!
//! Deliberately absent: prompts, the choice of tools, any knowledge of what the tools do.

mod ask;
mod assembly;
pub mod breaker;
mod client;
mod dialect;
mod embeddings;
mod endpoint;
pub mod gate;
mod probe;
pub mod repair;
mod settings;
mod text_protocol;
mod transport;
mod trouble;
mod wire;

pub use client::{ModelClient, SetupError};
pub use embeddings::{EmbeddingsClient, EmbeddingsSettings};
pub use probe::{ProbeReport, ToolSupport};
pub use settings::{Kind, ModelSettings};
