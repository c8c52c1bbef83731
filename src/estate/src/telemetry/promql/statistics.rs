//! The arithmetic that range functions and aggregations share: compensated sums, spread, quantiles, regression.

use super::super::series::Sample;

/// A sum that keeps what floating point would lose (Kahan, as improved by Neumaier).
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub fn add(&mut self, value: f64) {
        let next = self.total + value;
        if self.total.abs() >= value.abs() {
            self.lost += (self.total - next) + value;
        } else {
            self.lost += (value - next) + self.total;
        }
        self.total = next;
    }

    pub fn value(self) -> f64 {
        if self.total.is_infinite() { self.total } else { self.total + self.lost }
    }
}

/// A compensated sum of many values.
pub(super) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    values.for_each(|value| sum.add(value));
    sum.value()
}

/// The mean; NaN of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    sum(values.iter().copied()) / values.len() as f64
}

/// The population variance.
pub(super) fn variance(values: &[f64]) -> f64 {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let delta = value - mean;
        mean += delta / count;
        squares += delta * (value - mean);
    }
    squares / count
}

/// The largest value, NaN only when nothing else is there.
pub(super) fn maximum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, |best, value| if value > best || best.is_nan() { value } else { best })
}

/// The smallest value, NaN only when nothing else is there.
pub(super) fn minimum(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, |best, value| if value < best || best.is_nan() { value } else { best })
}

/// The linearly interpolated quantile.
pub(super) fn quantile(q: f64, values: &[f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let mut sorted = values.to_vec();
    // NaN sorts first, as in Prometheus.
    sorted.sort_by(|left, right| left.partial_cmp(right).unwrap_or_else(|| right.is_nan().cmp(&left.is_nan())));
    let rank = q * (sorted.len() as f64 - 1.0);
    let lower = rank.floor().max(0.0);
    let upper = (lower + 1.0).min(sorted.len() as f64 - 1.0);
    let weight = rank - rank.floor();
    let at = |index: f64| sorted.get(index as usize).copied().unwrap_or(f64::NAN);
    at(lower) * (1.0 - weight) + at(upper) * weight
}

/// A straight line through samples: its slope per second and its value at `intercept_ms`.
pub(super) fn regression(samples: &[Sample], intercept_ms: i64) -> (f64, f64) {
    let first = samples.first().map_or(f64::NAN, |sample| sample.value);
    if samples.iter().all(|sample| sample.value == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let (mut sum_x, mut sum_y, mut sum_xy, mut sum_xx) =
        (Sum::default(), Sum::default(), Sum::default(), Sum::default());
    for sample in samples {
        let x = sample.at_ms.saturating_sub(intercept_ms) as f64 / 1e3;
        sum_x.add(x);
        sum_y.add(sample.value);
        sum_xy.add(x * sample.value);
        sum_xx.add(x * x);
    }
    let count = samples.len() as f64;
    let covariance = sum_xy.value() - sum_x.value() * sum_y.value() / count;
    let spread = sum_xx.value() - sum_x.value() * sum_x.value() / count;
    let slope = covariance / spread;
    (slope, sum_y.value() / count - slope * sum_x.value() / count)
}
