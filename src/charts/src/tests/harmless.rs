//! Whatever the numbers and the text are.

use super::*;
use proptest::prelude::*;

fn any_number() -> impl Strategy<Value = f64> {
    let odd = vec![
        0.0,
        -0.0,
        1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        1e300,
        -1e300,
        1e16,
        1e16 + 2.0,
    ];
    prop_oneof![2 => any::<f64>(), 2 => prop::sample::select(odd), 3 => -1e6..1e6]
}

fn any_time() -> impl Strategy<Value = f64> {
    prop_oneof![6 => BEGIN..BEGIN + 1e6, 1 => any_number(), 1 => -1e11..3e11]
}

fn any_series() -> impl Strategy<Value = Series> {
    (".{0,40}", prop::collection::vec((any_time(), any_number()), 0..12))
        .prop_map(|(name, points)| Series { name, points })
}

prop_compose! {
    fn any_chart()(
        title in ".{0,120}",
        unit in prop::sample::select(vec![
            Unit::Plain, Unit::Si, Unit::Bytes, Unit::BytesPerSecond, Unit::Seconds, Unit::Percent, Unit::Ratio,
        ]),
        zone in prop::sample::select(vec![Tz::UTC, Tz::Europe__London, Tz::Australia__Lord_Howe, Tz::Pacific__Apia]),
        span in prop::option::of((any_time(), any_time())),
        step_seconds in prop::option::of(any_number()),
        series in prop::collection::vec(any_series(), 0..11),
        left_out in any::<u64>(),
        threshold in prop::option::of((any_number(), ".{0,100}")),
    ) -> Chart {
        let threshold = threshold.map(|(value, name)| Threshold { value, name });
        Chart { title, unit, zone, span, step_seconds, series, left_out, threshold }
    }
}

proptest! {
    // A picture is drawn and packed in each case, which takes 150 ms of a debug build.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_chart_is_a_picture_or_an_error(chart in any_chart()) {
        let has_number = chart.drawn().iter().any(|series| !series.numbers().is_empty());
        match render(&chart) {
            Ok(bytes) => {
                prop_assert!(has_number);
                prop_assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
            }
            Err(error) => prop_assert!(!has_number && error == ChartError::NoPoints, "{}", error),
        }
        prop_assert!(describe(&chart).chars().count() <= 2_000);
    }
}

proptest! {
    #[test]
    fn every_value_lies_within_its_axis_and_the_lines_ascend(
        one in any_number().prop_filter("a number", |number| number.is_finite() && number.abs() <= 1e300),
        other in any_number().prop_filter("a number", |number| number.is_finite() && number.abs() <= 1e300),
        unit in prop::sample::select(vec![Unit::Plain, Unit::Si, Unit::Bytes, Unit::Seconds, Unit::Ratio]),
    ) {
        let (low, high) = (one.min(other), one.max(other));
        let axis = crate::values::ValueAxis::between(low, high, unit);
        // What is that small is nought.
        let nought = 1e-290;
        prop_assert!(axis.low <= low + nought && axis.high + nought >= high && axis.low < axis.high, "{axis:?}");
        prop_assert!((2..=9).contains(&axis.lines.len()), "{axis:?}");
        prop_assert!(axis.lines.windows(2).all(|pair| pair[0].0 < pair[1].0), "{axis:?}");
        prop_assert!(axis.lines.iter().all(|(_, label)| label.len() <= 16), "{axis:?}");
    }

    #[test]
    fn marks_lie_within_their_time_and_ascend(from in -6e10..2.5e11, length in 1.0..1e11, zone in 0..4_usize) {
        let zone = [Tz::UTC, Tz::Europe__London, Tz::Australia__Lord_Howe, Tz::Pacific__Apia][zone];
        let to = f64::min(from + length, 253_402_300_799.0);
        let marks = crate::times::marks(from, to, zone);
        prop_assert!(marks.len() <= 10);
        prop_assert!(marks.iter().all(|mark| from <= mark.at && mark.at <= to));
        prop_assert!(marks.windows(2).all(|pair| pair[0].at < pair[1].at), "{marks:?}");
    }
}
