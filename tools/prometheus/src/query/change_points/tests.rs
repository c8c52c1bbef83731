//! What is told of series that were made for it. Deliberately absent: how good the search is (docs/change-points.md).

use super::*;
use crate::query::api::Point as Sampled;
use proptest::prelude::*;

const ONSET: i64 = 1_795_226_400;
const STEP: i64 = 15;

fn onset() -> DateTime<Utc> {
    DateTime::from_timestamp(ONSET, 0).unwrap()
}

/// Two hours before the onset and one after; `value` is given the seconds from the onset.
fn series(name: &str, value: impl Fn(i64) -> f64) -> MatrixSeries {
    let offsets = (-480..=240).map(|step| step * STEP);
    let values = offsets.map(|offset| Sampled { at: (ONSET + offset) as f64, value: value(offset) }).collect();
    MatrixSeries { metric: [("app".to_owned(), name.to_owned())].into(), values }
}

/// A little noise around a level that changes at an offset.
fn stepped(at: i64, before: f64, after: f64) -> impl Fn(i64) -> f64 {
    move |offset| {
        let noise = (offset as f64 * 0.77).sin() + (offset as f64 * 0.31).cos();
        noise + if offset < at { before } else { after }
    }
}

#[test]
fn a_change_is_told_with_its_time_and_both_levels() {
    let searched = search(vec![series("shop", stepped(-60, 20.0, 60.0))], onset(), 10);
    let row = &searched.rows[0];
    assert_eq!((row.series.as_str(), row.labels["app"].as_str()), (r#"{app="shop"}"#, "shop"));
    assert!((row.from_onset_seconds + 60).abs() <= row.uncertain_seconds + STEP, "{row:?}");
    assert_eq!(row.when.timestamp() - ONSET, row.from_onset_seconds);
    assert!((row.before - 20.0).abs() < 1.0 && (row.after - 60.0).abs() < 1.0, "{row:?}");
    assert!(row.deviations > 5.0 && row.fit > 0.5, "{row:?}");
}

#[test]
fn the_change_at_the_onset_stands_first_and_what_did_not_change_is_counted() {
    let mut short = series("short", stepped(0, 1.0, 9.0));
    short.values.truncate(20);
    let matrix = vec![
        series("long before", stepped(-5_400, 20.0, 60.0)),
        series("calm", stepped(0, 20.0, 20.0)),
        series("at the onset", stepped(0, 20.0, 60.0)),
        short,
        series("nothing", |_| f64::NAN),
    ];
    let searched = search(matrix, onset(), 10);
    let names: Vec<&str> = searched.rows.iter().map(|row| row.labels["app"].as_str()).collect();
    assert_eq!(names, ["at the onset", "long before"]);
    assert_eq!((searched.unchanged, searched.too_short), (1, 2));
    assert_eq!(searched.notes(), ["1 series did not change their level", "2 series have too few points to tell"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_points_make_it_fail(points in prop::collection::vec((any::<f64>(), any::<f64>()), 0..60)) {
        let values = points.into_iter().map(|(at, value)| Sampled { at, value }).collect();
        let searched = search(vec![MatrixSeries { metric: Default::default(), values }], onset(), 10);
        prop_assert_eq!(searched.rows.len() as u64 + searched.unchanged + searched.too_short, 1);
    }
}
