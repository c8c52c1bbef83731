//! Alerting rules over the metrics: what is pending or firing at a moment, and since when.
//!
//! Guarantees: nothing is remembered. A rule's state follows from evaluating its expression over the past, on the same
//! fixed ticks whoever asks, so `active_at` does not move between two questions.

mod rules;
mod series;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use self::rules::{RULES, Rule};
pub use self::series::WithAlerts;
use super::metrics::WorldMetrics;
use super::number_text;
use super::promql::{Answer, QueryError, instant, range};
use super::series::{Labels, Series, SeriesSource};

/// How often rules are evaluated.
pub const EVALUATION_INTERVAL_MS: i64 = 15_000;

/// How far back the begin of an alert is searched, one after the other, with the step of the search.
const SEARCH: [(i64, i64); 3] =
    [(15 * 60_000, EVALUATION_INTERVAL_MS), (2 * 3_600_000, EVALUATION_INTERVAL_MS), (i64::MAX, 300_000)];

/// Whether an alert has held long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlertState {
    /// The expression holds, not yet as long as the rule demands.
    Pending,
    /// It has held long enough.
    Firing,
}

impl AlertState {
    /// As Prometheus writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

/// An active alert.
#[derive(Debug, Clone)]
pub struct Alert {
    /// The rule that it comes from.
    pub rule: &'static Rule,
    /// The labels of the expression's result, of the rule, and `alertname`.
    pub labels: Labels,
    /// The value of the expression.
    pub value: f64,
    /// Pending or firing.
    pub state: AlertState,
    /// Since when the expression holds.
    pub active_at: DateTime<Utc>,
}

impl Alert {
    /// Since when it fires, which is `for` after it became active.
    pub fn firing_since(&self) -> DateTime<Utc> {
        self.active_at + chrono::TimeDelta::seconds(self.rule.hold_seconds)
    }

    /// The rule's summary and description with this alert's labels and value in them.
    pub fn annotations(&self) -> [(&'static str, String); 2] {
        [
            ("description", expand(self.rule.description, &self.labels, self.value)),
            ("summary", expand(self.rule.summary, &self.labels, self.value)),
        ]
    }
}

/// All alerts that are pending or firing as the metrics see it.
///
/// # Errors
/// When a rule cannot be evaluated, which a test excludes for the rules that are built in.
pub fn active_alerts(metrics: &WorldMetrics<'_>) -> Result<Vec<Alert>, QueryError> {
    let mut alerts = Vec::new();
    for rule in &RULES {
        alerts.extend(alerts_of(rule, metrics)?);
    }
    Ok(alerts)
}

/// The active alerts of one rule.
///
/// # Errors
/// When the rule cannot be evaluated.
pub fn alerts_of(rule: &'static Rule, metrics: &WorldMetrics<'_>) -> Result<Vec<Alert>, QueryError> {
    let tick_ms = last_evaluation(metrics.now_ms());
    let Answer::Vector(_, samples) = instant(metrics, rule.expression, tick_ms)? else { return Ok(Vec::new()) };
    if samples.is_empty() {
        return Ok(Vec::new());
    }
    let begins = begins_of(rule, metrics, tick_ms)?;
    let alerts = samples.into_iter().map(|sample| {
        let begin = begins.iter().find(|begin| begin.labels == sample.labels);
        let active_ms = begin.map_or(tick_ms, |begin| begin.at_ms);
        let held_ms = tick_ms.saturating_sub(active_ms);
        let fires = held_ms >= rule.hold_seconds.saturating_mul(1000);
        Alert {
            rule,
            labels: rule.alert_labels(&sample.labels),
            value: sample.value,
            state: if fires { AlertState::Firing } else { AlertState::Pending },
            active_at: DateTime::from_timestamp_millis(active_ms).unwrap_or_default(),
        }
    });
    Ok(alerts.collect())
}

/// The newest tick at which rules were evaluated.
pub fn last_evaluation(now_ms: i64) -> i64 {
    now_ms.div_euclid(EVALUATION_INTERVAL_MS) * EVALUATION_INTERVAL_MS
}

/// Since when one result of an expression holds.
struct Begin {
    labels: Labels,
    at_ms: i64,
    /// Whether the search has seen the moment before it.
    settled: bool,
}

/// Since when each result of a rule's expression holds without a gap.
fn begins_of(rule: &Rule, metrics: &WorldMetrics<'_>, tick_ms: i64) -> Result<Vec<Begin>, QueryError> {
    let mut begins: Vec<Begin> = Vec::new();
    let origin_ms = metrics.origin_ms();
    for (window_ms, step_ms) in SEARCH {
        let earliest = tick_ms.saturating_sub(window_ms).max(origin_ms);
        // Multiples of the step, so that a coarse search finds the same begin from every tick.
        let start_ms = earliest.div_euclid(step_ms).saturating_add(1).saturating_mul(step_ms);
        let end_ms = tick_ms.div_euclid(step_ms).saturating_mul(step_ms);
        let Answer::Matrix(series) = range(metrics, rule.expression, start_ms, end_ms, step_ms)? else { break };
        for (labels, at_ms) in series.into_iter().filter_map(|series| begin_of(series, end_ms, step_ms)) {
            let settled = at_ms > start_ms;
            match begins.iter_mut().find(|known| known.labels == labels) {
                None => begins.push(Begin { labels, at_ms, settled }),
                Some(known) if !known.settled => {
                    known.at_ms = known.at_ms.min(at_ms);
                    known.settled = settled;
                }
                Some(_) => {}
            }
        }
        if earliest == origin_ms || begins.iter().all(|begin| begin.settled) {
            break;
        }
    }
    Ok(begins)
}

/// The first sample of the gapless run that ends at `end_ms`.
fn begin_of(series: Series, end_ms: i64, step_ms: i64) -> Option<(Labels, i64)> {
    let mut begin_ms = None;
    let mut expected_ms = end_ms;
    for sample in series.samples.iter().rev() {
        if sample.at_ms != expected_ms {
            break;
        }
        begin_ms = Some(sample.at_ms);
        expected_ms -= step_ms;
    }
    begin_ms.map(|begin_ms| (series.labels, begin_ms))
}

/// Fills `{{ $labels.NAME }}` and `{{ $value }}`.
fn expand(template: &str, labels: &Labels, value: f64) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((expression, following)) = after.split_once("}}") else { break };
        text.push_str(before);
        match expression.trim().strip_prefix("$labels.") {
            Some(name) => text.push_str(labels.get(name)),
            None => text.push_str(&number_text((value * 1000.0).round() / 1000.0)),
        }
        rest = following;
    }
    text.push_str(rest);
    text
}

/// The state of a rule's alerts at every evaluation in a window, as the metric `ALERTS` tells it.
fn history(
    rule: &Rule,
    source: &dyn SeriesSource,
    start_ms: i64,
    end_ms: i64,
) -> Vec<(Labels, Vec<(i64, AlertState)>)> {
    let hold_ms = rule.hold_seconds.saturating_mul(1000);
    let from_ms = last_evaluation(start_ms.saturating_sub(hold_ms));
    let Ok(Answer::Matrix(series)) = range(source, rule.expression, from_ms, end_ms, EVALUATION_INTERVAL_MS) else {
        return Vec::new();
    };
    let states = |series: Series| {
        let (mut begin_ms, mut previous_ms) = (i64::MIN, i64::MIN);
        let mut states = Vec::new();
        for sample in &series.samples {
            if sample.at_ms.saturating_sub(EVALUATION_INTERVAL_MS) != previous_ms {
                begin_ms = sample.at_ms;
            }
            previous_ms = sample.at_ms;
            let fires = sample.at_ms.saturating_sub(begin_ms) >= hold_ms;
            states.push((sample.at_ms, if fires { AlertState::Firing } else { AlertState::Pending }));
        }
        states.retain(|(at_ms, _)| *at_ms >= start_ms);
        (rule.alert_labels(&series.labels), states)
    };
    series.into_iter().map(states).collect()
}
