//! How long requests take: a log-logistic distribution around a median, in the usual buckets.

/// The upper bounds of the buckets in seconds, without the last, with the text that exporters give them.
pub(super) const BUCKETS: [(f64, &str); 11] = [
    (0.005, "0.005"),
    (0.01, "0.01"),
    (0.025, "0.025"),
    (0.05, "0.05"),
    (0.1, "0.1"),
    (0.25, "0.25"),
    (0.5, "0.5"),
    (1.0, "1"),
    (2.5, "2.5"),
    (5.0, "5"),
    (10.0, "10"),
];

/// The steepness: the 99th percentile is 2.8 times the median.
const SHAPE: f64 = 4.5;

/// The part of requests that take at most `bound_seconds`.
pub(super) fn part_within(bound_seconds: f64, median_seconds: f64) -> f64 {
    if bound_seconds <= 0.0 {
        return 0.0;
    }
    1.0 / (1.0 + (median_seconds / bound_seconds).powf(SHAPE))
}

/// The mean of the distribution.
pub(super) fn mean_seconds(median_seconds: f64) -> f64 {
    let angle = std::f64::consts::PI / SHAPE;
    median_seconds * angle / angle.sin()
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, mean_seconds, part_within};

    #[test]
    fn half_of_the_requests_are_within_the_median_and_buckets_only_grow() {
        assert!((part_within(0.2, 0.2) - 0.5).abs() < 1e-12);
        assert!(mean_seconds(0.2) > 0.2);
        let parts: Vec<f64> = BUCKETS.iter().map(|(bound, _)| part_within(*bound, 0.03)).collect();
        assert!(parts.is_sorted());
    }
}
