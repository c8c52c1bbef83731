//! The program `auto-devops` as a library: command line, settings, wiring, and what the commands do.
//!
//! Everything that connects, prints or reads the environment is brought together here and nowhere below; the crates
//! under it take values. `main.rs` only installs the TLS provider and owns the exit codes.

pub mod cli;
pub mod commands;
pub mod convert;
pub mod dispatch;
pub mod doctor;
pub mod output;
pub mod settings;
pub mod signals;
pub mod telemetry;
pub mod terminal;
pub mod wiring;
