//! The Alertmanager v2 API: the firing alerts of the world, and silences that mute them.
//!
//! Guarantees: an alert that a silence matches is suppressed and says by which; an expired silence stays listed.
//! Deliberately absent: receivers that send, inhibition, and alerts posted from outside.

mod alerts;
mod matching;
mod silences;
mod status;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::get;

use crate::Estate;
use silences::Silences;

/// What the handlers share.
pub(crate) struct Shared {
    estate: Arc<Estate>,
    silences: Mutex<Silences>,
}

impl Shared {
    fn with_silences<T>(&self, use_them: impl FnOnce(&mut Silences) -> T) -> T {
        use_them(&mut self.silences.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves the API for an estate. Silences live as long as this router and its clones.
pub fn router(estate: Arc<Estate>) -> Router {
    let shared = Arc::new(Shared { estate, silences: Mutex::new(Silences::default()) });
    Router::new()
        .route("/api/v2/alerts", get(alerts::list).post(alerts::refuse))
        .route("/api/v2/alerts/groups", get(alerts::groups))
        .route("/api/v2/silences", get(silences::list).post(silences::create))
        .route("/api/v2/silence/{id}", get(silences::show).delete(silences::expire))
        .route("/api/v2/receivers", get(status::receivers))
        .route("/api/v2/status", get(status::status))
        .route("/-/healthy", get(status::healthy).head(status::healthy))
        .route("/-/ready", get(status::healthy).head(status::healthy))
        .with_state(shared)
}
