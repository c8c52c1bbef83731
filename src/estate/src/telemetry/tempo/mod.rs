//! The Tempo HTTP API over traces that follow from the world's topology and time: search, one trace, attributes,
//! TraceQL metrics.
//!
//! Guarantees: a trace is a function of its id, so what a search lists can be fetched; spans fail and slow down where
//! the world's history says so; refusals have Tempo's words and statuses. Deliberately absent: pushing, TraceQL beyond
//! what `traceql` says, the service graph (which Tempo writes to a Prometheus).

mod handlers;
mod metrics;
mod otlp;
mod search;
mod tags;
mod traceql;
mod traces;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::Estate;

/// Serves the API for an estate.
pub fn router(estate: Arc<Estate>) -> Router {
    Router::new()
        .route("/api/search", get(search::search))
        .route("/api/traces/{id}", get(handlers::trace))
        .route("/api/v2/traces/{id}", get(handlers::trace_v2))
        .route("/api/search/tags", get(tags::tags))
        .route("/api/v2/search/tags", get(tags::tags_v2))
        .route("/api/search/tag/{name}/values", get(tags::tag_values))
        .route("/api/v2/search/tag/{name}/values", get(tags::tag_values_v2))
        .route("/api/metrics/query_range", get(handlers::metrics_range))
        .route("/api/metrics/query", get(handlers::metrics_instant))
        .route("/api/echo", get(handlers::echo))
        .route("/api/status/buildinfo", get(handlers::build_info))
        .route("/ready", get(handlers::ready))
        .with_state(estate)
}
