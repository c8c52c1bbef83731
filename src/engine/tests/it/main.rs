//! Turns over a scripted model and a scripted toolbox, on a paused clock.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be made fails")]

mod approvals;
mod budgets;
mod by_model;
mod by_playbook;
mod conversations;
mod house;
mod incidents;
mod memory;
mod recall;
mod remembered;
mod shaky;
mod showing;
mod surfaces;
mod window;
mod world;
