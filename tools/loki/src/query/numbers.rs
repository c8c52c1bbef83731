//! Results of metric queries: largest first, not-a-number told apart from zero, few enough points to read.

use super::api::{MatrixSeries, Point, VectorSample};
use super::window::Span;
use domain::observed::prometheus::{RangeSeries, Sample};
use std::time::Duration;

/// Points a series may have.
const MOST_POINTS: u64 = 100;
/// Steps that people can divide by.
const NICE_STEPS_SECONDS: &[u64] =
    &[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];

/// The smallest nice step, not below `least`, with which the window has at most 100 points.
pub(crate) fn step_for(span: Span, least: Duration) -> Duration {
    let seconds = u64::try_from(span.length().num_seconds()).unwrap_or_default();
    let needed = seconds.div_ceil(MOST_POINTS - 1).max(least.as_secs()).max(1);
    Duration::from_secs(NICE_STEPS_SECONDS.iter().copied().find(|step| *step >= needed).unwrap_or(needed))
}

/// The samples of a vector.
pub(crate) fn samples(vector: Vec<VectorSample>) -> Vec<Sample> {
    let finite = |point: Point| point.value.is_finite().then_some(point.value);
    let mut samples: Vec<Sample> =
        vector.into_iter().map(|one| Sample { value: finite(one.value), labels: one.metric }).collect();
    samples.sort_by(|left, right| {
        let key = |sample: &Sample| sample.value.unwrap_or(f64::NEG_INFINITY);
        key(right).total_cmp(&key(left)).then_with(|| left.labels.cmp(&right.labels))
    });
    samples
}

/// The series of a matrix, each with its summary; those without a finite value are left out and counted.
pub(crate) fn series(matrix: Vec<MatrixSeries>) -> (Vec<RangeSeries>, usize) {
    let total = matrix.len();
    let mut series: Vec<RangeSeries> = matrix.into_iter().filter_map(summarised).collect();
    series.sort_by(|left, right| right.max.total_cmp(&left.max).then_with(|| left.labels.cmp(&right.labels)));
    let without = total - series.len();
    (series, without)
}

fn summarised(raw: MatrixSeries) -> Option<RangeSeries> {
    let finite = raw.values.iter().filter(|point| point.value.is_finite());
    let points: Vec<(f64, f64)> = finite.map(|point| (point.at, point.value)).collect();
    let last = points.last()?.1;
    let values = || points.iter().map(|(_, value)| *value);
    let (min, max) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    // Divided first: the sum of large values may overflow where their mean does not.
    let count = points.len() as f64;
    let mean = values().map(|value| value / count).sum();
    Some(RangeSeries { labels: raw.metric, min, max, mean, last, points })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::observed::loki::Labels;
    use proptest::prelude::*;

    #[test]
    fn the_largest_stand_first_and_what_is_no_number_last() {
        let vector =
            [1.0, f64::NAN, 3.0].map(|value| VectorSample { metric: Labels::new(), value: Point { at: 0.0, value } });
        let values: Vec<Option<f64>> = samples(vector.to_vec()).iter().map(|sample| sample.value).collect();
        assert_eq!(values, [Some(3.0), Some(1.0), None]);
        let matrix = [vec![f64::NAN], vec![1.0, 5.0]].map(|values| MatrixSeries {
            metric: Labels::new(),
            values: values.into_iter().map(|value| Point { at: 0.0, value }).collect(),
        });
        let (series, without) = series(matrix.to_vec());
        assert_eq!((series.len(), without, series[0].mean), (1, 1, 3.0));
    }

    proptest! {
        #[test]
        fn no_window_gives_more_than_a_hundred_points(seconds in 1i64..7_776_000) {
            let span = Span { start: 0, end: seconds * 1_000_000_000 };
            prop_assert!(seconds as u64 / step_for(span, Duration::from_secs(1)).as_secs() < 100);
        }
    }
}
