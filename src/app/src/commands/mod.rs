//! The commands, one file each.

pub mod actions;
pub mod ask;
pub mod audit;
pub mod chat;
pub mod completions;
pub mod config;
mod confirm;
pub mod conversations;
pub mod demo;
pub mod doctor;
pub mod estate;
pub mod freeze;
pub mod health;
pub mod incidents;
pub mod learning;
pub mod mcp;
pub mod memory;
pub mod pause;
pub mod replay;
pub mod serve;
pub mod slack;
pub mod store;
pub mod tools;
pub mod usage;
