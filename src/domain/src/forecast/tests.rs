//! Forecasts of resources whose end is known, silence where there is none, and anything at all.

use super::*;
use crate::noise::Noise;
use proptest::prelude::*;

const HOUR: i64 = 3_600;
const HISTORY: i64 = 240;
const NOW: i64 = (HISTORY - 1) * HOUR;

fn history(hours: i64, mut value: impl FnMut(i64) -> f64) -> Vec<Point> {
    (0..hours).map(|hour| Point { at_unix_seconds: hour * HOUR, value: value(hour) }).collect()
}

/// A series, its limit, and the hour in which it is there.
struct Case {
    name: &'static str,
    value: fn(i64, f64) -> f64,
    limit: Limit,
    at_hour: i64,
}

const CASES: &[Case] = &[
    Case { name: "a disk", value: |hour, noise| hour as f64 + noise, limit: Limit::Full(300.0), at_hour: 300 },
    Case {
        name: "free bytes",
        value: |hour, noise| 300.0 - hour as f64 + noise,
        limit: Limit::Empty(0.0),
        at_hour: 300,
    },
    Case {
        name: "by day and by night",
        value: |hour, noise| hour as f64 + 30.0 * (hour as f64 / 24.0 * std::f64::consts::TAU).sin() + noise,
        limit: Limit::Full(330.0),
        at_hour: 294,
    },
    Case {
        name: "cleaned up once",
        value: |hour, noise| hour as f64 + noise + if hour < 60 { 200.0 } else { 0.0 },
        limit: Limit::Full(300.0),
        at_hour: 300,
    },
    Case {
        name: "rotated each day, peaks rise",
        value: |hour, noise| (hour % 12) as f64 * 5.0 + (hour / 12 * 12) as f64 * 0.5 + noise,
        limit: Limit::Full(205.0),
        at_hour: 300,
    },
    Case {
        name: "a certificate",
        value: |hour, _| ((400 - hour) * HOUR) as f64,
        limit: Limit::Empty(0.0),
        at_hour: 400,
    },
];

#[test]
fn the_end_is_within_the_interval() {
    for case in CASES {
        let mut noise = Noise::new(3);
        let points = history(HISTORY, |hour| (case.value)(hour, noise.normal()));
        let told = exhaustion(&points, case.limit, NOW).unwrap_or_else(|silence| panic!("{}: {silence:?}", case.name));
        let truth = case.at_hour * HOUR;
        let latest = told.latest.unwrap_or(i64::MAX);
        assert!(told.earliest <= truth && truth <= latest, "{}: {told:?}", case.name);
        assert!(told.earliest <= told.at_median && told.at_median <= latest, "{}: {told:?}", case.name);
        assert!((told.at_median - truth).abs() < 30 * HOUR, "{}: {told:?}", case.name);
    }
}

#[test]
fn nothing_is_told_where_nothing_is_known() {
    let full = Limit::Full(1_000.0);
    let mut noise = Noise::new(4);
    let rising = history(HISTORY, |hour| hour as f64);
    let cases: Vec<(&str, Vec<Point>, Limit, i64, Silence)> = vec![
        ("no points", Vec::new(), full, NOW, Silence::TooShort),
        ("a few points", history(20, |hour| hour as f64), full, 19 * HOUR, Silence::TooShort),
        ("no limit", rising.clone(), Limit::Full(f64::NAN), NOW, Silence::NoLimit),
        ("old", rising.clone(), full, NOW + 100 * HOUR, Silence::Stale),
        ("too far", rising, Limit::Full(5_000.0), NOW, Silence::TooFar),
        ("flat", history(HISTORY, |_| 5.0), full, NOW, Silence::NoTrend),
        ("noise", history(HISTORY, |_| 5.0 + noise.normal()), Limit::Full(9.0), NOW, Silence::NoTrend),
        ("falls", history(HISTORY, |hour| -hour as f64), full, NOW, Silence::NoTrend),
        ("rotated", history(HISTORY, |hour| (hour % 12) as f64), Limit::Full(20.0), NOW, Silence::FreedInTime),
    ];
    for (name, points, limit, now, expected) in cases {
        assert_eq!(exhaustion(&points, limit, now), Err(expected), "{name}");
        assert!(!expected.words().is_empty());
    }
}

#[test]
fn a_limit_that_is_reached_is_told_as_now() {
    let told = exhaustion(&history(HISTORY, |hour| hour as f64), Limit::Full(100.0), NOW).unwrap();
    assert_eq!((told.earliest, told.at_median, told.latest), (NOW, NOW, Some(NOW)));
}

#[test]
fn a_rotation_that_did_not_come_is_told() {
    let value = |hour: i64| if hour < 192 { (hour % 12) as f64 } else { (hour - 192) as f64 };
    let told = exhaustion(&history(HISTORY, value), Limit::Full(80.0), NOW).unwrap();
    assert!((told.at_median - 272 * HOUR).abs() < 12 * HOUR, "{told:?}");
}

/// A disk at 41 % was filled to 97 % by one large write, and went on filling: with the write in the history it was told as
/// without a trend.
#[test]
fn one_large_write_hid_the_slope_that_followed_it() {
    let mut noise = Noise::new(5);
    let leapt = |hour: i64| 700.0 + (hour - 190) as f64;
    let mut value = |hour: i64| if hour < 190 { 100.0 } else { leapt(hour) } + 0.2 * noise.normal();
    let told = exhaustion(&history(HISTORY, &mut value), Limit::Full(800.0), NOW).unwrap();
    let truth = 290 * HOUR;
    assert!(told.earliest <= truth && truth <= told.latest.unwrap(), "{told:?}");
    assert!(told.how.ends_with("since it leapt towards it"), "{}", told.how);
    let mut flat = |hour: i64| if hour < 190 { 100.0 } else { 760.0 } + noise.normal();
    let silent = exhaustion(&history(HISTORY, &mut flat), Limit::Full(800.0), NOW);
    assert_eq!(silent, Err(Silence::NoTrend), "filled once, and no more since");
}

#[test]
fn what_comes_after_now_is_not_looked_at() {
    let points = history(HISTORY + 50, |hour| if hour < HISTORY { hour as f64 } else { 1e6 });
    let known = points.iter().copied().take(HISTORY as usize).collect::<Vec<_>>();
    assert_eq!(exhaustion(&points, Limit::Full(300.0), NOW), exhaustion(&known, Limit::Full(300.0), NOW));
}

/// A smaller form of the table in docs/forecasts.md: of 90 % intervals about nine in ten hold.
#[test]
fn intervals_hold_about_as_often_as_they_say() {
    let (mut told, mut held) = (0, 0);
    for seed in 0..40 {
        let mut noise = Noise::new(seed);
        let mut level = 0.0;
        let values: Vec<f64> = (0..600)
            .map(|_| {
                level += 1.0 + 2.0 * noise.normal();
                level
            })
            .collect();
        let points = history(120, |hour| values[hour as usize]);
        let limit = values[119] + 40.0;
        let Ok(forecast) = exhaustion(&points, Limit::Full(limit), 119 * HOUR) else { continue };
        let truth =
            values.iter().skip(120).position(|value| *value >= limit).map_or(i64::MAX, |at| (at as i64 + 120) * HOUR);
        told += 1;
        held += usize::from(forecast.earliest <= truth && truth <= forecast.latest.unwrap_or(i64::MAX));
    }
    assert!(told >= 15, "{told}");
    assert!(held * 100 >= told * 80, "{held} of {told}");
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -10.0..10.0, Just(1.0), Just(f64::NAN), Just(f64::MAX), Just(f64::MIN_POSITIVE / 4.0)]
}

fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), 0..2_000_000_i64, 0..200_i64, Just(i64::MIN), Just(i64::MAX)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_history_gives_an_ordered_forecast_or_none(
        points in prop::collection::vec((any_time(), any_value()), 0..120), bound in any_value(), now in any_time(),
    ) {
        let history: Vec<Point> =
            points.into_iter().map(|(at_unix_seconds, value)| Point { at_unix_seconds, value }).collect();
        for limit in [Limit::Full(bound), Limit::Empty(bound)] {
            if let Ok(told) = exhaustion(&history, limit, now) {
                prop_assert!(now <= told.earliest && told.earliest <= told.at_median, "{:?}", told);
                prop_assert!(told.latest.is_none_or(|latest| told.at_median <= latest), "{:?}", told);
                prop_assert!((0.5..=1.0).contains(&told.chance), "{:?}", told);
            }
        }
    }
}
