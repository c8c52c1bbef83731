//! What detectors and forecasts see of each fault, against when its alert fires: with the settings that hold for all series,
//! over series as a team would declare them, after an hour and a half in which they learned.

use chrono::{DateTime, TimeDelta, Utc};
use domain::anomaly::{AlarmRule, Alarms, Detector, Settings};
use domain::forecast::{Limit, Point, exhaustion};
use estate::scenarios::Scenario;
use estate::telemetry::alerting::{AlertState, active_alerts};
use estate::telemetry::metrics::WorldMetrics;
use estate::telemetry::promql::{Answer, range};
use estate::world::World;
use expect_test::expect_file;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const SEED: u64 = 7;
const STEP_SECONDS: i64 = 30;
const LEARNED_MINUTES: i64 = 90;
const LOOKED_MINUTES: i64 = 6;
/// Forecasts rest on a longer history, with fewer points: they look twice as far ahead as back.
const HISTORY_HOURS: i64 = 72;
const HISTORY_STEP_SECONDS: i64 = 600;

/// Series as a team declares them, each watched by the detector of what is usual.
const WATCHED: [(&str, &str); 8] = [
    (
        "errors",
        "sum by (service) (rate(http_requests_total{code=~\"5..\"}[2m])) / sum by (service) (rate(http_requests_total[2m])) or \
         sum by (service) (rate(http_requests_total[2m])) * 0",
    ),
    ("latency", "histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket[2m])))"),
    ("not ready", "sum by (namespace) (kube_pod_status_ready{condition=\"false\"})"),
    ("waiting", "sum(kube_pod_container_status_waiting_reason) or vector(0)"),
    ("restarts", "sum by (namespace) (increase(kube_pod_container_status_restarts_total[5m]))"),
    ("certificate", "certmanager_certificate_expiration_timestamp_seconds - time()"),
    ("volume", "kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes"),
    ("nodes", "sum(kube_node_status_condition{condition=\"Ready\",status=\"true\"})"),
];

/// Series of which is foretold when they are used up: query, limit, hours within which it is told.
const FORETOLD: [(&str, &str, Limit, i64); 2] = [
    ("volume forecast", "kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes", Limit::Full(1.0), 72),
    (
        "certificate forecast",
        "certmanager_certificate_expiration_timestamp_seconds - time()",
        Limit::Empty(0.0),
        14 * 24,
    ),
];

fn fault_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a time")
}

/// The series of a query, by their labels.
fn series(world: &World, query: &str, (from, step_seconds): (DateTime<Utc>, i64)) -> BTreeMap<String, Vec<(i64, f64)>> {
    let metrics = WorldMetrics::new(world.timeline(), world.now());
    let answer = range(&metrics, query, from.timestamp_millis(), world.now().timestamp_millis(), step_seconds * 1_000);
    let Ok(Answer::Matrix(found)) = answer else { panic!("{query}: {answer:?}") };
    found
        .into_iter()
        .map(|one| {
            let points = one.samples.iter().map(|sample| (sample.at_ms / 1_000, sample.value));
            (one.labels.to_string(), points.collect())
        })
        .collect()
}

/// Seconds after the fault at which a detector that learned before it raises its first alarm.
fn alarmed(points: &[(i64, f64)]) -> Option<i64> {
    let mut detector = Detector::new(Settings { alarm_score: 2.0, ..Settings::default() });
    let mut alarms = Alarms::new(AlarmRule::default());
    let fault = fault_at().timestamp();
    points.iter().find_map(|(at, value)| {
        let judgement = detector.observe(*at, *value);
        alarms.observe(&judgement, *value).filter(|_| *at >= fault).map(|_| at - fault)
    })
}

/// The first moment at which it is foretold to run out within so many hours.
fn foretold(points: &[(i64, f64)], limit: Limit, hours: i64) -> Option<i64> {
    let fault = fault_at().timestamp();
    let history: Vec<Point> = points.iter().map(|(at, value)| Point { at_unix_seconds: *at, value: *value }).collect();
    let moments = points.iter().map(|(at, _)| *at).filter(|at| *at >= fault);
    moments
        .into_iter()
        .find(|at| {
            exhaustion(&history, limit, *at)
                .is_ok_and(|found| found.at_median - at <= hours * 3_600 && found.chance >= 0.8)
        })
        .map(|at| at - fault)
}

/// What saw it first, and when.
fn seen(world: &World) -> Option<(i64, &'static str)> {
    let recent = (fault_at() - TimeDelta::minutes(LEARNED_MINUTES), STEP_SECONDS);
    let long = (fault_at() - TimeDelta::hours(HISTORY_HOURS), HISTORY_STEP_SECONDS);
    let of_detectors = WATCHED.iter().flat_map(|(name, query)| {
        let all = series(world, query, recent);
        all.into_values().filter_map(|points| alarmed(&points)).min().map(|after| (after, *name))
    });
    let of_forecasts = FORETOLD.iter().flat_map(|(name, query, limit, hours)| {
        let all = series(world, query, long);
        all.into_values().filter_map(|points| foretold(&points, *limit, *hours)).min().map(|after| (after, *name))
    });
    of_detectors.chain(of_forecasts).min()
}

/// Seconds after the fault at which the first alert fires.
fn alerted(world: &World) -> Option<i64> {
    let alerts = active_alerts(&WorldMetrics::new(world.timeline(), world.now())).expect("the rules are valid");
    let firing = alerts.iter().filter(|alert| alert.state == AlertState::Firing && alert.rule.name != "Watchdog");
    firing.map(|alert| (alert.firing_since() - fault_at()).num_seconds()).min()
}

#[test]
fn in_the_healthy_world_nothing_is_seen() {
    let mut world = World::new(SEED, fault_at() - TimeDelta::minutes(LEARNED_MINUTES), None, fault_at());
    world.advance(fault_at() + TimeDelta::minutes(60));
    assert_eq!(seen(&world), None);
}

#[test]
fn each_fault_is_seen_before_or_with_its_alert() {
    let mut told = String::new();
    let mut late = Vec::new();
    for scenario in Scenario::all() {
        let mut world = World::new(SEED, fault_at() - TimeDelta::minutes(LEARNED_MINUTES), Some(scenario), fault_at());
        world.advance(fault_at() + TimeDelta::minutes(LOOKED_MINUTES));
        let (seen, alerted) = (seen(&world), alerted(&world).expect("each fault has its alert"));
        match seen {
            Some((after, what)) => {
                let _ = writeln!(told, "{}: seen after {after} s ({what}), alert after {alerted} s", scenario.name);
                if after > alerted {
                    late.push(scenario.name);
                }
            }
            None => {
                let _ = writeln!(told, "{}: not seen, alert after {alerted} s", scenario.name);
                late.push(scenario.name);
            }
        }
    }
    expect_file!["./signals_before_alerts.txt"].assert_eq(&told);
    assert_eq!(late, Vec::<&str>::new(), "{told}");
}
