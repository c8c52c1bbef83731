//! `anomalies` over a backend that answers range queries. Deliberately absent: the estate, whose evaluator takes too long
//! for weeks of history.

use super::call_at;
use super::mock::{mock, success, value};
use domain::envelope::FailureKind;
use domain::observed::prometheus::{Anomalies, UnusualSeries};
use serde_json::{Value, json};

/// A Saturday.
const NOW: &str = "2026-11-21T02:00:00Z";
const NOW_SECONDS: i64 = 1_795_226_400;

fn matrix(series: &[(Value, f64)]) -> Value {
    let points = |last: f64| -> Vec<Value> {
        let at = |n: i64| NOW_SECONDS - 600 * n;
        let mut points: Vec<Value> =
            (1..=15 * 144).rev().map(|n| json!([at(n), format!("{}", 10.0 + (n % 5) as f64)])).collect();
        points.push(json!([NOW_SECONDS, last.to_string()]));
        points
    };
    let result: Vec<Value> =
        series.iter().map(|(labels, last)| json!({"metric": labels, "values": points(*last)})).collect();
    success(json!({"resultType": "matrix", "result": result}))
}

#[tokio::test]
async fn a_value_is_judged_against_the_same_time_of_earlier_weeks() {
    let mock = mock(|_, _| matrix(&[(json!({"app": "calm"}), 12.0), (json!({"app": "strange"}), 400.0)]));
    let envelope = call_at(&mock.adapter(), "anomalies", json!({"query": "x"}), NOW).await.unwrap();
    let data: Anomalies = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<UnusualSeries> = data.series.typed().unwrap();
    assert_eq!((rows[0].series.as_str(), rows[0].unusual_now), (r#"{app="strange"}"#, Some(true)));
    assert_eq!(rows[0].compared_with, "Saturday 02:00 UTC, 2 weeks");
    assert!(rows[0].anomalies[0].starts_with("11-21 02:00 400"), "{rows:?}");
    assert_eq!((rows[1].unusual_now, rows[1].usual_low, rows[1].usual_high), (Some(false), Some(10.0), Some(14.0)));
    let asked = mock.asked.lock().unwrap();
    let (path, parameters) = &asked[0];
    assert_eq!((path.as_str(), value(parameters, "step")), ("/api/v1/query_range", Some("600")));
    assert_eq!(value(parameters, "end"), Some("1795226400.000"));
}

#[tokio::test]
async fn what_cannot_be_judged_is_told() {
    let many: Vec<(Value, f64)> = (0..101).map(|n| (json!({"pod": n.to_string()}), 1.0)).collect();
    let crowd = mock(move |_, _| matrix(&many));
    let failure = call_at(&crowd.adapter(), "anomalies", json!({"query": "x"}), NOW).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert!(failure.message.contains("101 series"), "{}", failure.message);

    let short = json!({"query": "x", "since": "6h", "history": "2h"});
    let failure = call_at(&crowd.adapter(), "anomalies", short, NOW).await.unwrap_err();
    assert!(failure.message.contains("history"), "{}", failure.message);

    let nothing = mock(|path, _| match path {
        "/api/v1/query_range" => success(json!({"resultType": "matrix", "result": []})),
        _ => success(json!(["up"])),
    });
    let envelope = call_at(&nothing.adapter(), "anomalies", json!({"query": "upp"}), NOW).await.unwrap();
    assert!(envelope.hint.unwrap().contains("there is no metric `upp`"));
}
