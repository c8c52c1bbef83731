//! Turns over a scripted model and a scripted toolbox, on a paused clock.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be made fails")]

mod by_model;
mod by_playbook;
mod world;
