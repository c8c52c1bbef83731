//! An MCP call inside the process: toolbox, rmcp over a duplex pipe, the kit's server side, and back; the tool itself
//! gives a value from memory. The toolbox's cache is off.

use crate::Fallible;
use crate::house::{in_process, now};
use crate::turns::pods;
use async_trait::async_trait;
use benches::samples::{Runs, Samples};
use benches::table::Row;
use domain::envelope::{Envelope, Failure};
use domain::evidence::ToolCall;
use ports::toolbox::Toolbox as _;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use toolbox::Toolbox;
use toolbox::settings::ToolboxSettings;
use tools_common::serve::Adapter;
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec, args};

const RUNS: Runs = Runs { warm_up: 500, counted: 10_000 };
const BUDGET_P50: Duration = Duration::from_micros(100);

/// Bytes of the large result.
const LARGE_BYTES: usize = 20_000;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Query {
    /// Which result.
    query: String,
}

/// Has one tool, which gives one of two values. It bears the name of a server whose tools have effect classes.
#[derive(Clone)]
struct Memory {
    small: Envelope,
    large: Envelope,
}

#[async_trait]
impl ToolServer for Memory {
    fn info(&self) -> ServerInfo {
        ServerInfo { name: "prometheus", version: "0.1.0", instructions: "Gives values from memory." }
    }

    fn tools(&self) -> Vec<ToolSpec> {
        vec![ToolSpec::new::<Query>("query", "Query", "Gives a value from memory.")]
    }

    async fn call(&self, _: &str, arguments: Map<String, Value>, _: CallContext) -> Result<Envelope, Failure> {
        let asked: Query = args::parse(arguments)?;
        Ok(if asked.query == "large" { self.large.clone() } else { self.small.clone() })
    }
}

/// The rows of both results, each with the part of it that is not the wire.
pub async fn rows() -> Fallible<Vec<Row>> {
    let sample = json!({"result_type": "vector", "samples": [{"labels": {"job": "node"}, "value": 1.0}]});
    let rows = (1..).find(|rows| pods(*rows).data.to_string().len() >= LARGE_BYTES).unwrap_or_default();
    let memory = Memory { small: Envelope::whole(sample, 1), large: pods(rows) };
    let sizes = [("small", memory.small.clone()), ("large", memory.large.clone())];
    let adapter = Adapter::new(memory).with_clock(std::sync::Arc::new(now));
    let mut settings = ToolboxSettings::new(vec![in_process("prometheus", adapter.clone())]);
    settings.cache.own_reads_ttl = Duration::ZERO;
    let toolbox = Toolbox::start(settings);
    let mut rows = Vec::new();
    for (query, expected) in sizes {
        let bytes = expected.data.to_string().len();
        let whole = over_the_wire(&toolbox, query, &expected).await?;
        rows.push(Row::against(
            format!("an in-process MCP call, round trip, result of {bytes} bytes"),
            whole.told(),
            "p50 100 us",
            whole.p50() <= BUDGET_P50,
        ));
        let direct = without_the_wire(&adapter, query).await?;
        rows.push(Row::information(
            format!("of it without toolbox and MCP: arguments checked, {bytes} bytes copied and redacted"),
            direct.told(),
        ));
    }
    toolbox.shut_down(Duration::from_secs(1)).await;
    Ok(rows)
}

async fn over_the_wire(toolbox: &Toolbox, query: &str, expected: &Envelope) -> Fallible<Samples> {
    RUNS.make_waiting(async || {
        let call = ToolCall::new("prometheus_query", json!({"query": query}));
        let started = Instant::now();
        let outcome = toolbox.call(call, CancellationToken::new()).await;
        let took = started.elapsed();
        match outcome.result {
            Ok(envelope) if envelope == *expected && !outcome.cached => Ok(took),
            other => Err(format!("the call of {query} came back changed: {other:?}").into()),
        }
    })
    .await
}

async fn without_the_wire(adapter: &Adapter, query: &str) -> Fallible<Samples> {
    RUNS.make_waiting(async || {
        let arguments = ToolCall::new("query", json!({"query": query})).arguments;
        let started = Instant::now();
        adapter.call("query", arguments, adapter.context()).await?;
        Ok(started.elapsed())
    })
    .await
}
