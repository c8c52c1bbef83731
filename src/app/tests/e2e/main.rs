//! The product from outside: the built binary as a child process, and whole turns over the simulated estate.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test by panicking")]

mod acting;
mod bad_backends;
mod bad_input;
mod bad_models;
mod chat;
mod conformance;
mod demo;
mod estate_turns;
mod github_end;
mod mcp_alone;
mod mcp_foreign;
mod mcp_python;
mod process;
mod real_prometheus;
mod redis;
mod scarlet;
mod scenarios;
mod servers;
mod slack;
mod slack_manifest;
mod state;
mod state_away;
mod state_looks;
mod state_moves;
mod state_service;
mod state_trail;
mod terminal;
