//! Changes at known moments, none where nothing changed, the order by an onset, and anything at all.

use super::*;
use crate::noise::Noise;
use proptest::prelude::*;

fn series(seed: u64, points: i64, value: impl Fn(i64, f64) -> f64) -> Vec<Point> {
    let mut noise = Noise::new(seed);
    (0..points).map(|at| (at * 60, value(at, noise.normal()))).collect()
}

#[test]
fn a_change_is_found_where_it_is() {
    type Value = fn(i64, f64) -> f64;
    let cases: [(&str, Value, &[i64]); 6] = [
        ("one", |at, noise| noise + if at >= 200 { 4.0 } else { 0.0 }, &[200]),
        ("down", |at, noise| noise - if at >= 200 { 4.0 } else { 0.0 }, &[200]),
        ("and back", |at, noise| noise + if (200..300).contains(&at) { 4.0 } else { 0.0 }, &[200, 300]),
        ("without noise", |at, _| if at >= 200 { 4.0 } else { 0.0 }, &[200]),
        ("none", |_, noise| noise, &[]),
        ("a spike", |at, noise| noise + if at == 200 { 500.0 } else { 0.0 }, &[]),
    ];
    for (name, value, expected) in cases {
        let found = change_points(&series(7, 400, value));
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for (change, at) in found.iter().zip(expected) {
            assert!((change.at_unix_seconds - at * 60).abs() <= 120, "{name}: {found:?}");
            assert!((change.before - change.after).abs() > 2.0, "{name}: {found:?}");
        }
    }
}

#[test]
fn a_daily_season_is_no_change() {
    let day = |at: i64, noise: f64| 20.0 * (at as f64 / 96.0 * std::f64::consts::TAU).sin() + noise;
    let quarters = |value: &dyn Fn(i64, f64) -> f64| -> Vec<Point> {
        let mut noise = Noise::new(9);
        (0..960).map(|at| (at * 900, value(at, noise.normal()))).collect()
    };
    assert_eq!(change_points(&quarters(&day)), []);
    let shifted = change_points(&quarters(&|at, noise| day(at, noise) + if at >= 700 { 8.0 } else { 0.0 }));
    assert!(shifted.iter().any(|change| (change.at_unix_seconds - 700 * 900).abs() <= 3 * 900), "{shifted:?}");
}

#[test]
fn what_changed_at_the_onset_comes_first() {
    let at = |since: i64| move |at: i64, noise: f64| noise + if at >= since { 5.0 } else { 0.0 };
    let made: Vec<(&str, Vec<Point>)> = vec![
        ("quiet", series(1, 400, |_, noise| noise)),
        ("long before", series(2, 400, at(100))),
        ("at the onset", series(3, 400, at(250))),
        ("shortly after", series(4, 400, at(255))),
        ("long after", series(5, 400, at(350))),
    ];
    let all = || made.iter().map(|(name, points)| (*name, points.as_slice()));
    let names: Vec<&str> = what_changed(all(), 250 * 60, 2).iter().map(|ranked| ranked.name).collect();
    assert_eq!(names, ["at the onset", "shortly after"]);
    assert!(what_changed(all(), 250 * 60, 0).is_empty());
    assert_eq!(what_changed(all(), 250 * 60, 9).len(), 4);
}

/// A scatter of almost nothing beside a huge change made the squares of its size overflow.
#[test]
fn a_huge_change_beside_a_tiny_scatter_stays_finite() {
    let value = |place: i64| if place < 200 { 1e-120 * (place % 7) as f64 } else { f64::MAX };
    let points: Vec<Point> = (0..400).map(|place| (place * 60, value(place))).collect();
    let found = change_points(&points);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].surprise.is_finite() && found[0].deviations.is_finite(), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_series_gives_bounded_finite_changes(
        points in prop::collection::vec(
            (prop_oneof![any::<i64>(), 0..9_000_i64], prop_oneof![any::<f64>(), -3.0..3.0, Just(f64::NAN), Just(f64::MAX)]),
            0..200,
        ),
        onset in any::<i64>(),
    ) {
        let found = change_points(&points);
        prop_assert!(found.len() <= CHANGES);
        for change in &found {
            prop_assert!(change.before.is_finite() && change.after.is_finite() && change.surprise.is_finite(), "{:?}", change);
            prop_assert!(change.deviations.is_finite(), "{:?}", change);
        }
        let ranked = what_changed([("one", points.as_slice())], onset, 3);
        prop_assert!(ranked.iter().all(|ranked| (0.0..=1.0).contains(&ranked.fit)), "{:?}", ranked);
    }
}
