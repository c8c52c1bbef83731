//! Traces: one for each entry service twice a second, walked down the calls of the topology.
//!
//! Guarantees: everything in a trace follows from its id (entry, moment) and the history; a parent lasts as long as
//! what it waits for; a service fails as often in its traces as in its metrics.

use crate::telemetry::noise::{fraction, hash_text};
use crate::world::timeline::{CalleeTrack, Load, NamespacedName, PodTrack, ServiceTrack, Timeline};
use chrono::DateTime;

/// The time between two sampled requests of an entry service.
pub(super) const INTERVAL_MS: i64 = 500;
/// No trace is deeper.
const MAX_DEPTH: usize = 8;
/// A call that gets no answer ends at the client's deadline.
const TIMEOUT_SECONDS: f64 = 2.0;

/// The identity of a trace: which entry service, which moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TraceId {
    entry: u16,
    slot: i64,
}

impl TraceId {
    /// The 16 bytes as hex: a hash that makes ids look apart, then the moment and the entry.
    pub fn hex(self) -> String {
        let tail = format!("{:012x}{:04x}", self.slot, self.entry);
        format!("{:016x}{tail}", hash_text(&tail))
    }

    /// Reads an id; `None` for one that no trace has.
    pub fn parse(text: &str) -> Option<Self> {
        let padded = format!("{text:0>32}").to_ascii_lowercase();
        let slot = i64::from_str_radix(padded.get(16..28)?, 16).ok()?;
        let entry = u16::from_str_radix(padded.get(28..32)?, 16).ok()?;
        let id = Self { entry, slot };
        (id.hex() == padded).then_some(id)
    }

    fn started_ms(self) -> i64 {
        let jitter = fraction(&self.hex()) * INTERVAL_MS as f64;
        self.slot.saturating_mul(INTERVAL_MS).saturating_add(jitter as i64)
    }
}

/// One span.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub id: u64,
    pub parent: Option<u64>,
    pub service: NamespacedName,
    pub pod: String,
    pub name: String,
    pub kind: &'static str,
    pub start_ns: i64,
    pub duration_ns: i64,
    pub failure: Option<String>,
    pub attributes: Vec<(&'static str, String)>,
}

/// A trace: its spans, the root first.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    pub id: TraceId,
    pub spans: Vec<Span>,
}

impl Trace {
    /// When it began and how long it took, in nanoseconds.
    pub fn extent(&self) -> (i64, i64) {
        self.spans.first().map_or((0, 0), |root| (root.start_ns, root.duration_ns))
    }
}

/// The services that nobody in the world calls, where requests enter.
pub(super) fn entries(timeline: &Timeline) -> Vec<&ServiceTrack> {
    let called = |name: &NamespacedName| {
        timeline.services.values().any(|service| service.callees.iter().any(|callee| callee.service == *name))
    };
    timeline.services.values().filter(|service| !called(&service.service) && !service.callees.is_empty()).collect()
}

/// The ids of all traces that began in a window, newest first.
pub(super) fn ids(timeline: &Timeline, start_ms: i64, end_ms: i64) -> impl Iterator<Item = TraceId> {
    let count = u16::try_from(entries(timeline).len()).unwrap_or(u16::MAX);
    let slots = start_ms.div_euclid(INTERVAL_MS)..=end_ms.div_euclid(INTERVAL_MS);
    let all = slots.rev().flat_map(move |slot| (0..count).map(move |entry| TraceId { entry, slot }));
    all.filter(move |id| (start_ms..=end_ms).contains(&id.started_ms()))
}

/// The trace of an id as far as it happened by `now_ms`.
pub(super) fn trace(timeline: &Timeline, id: TraceId, now_ms: i64) -> Option<Trace> {
    let at_ms = id.started_ms();
    let entry = *entries(timeline).get(usize::from(id.entry))?;
    if at_ms > now_ms || at_ms < timeline.origin.timestamp_millis() {
        return None;
    }
    let mut walk = Walk { timeline, at: DateTime::from_timestamp_millis(at_ms)?, seed: id.hex(), spans: Vec::new() };
    walk.serve(entry, None, at_ms.saturating_mul(1_000_000), 0);
    Some(Trace { id, spans: walk.spans })
}

/// How a request or a call ended.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    duration_ns: i64,
    failed: bool,
}

struct Walk<'a> {
    timeline: &'a Timeline,
    at: DateTime<chrono::Utc>,
    seed: String,
    spans: Vec<Span>,
}

impl<'a> Walk<'a> {
    fn dice(&self, what: &str) -> f64 {
        fraction(&format!("{}/{}/{what}", self.seed, self.spans.len()))
    }

    fn load(&self, service: &ServiceTrack) -> Load {
        let unknown = Load { rps_factor: 1.0, latency_factor: 1.0, error_ratio: 0.0, own_error_ratio: 0.0 };
        service.load.at(self.at).cloned().unwrap_or(unknown)
    }

    /// Adds the span of a service that serves a request, and those of its calls.
    fn serve(&mut self, service: &'a ServiceTrack, parent: Option<u64>, start_ns: i64, depth: usize) -> Outcome {
        let load = self.load(service);
        let (position, id) = (self.spans.len(), hash_text(&format!("{}/{}", self.seed, self.spans.len())));
        let own_ns = nanoseconds(self.own_seconds(service, &load) * (0.6 + 0.8 * self.dice("spread")));
        let route = format!("/{}", service.service.name);
        let mut failure = (self.dice("own") < load.own_error_ratio).then(|| ("500", "internal error".to_owned()));
        self.spans.push(Span {
            id,
            parent,
            service: service.service.clone(),
            pod: self.pod_of(service),
            name: format!("GET {route}"),
            kind: "SPAN_KIND_SERVER",
            start_ns,
            duration_ns: 0,
            failure: None,
            attributes: vec![("http.request.method", "GET".to_owned()), ("http.route", route)],
        });
        let (passed_on, impatience) = self.contagion(service, &load);
        let mut elapsed_ns = own_ns / 2;
        for callee in service.callees.iter().filter(|_| depth < MAX_DEPTH) {
            // Whoever has failed gives up on the rest of its work.
            if failure.is_some() || self.dice(&callee.service.name) >= callee.calls_per_request {
                continue;
            }
            let outcome = self.call(callee, id, start_ns.saturating_add(elapsed_ns), depth);
            elapsed_ns = elapsed_ns.saturating_add(outcome.duration_ns);
            if outcome.failed && self.dice("passed-on") < passed_on {
                failure = Some(("503", format!("{} failed", address(&callee.service))));
            }
        }
        if failure.is_none() && self.dice("patience") < impatience {
            failure = Some(("503", "deadline exceeded while waiting for a dependency".to_owned()));
        }
        let duration_ns = elapsed_ns.saturating_add(own_ns / 2);
        let failed = failure.is_some();
        if let Some(span) = self.spans.get_mut(position) {
            let (status, reason) = failure.map_or(("200", None), |(status, reason)| (status, Some(reason)));
            span.attributes.push(("http.response.status_code", status.to_owned()));
            span.failure = reason;
            span.duration_ns = duration_ns;
        }
        Outcome { duration_ns, failed }
    }

    /// Adds the client's span of a call and what it leads to.
    fn call(&mut self, callee: &'a CalleeTrack, parent: u64, start_ns: i64, depth: usize) -> Outcome {
        let nothing = Outcome { duration_ns: 0, failed: false };
        let Some(track) = self.timeline.services.get(&callee.service) else { return nothing };
        let Some(caller) = self.spans.iter().find(|span| span.id == parent).cloned() else { return nothing };
        let (position, id) = (self.spans.len(), hash_text(&format!("{}/{}/call", self.seed, self.spans.len())));
        let (name, system) = match track.protocol {
            "postgres" => (format!("SELECT {}", callee.service.name), Some("postgresql")),
            "redis" => ("GET".to_owned(), Some("redis")),
            _ => (format!("GET {}", address(&callee.service)), None),
        };
        let mut attributes = vec![("server.address", address(&callee.service))];
        attributes.extend(system.map(|system| ("db.system", system.to_owned())));
        let kind = "SPAN_KIND_CLIENT";
        let parent = Some(parent);
        self.spans.push(Span { id, parent, name, kind, start_ns, duration_ns: 0, failure: None, attributes, ..caller });
        let unreachable = callee.unreachable.at(self.at).copied().unwrap_or(false);
        let outcome = if unreachable {
            Outcome { duration_ns: nanoseconds(TIMEOUT_SECONDS), failed: true }
        } else if system.is_some() {
            // Data stores are not instrumented themselves: the client's span is all there is.
            let load = self.load(track);
            let seconds = track.base_latency_seconds * load.latency_factor * (0.6 + 0.8 * self.dice("store"));
            Outcome { duration_ns: nanoseconds(seconds), failed: self.dice("store-fails") < load.error_ratio }
        } else {
            let served = self.serve(track, Some(id), start_ns.saturating_add(300_000), depth.saturating_add(1));
            Outcome { duration_ns: served.duration_ns.saturating_add(600_000), ..served }
        };
        if let Some(span) = self.spans.get_mut(position) {
            span.duration_ns = outcome.duration_ns;
            if outcome.failed {
                let (kind, what) = if unreachable { ("timeout", "timed out") } else { ("error", "failed") };
                span.attributes.push(("error.type", kind.to_owned()));
                span.failure = Some(format!("call to {} {what}", address(&callee.service)));
            }
        }
        outcome
    }

    /// How likely a failed call fails its caller, and how likely the caller gives up without one, so that the errors
    /// of a service in its traces are as many as in its metrics.
    fn contagion(&self, service: &ServiceTrack, load: &Load) -> (f64, f64) {
        let failing = |callee: &CalleeTrack| {
            let unreachable = callee.unreachable.at(self.at).copied().unwrap_or(false);
            let load = self.timeline.services.get(&callee.service).map(|track| self.load(track));
            let errors = if unreachable { 1.0 } else { load.map_or(0.0, |load| load.error_ratio) };
            callee.calls_per_request.min(1.0) * errors
        };
        let met: f64 = service.callees.iter().map(failing).sum();
        let caught = (load.error_ratio - load.own_error_ratio).max(0.0);
        let passed_on = if met > 0.0 { (caught / met).min(1.0) } else { 0.0 };
        (passed_on, (caught - met * passed_on).max(0.0))
    }

    /// What of a service's latency is its own work, not waiting for others.
    fn own_seconds(&self, service: &ServiceTrack, load: &Load) -> f64 {
        let waiting = |callee: &CalleeTrack| {
            let track = self.timeline.services.get(&callee.service)?;
            let unreachable = callee.unreachable.at(self.at).copied().unwrap_or(false);
            let seconds = track.base_latency_seconds * self.load(track).latency_factor;
            Some(callee.calls_per_request * if unreachable { TIMEOUT_SECONDS } else { seconds })
        };
        let waited: f64 = service.callees.iter().filter_map(waiting).sum();
        (service.base_latency_seconds * load.latency_factor - waited).max(service.base_latency_seconds * 0.15)
    }

    fn pod_of(&self, service: &ServiceTrack) -> String {
        let serving = |pod: &&PodTrack| {
            pod.owner == service.workload
                && pod.created <= self.at
                && pod.ended.is_none_or(|end| end > self.at)
                && pod.ready.at(self.at) == Some(&true)
        };
        let pods: Vec<&PodTrack> = self.timeline.pods.iter().filter(serving).collect();
        let index = (self.dice("pod") * pods.len() as f64) as usize;
        pods.get(index).map_or_else(String::new, |pod| pod.name.clone())
    }
}

fn address(service: &NamespacedName) -> String {
    format!("{}.{}", service.name, service.namespace)
}

fn nanoseconds(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}
