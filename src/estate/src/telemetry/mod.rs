//! The observing ends of the estate: Prometheus, Alertmanager, Loki and Tempo, each speaking its real HTTP API.
//!
//! Nothing is stored. Metrics, alerts, log lines and traces are functions of the world's history and of time, so any
//! moment can be asked at any later moment with the same answer.

pub mod alerting;
pub mod alertmanager;
mod http;
pub mod loki;
pub mod metrics;
mod noise;
pub mod prometheus;
pub mod promql;
pub mod series;
pub mod tempo;

use chrono::{DateTime, Utc};

use self::metrics::WorldMetrics;
use crate::Estate;
use crate::world::timeline::Timeline;

/// Looks at the history as of now.
pub(crate) fn observe<T>(estate: &Estate, look: impl FnOnce(&Timeline, DateTime<Utc>) -> T) -> T {
    estate.with_world(|world| look(world.timeline(), world.now()))
}

/// Looks at the metrics as of now.
pub(crate) fn with_metrics<T>(estate: &Estate, look: impl FnOnce(WorldMetrics<'_>) -> T) -> T {
    observe(estate, |timeline, now| look(WorldMetrics::new(timeline, now)))
}

/// A number as Prometheus writes it: the shortest decimal text, without exponent.
pub(crate) fn number_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        value.to_string()
    }
}
