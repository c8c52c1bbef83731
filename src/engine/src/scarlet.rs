//! Scarlet: the part that senses, decides and acts by itself.
//!
//! What she decides is pure and stands in `domain`; what is here is order, deadlines, and what outlives a process.
//!
//! Deliberately absent: any way to change something but through the executor (invariant 2).

pub mod diagnose;
pub mod escalating;
pub mod executor;
pub mod health_log;
pub mod intake;
pub mod planning;
pub mod reconciler;
pub mod recording;
pub mod remembering;
pub mod replaying;
pub mod self_watch;
pub mod senses;
pub mod surroundings;
