//! What holds for the metrics of any world: samples do not depend on the query, counters fall only at restarts, rates
//! are those of the topology, and every family is described.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use estate::scenarios::Scenario;
use estate::telemetry::metrics::{FAMILIES, Kind, SCRAPE_INTERVAL_MS, WorldMetrics};
use estate::telemetry::promql::{Answer, instant};
use estate::telemetry::series::{METRIC_NAME, Sample, Series, SeriesSource};
use estate::world::World;

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a time")
}

fn world(scenario: &str) -> World {
    let mut world = World::new(7, start(), Some(Scenario::named(scenario).expect("a scenario")), start());
    world.advance(start() + TimeDelta::minutes(6));
    world
}

fn family(series: &Series) -> &'static estate::telemetry::metrics::Family {
    let name = series.labels.get(METRIC_NAME);
    let base = ["_bucket", "_sum", "_count"].into_iter().find_map(|suffix| {
        let base = name.strip_suffix(suffix)?;
        FAMILIES.iter().find(|family| family.name == base && family.kind == Kind::Histogram)
    });
    base.or_else(|| FAMILIES.iter().find(|family| family.name == name)).unwrap_or_else(|| panic!("{name} is described"))
}

#[test]
fn samples_are_the_same_whatever_the_window_and_counters_fall_only_at_restarts() {
    let world = world("oom-after-rollout");
    let metrics = WorldMetrics::new(world.timeline(), world.now());
    let end_ms = metrics.now_ms();
    let start_ms = end_ms - 8 * 60_000;
    let whole = metrics.select(&[], start_ms, end_ms);
    let middle_ms = start_ms + 200_123;
    let (first, second) = (metrics.select(&[], start_ms, middle_ms), metrics.select(&[], middle_ms + 1, end_ms));
    let mut falls = BTreeSet::new();
    for series in &whole {
        let part = |all: &[Series]| -> Vec<Sample> {
            all.iter()
                .find(|other| other.labels == series.labels)
                .map(|other| other.samples.clone())
                .unwrap_or_default()
        };
        let joined = [part(&first), part(&second)].concat();
        let same = joined.len() == series.samples.len()
            && joined
                .iter()
                .zip(&series.samples)
                .all(|(a, b)| a.at_ms == b.at_ms && a.value.to_bits() == b.value.to_bits());
        assert!(same, "{}: {joined:?} against {:?}", series.labels, series.samples);
        let times = series.samples.windows(2).all(|pair| pair[1].at_ms - pair[0].at_ms >= SCRAPE_INTERVAL_MS);
        assert!(times, "{}", series.labels);
        let is_counter = family(series).kind != Kind::Gauge;
        let values: Vec<f64> =
            series.samples.iter().filter(|sample| !sample.is_stale()).map(|sample| sample.value).collect();
        if is_counter && values.windows(2).any(|pair| pair[1] < pair[0]) {
            falls.insert(series.labels.get("container").to_owned());
        }
    }
    assert_eq!(falls.into_iter().collect::<Vec<_>>(), ["recommendation"], "only what restarted may fall");
    assert!(whole.len() > 2000, "{} series", whole.len());
    let identities: BTreeSet<_> = whole.iter().map(|series| &series.labels).collect();
    assert_eq!(identities.len(), whole.len(), "no two series have the same labels");
}

#[test]
fn rates_and_quantiles_are_those_of_the_topology() {
    let world = World::new(7, start(), None, start());
    let metrics = WorldMetrics::new(world.timeline(), world.now());
    let number = |query: &str| match instant(&metrics, query, metrics.now_ms()) {
        Ok(Answer::Vector(_, samples)) if samples.len() == 1 => samples[0].value,
        other => panic!("{query}: {other:?}"),
    };
    for service in world.timeline().services.values().filter(|service| service.protocol == "http") {
        let name = &service.service.name;
        let rate = number(&format!("sum(rate(http_requests_total{{service=\"{name}\"}}[10m]))"));
        let ratio = rate / service.base_requests_per_second;
        assert!((0.8..1.2).contains(&ratio), "{name}: {rate} of {}", service.base_requests_per_second);
        let buckets = format!("sum by (le) (rate(http_request_duration_seconds_bucket{{service=\"{name}\"}}[10m]))");
        let median = number(&format!("histogram_quantile(0.5, {buckets})"));
        assert!((0.4..2.0).contains(&(median / service.base_latency_seconds)), "{name}: median {median}");
        assert!(number(&format!("histogram_quantile(0.99, {buckets})")) > median);
    }
    let calls = number("sum(rate(db_client_operation_duration_seconds_count{server_address=\"orders-db.data\"}[10m]))");
    assert!(calls > 1.0, "{calls}");
    let idle = number("avg(rate(node_cpu_seconds_total{mode=\"idle\"}[5m]))");
    assert!((0.1..1.0).contains(&idle), "{idle}");
}

#[test]
fn a_deleted_pod_leaves_no_series_behind() {
    let world = world("image-pull");
    let metrics = WorldMetrics::new(world.timeline(), world.now());
    let known = world.timeline().pods.iter().filter(|pod| pod.ended.is_none()).count();
    let Ok(Answer::Vector(_, told)) = instant(&metrics, "kube_pod_info", metrics.now_ms()) else { panic!("a vector") };
    assert_eq!(told.len(), known);
}
