//! What is asked of Tempo and how its answers are read: plain values and pure functions.

pub(crate) mod errors;
pub(crate) mod filter;
pub(crate) mod lenient;
pub(crate) mod metrics;
pub(crate) mod otlp;
pub(crate) mod requests;
pub(crate) mod search;
pub(crate) mod tags;
pub(crate) mod traceql;
