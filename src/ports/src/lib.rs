//! The traits through which the engine reaches the world, and their errors.
//!
//! No IO here. Implementations stand at the rim (`model`, `toolbox`, `store`, `bus`); tests use those of `fakes`.
//! Some are inward: what surfaces ask of the engine (`conversations`, `incidents`, `approvals`, `freezing`, `signals`).

pub mod approvals;
pub mod bus;
pub mod chat;
pub mod clock;
pub mod conversations;
pub mod embedder;
pub mod endpoint;
pub mod freezing;
pub mod guards;
pub mod hands;
pub mod incidents;
pub mod model;
pub mod progress;
pub mod signals;
pub mod store;
pub mod toolbox;
