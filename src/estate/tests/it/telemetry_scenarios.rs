//! Every fault shows in an alert within five minutes, at an object that it concerns; the healthy world is quiet.

use chrono::{DateTime, TimeDelta, Utc};
use estate::scenarios::Scenario;
use estate::telemetry::alerting::{Alert, AlertState, active_alerts};
use estate::telemetry::metrics::WorldMetrics;
use estate::telemetry::promql::{Answer, instant};
use estate::world::World;

const SEED: u64 = 7;
/// What a scenario must show.
struct Expected {
    scenario: &'static str,
    /// An alert that must fire, and a label that it must carry.
    alert: (&'static str, &'static str, &'static str),
    /// A query that finds something after the fault and nothing before.
    evidence: &'static str,
}

const fn shows(
    scenario: &'static str,
    alert: (&'static str, &'static str, &'static str),
    evidence: &'static str,
) -> Expected {
    Expected { scenario, alert, evidence }
}

const EXPECTED: [Expected; 12] = [
    shows(
        "bad-config",
        ("KubePodCrashLooping", "container", "checkout"),
        "increase(kube_pod_container_status_restarts_total{container=\"checkout\"}[5m]) > 1",
    ),
    shows(
        "oom-after-rollout",
        ("ContainerOOMKilled", "container", "recommendation"),
        "max_over_time(container_memory_working_set_bytes{container=\"recommendation\"}[5m]) / on (pod) \
         kube_pod_container_resource_limits{resource=\"memory\"} > 0.9",
    ),
    shows(
        "missing-secret",
        ("KubeContainerWaiting", "container", "payments"),
        "kube_pod_container_status_waiting_reason{reason=\"CreateContainerConfigError\"} == 1",
    ),
    shows(
        "image-pull",
        ("KubeContainerWaiting", "container", "search"),
        "kube_pod_container_status_waiting_reason{reason=~\"ErrImagePull|ImagePullBackOff\"} == 1",
    ),
    shows(
        "pending-resources",
        ("KubePodNotReady", "namespace", "shop"),
        "kube_pod_status_phase{phase=\"Pending\",namespace=\"shop\"} == 1",
    ),
    shows(
        "failing-readiness",
        ("KubeDeploymentReplicasMismatch", "deployment", "frontend"),
        "kube_deployment_status_replicas_available{deployment=\"frontend\"} == 0",
    ),
    shows(
        "slow-database",
        ("HighLatency", "service", "checkout"),
        "histogram_quantile(0.5, sum by (le) (rate(db_client_operation_duration_seconds_bucket{server_address=\"orders-db.data\"}[2m]))) > 1",
    ),
    shows(
        "certificate-expiring",
        ("CertificateExpiringSoon", "name", "shop-tls"),
        "certmanager_certificate_expiration_timestamp_seconds - time() < 2 * 86400",
    ),
    shows(
        "disk-filling",
        ("KubePersistentVolumeFillingUp", "persistentvolumeclaim", "data-search-index-0"),
        "kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes > 0.95",
    ),
    shows(
        "error-burst",
        ("HighErrorRate", "service", "payments"),
        "sum(rate(http_requests_total{service=\"payments\",code=\"500\"}[2m])) / sum(rate(http_requests_total{service=\"payments\"}[2m])) > 0.2",
    ),
    shows("node-not-ready", ("KubeNodeNotReady", "node", "worker-3"), "up{job=\"node-exporter\"} == 0"),
    shows(
        "network-policy",
        ("HighErrorRate", "service", "cart"),
        "sum(rate(db_client_operation_duration_seconds_count{service=\"cart\",error_type=\"timeout\"}[2m])) > 0.1",
    ),
];

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a time")
}

fn firing(world: &World) -> Vec<Alert> {
    let alerts = active_alerts(&WorldMetrics::new(world.timeline(), world.now())).expect("the rules are valid");
    alerts.into_iter().filter(|alert| alert.state == AlertState::Firing && alert.rule.name != "Watchdog").collect()
}

#[test]
fn in_the_healthy_world_only_the_watchdog_fires() {
    for seed in [SEED, 1, 42, 2024] {
        let mut world = World::new(seed, start(), None, start());
        for minutes in [0, 1, 5, 47, 180] {
            world.advance(start() + TimeDelta::minutes(minutes));
            let alerts = active_alerts(&WorldMetrics::new(world.timeline(), world.now())).expect("the rules are valid");
            let names: Vec<String> = alerts.iter().map(|alert| alert.labels.to_string()).collect();
            assert_eq!(names, ["{alertname=\"Watchdog\", severity=\"none\"}"], "seed {seed} after {minutes} min");
        }
    }
}

#[test]
fn every_fault_fires_an_alert_within_five_minutes_and_shows_in_the_metrics() {
    let mut missing = Vec::new();
    for scenario in Scenario::all() {
        let expected =
            EXPECTED.iter().find(|expected| expected.scenario == scenario.name).expect("all are in the table");
        let mut world = World::new(SEED, start(), Some(scenario), start());
        let before: Vec<String> = firing(&world).iter().map(|alert| alert.labels.to_string()).collect();
        assert!(before.is_empty(), "{}: alerts before the fault: {before:?}", scenario.name);
        assert_eq!(found(&world, expected.evidence), 0, "{}: evidence before the fault", scenario.name);
        world.advance(start() + TimeDelta::minutes(5));
        let alerts = firing(&world);
        let told: Vec<String> = alerts.iter().map(|alert| alert.labels.to_string()).collect();
        println!("{}\n  {}", scenario.name, told.join("\n  "));
        let (name, label, value) = expected.alert;
        if !alerts.iter().any(|alert| alert.rule.name == name && alert.labels.get(label) == value) {
            missing.push(format!("{}: no {name} with {label}={value} among {told:?}", scenario.name));
        }
        if found(&world, expected.evidence) == 0 {
            missing.push(format!("{}: nothing for {}", scenario.name, expected.evidence));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn found(world: &World, query: &str) -> usize {
    let metrics = WorldMetrics::new(world.timeline(), world.now());
    match instant(&metrics, query, metrics.now_ms()) {
        Ok(Answer::Vector(_, samples)) => samples.len(),
        other => panic!("{query}: {other:?}"),
    }
}

/// The machine's clock tells nanoseconds, and series are computed in milliseconds: a live slow database once showed in the
/// logs and not in the metrics.
#[test]
fn a_fault_within_a_millisecond_shows_in_the_metrics_too() {
    let start: DateTime<Utc> = "2026-11-20T03:05:00.295123456Z".parse().unwrap();
    let mut world = World::new(SEED, start, Scenario::named("slow-database"), start - TimeDelta::minutes(9));
    world.advance(start + TimeDelta::minutes(1));
    let slow = "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service=\"checkout\"}[5m]))) > 1";
    assert_eq!(found(&world, slow), 1);
}

/// The API tells whole seconds: a fault between two of them came after the certificate had been renewed, and a live demo had
/// no incident.
#[test]
fn a_fault_between_two_seconds_still_keeps_the_certificate_from_being_renewed() {
    let start: DateTime<Utc> = "2026-11-20T03:05:00.295123456Z".parse().unwrap();
    let mut world = World::new(SEED, start, Scenario::named("certificate-expiring"), start - TimeDelta::minutes(9));
    world.advance(start + TimeDelta::minutes(1));
    let names: Vec<&str> = firing(&world).iter().map(|alert| alert.rule.name).collect();
    assert_eq!(names, ["CertificateExpiringSoon"]);
}
