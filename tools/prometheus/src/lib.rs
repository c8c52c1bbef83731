//! The MCP server `prometheus`: metrics, alerts, rules and targets over the HTTP API of Prometheus and what speaks it
//! (Thanos, Mimir, VictoriaMetrics), and alerts over Alertmanager's API v2.
//!
//! Layout: `query` holds what is asked and how answers are read, as plain values and pure functions; `backend` sends;
//! `tools` has one file a tool; `recipes` is data. Guarantees: PromQL is parsed before it is sent (a syntax error is
//! told with its place, an unknown function is left to the server); results are bounded and sorted so that what
//! matters stands first; an empty result says why it may be empty.
//!
//! In act mode it makes and ends silences. Deliberately absent: writing of samples and rules.

mod backend;
mod config;
mod query;
mod recipes;
mod server;
mod tools;

pub use config::{Endpoint, Instance, Limits, PrometheusConfig, RecipeFile};
pub use server::Server;
