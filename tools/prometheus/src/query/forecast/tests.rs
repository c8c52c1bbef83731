//! What is told of series that were made for it. Deliberately absent: how good the forecasts are (docs/forecasts.md).

use super::*;
use crate::query::api::Point as Sampled;
use domain::forecast::Confidence;
use proptest::prelude::*;

const NOW: i64 = 1_795_226_400;
const STEP: i64 = 600;
const DAYS: i64 = 14;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

/// Two weeks of points until now; `value` is given the hours before now.
fn series(name: &str, value: impl Fn(f64) -> f64) -> MatrixSeries {
    let points = (0..=DAYS * 86_400 / STEP).rev().map(|steps| NOW - steps * STEP);
    let values = points.map(|at| Sampled { at: at as f64, value: value((NOW - at) as f64 / 3_600.0) }).collect();
    MatrixSeries { metric: [("volume".to_owned(), name.to_owned())].into(), values }
}

/// A little noise that repeats.
fn noise(hours: f64) -> f64 {
    (hours * 6.0 * 7.3).sin() * 0.3
}

fn one(series: MatrixSeries, limit: Limit) -> RunsOut {
    foretell(vec![series], limit, now(), STEP as u64).rows.remove(0)
}

#[test]
fn a_volume_that_fills_is_full_when_it_was_made_to_be() {
    // 1 a day, 12 left.
    let row = one(series("fills", |hours| 88.0 - hours / 24.0 + noise(hours)), Limit::Full(100.0));
    let truth = now() + TimeDelta::days(12);
    assert!(row.earliest.unwrap() <= truth && truth <= row.latest.unwrap(), "{row:?}");
    assert!((row.at_median.unwrap() - truth).abs() < TimeDelta::days(2), "{row:?}");
    assert!(row.confidence.unwrap() >= Confidence::Fair && !row.is_reached && row.silence.is_none(), "{row:?}");
    assert!(row.chance.unwrap() >= 0.9 && row.how.unwrap().contains("a day towards the limit"));
    assert_eq!(row.labels["volume"], "fills");
}

#[test]
fn what_falls_is_empty_when_it_was_made_to_be() {
    let row = one(series("empties", |hours| 5.0 + hours / 24.0 + noise(hours) / 10.0), Limit::Empty(0.0));
    let truth = now() + TimeDelta::days(5);
    assert!(row.earliest.unwrap() <= truth && truth <= row.latest.unwrap(), "{row:?}");
}

#[test]
fn what_is_beyond_the_bound_is_told_as_being_there() {
    let full = one(series("over", |_| 101.0), Limit::Full(100.0));
    assert_eq!((full.is_reached, full.at_median, full.latest), (true, Some(now()), Some(now())));
    let empty = one(series("under", |_| 0.0), Limit::Empty(0.0));
    assert!(empty.is_reached && empty.how.unwrap().contains("at its limit now"));
}

#[test]
fn silence_is_told_with_a_name_for_programs_and_words_for_people() {
    let row = one(series("flat", noise), Limit::Full(100.0));
    assert_eq!((row.silence, row.at_median, row.latest), (Some(Silence::NoTrend), None, None));
    let shown = serde_json::to_value(&row).unwrap();
    assert_eq!(shown["silence"], "no_trend");
    assert_eq!(shown["silent"], "there is no sure trend towards the limit");

    let mut young = series("young", |hours| 90.0 - hours);
    young.values.retain(|point| point.at > (NOW - 3_600) as f64);
    assert_eq!(one(young, Limit::Full(100.0)).silence, Some(Silence::TooShort));

    let away = one(series("far away", |hours| 88.0 - hours / 24.0), Limit::Full(1e6));
    assert_eq!(away.silence, Some(Silence::TooFar));
}

#[test]
fn a_series_that_ended_is_not_foretold() {
    // An hour is nothing beside two weeks; the volume is gone all the same.
    let mut ended = series("gone", |hours| 88.0 - hours / 24.0);
    ended.values.retain(|point| point.at < (NOW - 3_600) as f64);
    assert_eq!(one(ended, Limit::Full(100.0)).silence, Some(Silence::Stale));
}

#[test]
fn the_soonest_stands_first_and_silence_last() {
    let matrix = vec![
        series("flat", noise),
        series("later", |hours| 88.0 - hours / 24.0),
        series("nothing", |_| f64::NAN),
        series("sooner", |hours| 97.0 - hours / 24.0),
        series("full", |_| 100.0),
    ];
    let foretold = foretell(matrix, Limit::Full(100.0), now(), STEP as u64);
    let names: Vec<&str> = foretold.rows.iter().map(|row| row.labels["volume"].as_str()).collect();
    assert_eq!(names, ["full", "sooner", "later", "flat"]);
    assert_eq!(foretold.without_numbers, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_points_make_it_fail(points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..60), bound in any::<f64>()) {
        let values = points.into_iter().map(|(at, value)| Sampled { at, value }).collect();
        let matrix = vec![MatrixSeries { metric: Default::default(), values }];
        let foretold = foretell(matrix, Limit::Empty(bound), now(), 600);
        for row in foretold.rows {
            prop_assert!(row.silence.is_some() != row.at_median.is_some());
        }
    }
}
