//! `forecast` and `change_points`: over a backend that answers range queries, and over the estate.

use super::estate_world::server;
use super::mock::{mock, success, value};
use super::{call, call_at};
use chrono::{DateTime, Utc};
use domain::envelope::FailureKind;
use domain::forecast::Silence;
use domain::observed::prometheus::{ChangedSeries, Changes, Forecasts, RunsOut};
use serde_json::{Value, json};
use tools_common::serve::Adapter;

const NOW: &str = "2026-11-21T02:00:00Z";
const NOW_SECONDS: i64 = 1_795_226_400;

/// A value by the seconds before now.
type Course = fn(f64) -> f64;

/// A matrix of series by label and value at so many seconds before now.
fn matrix(step_seconds: i64, points: i64, series: &[(&str, Course)]) -> Value {
    let of = |value: Course| -> Vec<Value> {
        let ages = (0..points).rev().map(|n| n * step_seconds);
        ages.map(|age| json!([NOW_SECONDS - age, value(age as f64).to_string()])).collect()
    };
    let result: Vec<Value> =
        series.iter().map(|(name, value)| json!({"metric": {"volume": name}, "values": of(*value)})).collect();
    success(json!({"resultType": "matrix", "result": result}))
}

fn wave(age: f64) -> f64 {
    (age * 0.77).sin()
}

#[tokio::test]
async fn a_forecast_is_an_interval_or_a_reason() {
    let series: [(&str, Course); 2] =
        [("calm", |age| 50.0 + wave(age)), ("fills", |age| 93.0 - age / 86_400.0 + wave(age) / 10.0)];
    let mock = mock(move |_, _| matrix(600, 2_016, &series));
    let arguments = json!({"query": "x", "bound": 100, "limit": 1});
    let envelope = call_at(&mock.adapter(), "forecast", arguments.clone(), NOW).await.unwrap();
    let data: Forecasts = serde_json::from_value(envelope.data).unwrap();
    assert_eq!((data.bound, data.falls, data.step_seconds), (100.0, false, 600.0));
    let row = &data.series.typed::<RunsOut>().unwrap()[0];
    let truth = NOW_SECONDS + 7 * 86_400;
    assert_eq!(row.labels["volume"], "fills");
    assert!(row.earliest.unwrap().timestamp() <= truth && truth <= row.latest.unwrap().timestamp(), "{row:?}");
    {
        let asked = mock.asked.lock().unwrap();
        let (path, parameters) = &asked[0];
        assert_eq!((path.as_str(), value(parameters, "step")), ("/api/v1/query_range", Some("600")));
        assert_eq!(value(parameters, "start"), Some("1794016800.000"));
    }
    let mut next = arguments;
    next["cursor"] = json!(envelope.next_cursor.unwrap());
    let envelope = call_at(&mock.adapter(), "forecast", next, NOW).await.unwrap();
    let data: Forecasts = serde_json::from_value(envelope.data).unwrap();
    let row = &data.series.typed::<RunsOut>().unwrap()[0];
    assert_eq!((row.labels["volume"].as_str(), row.silence), ("calm", Some(Silence::NoTrend)));
}

#[tokio::test]
async fn changes_near_the_onset_come_first_and_calm_series_are_counted() {
    let series: [(&str, Course); 3] = [
        ("calm", wave),
        ("early", |age| wave(age) + if age < 6_000.0 { 30.0 } else { 0.0 }),
        ("at the onset", |age| wave(age) + if age < 1_800.0 { 30.0 } else { 0.0 }),
    ];
    let mock = mock(move |_, _| matrix(15, 720, &series));
    let arguments = json!({"query": "x", "onset": "30m"});
    let envelope = call_at(&mock.adapter(), "change_points", arguments, NOW).await.unwrap();
    assert_eq!(envelope.hint.as_deref(), Some("1 series did not change their level"));
    let data: Changes = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<ChangedSeries> = data.series.typed().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.labels["volume"].as_str()).collect();
    assert_eq!(names, ["at the onset", "early"]);
    assert!(rows[0].from_onset_seconds.abs() <= 30 && rows[0].fit > 0.8, "{rows:?}");
    let window = envelope.window.unwrap();
    // A quarter of the window after the onset would be in the future.
    assert_eq!((window.end.timestamp(), (window.end - window.start).num_hours()), (NOW_SECONDS, 3));
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_told() {
    let crowd = mock(|_, _| {
        let series: Vec<Value> = (0..101).map(|n| json!({"metric": {"pod": n.to_string()}, "values": []})).collect();
        success(json!({"resultType": "matrix", "result": series}))
    });
    for (tool, arguments, wanted) in [
        ("forecast", json!({"query": "x", "bound": 1}), "101 series"),
        ("change_points", json!({"query": "x"}), "101 series"),
        ("forecast", json!({"query": "x"}), "bound"),
        ("forecast", json!({"query": "x", "bound": 1, "history": "1s"}), "history"),
        ("change_points", json!({"query": "x", "onset": "2d", "at": "1h"}), "onset"),
    ] {
        let failure = call_at(&crowd.adapter(), tool, arguments, NOW).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadRequest);
        assert!(failure.message.contains(wanted), "{tool}: {}", failure.message);
    }
    let nothing = mock(|path, _| match path {
        "/api/v1/query_range" => success(json!({"resultType": "matrix", "result": []})),
        _ => success(json!(["up"])),
    });
    for (tool, arguments) in
        [("forecast", json!({"query": "upp", "bound": 1})), ("change_points", json!({"query": "upp"}))]
    {
        let envelope = call(&nothing.adapter(), tool, arguments).await.unwrap();
        assert!(envelope.hint.unwrap().contains("there is no metric `upp`"), "{tool}");
    }
}

const FREE: &str = "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes";

/// Its first 100 seconds, in which it fills to 97 %, lie before this history: a jump hides the slope behind it.
#[tokio::test]
async fn the_volume_of_the_estate_that_fills_is_the_first_to_be_full() {
    let adapter = Adapter::new(server(Some("disk-filling")));
    let arguments = json!({"query": FREE, "bound": 0, "falls": true, "history": "18m"});
    let envelope = call_at(&adapter, "forecast", arguments, NOW).await.unwrap();
    let data: Forecasts = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<RunsOut> = data.series.typed().unwrap();
    assert_eq!(rows[0].labels["persistentvolumeclaim"], "data-search-index-0", "{rows:#?}");
    // 3 % of 50 GiB at 600,000 bytes a second, since 01:41:40.
    let truth: DateTime<Utc> = "2026-11-21T02:26:24Z".parse().unwrap();
    assert!(rows[0].earliest.unwrap() <= truth && truth <= rows[0].latest.unwrap(), "{rows:#?}");
    assert!(rows.iter().skip(1).all(|row| row.silence.is_some()), "{rows:#?}");
}

#[tokio::test]
async fn the_volume_of_the_estate_that_jumped_is_the_one_that_changed() {
    let adapter = Adapter::new(server(Some("disk-filling")));
    let envelope = call_at(&adapter, "change_points", json!({"query": FREE, "onset": "20m"}), NOW).await.unwrap();
    let data: Changes = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<ChangedSeries> = data.series.typed().unwrap();
    assert_eq!(rows[0].labels["persistentvolumeclaim"], "data-search-index-0", "{rows:#?}");
    assert!(rows[0].from_onset_seconds.abs() <= 120 && rows[0].after < 0.05, "{rows:#?}");
}
