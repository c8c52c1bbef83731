//! Temporary.
#![allow(missing_docs, reason = "temporary")]
use charts::*;
use chrono_tz::Tz;
fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let b = 1_795_226_400.0;
    let s = |name: &str, f: &dyn Fn(f64) -> f64, n: i32| Series {
        name: name.to_owned(),
        points: (0..n).map(|i| (b + f64::from(i) * 60.0, f(f64::from(i)))).collect(),
    };
    let mut gap = s("checkout-7d9f", &|i| 0.4 + 0.3 * (i / 9.0).sin() + if i > 80.0 { (i - 80.0) * 0.02 } else { 0.0 }, 120);
    gap.points.drain(30..45);
    gap.points[50].1 = f64::NAN;
    gap.points[52].1 = f64::NAN;
    let chart = Chart {
        title: "histogram_quantile(0.95, sum by (pod, le) (rate(http_request_duration_seconds_bucket{namespace=\"shop\"}[5m])))".into(),
        unit: Unit::Seconds,
        zone: Tz::Europe__London,
        span: Some((b - 600.0, b + 7500.0)),
        step_seconds: Some(60.0),
        series: vec![
            gap,
            s("payment-x1", &|i| 0.3 + 0.05 * (i / 3.0).cos(), 120),
            s("cart", &|i| 0.7 + (i * 7.3).sin() * 0.1, 120),
            s("frontend", &|i| 0.15 + 0.001 * i, 120),
        ],
        left_out: 3,
        threshold: Some(Threshold { value: 1.0, name: "objective".into() }),
    };
    let begun = std::time::SystemTime::now();
    let bytes = render(&chart).unwrap_or_default();
    eprintln!("{} bytes, {:?}", bytes.len(), begun.elapsed());
    let _ = std::fs::write(path, bytes);
}
