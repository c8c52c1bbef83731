//! The tools over API servers in this process: a small one with fixed objects for the awkward cases, and the estate.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test by panicking")]

mod acting;
mod answers;
mod api;
mod credentials;
mod estate;
mod failures;
mod looks;
mod memory;
mod permissions;
mod secrets;
mod watching;
mod world;
