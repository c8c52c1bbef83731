//! The commands, one file each.

pub mod ask;
pub mod chat;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod mcp;
pub mod tools;
