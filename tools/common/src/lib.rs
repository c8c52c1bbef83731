//! The kit on which each MCP server of the house is built.
//!
//! A server is a type that implements [`ToolServer`]; the kit does the rest: it speaks MCP, checks arguments against
//! the schema before the server sees them, holds the deadline and the cancellation, redacts every result and every
//! failure, and sends each result once.
//!
//! ```no_run
//! use async_trait::async_trait;
//! use domain::envelope::{Envelope, Failure, FailureKind};
//! use serde_json::{Map, Value, json};
//! use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec, args, serve};
//!
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct QueryArgs {
//!     /// PromQL.
//!     query: String,
//!     /// At most this many rows.
//!     #[schemars(range(min = 1, max = 100))]
//!     limit: Option<usize>,
//! }
//!
//! struct Demo;
//!
//! #[async_trait]
//! impl ToolServer for Demo {
//!     fn info(&self) -> ServerInfo {
//!         ServerInfo { name: "prometheus", version: "0.1.0", instructions: "Reads metrics." }
//!     }
//!     fn tools(&self) -> Vec<ToolSpec> {
//!         vec![ToolSpec::new::<QueryArgs>("query", "Instant query", "Evaluates PromQL at one instant.")]
//!     }
//!     async fn call(&self, tool: &str, arguments: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure> {
//!         match tool {
//!             "query" => {
//!                 let asked: QueryArgs = args::parse(arguments)?;
//!                 context.bounded("the query", async { Ok(Envelope::whole(json!({"query": asked.query}), 1)) }).await
//!             }
//!             other => Err(args::unknown_tool(other)),
//!         }
//!     }
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let stream = serve::in_process(Demo); // AsyncRead + AsyncWrite: hand it to an rmcp client
//! serve::stdio(Demo).await?;            // or be a child process
//! # drop(stream); Ok(()) }
//! ```
//!
//! Which tools are served is decided by [`domain::effect`] alone: a tool without a class is offered to nobody, read mode
//! neither lists nor calls what writes, and act mode serves nothing else (see [`act`]).
//!
//! Deliberately absent: any knowledge of a particular backend.

pub mod act;
pub mod args;
mod bounds;
pub mod budget;
pub mod cursor;
pub mod http;
pub mod instances;
pub mod page;
mod schema;
pub mod serve;
mod server;
mod spec;
pub mod time;
pub mod wire;

pub use schema::trim as trim_schema;
pub use server::{CallContext, Progress, ProgressUpdate, ServerInfo, ToolServer};
pub use spec::ToolSpec;
