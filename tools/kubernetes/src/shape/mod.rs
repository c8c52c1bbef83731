//! From API JSON to the rows and words of an answer. Pure: no waiting, and "now" is an argument.

pub mod age;
pub mod api;
pub mod cron;
pub mod diff;
pub mod dns;
pub mod events;
pub mod lines;
pub mod manifest;
pub mod nodes;
pub mod other;
pub mod owner;
pub mod pods;
pub mod policies;
pub mod quantity;
pub mod references;
pub mod revisions;
pub mod services;
pub mod usage;
pub mod workloads;
