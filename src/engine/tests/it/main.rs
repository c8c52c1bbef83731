//! Turns over a scripted model and a scripted toolbox, on a paused clock.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be made fails")]

mod approvals;
mod budgets;
mod by_model;
mod by_playbook;
mod conversations;
mod executor;
mod house;
mod incidents;
mod intake;
mod memory;
mod recall;
mod remembered;
mod scarlet_diagnosing;
mod scarlet_ending;
mod scarlet_healing;
mod scarlet_planning;
mod scarlet_replaying;
mod scarlet_telling;
mod scarlet_thinking;
mod scarlet_watching;
mod senses;
mod shaky;
mod showing;
mod surfaces;
mod surroundings;
mod window;
mod world;
