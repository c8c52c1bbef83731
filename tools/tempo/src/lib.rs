//! The MCP server `tempo`: traces over the HTTP API of Grafana Tempo.
//!
//! Layout: `query` holds what is asked and how answers are read, as plain values and pure functions; `backend` sends;
//! `tools` has one file a tool; what a trace means is decided in [`domain::traces`]. Guarantees: a trace never travels
//! whole (a summary of 10,000 spans is at most 4,000 bytes); TraceQL is looked at before it is sent, and the server's
//! own parse errors keep their place; a search says that it is a sample; an empty result says why it may be empty.
//!
//! Deliberately absent: protobuf, streaming, writing of spans. Tempo's `metrics-generator` writes span metrics
//! (`traces_service_graph_…`) to a Prometheus; they are read there, by the server `prometheus`.

mod backend;
mod config;
mod query;
mod server;
mod tools;

pub use config::{Endpoint, Instance, Limits, TempoConfig};
pub use server::Server;
