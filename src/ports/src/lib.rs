//! The traits through which the engine reaches the world, and their errors.
//!
//! No IO here. Implementations stand at the rim (`model`, `toolbox`, `store`, `bus`); tests use those of `fakes`.
//! Deliberately absent until their issues need them: Chat, Conversations, Approvals.

pub mod bus;
pub mod clock;
pub mod embedder;
pub mod model;
pub mod store;
pub mod toolbox;
