//! The detector on made series with a known truth, and on anything at all.

use super::*;
use proptest::prelude::*;

const STEP: i64 = 300;

/// A number in [0, 1) that looks random and is the same in each run.
fn noise(seed: u64) -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((state ^ (state >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn judge(values: impl IntoIterator<Item = f64>) -> Vec<Judgement> {
    let mut detector = Detector::new(Settings::default());
    values.into_iter().enumerate().map(|(point, value)| detector.observe(point as i64 * STEP, value)).collect()
}

/// The first alarm among some points, with its reason.
fn alarm_in(judgements: &[Judgement], points: std::ops::Range<usize>) -> Option<Reason> {
    judgements[points].iter().find(|judgement| judgement.alarm).and_then(|judgement| judgement.reason)
}

#[test]
fn what_is_strange_is_found_with_its_reason() {
    let usual = |point: usize| 50.0 + 4.0 * noise(point as u64);
    let day = |point: usize| if point % 288 < 144 { 20.0 } else { 80.0 } + noise(point as u64);
    type Series<'a> = Box<dyn Fn(usize) -> f64 + 'a>;
    let cases: Vec<(&str, Series<'_>, &[Reason])> = vec![
        ("spike", Box::new(|p| if p == 2000 { 90.0 } else { usual(p) }), &[Reason::NewHigh, Reason::LevelUp]),
        ("dip", Box::new(|p| if p == 2000 { 10.0 } else { usual(p) }), &[Reason::NewLow, Reason::LevelDown]),
        ("shift", Box::new(|p| usual(p) + if p >= 2000 { 9.0 } else { 0.0 }), &[Reason::NewHigh, Reason::LevelUp]),
        (
            "slow rise",
            Box::new(|p| usual(p) + if p >= 2000 { 0.8 } else { 0.0 }),
            &[Reason::TrendUp, Reason::AboveSeason],
        ),
        (
            "scatter",
            Box::new(|p| usual(p) + if p >= 2000 && p % 2 == 0 { 2.0 } else { 0.0 }),
            &[Reason::SpreadUp, Reason::LevelDown, Reason::LevelUp, Reason::NewHigh, Reason::TrendUp],
        ),
        ("flat", Box::new(|p| if p >= 2000 { 52.0 } else { usual(p) }), &[Reason::SpreadDown, Reason::FlatLine]),
        (
            "no day",
            Box::new(|p| if (2160..2304).contains(&p) { 20.0 + noise(p as u64) } else { day(p) }),
            &[Reason::BelowSeason],
        ),
    ];
    for (name, series, reasons) in cases {
        let judgements = judge((0..2400).map(series));
        let found = alarm_in(&judgements, 2000..2304);
        assert!(found.is_some_and(|reason| reasons.contains(&reason)), "{name}: {found:?}");
    }
}

#[test]
fn one_anomaly_is_one_alarm() {
    let judgements = judge((0..2060).map(|point| noise(point) + if point >= 2030 { 30.0 } else { 0.0 }));
    assert_eq!(judgements[2000..].iter().filter(|judgement| judgement.alarm).count(), 1);
}

#[test]
fn a_constant_series_and_a_clean_day_are_never_strange() {
    for series in [|_: usize| 45.0, |point: usize| if point % 288 < 144 { 20.0 } else { 80.0 }] {
        let judgements = judge((0..4000).map(series));
        assert_eq!(alarm_in(&judgements, 600..4000), None);
    }
}

#[test]
fn scores_do_not_depend_on_the_unit() {
    let values: Vec<f64> = (0..3000).map(|point| noise(point) * noise(point + 9000)).collect();
    let thousands = judge(values.iter().map(|value| value * 1024.0));
    for (one, other) in judge(values).iter().zip(thousands) {
        assert!((one.score - other.score).abs() < 1e-6, "{one:?} {other:?}");
    }
}

#[test]
fn no_number_is_told_and_not_learned() {
    let mut with = Detector::new(Settings::default());
    let mut without = Detector::new(Settings::default());
    for point in 0..1000_u64 {
        let at = point as i64 * STEP;
        let told = with.observe(at, [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][point as usize % 3]);
        assert_eq!((told.score, told.reason), (0.0, Some(Reason::NoNumber)));
        assert_eq!(with.observe(at, noise(point)), without.observe(at, noise(point)));
    }
}

#[test]
fn memory_does_not_grow() {
    let mut detector = Detector::new(Settings::default());
    let mut half_way = 0;
    for point in 0..20_000_u64 {
        detector.observe(point as i64 * STEP, noise(point) * point as f64);
        if point == 10_000 {
            half_way = detector.memory_bytes();
        }
    }
    assert_eq!(detector.memory_bytes(), half_way);
    assert!(half_way < 8_000, "{half_way}");
}

/// The alarms of a series by a rule, with the point at which each is raised.
fn alarms(values: impl IntoIterator<Item = f64>, rule: AlarmRule) -> Vec<(usize, Reason)> {
    let mut detector = Detector::new(Settings { alarm_score: 2.0, ..Settings::default() });
    let mut alarms = Alarms::new(rule);
    let mut raise = |(point, value): (usize, f64)| {
        let judgement = detector.observe(point as i64 * STEP, value);
        alarms.observe(&judgement, value).map(|reason| (point, reason))
    };
    values.into_iter().enumerate().filter_map(&mut raise).collect()
}

#[test]
fn what_lasts_is_an_alarm_and_a_spike_is_not() {
    let rule = AlarmRule { confirm_points: 10, ..AlarmRule::default() };
    let shifted = |point: usize| noise(point as u64) + if point >= 2000 { 30.0 } else { 0.0 };
    let spiked = |point: usize| noise(point as u64) + if point == 2000 { 30.0 } else { 0.0 };
    let raised = alarms((0..2100).map(shifted), rule);
    assert!(matches!(raised[..], [(2010, Reason::NewHigh | Reason::LevelUp)]), "{raised:?}");
    assert_eq!(alarms((0..2100).map(spiked), rule), []);
    let at_once = AlarmRule { confirm_points: 0, ..rule };
    assert!(matches!(alarms((0..2100).map(spiked), at_once)[..], [(2000, _)]));
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -10.0..10.0,
        Just(1.0),
        Just(f64::NAN),
        Just(f64::MAX),
        Just(f64::MIN),
        Just(f64::MIN_POSITIVE / 4.0),
    ]
}

fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), 0..2_000_000_i64, Just(i64::MIN), Just(i64::MAX)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_floats_at_any_times_give_scores_in_range(points in prop::collection::vec((any_time(), any_value()), 0..400)) {
        let mut detector = Detector::new(Settings::default());
        let mut alarms = Alarms::new(AlarmRule { surprise: 0.5, confirm_points: 1, quiet_points: 3 });
        for (at, value) in points {
            let judgement = detector.observe(at, value);
            prop_assert!(value.is_finite() || alarms.observe(&judgement, value).is_none());
            alarms.observe(&judgement, value);
            prop_assert!((0.0..=1.0).contains(&judgement.score), "{judgement:?}");
            if let Some(ExpectedRange { low, high }) = judgement.expected {
                prop_assert!(low.is_finite() && high.is_finite() && low <= high, "{judgement:?}");
            }
        }
        prop_assert!(detector.memory_bytes() < 8_000);
    }

    #[test]
    fn a_restored_detector_goes_on_as_if_nothing_had_happened(
        points in prop::collection::vec((any_time(), any_value()), 2..400),
        cut in 0.0..1.0,
    ) {
        let cut = (points.len() as f64 * cut) as usize;
        let mut whole = Detector::new(Settings::default());
        for (at, value) in &points[..cut] {
            whole.observe(*at, *value);
        }
        let saved = serde_json::to_string(&whole).unwrap();
        let mut restored: Detector = serde_json::from_str(&saved).unwrap();
        for (at, value) in &points[cut..] {
            prop_assert_eq!(whole.observe(*at, *value), restored.observe(*at, *value));
        }
    }
}
