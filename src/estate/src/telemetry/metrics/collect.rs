//! The collector: which series a query wants, and when each target was scraped.

use chrono::DateTime;
use promql_parser::label::Matcher;

use super::super::series::{Labels, METRIC_NAME, Sample, Series};
use super::SCRAPE_INTERVAL_MS;
use crate::telemetry::noise::hash_text;
use crate::world::timeline::{NodeTrack, PodTrack, Steps};

/// Gathers the series that all matchers accept.
pub(super) struct Collector<'a> {
    matchers: &'a [Matcher],
    start_ms: i64,
    end_ms: i64,
    series: Vec<Series>,
}

/// What is scraped: the labels that it gives every series, and whether it answers.
#[derive(Debug, Clone)]
pub(super) struct Target<'a> {
    pub labels: Labels,
    pub life: Life<'a>,
    phase_ms: i64,
}

/// When a target exists and answers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Life<'a> {
    /// Always.
    Steady,
    /// While the container's process runs and its machine is alive.
    Pod(&'a PodTrack, Option<&'a NodeTrack>),
    /// While the machine is alive.
    Node(&'a NodeTrack),
}

impl<'a> Target<'a> {
    pub fn new(job: &str, instance: &str, life: Life<'a>) -> Self {
        let labels = Labels::from_pairs([("job", job), ("instance", instance)]);
        // Each target has its own place in the interval, as the real server spreads its scrapes.
        let phase_ms = (hash_text(&format!("{job}/{instance}")) % SCRAPE_INTERVAL_MS.unsigned_abs()).cast_signed();
        Self { labels, life, phase_ms }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.labels.set(name, value);
        self
    }

    /// Whether service discovery knows it at this time.
    pub fn exists(&self, at_ms: i64) -> bool {
        match self.life {
            Life::Steady => true,
            Life::Pod(pod, _) => within(pod, at_ms) && value_at(&pod.ip, at_ms).is_some(),
            Life::Node(node) => {
                node.created.timestamp_millis() <= at_ms && node.ended.is_none_or(|end| at_ms < end.timestamp_millis())
            }
        }
    }

    /// Whether it may have existed in a window.
    pub fn overlaps(&self, (from_ms, to_ms): (i64, i64)) -> bool {
        match self.life {
            Life::Steady | Life::Node(_) => true,
            Life::Pod(pod, _) => {
                pod.created.timestamp_millis() <= to_ms && pod.ended.is_none_or(|end| end.timestamp_millis() >= from_ms)
            }
        }
    }

    /// The newest scrape at a time.
    pub fn last_scrape(&self, at_ms: i64) -> i64 {
        let since_phase = at_ms.saturating_sub(self.phase_ms);
        since_phase.div_euclid(SCRAPE_INTERVAL_MS) * SCRAPE_INTERVAL_MS + self.phase_ms
    }

    /// Whether a scrape at this time gets an answer.
    pub fn answers(&self, at_ms: i64) -> bool {
        self.exists(at_ms)
            && match self.life {
                Life::Steady => true,
                Life::Pod(pod, node) => {
                    value_at(&pod.running, at_ms).copied().unwrap_or(false)
                        && node.is_none_or(|node| is_alive(node, at_ms))
                }
                Life::Node(node) => is_alive(node, at_ms),
            }
    }
}

fn is_alive(node: &NodeTrack, at_ms: i64) -> bool {
    value_at(&node.alive, at_ms).copied().unwrap_or(false)
}

/// Whether the pod object exists.
pub(super) fn within(pod: &PodTrack, at_ms: i64) -> bool {
    pod.created.timestamp_millis() <= at_ms && pod.ended.is_none_or(|end| at_ms < end.timestamp_millis())
}

/// What a track says at a time in milliseconds.
pub(super) fn value_at<T: Clone + PartialEq>(steps: &Steps<T>, at_ms: i64) -> Option<&T> {
    steps.at(DateTime::from_timestamp_millis(at_ms)?)
}

impl<'a> Collector<'a> {
    pub fn new(matchers: &'a [Matcher], start_ms: i64, end_ms: i64) -> Self {
        Self { matchers, start_ms, end_ms, series: Vec::new() }
    }

    pub fn into_series(self) -> Vec<Series> {
        self.series
    }

    /// The begin of the asked window.
    pub fn start_ms(&self) -> i64 {
        self.start_ms
    }

    /// The end of the asked window.
    pub fn end_ms(&self) -> i64 {
        self.end_ms
    }

    /// Whether any of these metrics could be meant.
    pub fn wants(&self, names: &[&str]) -> bool {
        self.start_ms <= self.end_ms && names.iter().any(|name| self.admits(&[(METRIC_NAME, name)]))
    }

    /// Whether series with these labels could be meant, whatever their other labels.
    pub fn admits(&self, known: &[(&str, &str)]) -> bool {
        let fits = |matcher: &Matcher| {
            known.iter().find(|(name, _)| *name == matcher.name).is_none_or(|(_, value)| matcher.is_match(value))
        };
        self.matchers.iter().all(fits)
    }

    /// Adds the series `name` of a target, if it is wanted, with `value` at each scrape that got an answer.
    pub fn add(
        &mut self,
        target: &Target<'_>,
        name: &'static str,
        labels: &[(&'static str, &str)],
        value: impl Fn(i64) -> Option<f64>,
    ) {
        self.add_scraped(target, name, labels, |at_ms| if target.answers(at_ms) { value(at_ms) } else { None });
    }

    /// As [`Self::add`], but the value is there whether or not the scrape succeeded.
    pub fn add_scraped(
        &mut self,
        target: &Target<'_>,
        name: &'static str,
        labels: &[(&'static str, &str)],
        value: impl Fn(i64) -> Option<f64>,
    ) {
        if !self.admits(&[(METRIC_NAME, name)]) || !self.admits(labels) {
            return;
        }
        let mut all = target.labels.clone();
        all.set(METRIC_NAME, name);
        for (label, value) in labels {
            all.set(*label, *value);
        }
        if !all.accepted_by(self.matchers) {
            return;
        }
        let samples = self.scrapes(target.phase_ms, value);
        if !samples.is_empty() {
            self.series.push(Series { labels: all, samples });
        }
    }

    /// The values at the scrapes in the window; the first scrape without one after one with leaves a stale mark.
    fn scrapes(&self, phase_ms: i64, value: impl Fn(i64) -> Option<f64>) -> Vec<Sample> {
        let since_phase = self.start_ms.saturating_sub(phase_ms);
        let first = since_phase.div_euclid(SCRAPE_INTERVAL_MS) * SCRAPE_INTERVAL_MS + phase_ms;
        let mut samples = Vec::new();
        let mut was_there = false;
        let mut at_ms = first;
        while at_ms <= self.end_ms {
            let now = value(at_ms);
            if at_ms >= self.start_ms {
                match now {
                    Some(value) => samples.push(Sample { at_ms, value }),
                    None if was_there => samples.push(Sample::stale(at_ms)),
                    None => {}
                }
            }
            was_there = now.is_some();
            at_ms += SCRAPE_INTERVAL_MS;
        }
        samples
    }
}
