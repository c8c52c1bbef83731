//! The server against backends: a mock that speaks the real JSON, awkward ones, and Debian's Prometheus and
//! Alertmanager.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail their test by panicking"
)]

mod acting;
mod anomalies;
mod answers;
mod awkward;
mod estate_world;
mod mock;
mod real;
mod signals;
mod trends;

use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use std::time::Duration;
use tools_common::serve::Adapter;
use tools_prometheus::{Limits, PrometheusConfig, Server};

/// An adapter over one instance at `url`.
fn server_at(url: &str) -> Adapter {
    Adapter::new(Server::new(PrometheusConfig::single(url)).expect("the settings are good"))
}

/// The same with a short deadline.
fn hasty_server_at(url: &str) -> Adapter {
    let limits = Limits { call_deadline: Duration::from_millis(300) };
    Adapter::new(
        Server::new(PrometheusConfig { limits, ..PrometheusConfig::single(url) }).expect("the settings are good"),
    )
}

async fn call(adapter: &Adapter, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
    let arguments: Map<String, Value> = serde_json::from_value(arguments).expect("arguments are an object");
    adapter.call(tool, arguments, adapter.context()).await
}

async fn call_at(adapter: &Adapter, tool: &str, arguments: Value, now: &str) -> Result<Envelope, Failure> {
    let arguments: Map<String, Value> = serde_json::from_value(arguments).expect("arguments are an object");
    adapter.call(tool, arguments, adapter.context().at(now.parse().expect("a time"))).await
}
