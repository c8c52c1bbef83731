//! The Loki HTTP API over the log lines of the world: the reading side, as far as stream selectors, line filters,
//! `json`, `logfmt` and `line_format` go, with the metrics that can be made of them, index statistics and volumes, and
//! the level of each line as structured metadata.
//!
//! Guarantees: lines are a function of time, so a query asked twice answers the same; a query over too much is refused
//! before it is run. Deliberately absent: pushing, tailing, rules, patterns.

mod fields;
mod handlers;
mod metric;
mod parse;
mod pipeline;
mod reply;
mod streams;
#[cfg(test)]
mod tests;
mod volume;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::Estate;

/// Serves the API for an estate.
pub fn router(estate: Arc<Estate>) -> Router {
    Router::new()
        .route("/loki/api/v1/query_range", get(handlers::query_range).post(handlers::query_range))
        .route("/loki/api/v1/query", get(handlers::query).post(handlers::query))
        .route("/loki/api/v1/labels", get(handlers::labels).post(handlers::labels))
        .route("/loki/api/v1/label/{name}/values", get(handlers::label_values))
        .route("/loki/api/v1/series", get(handlers::series).post(handlers::series))
        .route("/loki/api/v1/index/stats", get(handlers::stats).post(handlers::stats))
        .route("/loki/api/v1/index/volume", get(volume::volume).post(volume::volume))
        .route("/loki/api/v1/status/buildinfo", get(handlers::build_info))
        .route("/ready", get(handlers::ready))
        .with_state(estate)
}
