//! Steps and shapes of range queries: few enough points to read, the largest series first.

use super::api::MatrixSeries;
use chrono::TimeDelta;
use domain::observed::prometheus::{Labels, RangeSeries};

/// Points a series may have.
pub(crate) const MOST_POINTS: u64 = 100;
/// Series a result may have.
pub(crate) const MOST_SERIES: usize = 20;

/// Steps that people can divide by.
const NICE_STEPS_SECONDS: &[u64] = &[
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
];

/// The smallest nice step with which the window has at most [`MOST_POINTS`] points, not below `least`.
pub(crate) fn step_for(window: TimeDelta, least: u64) -> u64 {
    let seconds = u64::try_from(window.num_seconds()).unwrap_or(0);
    nice_step(seconds.div_ceil(MOST_POINTS - 1).max(least))
}

/// The smallest nice step that is not below `needed`.
pub(crate) fn nice_step(needed: u64) -> u64 {
    let needed = needed.max(1);
    NICE_STEPS_SECONDS.iter().copied().find(|step| *step >= needed).unwrap_or(needed)
}

/// The shaped series, and what was left out.
#[derive(Debug, Default)]
pub(crate) struct Shaped {
    pub series: Vec<RangeSeries>,
    pub total: usize,
    pub notes: Vec<String>,
}

/// Summarises each series; keeps the largest `most`.
pub(crate) fn shape(matrix: Vec<MatrixSeries>, most: usize) -> Shaped {
    let total = matrix.len();
    let mut without_numbers = 0usize;
    let mut series: Vec<RangeSeries> = matrix
        .into_iter()
        .filter_map(|raw| {
            let summarised = summarise(raw);
            without_numbers += usize::from(summarised.is_none());
            summarised
        })
        .collect();
    series.sort_by(|left, right| right.max.total_cmp(&left.max).then_with(|| left.labels.cmp(&right.labels)));
    let rest = series.split_off(most.min(series.len()));
    let mut notes = Vec::new();
    if without_numbers > 0 {
        notes.push(format!("{without_numbers} series have no finite value in the window and are left out"));
    }
    if !rest.is_empty() {
        notes.push(summary_of(&rest));
    }
    Shaped { series, total, notes }
}

fn summarise(raw: MatrixSeries) -> Option<RangeSeries> {
    let points: Vec<(f64, f64)> =
        raw.values.iter().filter(|point| point.value.is_finite()).map(|point| (point.at, point.value)).collect();
    let last = points.last()?.1;
    let values = || points.iter().map(|(_, value)| *value);
    let (min, max) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    // Divided first: the sum of large values may overflow where their mean does not.
    let count = points.len() as f64;
    let mean = values().map(|value| value / count).sum();
    Some(RangeSeries { labels: raw.metric, min, max, mean, last, points })
}

fn summary_of(rest: &[RangeSeries]) -> String {
    let (lowest, highest) =
        rest.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), one| (low.min(one.min), high.max(one.max)));
    let named: Vec<String> = rest.iter().take(3).map(|one| show_labels(&one.labels)).collect();
    format!(
        "{} smaller series are left out (values {} to {}; the next ones: {}); aggregate with sum by (…) or topk to see them",
        rest.len(),
        short(lowest),
        short(highest),
        named.join(", ")
    )
}

/// `{a="b",c="d"}`
pub(crate) fn show_labels(labels: &Labels) -> String {
    let inside: Vec<String> = labels
        .iter()
        .filter(|(name, _)| *name != "__name__")
        .map(|(name, value)| format!("{name}={value:?}"))
        .collect();
    format!("{}{{{}}}", labels.get("__name__").map(String::as_str).unwrap_or_default(), inside.join(","))
}

/// A number for a sentence.
pub(crate) fn short(value: f64) -> String {
    let magnitude = value.abs();
    if value == value.trunc() && magnitude < 1.0e9 {
        format!("{value:.0}")
    } else if (0.01..1.0e6).contains(&magnitude) {
        format!("{value:.3}")
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::api::Point;
    use super::*;
    use proptest::prelude::*;

    fn series(name: &str, values: &[f64]) -> MatrixSeries {
        let values = values.iter().enumerate().map(|(at, value)| Point { at: at as f64, value: *value }).collect();
        MatrixSeries { metric: Labels::from([("name".to_owned(), name.to_owned())]), values }
    }

    #[test]
    fn steps_are_nice() {
        let cases = [(60, 1), (900, 10), (3_600, 60), (6 * 3_600, 300), (86_400, 900), (30 * 86_400, 43_200)];
        for (window, wanted) in cases {
            assert_eq!(step_for(TimeDelta::seconds(window), 1), wanted, "{window}");
        }
    }

    #[test]
    fn the_largest_series_are_kept_and_the_rest_is_told() {
        let shaped = shape(vec![series("a", &[1.0, f64::NAN, 3.0]), series("b", &[9.0]), series("c", &[f64::NAN])], 1);
        assert_eq!(shaped.series[0].labels["name"], "b");
        assert_eq!(shaped.total, 3);
        assert_eq!(shaped.notes.len(), 2, "{:?}", shaped.notes);
    }

    proptest! {
        #[test]
        fn no_window_gives_more_than_the_most_points(seconds in 1i64..100_000_000) {
            let step = step_for(TimeDelta::seconds(seconds), 1);
            prop_assert!(seconds as u64 / step < MOST_POINTS);
        }

        #[test]
        fn summaries_hold(values in prop::collection::vec(-1.0e300f64..1.0e300, 1..20)) {
            let one = summarise(series("a", &values)).unwrap();
            prop_assert!(one.min <= one.last && one.last <= one.max);
            prop_assert!(one.mean.is_finite());
        }
    }
}
