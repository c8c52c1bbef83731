//! The commands, one file each.

pub mod ask;
pub mod chat;
pub mod completions;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod estate;
pub mod mcp;
pub mod tools;
