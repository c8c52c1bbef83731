//! What is told of series that were made for it. Deliberately absent: how good the detector is (docs/anomalies.md).

use super::*;
use proptest::prelude::*;

/// A Tuesday, 09:00 UTC.
const NOW: i64 = 1_795_510_800;
const STEP: i64 = 600;

fn window() -> Window {
    let end = DateTime::from_timestamp(NOW, 0).unwrap();
    Window { start: end - TimeDelta::hours(3), end }
}

/// Points every ten minutes until now.
fn series(days: i64, value: impl Fn(i64) -> f64) -> MatrixSeries {
    let from = NOW - days * 86_400;
    let points = (0..=days * 86_400 / STEP).map(|at| from + at * STEP);
    let values = points.map(|at| Point { at: at as f64, value: value(at) }).collect();
    MatrixSeries { metric: [("app".to_owned(), "shop".to_owned())].into(), values }
}

/// Busy on weekdays, quiet at the weekend, with a little noise that repeats.
fn office(at: i64) -> f64 {
    let weekday = (at / 86_400 + 4).rem_euclid(7);
    let hour = at.rem_euclid(86_400) / 3_600;
    let busy = (1..=5).contains(&weekday) && (8..18).contains(&hour);
    (if busy { 100.0 } else { 10.0 }) + (at / STEP % 7) as f64 / 10.0
}

fn judged(series: MatrixSeries) -> UnusualSeries {
    judge(vec![series], window(), 600).remove(0).row
}

#[test]
fn a_usual_tuesday_is_usual_and_is_compared_with_tuesdays() {
    assert_eq!(DateTime::from_timestamp(NOW, 0).unwrap().weekday(), Weekday::Tue);
    let row = judged(series(15, office));
    assert_eq!(row.unusual_now, Some(false));
    assert_eq!(row.compared_with, "Tuesday 09:00 UTC, 2 weeks");
    assert!(row.usual_low.unwrap() >= 100.0 && row.usual_high.unwrap() <= 101.0, "{row:?}");
}

#[test]
fn a_weekend_on_a_tuesday_is_unusual_although_such_values_are_seen_daily() {
    let row = judged(series(15, |at| if at > NOW - 3_600 { 10.0 } else { office(at) }));
    assert_eq!(row.unusual_now, Some(true), "{row:?}");
}

#[test]
fn a_jump_is_told_with_its_time_value_and_reason() {
    let row = judged(series(15, |at| if at > NOW - 3_600 { 900.0 } else { office(at) }));
    let told = row.anomalies.first().unwrap();
    assert!(told.contains("08:10 900") && told.contains(": "), "{told}");
    assert_eq!(row.unusual_now, Some(true));
}

#[test]
fn an_anomaly_before_the_window_is_not_told() {
    let row = judged(series(15, |at| if (NOW - 30_000..NOW - 28_000).contains(&at) { 900.0 } else { office(at) }));
    assert_eq!(row.anomalies, Vec::<String>::new());
}

#[test]
fn a_short_history_says_that_it_cannot_tell() {
    let row = judged(series(2, office));
    assert_eq!((row.unusual_now, row.usual_low), (None, None));
    assert_eq!(row.compared_with, "fewer than 3 days of history at 09:00 UTC");
    let row = judged(series(6, office));
    assert_eq!(row.compared_with, "09:00 UTC, 6 days");
}

#[test]
fn a_series_that_ended_is_not_told_as_now() {
    let mut ended = series(15, office);
    ended.values.retain(|point| point.at < (NOW - 7_200) as f64);
    let row = judged(ended);
    assert_eq!(row.unusual_now, None);
    assert!(row.compared_with.starts_with("no value since"), "{}", row.compared_with);
}

#[test]
fn the_strangest_series_stands_first_and_what_has_no_number_is_left_out() {
    let mut calm = series(15, office);
    calm.metric = [("app".to_owned(), "calm".to_owned())].into();
    let strange = series(15, |at| if at > NOW - 3_600 { 900.0 } else { office(at) });
    let judged = judge(vec![calm, series(15, |_| f64::NAN), strange], window(), 600);
    let names: Vec<&str> = judged.iter().map(|one| one.row.series.as_str()).collect();
    assert_eq!(names, [r#"{app="shop"}"#, r#"{app="calm"}"#]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_points_make_it_fail(points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..40)) {
        let values = points.into_iter().map(|(at, value)| Point { at, value }).collect();
        let judged = judge(vec![MatrixSeries { metric: Default::default(), values }], window(), 600);
        prop_assert!(judged.len() <= 1);
    }
}
