//! Jamie in Slack: both ways in (Socket Mode, signed HTTP), asking, incidents, approvals, App Home.
//!
//! An event is kept in its lane (`domain::lane`) before it is acknowledged, and handled from there: once, in the order of
//! its thread, by one of several replicas. What is posted is kept in the store until it is there (`domain::post`).
//!
//! Deliberately absent: what an answer says (engine), how it looks (`slack_view`), who may approve what (`domain`).

pub mod api;
pub mod desk;
pub mod digests;
pub mod http;
pub mod inbox;
pub mod incoming;
pub mod living;
pub mod outbox;
pub mod people;
mod reading;
pub mod service;
pub mod socket;
pub mod talk;
#[cfg(test)]
mod testing;
mod uploads;
