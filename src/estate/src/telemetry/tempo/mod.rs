//! The Tempo HTTP API over traces that follow from the world's topology and time: search, one trace, tags.
//!
//! Guarantees: a trace is a function of its id, so what a search lists can be fetched; spans fail and slow down where
//! the world's history says so. Deliberately absent: pushing, TraceQL beyond one conjunction over a span, metrics.

mod handlers;
mod otlp;
mod select;
#[cfg(test)]
mod tests;
mod traces;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::Estate;

/// Serves the API for an estate.
pub fn router(estate: Arc<Estate>) -> Router {
    Router::new()
        .route("/api/search", get(handlers::search))
        .route("/api/traces/{id}", get(handlers::trace))
        .route("/api/v2/traces/{id}", get(handlers::trace_v2))
        .route("/api/search/tags", get(handlers::tags))
        .route("/api/v2/search/tags", get(handlers::tags_v2))
        .route("/api/search/tag/{name}/values", get(handlers::tag_values))
        .route("/api/v2/search/tag/{name}/values", get(handlers::tag_values_v2))
        .route("/api/echo", get(handlers::echo))
        .route("/api/status/buildinfo", get(handlers::build_info))
        .route("/ready", get(handlers::ready))
        .with_state(estate)
}
