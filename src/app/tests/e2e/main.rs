//! The product from outside: the built binary as a child process, and whole turns over the simulated estate.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test by panicking")]

mod acting;
mod bad_backends;
mod bad_input;
mod bad_models;
mod bad_policy;
mod bad_webhooks;
mod chat;
mod conformance;
mod demo;
mod estate_turns;
mod github_end;
mod injection;
mod mcp_alone;
mod mcp_foreign;
mod mcp_python;
mod pauses;
mod process;
mod real_prometheus;
mod redis;
mod replays;
mod scarlet;
mod scarlet_kill;
mod scarlet_scenarios;
mod scarlet_telling;
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
