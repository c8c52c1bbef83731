//! The server against a strict fake of GitHub's API: what it answers, what it refuses, what it keeps to itself.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail their test by panicking")]

mod answers;
mod failures;
mod fake;
mod files;
mod job_logs;
mod limits;
mod safety;
mod world;

use domain::envelope::{Envelope, Failure};
use serde_json::{Map, Value};
use tools_common::serve::Adapter;

/// The time of day of all calls.
pub const NOW: &str = "2026-11-21T02:00:00Z";

async fn call_at(adapter: &Adapter, tool: &str, arguments: Value, now: &str) -> Result<Envelope, Failure> {
    let arguments: Map<String, Value> = serde_json::from_value(arguments).expect("arguments are an object");
    let mut context = adapter.context();
    context.now = now.parse().expect("a time");
    adapter.call(tool, arguments, context).await
}

async fn call(adapter: &Adapter, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
    call_at(adapter, tool, arguments, NOW).await
}

/// The result as it crosses, one field a line.
fn shown(envelope: &Envelope) -> String {
    let value = serde_json::to_value(envelope).expect("an envelope");
    let object = value.as_object().expect("an object").clone();
    let mut lines: Vec<String> = Vec::new();
    for (name, value) in object {
        match value {
            Value::Object(data) if name == "data" => {
                data.into_iter().for_each(|(name, value)| lines.push(format!("data.{name}: {value}")));
            }
            value => lines.push(format!("{name}: {value}")),
        }
    }
    lines.join("\n")
}
