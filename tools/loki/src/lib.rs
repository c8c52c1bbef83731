//! The MCP server `loki`: log lines, their patterns, what is new among errors, and how much there is, over Loki's HTTP
//! API (<https://grafana.com/docs/loki/latest/reference/loki-http-api/>).
//!
//! Layout: `query` holds what is asked and how answers are read, as plain values and pure functions; `backend` sends;
//! `tools` has one file a tool. Guarantees: before lines are read, the index is asked how many bytes that takes, and
//! what is over the budget is refused with the figure; LogQL's gross mistakes are told before anything is sent; lines
//! are cut, and freed of control characters; an empty result says why it may be empty.
//!
//! Deliberately absent: pushing, rules, live tailing over a web socket, and Loki's own pattern ingester, which few
//! servers run: patterns are found here.

mod backend;
mod config;
mod query;
mod server;
mod tools;

pub use config::{Endpoint, Instance, Limits, LokiConfig};
pub use server::Server;
