//! The kit from outside: what an MCP client meets at its HTTP end, and the public conformance suite against it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test by panicking")]

mod access;
mod conformance;
mod limits;
mod reference;
mod streams;
mod suite;
mod versions;
mod wire;
