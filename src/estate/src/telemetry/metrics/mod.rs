//! The metrics of the world: what each exporter would have scraped, computed for the window that a query asks for.
//!
//! Guarantees: a sample is a function of (seed, series, time) over the history and never of the query; counters never
//! fall but where a container restarts; series end with a stale mark. Deliberately absent: anything stored.

mod application;
mod catalog;
mod collect;
mod containers;
mod dependencies;
mod kube_state;
mod latency;
mod machines;
mod probes;
mod targets;
mod traffic;
mod volumes;

use chrono::{DateTime, Utc};
use promql_parser::label::Matcher;

pub use self::catalog::{FAMILIES, Family, Kind};
pub use self::targets::{ScrapeTarget, scrape_targets};
use super::series::{Series, SeriesSource};
use crate::world::timeline::Timeline;
use collect::Collector;

/// How often every target is scraped.
pub const SCRAPE_INTERVAL_MS: i64 = 15_000;

/// The metrics of a history as seen at a moment.
#[derive(Debug, Clone, Copy)]
pub struct WorldMetrics<'a> {
    timeline: &'a Timeline,
    now_ms: i64,
}

impl<'a> WorldMetrics<'a> {
    /// The metrics that exist at `now`; later samples are not told.
    pub fn new(timeline: &'a Timeline, now: DateTime<Utc>) -> Self {
        Self { timeline, now_ms: now.timestamp_millis() }
    }

    /// The moment that this looks from.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Before this nothing was scraped.
    pub fn origin_ms(&self) -> i64 {
        self.timeline.origin.timestamp_millis()
    }
}

impl SeriesSource for WorldMetrics<'_> {
    fn select(&self, matchers: &[Matcher], start_ms: i64, end_ms: i64) -> Vec<Series> {
        let start_ms = start_ms.max(self.origin_ms());
        let mut collector = Collector::new(matchers, start_ms, end_ms.min(self.now_ms));
        targets::collect(self.timeline, &mut collector);
        application::collect(self.timeline, &mut collector);
        dependencies::collect(self.timeline, &mut collector);
        kube_state::collect(self.timeline, &mut collector);
        containers::collect(self.timeline, &mut collector);
        volumes::collect(self.timeline, &mut collector);
        machines::collect(self.timeline, &mut collector);
        probes::collect(self.timeline, &mut collector);
        collector.into_series()
    }
}
