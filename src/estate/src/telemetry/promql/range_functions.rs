//! Functions of a range vector: one window of samples in, one number (or none) out.

use super::super::series::Sample;
use super::statistics::{maximum, mean, minimum, quantile, regression, sum, variance};

/// The samples of one series in the window of one step.
pub(super) struct Window<'a> {
    /// Never empty, no stale marks.
    pub samples: &'a [Sample],
    /// The window's closed begin.
    pub start_ms: i64,
    /// The window's closed end.
    pub end_ms: i64,
    /// The step's own time (differs from the end under `offset` and `@`).
    pub step_ms: i64,
    /// The scalar arguments at this step, in order.
    pub parameters: &'a [f64],
}

impl Window<'_> {
    fn values(&self) -> Vec<f64> {
        self.samples.iter().map(|sample| sample.value).collect()
    }

    fn parameter(&self, index: usize) -> f64 {
        self.parameters.get(index).copied().unwrap_or(f64::NAN)
    }

    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.samples.iter().zip(self.samples.iter().skip(1)).map(|(before, after)| (before.value, after.value))
    }
}

/// A function of a window.
pub(super) type WindowFunction = fn(&Window<'_>) -> Option<f64>;

/// The function of that name, if it is one of these.
pub(super) fn named(name: &str) -> Option<WindowFunction> {
    Some(match name {
        "rate" => |w| extrapolated(w, true, true),
        "increase" => |w| extrapolated(w, true, false),
        "delta" => |w| extrapolated(w, false, false),
        "irate" => |w| last_two(w, true),
        "idelta" => |w| last_two(w, false),
        "changes" => |w| {
            let differs = |(a, b): &(f64, f64)| a != b && !(a.is_nan() && b.is_nan());
            Some(w.pairs().filter(differs).count() as f64)
        },
        "resets" => |w| Some(w.pairs().filter(|(before, after)| after < before).count() as f64),
        "avg_over_time" => |w| Some(mean(&w.values())),
        "sum_over_time" => |w| Some(sum(w.values().into_iter())),
        "min_over_time" => |w| Some(minimum(&w.values())),
        "max_over_time" => |w| Some(maximum(&w.values())),
        "count_over_time" => |w| Some(w.samples.len() as f64),
        "last_over_time" => |w| w.samples.last().map(|sample| sample.value),
        "present_over_time" => |_| Some(1.0),
        "stddev_over_time" => |w| Some(variance(&w.values()).sqrt()),
        "stdvar_over_time" => |w| Some(variance(&w.values())),
        "quantile_over_time" => |w| Some(quantile(w.parameter(0), &w.values())),
        "deriv" => |w| {
            let first = w.samples.first().filter(|_| w.samples.len() > 1)?;
            Some(regression(w.samples, first.at_ms).0)
        },
        "predict_linear" => |w| {
            let (slope, intercept) = (w.samples.len() > 1).then(|| regression(w.samples, w.step_ms))?;
            Some(slope * w.parameter(0) + intercept)
        },
        "holt_winters" => double_exponential_smoothing,
        _ => return None,
    })
}

/// The difference over the window, stretched to its ends as Prometheus does: to the end where a sample is near it, by
/// half an interval otherwise, and never below zero for a counter.
fn extrapolated(window: &Window<'_>, counter: bool, per_second: bool) -> Option<f64> {
    let (first, last) = (window.samples.first()?, window.samples.last()?);
    if window.samples.len() < 2 {
        return None;
    }
    let resets: f64 = if counter {
        window.pairs().filter(|(before, after)| after < before).map(|(before, _)| before).sum()
    } else {
        0.0
    };
    let difference = last.value - first.value + resets;
    let seconds = |millis: i64| millis as f64 / 1000.0;
    let sampled = seconds(last.at_ms - first.at_ms);
    let average = sampled / (window.samples.len() as f64 - 1.0);
    let mut to_start = seconds(first.at_ms - window.start_ms);
    let to_end = seconds(window.end_ms - last.at_ms);
    if counter && difference > 0.0 && first.value >= 0.0 {
        to_start = to_start.min(sampled * (first.value / difference));
    }
    let reach = |distance: f64| if distance < average * 1.1 { distance } else { average / 2.0 };
    let mut factor = (sampled + reach(to_start) + reach(to_end)) / sampled;
    if per_second {
        factor /= seconds(window.end_ms - window.start_ms);
    }
    Some(difference * factor)
}

fn last_two(window: &Window<'_>, per_second: bool) -> Option<f64> {
    let [.., before, last] = window.samples else { return None };
    let seconds = (last.at_ms - before.at_ms) as f64 / 1000.0;
    if seconds == 0.0 {
        return None;
    }
    let difference = if per_second && last.value < before.value { last.value } else { last.value - before.value };
    Some(if per_second { difference / seconds } else { difference })
}

fn double_exponential_smoothing(window: &Window<'_>) -> Option<f64> {
    let [first, second, ..] = window.samples else { return None };
    let (smoothing, trending) = (window.parameter(0), window.parameter(1));
    let (mut before, mut level, mut trend) = (0.0, first.value, second.value - first.value);
    for (index, sample) in window.samples.iter().enumerate().skip(1) {
        if index > 1 {
            trend = trending * (level - before) + (1.0 - trending) * trend;
        }
        let next = smoothing * sample.value + (1.0 - smoothing) * (level + trend);
        (before, level) = (level, next);
    }
    Some(level)
}
