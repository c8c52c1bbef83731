//! Functions of one number: arithmetic, trigonometry, the calendar, and the ones that bound a number.

use chrono::{DateTime, Datelike, Months, TimeZone, Timelike, Utc};

/// The function of that name, if it is one of these.
pub(super) fn named(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "exp" => f64::exp,
        "sqrt" => f64::sqrt,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "sgn" => |value| if value == 0.0 || value.is_nan() { value } else { value.signum() },
        "acos" => f64::acos,
        "acosh" => f64::acosh,
        "asin" => f64::asin,
        "asinh" => f64::asinh,
        "atan" => f64::atan,
        "atanh" => f64::atanh,
        "cos" => f64::cos,
        "cosh" => f64::cosh,
        "sin" => f64::sin,
        "sinh" => f64::sinh,
        "tan" => f64::tan,
        "tanh" => f64::tanh,
        "deg" => f64::to_degrees,
        "rad" => f64::to_radians,
        "minute" => |at| calendar(at, |time| time.minute()),
        "hour" => |at| calendar(at, |time| time.hour()),
        "day_of_week" => |at| calendar(at, |time| time.weekday().num_days_from_sunday()),
        "day_of_month" => |at| calendar(at, |time| time.day()),
        "day_of_year" => |at| calendar(at, |time| time.ordinal()),
        "days_in_month" => |at| calendar(at, days_in_month),
        "month" => |at| calendar(at, |time| time.month()),
        "year" => |at| calendar(at, |time| u32::try_from(time.year()).unwrap_or(0)),
        _ => return None,
    })
}

fn calendar(unix_seconds: f64, part: impl Fn(DateTime<Utc>) -> u32) -> f64 {
    match Utc.timestamp_opt(unix_seconds as i64, 0).single() {
        Some(time) if unix_seconds.is_finite() => f64::from(part(time)),
        _ => f64::NAN,
    }
}

fn days_in_month(time: DateTime<Utc>) -> u32 {
    let first = time.date_naive().with_day(1);
    let next = first.and_then(|first| first.checked_add_months(Months::new(1)));
    match (first, next) {
        (Some(first), Some(next)) => u32::try_from((next - first).num_days()).unwrap_or(0),
        _ => 0,
    }
}

/// A function of a value and up to two bounds.
pub(super) type Bounding = fn(f64, Option<f64>, Option<f64>) -> Option<f64>;

/// `round` and the clamps by name.
pub(super) fn bounding(name: &str) -> Bounding {
    match name {
        "clamp_min" => |value, least, _| least.map(|least| larger(value, least)),
        "clamp_max" => |value, most, _| most.map(|most| smaller(value, most)),
        "clamp" => |value, least, most| {
            let (least, most) = (least?, most?);
            (most >= least).then(|| larger(smaller(value, most), least))
        },
        _ => |value, nearest, _| {
            // Prometheus divides by the inverse, which decides how halves fall.
            let inverse = 1.0 / nearest.unwrap_or(1.0);
            Some((value * inverse + 0.5).floor() / inverse)
        },
    }
}

/// As `max`, but NaN stays NaN.
fn larger(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.max(right) }
}

fn smaller(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() { f64::NAN } else { left.min(right) }
}
