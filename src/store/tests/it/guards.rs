//! What guards actions, by several keepers on one store whose answers come late, not at all, or not to be believed.

#![expect(clippy::expect_used, clippy::panic, reason = "a test whose world cannot be made fails")]

mod freeze;
mod leader;
mod races;
mod trouble;
mod troubled_store;
mod world;
