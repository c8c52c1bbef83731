//! The keys themselves, as data.

pub mod environments;
pub mod program;
pub mod scarlet;
pub mod slack;
pub mod sources;
pub mod state;
pub mod talk;
pub mod webhooks;
