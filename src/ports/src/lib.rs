//! The traits through which the engine reaches the world, and their errors.
//!
//! No IO here. Implementations stand at the rim (`model`, `toolbox`); tests use those of `fakes`.
//! Deliberately absent until their issues need them: Store, Bus, Chat, Embedder, Conversations, Approvals.

pub mod clock;
pub mod model;
pub mod toolbox;
