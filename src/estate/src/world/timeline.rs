//! What happened in the world, kept so that every metric, trace and log line is a pure function of time.
//!
//! Entries are only appended or closed, never rewritten, so any moment between `origin` and now can be asked at any later time with the
//! same answer. Deliberately absent: samples. The telemetry ends compute them from these tracks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// A value that holds from one moment until the next entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps<T> {
    points: Vec<(DateTime<Utc>, T)>,
}

impl<T: Clone + PartialEq> Steps<T> {
    /// Starts with `value` from `from` on.
    pub fn new(from: DateTime<Utc>, value: T) -> Self {
        Self { points: vec![(from, value)] }
    }

    /// A track without any value yet.
    pub fn empty() -> Self {
        Self { points: Vec::new() }
    }

    /// From `at` on the value is `value`; an equal value adds nothing. Times go forward: an entry at the same moment replaces the last one.
    pub fn set(&mut self, at: DateTime<Utc>, value: T) {
        match self.points.last_mut() {
            Some((_, last)) if *last == value => {}
            Some((moment, last)) if *moment >= at => *last = value,
            _ => self.points.push((at, value)),
        }
    }

    /// The value at `at`, or `None` before the first entry.
    pub fn at(&self, at: DateTime<Utc>) -> Option<&T> {
        let after = self.points.partition_point(|(from, _)| *from <= at);
        after.checked_sub(1).and_then(|index| self.points.get(index)).map(|(_, value)| value)
    }

    /// The newest value.
    pub fn last(&self) -> Option<&T> {
        self.points.last().map(|(_, value)| value)
    }

    /// Every entry, oldest first.
    pub fn points(&self) -> &[(DateTime<Utc>, T)] {
        &self.points
    }

    /// The entries cut into pieces `(from, to, value)` that overlap `[from, to)`; useful for integrating a rate into a counter.
    pub fn pieces(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, DateTime<Utc>, &T)> {
        let mut pieces = Vec::new();
        for (index, (begin, value)) in self.points.iter().enumerate() {
            let end = self.points.get(index + 1).map_or(to, |(next, _)| (*next).min(to));
            let begin = (*begin).max(from);
            if begin < end {
                pieces.push((begin, end, value));
            }
        }
        pieces
    }
}

/// A quantity that moves in a straight line from a moment on, up to a ceiling.
#[derive(Debug, Clone, PartialEq)]
pub struct Ramp {
    /// Bytes when the piece starts.
    pub base_bytes: f64,
    /// Growth.
    pub bytes_per_second: f64,
    /// It never passes this (a limit or a capacity).
    pub ceiling_bytes: f64,
}

/// Pieces of ramps, one after another.
pub type Curve = Steps<Ramp>;

impl Curve {
    /// The bytes at `at`; `None` before the first piece.
    pub fn bytes_at(&self, at: DateTime<Utc>) -> Option<f64> {
        let after = self.points.partition_point(|(from, _)| *from <= at);
        let (from, ramp) = after.checked_sub(1).and_then(|index| self.points.get(index))?;
        let seconds = (at - *from).num_milliseconds() as f64 / 1000.0;
        Some((ramp.base_bytes + ramp.bytes_per_second * seconds).min(ramp.ceiling_bytes))
    }
}

/// `namespace/name` of something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamespacedName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl NamespacedName {
    /// Puts the two together.
    pub fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// A workload: `Deployment`, `StatefulSet`, `DaemonSet`, `Job`, or `ReplicaSet`/`Pod` where nothing stands above.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadKey {
    /// Its kind.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// How a service does over a stretch of time, relative to its normal behaviour.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Requests that arrive, relative to `base_requests_per_second` (the daily wave comes on top of it).
    pub rps_factor: f64,
    /// Latency relative to `base_latency_seconds`.
    pub latency_factor: f64,
    /// Part of the requests that fail with a 5xx, all causes together (0 to 1).
    pub error_ratio: f64,
    /// The part of `error_ratio` that starts here, not in something it calls.
    pub own_error_ratio: f64,
}

/// A call from one service to another.
#[derive(Debug, Clone, PartialEq)]
pub struct CalleeTrack {
    /// Whom it calls.
    pub service: NamespacedName,
    /// Calls for each request served.
    pub calls_per_request: f64,
    /// Whether calls time out since the network drops them (a policy) or nothing listens.
    pub unreachable: Steps<bool>,
}

/// A service, its traffic and its topology.
#[derive(Debug, Clone)]
pub struct ServiceTrack {
    /// Which service.
    pub service: NamespacedName,
    /// `http`, `grpc`, `postgres`, `redis` or `search`.
    pub protocol: &'static str,
    /// The workload behind it.
    pub workload: WorkloadKey,
    /// Requests per second in the middle of its daily wave.
    pub base_requests_per_second: f64,
    /// Median latency when all is well.
    pub base_latency_seconds: f64,
    /// Errors when all is well.
    pub base_error_ratio: f64,
    /// How it does.
    pub load: Steps<Load>,
    /// Whom it calls, in order of its own code.
    pub callees: Vec<CalleeTrack>,
}

/// One pod (one incarnation: a StatefulSet pod that comes back has a new track).
#[derive(Debug, Clone)]
pub struct PodTrack {
    /// Its uid.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The node, once it is bound.
    pub node: Steps<String>,
    /// The top owner (Deployment, not ReplicaSet).
    pub owner: WorkloadKey,
    /// The direct owner (`ReplicaSet` and so on).
    pub controller: (String, String),
    /// The name of its one container.
    pub container: String,
    /// The image.
    pub image: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Pod IP once it has one.
    pub ip: Steps<String>,
    /// When the object was made.
    pub created: DateTime<Utc>,
    /// When the object went away.
    pub ended: Option<DateTime<Utc>>,
    /// Phase: Pending, Running, Succeeded, Failed.
    pub phase: Steps<String>,
    /// Whether the container's process runs.
    pub running: Steps<bool>,
    /// Whether the pod is ready.
    pub ready: Steps<bool>,
    /// Why the container waits (`CrashLoopBackOff`), if it does.
    pub waiting_reason: Steps<Option<String>>,
    /// Why the last process ended (`OOMKilled`, `Error`, `Completed`), once one did.
    pub last_terminated_reason: Steps<Option<String>>,
    /// Each moment at which the container was started again.
    pub restarts: Vec<DateTime<Utc>>,
    /// Requested CPU, cores (0: none).
    pub cpu_request_cores: f64,
    /// CPU limit, cores (0: none).
    pub cpu_limit_cores: f64,
    /// CPU used, cores.
    pub cpu_cores: Steps<f64>,
    /// Requested memory, bytes (0: none).
    pub memory_request_bytes: f64,
    /// Memory limit, bytes (0: none).
    pub memory_limit_bytes: f64,
    /// Memory used, bytes.
    pub memory: Curve,
}

/// One node.
#[derive(Debug, Clone)]
pub struct NodeTrack {
    /// Its name.
    pub name: String,
    /// When it joined.
    pub created: DateTime<Utc>,
    /// When it was removed.
    pub ended: Option<DateTime<Utc>>,
    /// Cores.
    pub cpu_cores: f64,
    /// Memory.
    pub memory_bytes: f64,
    /// Whether the control plane holds it for ready.
    pub ready: Steps<bool>,
    /// Whether the machine itself answers (goes silent some 40 s before `ready` follows); its exporters are down with it.
    pub alive: Steps<bool>,
    /// Whether it is cordoned.
    pub unschedulable: Steps<bool>,
}

/// One claimed volume.
#[derive(Debug, Clone)]
pub struct VolumeTrack {
    /// The claim.
    pub claim: NamespacedName,
    /// The pod name that mounts it.
    pub pod: String,
    /// Size.
    pub capacity_bytes: Steps<f64>,
    /// Bytes in use.
    pub used: Curve,
}

/// One certificate.
#[derive(Debug, Clone)]
pub struct CertificateTrack {
    /// Which one.
    pub certificate: NamespacedName,
    /// When it expires.
    pub not_after: Steps<DateTime<Utc>>,
    /// Its Ready condition.
    pub ready: Steps<bool>,
    /// Whether the last attempt at renewal failed.
    pub renewal_failing: Steps<bool>,
}

/// Replica numbers of a workload.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replicas {
    /// Wanted.
    pub desired: i64,
    /// Existing.
    pub current: i64,
    /// Of the newest template.
    pub updated: i64,
    /// Ready.
    pub ready: i64,
    /// Available.
    pub available: i64,
}

/// One workload over time.
#[derive(Debug, Clone)]
pub struct WorkloadTrack {
    /// Which one.
    pub workload: WorkloadKey,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it went away.
    pub ended: Option<DateTime<Utc>>,
    /// Its numbers.
    pub replicas: Steps<Replicas>,
    /// Its spec generation as the API tells it.
    pub generation: Steps<i64>,
}

/// Everything that the telemetry ends need to know.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Nothing is known before this; services and long-lived pods run since then at the latest.
    pub origin: DateTime<Utc>,
    /// Services with traffic.
    pub services: BTreeMap<NamespacedName, ServiceTrack>,
    /// All pods that ever were, in order of creation.
    pub pods: Vec<PodTrack>,
    /// Nodes by name.
    pub nodes: BTreeMap<String, NodeTrack>,
    /// Volumes by claim.
    pub volumes: BTreeMap<NamespacedName, VolumeTrack>,
    /// Certificates.
    pub certificates: BTreeMap<NamespacedName, CertificateTrack>,
    /// Workloads.
    pub workloads: BTreeMap<WorkloadKey, WorkloadTrack>,
    pod_index: BTreeMap<String, usize>,
}

impl Timeline {
    /// An empty one.
    pub fn new(origin: DateTime<Utc>) -> Self {
        Self {
            origin,
            services: BTreeMap::new(),
            pods: Vec::new(),
            nodes: BTreeMap::new(),
            volumes: BTreeMap::new(),
            certificates: BTreeMap::new(),
            workloads: BTreeMap::new(),
            pod_index: BTreeMap::new(),
        }
    }

    /// Adds a pod.
    pub fn add_pod(&mut self, pod: PodTrack) {
        self.pod_index.insert(pod.uid.clone(), self.pods.len());
        self.pods.push(pod);
    }

    /// The pod of a uid.
    pub fn pod(&self, uid: &str) -> Option<&PodTrack> {
        self.pod_index.get(uid).and_then(|index| self.pods.get(*index))
    }

    /// The pod of a uid, to add to its tracks.
    pub fn pod_mut(&mut self, uid: &str) -> Option<&mut PodTrack> {
        self.pod_index.get(uid).and_then(|index| self.pods.get_mut(*index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn steps_hold_until_the_next_and_cut_into_pieces() {
        let mut steps = Steps::new(at(10), 1);
        steps.set(at(20), 1);
        steps.set(at(30), 2);
        steps.set(at(30), 3);
        assert_eq!(steps.points().len(), 2);
        assert_eq!((steps.at(at(9)), steps.at(at(29)), steps.at(at(30))), (None, Some(&1), Some(&3)));
        assert_eq!(steps.pieces(at(25), at(40)), vec![(at(25), at(30), &1), (at(30), at(40), &3)]);
    }

    #[test]
    fn a_curve_grows_up_to_its_ceiling() {
        let curve = Curve::new(at(0), Ramp { base_bytes: 10.0, bytes_per_second: 2.0, ceiling_bytes: 25.0 });
        assert_eq!((curve.bytes_at(at(5)), curve.bytes_at(at(60))), (Some(20.0), Some(25.0)));
    }
}
