//! What the services tell about the requests they serve: counts and a latency histogram by route and status code.

use super::collect::{Collector, Life, Target};
use super::latency::{BUCKETS, mean_seconds, part_within};
use super::traffic::{Piece, PodTraffic, by_pod};
use crate::world::timeline::{PodTrack, ServiceTrack, Timeline};

const REQUESTS: &str = "http_requests_total";
const BUCKET: &str = "http_request_duration_seconds_bucket";
const SUM: &str = "http_request_duration_seconds_sum";
const COUNT: &str = "http_request_duration_seconds_count";

/// Method, what follows the service's own path, and the part of the requests.
const ROUTES: [(&str, &str, f64); 2] = [("GET", "/{id}", 0.7), ("POST", "", 0.3)];

/// The port that pods are scraped at.
const METRICS_PORT: u16 = 8080;

/// Whether a service is one that speaks HTTP to its callers; the others are data stores.
pub(super) fn serves_http(service: &ServiceTrack) -> bool {
    matches!(service.protocol, "http" | "grpc" | "search")
}

/// The scrape target of an application pod.
pub(super) fn pod_target<'a>(timeline: &'a Timeline, service: &ServiceTrack, pod: &'a PodTrack) -> Target<'a> {
    let node = pod.node.last().and_then(|name| timeline.nodes.get(name));
    let address = pod.ip.last().map_or("", String::as_str);
    Target::new(&service.service.name, &format!("{address}:{METRICS_PORT}"), Life::Pod(pod, node))
        .with("namespace", &pod.namespace)
        .with("service", &service.service.name)
        .with("pod", &pod.name)
        .with("container", &pod.container)
        .with("endpoint", "http")
}

pub(super) fn collect(timeline: &Timeline, collector: &mut Collector<'_>) {
    if !collector.wants(&[REQUESTS, BUCKET, SUM, COUNT]) {
        return;
    }
    for service in timeline.services.values().filter(|service| serves_http(service)) {
        let known = [("namespace", service.service.namespace.as_str()), ("service", service.service.name.as_str())];
        if !collector.admits(&known) {
            continue;
        }
        for traffic in by_pod(timeline, service, collector.end_ms()) {
            if !traffic.pieces.is_empty() && collector.admits(&[("pod", &traffic.pod.name)]) {
                collect_pod(&pod_target(timeline, service, traffic.pod), service, &traffic, collector);
            }
        }
    }
}

fn collect_pod(target: &Target<'_>, service: &ServiceTrack, traffic: &PodTraffic<'_>, collector: &mut Collector<'_>) {
    for (method, path, part) in ROUTES {
        let route = format!("/{}{path}", service.service.name);
        for (code, ratio) in CODES {
            let labels = [("method", method), ("route", route.as_str()), ("code", code)];
            let share = |piece: &Piece| part * ratio(&piece.load);
            // An exporter shows a code once it has answered with it.
            let shown = |at_ms: i64, value: f64| (traffic.total(at_ms, share).floor() >= 1.0).then_some(value);
            let count = |at_ms: i64| shown(at_ms, traffic.total(at_ms, share).floor());
            collector.add(target, REQUESTS, &labels, count);
            collector.add(target, COUNT, &labels, count);
            let median = |piece: &Piece| service.base_latency_seconds * piece.load.latency_factor;
            collector.add(target, SUM, &labels, |at_ms| {
                shown(at_ms, traffic.total(at_ms, |piece| share(piece) * mean_seconds(median(piece))))
            });
            if !collector.wants(&[BUCKET]) {
                continue;
            }
            for (bound, text) in BUCKETS {
                let within = |piece: &Piece| share(piece) * part_within(bound, median(piece));
                collector.add(target, BUCKET, &with_bound(&labels, text), |at_ms| {
                    shown(at_ms, traffic.total(at_ms, within).floor())
                });
            }
            collector.add(target, BUCKET, &with_bound(&labels, "+Inf"), count);
        }
    }
}

/// The labels of a bucket.
pub(super) fn with_bound<'a>(labels: &[(&'static str, &'a str)], bound: &'a str) -> Vec<(&'static str, &'a str)> {
    labels.iter().copied().chain([("le", bound)]).collect()
}

/// A status code and the part of the requests that end with it.
type Code = (&'static str, fn(&crate::world::timeline::Load) -> f64);

/// Own failures are 500, failures of something called are 503.
const CODES: [Code; 3] = [
    ("200", |load| 1.0 - load.error_ratio.clamp(0.0, 1.0)),
    ("500", |load| load.own_error_ratio.clamp(0.0, 1.0)),
    ("503", |load| (load.error_ratio - load.own_error_ratio).clamp(0.0, 1.0)),
];
