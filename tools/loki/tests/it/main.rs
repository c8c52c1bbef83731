//! The server against backends: the simulated estate, and a strict Loki of the tests' own for what an estate never does.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail their test by panicking"
)]

mod answers;
mod awkward;
mod estate_world;
mod fake;

use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use tools_common::serve::Adapter;

async fn call_at(adapter: &Adapter, tool: &str, arguments: Value, now: &str) -> Result<Envelope, Failure> {
    let arguments: Map<String, Value> = serde_json::from_value(arguments).expect("arguments are an object");
    let mut context = adapter.context();
    context.now = now.parse().expect("a time");
    adapter.call(tool, arguments, context).await
}
