//! The metric `ALERTS`: the state of alerts as series, added to the metrics for queries that name it.

use promql_parser::label::{MatchOp, Matcher};

use super::super::metrics::WorldMetrics;
use super::super::series::{METRIC_NAME, Sample, Series, SeriesSource};
use super::{AlertState, EVALUATION_INTERVAL_MS, RULES, history};

const ALERTS: &str = "ALERTS";

/// Metrics with `ALERTS` among them.
#[derive(Debug, Clone, Copy)]
pub struct WithAlerts<'a>(pub WorldMetrics<'a>);

impl SeriesSource for WithAlerts<'_> {
    fn select(&self, matchers: &[Matcher], start_ms: i64, end_ms: i64) -> Vec<Series> {
        let named =
            |matcher: &Matcher| matcher.name == METRIC_NAME && matcher.op == MatchOp::Equal && matcher.value == ALERTS;
        if !matchers.iter().any(named) {
            return self.0.select(matchers, start_ms, end_ms);
        }
        let (start_ms, end_ms) = (start_ms.max(self.0.origin_ms()), end_ms.min(self.0.now_ms()));
        let rules = RULES.iter().filter(|rule| {
            let fits = |matcher: &Matcher| matcher.name != "alertname" || matcher.is_match(rule.name);
            matchers.iter().all(fits)
        });
        let states = rules.flat_map(|rule| history(rule, &self.0, start_ms, end_ms));
        let split = states.flat_map(|(labels, states)| {
            [AlertState::Pending, AlertState::Firing].map(|state| {
                let labels = labels.clone().with(METRIC_NAME, ALERTS).with("alertstate", state.as_str());
                Series { labels, samples: samples_in(&states, state, end_ms) }
            })
        });
        split.filter(|series| !series.samples.is_empty() && series.labels.accepted_by(matchers)).collect()
    }
}

/// A one for each evaluation in a state, and a stale mark where it is left.
fn samples_in(states: &[(i64, AlertState)], wanted: AlertState, end_ms: i64) -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut left_at = None;
    for (at_ms, state) in states {
        if let Some(left_ms) = left_at.filter(|left_ms| left_ms < at_ms || *state != wanted) {
            samples.push(Sample::stale(left_ms));
            left_at = None;
        }
        if *state == wanted {
            samples.push(Sample { at_ms: *at_ms, value: 1.0 });
            left_at = Some(at_ms.saturating_add(EVALUATION_INTERVAL_MS));
        }
    }
    samples.extend(left_at.filter(|left_ms| *left_ms <= end_ms).map(Sample::stale));
    samples
}
