//! What is written on the picture and about it.

use super::*;
use crate::times::marks;
use crate::values::ValueAxis;

#[test]
fn values_in_their_units() {
    let cases = [
        (Unit::Plain, 1_234.0, "1234"),
        (Unit::Si, 1_234.0, "1.23k"),
        (Unit::Si, -2_500_000.0, "-2.5M"),
        (Unit::Si, 0.0, "0"),
        (Unit::Bytes, 1_536.0, "1.5 KiB"),
        (Unit::Bytes, 805_306_368.0, "768 MiB"),
        (Unit::BytesPerSecond, 10.0, "10 B/s"),
        (Unit::Seconds, 0.0123, "12.3 ms"),
        (Unit::Seconds, 90.0, "1.5 min"),
        (Unit::Seconds, 172_800.0, "2 d"),
        (Unit::Percent, 42.26, "42.3 %"),
        (Unit::Ratio, 0.9995, "100 %"),
        (Unit::Ratio, 0.05, "5 %"),
        (Unit::Plain, 1e300, "1.00e300"),
    ];
    for (unit, value, expected) in cases {
        assert_eq!(unit.show(value), expected, "{unit:?} {value}");
    }
}

#[test]
fn lines_of_the_value_axis() {
    let labels = |low, high, unit| -> Vec<String> {
        ValueAxis::between(low, high, unit).lines.into_iter().map(|(_, label)| label).collect()
    };
    assert_eq!(labels(0.1, 0.9, Unit::Plain), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    assert_eq!(labels(97.0, 99.0, Unit::Percent), ["97.0 %", "97.5 %", "98.0 %", "98.5 %", "99.0 %"]);
    assert_eq!(
        labels(0.0, 1_073_741_824.0, Unit::Bytes),
        ["0.0 GiB", "0.2 GiB", "0.4 GiB", "0.6 GiB", "0.8 GiB", "1.0 GiB"]
    );
    assert_eq!(labels(5.0, 5.0, Unit::Plain), ["0", "2", "4", "6", "8"]);
    assert_eq!(labels(-3.0, 1.0, Unit::Plain), ["-3", "-2", "-1", "0", "1"]);
    assert_eq!(labels(0.0, 0.0, Unit::Plain), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
}

#[test]
fn marks_of_the_time_axis_are_in_the_persons_clocks() {
    let told = |from: f64, length: f64, zone| -> Vec<String> {
        let told = marks(from, from + length, zone).into_iter();
        told.map(|mark| [Some(mark.above), mark.below].into_iter().flatten().collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(
        told(BEGIN + 60.0, 3_600.0, Tz::Asia__Kolkata),
        ["07:40 21 Nov", "07:50", "08:00", "08:10", "08:20", "08:30"]
    );
    assert_eq!(told(BEGIN + 68_400.0, 14_400.0, Tz::UTC), ["21:00 21 Nov", "22:00", "23:00", "00:00 22 Nov", "01:00"]);
    // London's clocks go back at 01:00 UTC on 25 October 2026.
    let saturday = 1_792_843_200.0;
    assert_eq!(
        told(saturday, 3.0 * 86_400.0, Tz::Europe__London),
        ["00:00 25 Oct", "12:00", "00:00 26 Oct", "12:00", "00:00 27 Oct", "12:00"]
    );
    assert_eq!(told(BEGIN, 20.0 * 86_400.0, Tz::UTC), ["26 Nov", "3 Dec", "10 Dec"]);
}

#[test]
fn a_picture_in_words() {
    let mut chart = Chart {
        title: "Latency\nof checkout".to_owned(),
        left_out: 3,
        threshold: Some(Threshold { value: 1.0, name: "objective".to_owned() }),
        ..chart(vec![series("a", [0.2, f64::NAN, 1.5, 0.4]), series("b", [f64::NAN])])
    };
    assert_eq!(
        describe(&chart),
        "Latency of checkout, 21 Nov 02:00 to 21 Nov 02:03 Europe/London. a: 200 ms to 1.5 s, last 400 ms, 1 gap. \
         b: no value. 3 more are not drawn. objective: 1 s."
    );
    chart.series.clear();
    assert!(describe(&chart).starts_with("Latency of checkout. 3 more"));
}
