//! What the services tell about the calls they make, to HTTP servers and to databases, named as OpenTelemetry does.

use super::application::{pod_target, with_bound};
use super::collect::{Collector, Target};
use super::latency::{BUCKETS, mean_seconds, part_within};
use super::traffic::{CalleeState, Piece, PodTraffic, by_pod};
use crate::world::timeline::{CalleeTrack, ServiceTrack, Timeline};

/// The series names of one client histogram.
struct Names {
    bucket: &'static str,
    sum: &'static str,
    count: &'static str,
}

const HTTP: Names = Names {
    bucket: "http_client_request_duration_seconds_bucket",
    sum: "http_client_request_duration_seconds_sum",
    count: "http_client_request_duration_seconds_count",
};
const DATABASE: Names = Names {
    bucket: "db_client_operation_duration_seconds_bucket",
    sum: "db_client_operation_duration_seconds_sum",
    count: "db_client_operation_duration_seconds_count",
};

/// A call that gets no answer ends at the client's deadline.
const TIMEOUT_SECONDS: f64 = 3.0;

/// An outcome: its `error_type` (empty for success), status code, and part of the calls.
type Outcome = (&'static str, &'static str, fn(&CalleeState) -> f64);

const OUTCOMES: [Outcome; 3] = [
    ("", "200", |state| if state.unreachable { 0.0 } else { 1.0 - state.error_ratio.clamp(0.0, 1.0) }),
    ("500", "500", |state| if state.unreachable { 0.0 } else { state.error_ratio.clamp(0.0, 1.0) }),
    ("timeout", "", |state| if state.unreachable { 1.0 } else { 0.0 }),
];

pub(super) fn collect(timeline: &Timeline, collector: &mut Collector<'_>) {
    if !collector.wants(&[HTTP.bucket, HTTP.sum, HTTP.count, DATABASE.bucket, DATABASE.sum, DATABASE.count]) {
        return;
    }
    for service in timeline.services.values().filter(|service| !service.callees.is_empty()) {
        let known = [("namespace", service.service.namespace.as_str()), ("service", service.service.name.as_str())];
        if !collector.admits(&known) {
            continue;
        }
        for traffic in by_pod(timeline, service, collector.end_ms()) {
            if traffic.pieces.is_empty() || !collector.admits(&[("pod", &traffic.pod.name)]) {
                continue;
            }
            let target = pod_target(timeline, service, traffic.pod);
            for (position, callee) in service.callees.iter().enumerate() {
                let Some(callee_track) = timeline.services.get(&callee.service) else { continue };
                Calls { traffic: &traffic, position, callee, callee_track }.collect(&target, collector);
            }
        }
    }
}

/// The calls of one pod to one callee.
struct Calls<'a> {
    traffic: &'a PodTraffic<'a>,
    position: usize,
    callee: &'a CalleeTrack,
    callee_track: &'a ServiceTrack,
}

impl Calls<'_> {
    fn collect(&self, target: &Target<'_>, collector: &mut Collector<'_>) {
        let address = format!("{}.{}", self.callee.service.name, self.callee.service.namespace);
        let (names, system) = match self.callee_track.protocol {
            "postgres" => (&DATABASE, "postgresql"),
            "redis" => (&DATABASE, "redis"),
            _ => (&HTTP, ""),
        };
        for (error, status, part) in OUTCOMES {
            let labels = if system.is_empty() {
                vec![
                    ("server_address", address.as_str()),
                    ("http_request_method", "GET"),
                    ("http_response_status_code", status),
                    ("error_type", error),
                ]
            } else {
                let error = if error == "500" { "server_error" } else { error };
                vec![("server_address", address.as_str()), ("db_system", system), ("error_type", error)]
            };
            self.outcome(target, collector, names, &labels, part);
        }
    }

    fn outcome(
        &self,
        target: &Target<'_>,
        collector: &mut Collector<'_>,
        names: &Names,
        labels: &[(&'static str, &str)],
        part: fn(&CalleeState) -> f64,
    ) {
        let share = |piece: &Piece| {
            piece.callees.get(self.position).map_or(0.0, |state| part(state) * self.callee.calls_per_request)
        };
        let total = |at_ms: i64| self.traffic.total(at_ms, share).floor();
        let shown = |at_ms: i64, value: f64| (total(at_ms) >= 1.0).then_some(value);
        collector.add(target, names.count, labels, |at_ms| shown(at_ms, total(at_ms)));
        collector.add(target, names.sum, labels, |at_ms| {
            shown(at_ms, self.traffic.total(at_ms, |piece| share(piece) * mean_seconds(self.median(piece))))
        });
        if !collector.wants(&[names.bucket]) {
            return;
        }
        for (bound, text) in BUCKETS {
            let within = |piece: &Piece| share(piece) * part_within(bound, self.median(piece));
            collector.add(target, names.bucket, &with_bound(labels, text), |at_ms| {
                shown(at_ms, self.traffic.total(at_ms, within).floor())
            });
        }
        collector.add(target, names.bucket, &with_bound(labels, "+Inf"), |at_ms| shown(at_ms, total(at_ms)));
    }

    fn median(&self, piece: &Piece) -> f64 {
        match piece.callees.get(self.position) {
            Some(state) if state.unreachable => TIMEOUT_SECONDS,
            Some(state) => self.callee_track.base_latency_seconds * state.latency_factor,
            None => self.callee_track.base_latency_seconds,
        }
    }
}
