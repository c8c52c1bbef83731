//! Requests through a service over time: the daily wave, the load of the moment, shared by the pods that are ready.
//!
//! Guarantees: counts are integrals of a rate that is constant times the wave on each piece, so they are exact for any
//! window and the same whatever the query asks.

use std::f64::consts::TAU;

use super::collect::value_at;
use crate::telemetry::noise::fraction;
use crate::world::timeline::{Load, PodTrack, ServiceTrack, Steps, Timeline};

const DAY_SECONDS: f64 = 86_400.0;
const WAVE_AMPLITUDE: f64 = 0.15;

/// A piece of time in which a pod serves at `requests_per_second` (before the wave) under one load.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub from_ms: i64,
    pub to_ms: i64,
    pub requests_per_second: f64,
    pub load: Load,
    /// The state of the calls that it makes, by position of the callee.
    pub callees: Vec<CalleeState>,
}

/// How a callee does in a piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct CalleeState {
    pub unreachable: bool,
    pub latency_factor: f64,
    pub error_ratio: f64,
}

/// The requests that one pod served.
#[derive(Debug, Clone)]
pub(super) struct PodTraffic<'a> {
    pub pod: &'a PodTrack,
    pub pieces: Vec<Piece>,
    wave_phase: f64,
}

/// The pods behind a service.
pub(super) fn pods_of<'a>(timeline: &'a Timeline, service: &ServiceTrack) -> Vec<&'a PodTrack> {
    timeline.pods.iter().filter(|pod| pod.owner == service.workload).collect()
}

/// Splits a service's requests over its pods, up to `until_ms`.
pub(super) fn by_pod<'a>(timeline: &'a Timeline, service: &ServiceTrack, until_ms: i64) -> Vec<PodTraffic<'a>> {
    let pods = pods_of(timeline, service);
    let cuts = cut_times(timeline, service, &pods, until_ms);
    let wave_phase = fraction(&service.service.name);
    let mut traffic: Vec<PodTraffic<'a>> =
        pods.iter().map(|pod| PodTraffic { pod, pieces: Vec::new(), wave_phase }).collect();
    for (from_ms, to_ms) in cuts.iter().zip(cuts.iter().skip(1)) {
        let Some(load) = value_at(&service.load, *from_ms) else { continue };
        let serving: Vec<bool> = pods.iter().map(|pod| serves(pod, *from_ms)).collect();
        let count = serving.iter().filter(|serves| **serves).count();
        let callees = callee_states(timeline, service, *from_ms);
        let requests_per_second = service.base_requests_per_second * load.rps_factor / count.max(1) as f64;
        for (traffic, _) in traffic.iter_mut().zip(serving).filter(|(_, serves)| *serves) {
            let (load, callees) = (load.clone(), callees.clone());
            traffic.pieces.push(Piece { from_ms: *from_ms, to_ms: *to_ms, requests_per_second, load, callees });
        }
    }
    traffic
}

impl PodTraffic<'_> {
    /// The integral of `share(piece)` of the requests since the process that runs at `at_ms` was started.
    pub fn total(&self, at_ms: i64, share: impl Fn(&Piece) -> f64) -> f64 {
        let since_ms = process_start(self.pod, at_ms);
        let overlapping = self.pieces.iter().filter(|piece| piece.to_ms > since_ms && piece.from_ms < at_ms);
        let each = overlapping.map(|piece| {
            let (from_ms, to_ms) = (piece.from_ms.max(since_ms), piece.to_ms.min(at_ms));
            piece.requests_per_second * share(piece) * self.wave(from_ms, to_ms)
        });
        each.sum()
    }

    /// The integral of the daily wave, in seconds.
    fn wave(&self, from_ms: i64, to_ms: i64) -> f64 {
        let antiderivative = |at_ms: i64| {
            let seconds = at_ms as f64 / 1000.0;
            let angle = TAU * (seconds / DAY_SECONDS + self.wave_phase);
            -WAVE_AMPLITUDE * DAY_SECONDS / TAU * angle.cos()
        };
        to_ms.saturating_sub(from_ms) as f64 / 1000.0 + antiderivative(to_ms) - antiderivative(from_ms)
    }
}

/// When the process that runs at a time was started.
pub(super) fn process_start(pod: &PodTrack, at_ms: i64) -> i64 {
    let restarted = pod.restarts.iter().rev().map(chrono::DateTime::timestamp_millis).find(|start| *start <= at_ms);
    restarted.unwrap_or_else(|| pod.created.timestamp_millis())
}

fn serves(pod: &PodTrack, at_ms: i64) -> bool {
    super::collect::within(pod, at_ms) && value_at(&pod.ready, at_ms).copied().unwrap_or(false)
}

fn callee_states(timeline: &Timeline, service: &ServiceTrack, at_ms: i64) -> Vec<CalleeState> {
    let state = |callee: &crate::world::timeline::CalleeTrack| {
        let load = timeline.services.get(&callee.service).and_then(|track| value_at(&track.load, at_ms));
        CalleeState {
            unreachable: value_at(&callee.unreachable, at_ms).copied().unwrap_or(false),
            latency_factor: load.map_or(1.0, |load| load.latency_factor),
            error_ratio: load.map_or(0.0, |load| load.error_ratio),
        }
    };
    service.callees.iter().map(state).collect()
}

/// Every moment at which something that matters here changes.
fn cut_times(timeline: &Timeline, service: &ServiceTrack, pods: &[&PodTrack], until_ms: i64) -> Vec<i64> {
    let mut cuts = vec![timeline.origin.timestamp_millis(), until_ms];
    changes(&service.load, &mut cuts);
    for callee in &service.callees {
        changes(&callee.unreachable, &mut cuts);
        if let Some(track) = timeline.services.get(&callee.service) {
            changes(&track.load, &mut cuts);
        }
    }
    for pod in pods {
        changes(&pod.ready, &mut cuts);
        cuts.extend(pod.ended.map(|end| end.timestamp_millis()));
        cuts.push(pod.created.timestamp_millis());
    }
    let origin_ms = timeline.origin.timestamp_millis();
    cuts.retain(|cut| (origin_ms..=until_ms).contains(cut));
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn changes<T: Clone + PartialEq>(steps: &Steps<T>, cuts: &mut Vec<i64>) {
    cuts.extend(steps.points().iter().map(|(at, _)| at.timestamp_millis()));
}
