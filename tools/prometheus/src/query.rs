//! What is asked and how answers are read: plain values and pure functions, no IO.

pub(crate) mod alerts;
pub(crate) mod anomalies;
pub(crate) mod api;
pub(crate) mod change_points;
pub(crate) mod compare;
pub(crate) mod explain;
pub(crate) mod forecast;
pub(crate) mod instant;
pub(crate) mod metrics;
pub(crate) mod promql;
pub(crate) mod range;
pub(crate) mod requests;
pub(crate) mod rules;
pub(crate) mod silences;
pub(crate) mod targets;
