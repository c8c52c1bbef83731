//! The toolbox against real MCP servers: in this process, a public one over stdio, small Python ones that misbehave,
//! and streamable HTTP.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, which end a test by a panic")]

mod acting;
mod http;
mod in_process;
mod life;
mod mini;
mod stdio;
