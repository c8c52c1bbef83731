//! The HTTP side of the service. So far: how it stands, at `GET /health`, and webhooks.
//!
//! Served by the bounded loop of the tool servers' kit: a number of connections, a time for the head of a request, a
//! drain. Deliberately absent until their issues need them: metrics, the API, the portal, authentication of people.
//! What `/health` tells holds no secrets, so that it can be read without any.

pub mod endpoint_check;
pub mod health;
pub mod webhooks;

use axum::Router;
use health::Health;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tools_common::serve::{HttpLimits, serve_routes};

/// How long open requests may take when the service stops.
const DRAIN: Duration = Duration::from_secs(5);

/// The routes of the service.
pub fn router(health: Arc<Health>) -> Router {
    health::routes(health)
}

/// Serves until `stop`, then lets open requests end. False when they did not within five seconds.
pub async fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) -> bool {
    serve_routes(listener, routes, HttpLimits::default(), stop, DRAIN).await
}
