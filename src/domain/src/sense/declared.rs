//! What is sensed in one environment, as the settings declare it.
//!
//! Guarantees: mistakes are told all at once, each with where it stands; what has mistakes is not run.
//!
//! Deliberately absent: parsing of files; what the defaults are for an environment (the wiring makes a watch of each of its
//! clusters and Prometheus servers).

use super::about::is_name as is_kubernetes_name;
use super::endpoint::EndpointWatch;
use super::forecast::ForecastWatch;
use super::logs::LogWatch;
use super::rule::Rule;
use super::series::SeriesWatch;
use super::traces::TraceWatch;
use super::traces::requests::MOST_SERVICES;
use super::uptime::is_name;
use crate::incident::Severity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Watches of one sort in one environment.
const MOST: usize = 200;
/// Shortest and longest pause between two looks, in seconds.
const PAUSES: std::ops::RangeInclusive<u32> = 5..=86_400;

/// The health checks of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterWatch {
    /// Its name.
    pub name: String,
    /// The cluster, where the environment has several.
    #[serde(default)]
    pub cluster: Option<String>,
    /// The only namespace that is looked at.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Seconds between two looks.
    #[serde(default = "thirty")]
    pub every_seconds: u32,
    /// Milder findings are not told.
    #[serde(default = "medium")]
    pub least: Severity,
}

/// The alerts of a Prometheus and its Alertmanager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertWatch {
    /// Its name.
    pub name: String,
    /// The Prometheus, where the environment has several.
    #[serde(default)]
    pub instance: Option<String>,
    /// Seconds between two looks.
    #[serde(default = "thirty")]
    pub every_seconds: u32,
}

fn thirty() -> u32 {
    30
}

fn medium() -> Severity {
    Severity::Medium
}

/// Everything that is sensed in one environment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Declared {
    /// Health checks of clusters.
    pub clusters: Vec<ClusterWatch>,
    /// Alerts.
    pub alerts: Vec<AlertWatch>,
    /// PromQL rules of our own.
    pub rules: Vec<Rule>,
    /// Series for detectors.
    pub series: Vec<SeriesWatch>,
    /// Series of which is foretold when they are at a bound.
    pub forecasts: Vec<ForecastWatch>,
    /// Logs.
    pub logs: Vec<LogWatch>,
    /// Traces.
    pub traces: Vec<TraceWatch>,
    /// Endpoints.
    pub endpoints: Vec<EndpointWatch>,
}

/// Something that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands: `rules.checkout-errors.query`.
    pub place: String,
    /// What is wrong and what is accepted.
    pub what: String,
}

impl Declared {
    /// All mistakes.
    pub fn check(&self) -> Vec<Mistake> {
        let mut found = Found::default();
        found.watches("clusters", self.clusters.iter().map(|watch| (watch.name.as_str(), watch.every_seconds)));
        found.watches("alerts", self.alerts.iter().map(|watch| (watch.name.as_str(), watch.every_seconds)));
        found.watches("rules", self.rules.iter().map(|watch| (watch.name.as_str(), watch.every_seconds)));
        found.watches("series", self.series.iter().map(|watch| (watch.name.as_str(), watch.every_seconds)));
        found.watches("forecasts", self.forecasts.iter().map(|watch| (watch.name.as_str(), watch.every_seconds)));
        found.watches("logs", self.logs.iter().map(|watch| (watch.name.as_str(), watch.every_seconds)));
        found.watches("traces", self.traces.iter().map(|watch| (watch.name.as_str(), watch.every_seconds)));
        found.watches("endpoints", self.endpoints.iter().map(|watch| (watch.name.as_str(), watch.every_seconds)));
        self.check_clusters(&mut found);
        self.check_metrics(&mut found);
        self.check_logs_and_traces(&mut found);
        self.check_endpoints(&mut found);
        found.mistakes
    }

    fn check_clusters(&self, found: &mut Found) {
        for watch in &self.clusters {
            let is_wrong = watch.namespace.as_deref().is_some_and(|name| !is_kubernetes_name(name));
            found.expect(!is_wrong, ("clusters", &watch.name, "namespace"), "is no name that Kubernetes gives");
        }
    }

    fn check_metrics(&self, found: &mut Found) {
        let queries = self.rules.iter().map(|rule| ("rules", &rule.name, &rule.query, rule.about.mistakes()));
        let series = self.series.iter().map(|watch| ("series", &watch.name, &watch.query, watch.about.mistakes()));
        let futures =
            self.forecasts.iter().map(|watch| ("forecasts", &watch.name, &watch.query, watch.about.mistakes()));
        for (sort, name, query, mistakes) in queries.chain(series).chain(futures) {
            let is_right = !query.trim().is_empty() && query.len() <= 4_000;
            found.expect(is_right, (sort, name, "query"), "is empty or longer than 4000 bytes");
            mistakes.iter().for_each(|mistake| found.expect(false, (sort, name, "about"), mistake));
        }
        for watch in &self.series {
            let mistakes = watch.detector.mistakes();
            mistakes.iter().for_each(|mistake| found.expect(false, ("series", &watch.name, "detector"), mistake));
        }
        for watch in &self.forecasts {
            watch.mistakes().iter().for_each(|(key, what)| found.expect(false, ("forecasts", &watch.name, key), what));
        }
    }

    fn check_logs_and_traces(&self, found: &mut Found) {
        for watch in &self.logs {
            let at = |key| ("logs", watch.name.as_str(), key);
            found.expect(!watch.labels.is_empty(), at("labels"), "names no stream: give a label such as namespace");
            let are_right = watch.window_minutes >= 1 && watch.baseline_minutes >= watch.window_minutes;
            found.expect(are_right, at("baseline_minutes"), "is shorter than the window, or the window is none");
        }
        for watch in &self.traces {
            let at = |key| ("traces", watch.name.as_str(), key);
            let are_right = watch.window_minutes >= 1 && watch.baseline_minutes >= watch.window_minutes;
            found.expect(are_right, at("baseline_minutes"), "is shorter than the window, or the window is none");
            let shift = &watch.shift;
            let are_numbers = [shift.latency_factor, shift.latency_milliseconds, shift.error_ratio]
                .iter()
                .chain([&shift.least_requests_per_second])
                .all(|number| number.is_finite() && *number >= 0.0);
            found.expect(are_numbers && shift.latency_factor >= 1.0, at("shift"), "has a number that cannot be meant");
            let can_learn = (1..=MOST_SERVICES).contains(&watch.services.len()) && watch.every_seconds <= 240;
            let what = "needs 1 to 20 services, and looks at least every 240 seconds";
            found.expect(!watch.learns || can_learn, at("learns"), what);
        }
    }

    fn check_endpoints(&self, found: &mut Found) {
        for watch in &self.endpoints {
            let at = |key| ("endpoints", watch.name.as_str(), key);
            let url = watch.url.reveal();
            let is_http = url.starts_with("http://") || url.starts_with("https://");
            found.expect(is_http, at("url"), "is no address; accepted: http://HOST/PATH or https://HOST/PATH");
            let timeout = (1..=25).contains(&watch.timeout_seconds) && watch.timeout_seconds <= watch.every_seconds;
            found.expect(timeout, at("timeout_seconds"), "accepted: 1 to 25, and not longer than every_seconds");
            let are_statuses = watch.expect.iter().all(|status| (100..=599).contains(status));
            found.expect(are_statuses, at("expect"), "holds what is no HTTP status (100 to 599)");
            found.expect(watch.least_uptime <= 1_000, at("least_uptime"), "is in per mille: 0 to 1000");
            let is_short = watch.contains.as_deref().is_none_or(|text| (1..=1_000).contains(&text.len()));
            found.expect(is_short, at("contains"), "must have 1 to 1000 bytes");
        }
    }
}

#[derive(Default)]
struct Found {
    mistakes: Vec<Mistake>,
}

impl Found {
    fn expect(&mut self, is_right: bool, (sort, name, key): (&str, &str, &str), what: &str) {
        if !is_right {
            self.mistakes.push(Mistake { place: format!("{sort}.{name}.{key}"), what: what.to_owned() });
        }
    }

    fn watches<'a>(&mut self, sort: &str, watches: impl Iterator<Item = (&'a str, u32)>) {
        let mut names = BTreeSet::new();
        for (number, (name, every)) in watches.enumerate() {
            if number == MOST {
                self.expect(false, (sort, name, "name"), "is beyond the 200 that are watched of a sort");
                return;
            }
            let is_right = is_name(name);
            self.expect(is_right, (sort, name, "name"), "accepted: 1 to 64 letters, digits, -, _ and .");
            self.expect(names.insert(name), (sort, name, "name"), "is there twice");
            self.expect(PAUSES.contains(&every), (sort, name, "every_seconds"), "accepted: 5 to 86400");
        }
    }
}

#[cfg(test)]
mod tests;
