//! The server against backends: a strict mock that speaks Tempo's JSON, awkward ones, and the estate.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail their test by panicking"
)]

mod answers;
mod awkward;
mod canaries;
mod estate_world;
mod large;
mod mock;

use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use tools_common::serve::Adapter;

const NOW: &str = "2026-11-21T02:00:00Z";
const ID: &str = "2f3e0cee77ae5dc9c17ade3689eb2e54";
const OTHER_ID: &str = "2f3e0cee77ae5dc9c17ade3689eb2e55";

async fn call(adapter: &Adapter, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
    let arguments: Map<String, Value> = serde_json::from_value(arguments).expect("arguments are an object");
    let mut context = adapter.context();
    context.now = NOW.parse().expect("a time");
    adapter.call(tool, arguments, context).await
}
