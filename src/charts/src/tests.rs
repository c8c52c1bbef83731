//! Pictures, looked at as pixels and in words.

mod drawn;
mod harmless;
mod observed;
mod written;

use super::*;
use chrono_tz::Tz;

/// 2026-11-21 02:00 UTC.
const BEGIN: f64 = 1_795_226_400.0;

fn series(name: &str, values: impl IntoIterator<Item = f64>) -> Series {
    let points = (0..).zip(values).map(|(minute, value)| (BEGIN + f64::from(minute) * 60.0, value)).collect();
    Series { name: name.to_owned(), points }
}

fn chart(series: Vec<Series>) -> Chart {
    Chart {
        title: "Latency of checkout".to_owned(),
        unit: Unit::Seconds,
        zone: Tz::Europe__London,
        span: None,
        step_seconds: Some(60.0),
        series,
        left_out: 0,
        threshold: None,
    }
}
