//! How requests fare: errors and latency of each service from its pods, its own faults and whom it calls; noted on the timeline.

use std::collections::BTreeMap;

use serde_json::Value;

use super::World;
use super::image;
use super::object::{is_deleting, name, text, uid};
use super::pods::is_ready;
use super::seed::topology::{APPLICATIONS, Application, Call};
use super::timeline::{Load, NamespacedName};

const CALL_TIMEOUT_SECONDS: f64 = 5.0;
/// A callee slower than this makes some of its callers give up.
const PATIENCE_SECONDS: f64 = 0.15;

/// What a caller meets at a service.
#[derive(Debug, Clone, Copy)]
struct Service {
    errors: f64,
    latency_seconds: f64,
}

struct Pods {
    serving: Vec<String>,
    wanted: usize,
    own_errors: f64,
    slowness: f64,
}

impl World {
    pub(crate) fn reconcile_traffic(&mut self) {
        let pods = self.store.list("pods", None);
        let mut groups: BTreeMap<(&str, &str), Vec<&Value>> = BTreeMap::new();
        for pod in &pods {
            groups.entry((super::object::namespace(pod), text(pod, "/metadata/labels/app"))).or_default().push(pod);
        }
        let mut met: BTreeMap<(&str, &str), Service> = BTreeMap::new();
        // Callees stand after their callers in the table, so whom one meets is known already.
        for application in APPLICATIONS.iter().rev() {
            let own = groups.get(&(application.namespace, application.name)).map(Vec::as_slice).unwrap_or_default();
            let service = self.meet(application, own, &met);
            met.insert((application.namespace, application.name), service);
        }
    }

    fn pods_behind(&self, application: &Application, own: &[&Value]) -> Pods {
        let mut behind =
            Pods { serving: Vec::new(), wanted: application.replicas as usize, own_errors: 0.0, slowness: 1.0 };
        for pod in own.iter().filter(|pod| is_ready(pod) && !is_deleting(pod)) {
            let silent = self.silent_nodes.contains_key(text(pod, "/spec/nodeName"));
            let behaviour = image::look_up(text(pod, "/spec/containers/0/image")).unwrap_or_default();
            behind.own_errors += if silent { 1.0 } else { behaviour.error_ratio };
            behind.slowness = behind.slowness.max(self.slow_queries.get(uid(pod)).copied().unwrap_or(1.0));
            behind.serving.push(uid(pod).to_owned());
        }
        behind.own_errors /= behind.serving.len().max(1) as f64;
        behind
    }

    fn meet(
        &mut self,
        application: &'static Application,
        own_pods: &[&Value],
        met: &BTreeMap<(&str, &str), Service>,
    ) -> Service {
        let pods = self.pods_behind(application, own_pods);
        let key = NamespacedName::new(application.namespace, application.name);
        let none = pods.serving.is_empty();
        let full_disk = self.refuses_writes(application);
        let own_errors = if none { 1.0 } else { pods.own_errors.max(full_disk) };
        let mut fine = 1.0 - own_errors.max(0.0005);
        let mut usual_of_callees = 0.0;
        let mut extra_seconds = 0.0;
        let mut unreachable = Vec::new();
        for call in application.calls {
            let usual = usual_latency(call);
            let callee = met.get(&(call.namespace, call.name)).copied();
            let blocked =
                !none && (!self.link_works(application, call) || callee.is_some_and(|callee| callee.errors >= 0.999));
            unreachable.push(blocked);
            let (errors, latency) = match callee {
                _ if blocked => (1.0, CALL_TIMEOUT_SECONDS.min(2.0)),
                Some(callee) if callee.latency_seconds > usual + PATIENCE_SECONDS => {
                    (callee.errors.max(0.22), callee.latency_seconds.min(CALL_TIMEOUT_SECONDS))
                }
                Some(callee) => (callee.errors, callee.latency_seconds),
                None => (0.0, usual),
            };
            fine *= 1.0 - errors * call.criticality;
            usual_of_callees += call.per_request * usual;
            extra_seconds += call.per_request * (latency - usual).max(0.0) * call.criticality.max(0.1);
        }
        let crowding = pods.wanted as f64 / pods.serving.len().max(1) as f64;
        let crowded = 1.0 + 0.5 * (crowding - 1.0).max(0.0);
        let own = (application.latency_seconds - usual_of_callees).max(application.latency_seconds * 0.2);
        let latency = (application.latency_seconds - own).max(0.0) + own * crowded * pods.slowness + extra_seconds;
        let latency_seconds = latency.min(15.0);
        let errors = (1.0 - fine).clamp(0.0, 1.0);
        let load = Load {
            rps_factor: 1.0,
            latency_factor: round(latency_seconds / application.latency_seconds),
            error_ratio: round(errors),
            own_error_ratio: round(own_errors),
        };
        self.note_load(&key, load, &unreachable);
        self.note_cpu(application, own_pods, &pods);
        if pods.slowness > 2.0 || unreachable.iter().any(|blocked| *blocked) {
            for pod in &pods.serving {
                self.let_probe_flap(pod);
            }
        }
        Service { errors, latency_seconds }
    }

    fn note_load(&mut self, key: &NamespacedName, load: Load, unreachable: &[bool]) {
        let now = self.now;
        let Some(track) = self.timeline.services.get_mut(key) else { return };
        track.load.set(now, load);
        for (callee, blocked) in track.callees.iter_mut().zip(unreachable) {
            callee.unreachable.set(now, *blocked);
        }
    }

    fn note_cpu(&mut self, application: &Application, own: &[&Value], pods: &Pods) {
        let now = self.now;
        let busy = 0.15 * application.cpu_used_cores / pods.wanted.max(1) as f64;
        let served = 0.85 * application.cpu_used_cores / pods.serving.len().max(1) as f64;
        for pod in own {
            let running = self.kubelet.get(uid(pod)).is_some_and(|runtime| runtime.is_running());
            let serving = pods.serving.iter().any(|serving| serving == uid(pod));
            let slow = if pods.slowness > 2.0 { 1.9 } else { 1.0 };
            let cores = if !running { 0.0 } else { (busy + if serving { served } else { 0.0 }) * slow };
            if let Some(track) = self.timeline.pod_mut(uid(pod)) {
                track.cpu_cores.set(now, round(cores));
            }
        }
    }

    fn link_works(&self, caller: &Application, call: &Call) -> bool {
        let port = super::seed::topology::application(call.namespace, call.name).map_or(0, |callee| callee.port);
        self.names_right(caller, call)
            && self.may_reach((caller.namespace, caller.name), (call.namespace, call.name), port)
    }

    /// Whether the running pods of the caller were told the right place.
    fn names_right(&self, caller: &Application, call: &Call) -> bool {
        let host = format!("{}.{}", call.name, call.namespace);
        let running = self.kubelet.values().filter(|runtime| {
            runtime.namespace == caller.namespace && runtime.name.starts_with(caller.name) && runtime.is_running()
        });
        let mut told = running.filter_map(|runtime| runtime.environment.get(call.variable)).peekable();
        told.peek().is_none() || told.any(|value| value.contains(&host))
    }

    /// What a probe of this pod would find wrong beyond the probe itself.
    pub(crate) fn probe_trouble(&self, pod: &Value) -> Option<String> {
        let own = text(pod, "/metadata/labels/app");
        let key = NamespacedName::new(super::object::namespace(pod), own);
        if self.slow_queries.contains_key(uid(pod)) {
            return Some("command timed out: \"pg_isready -U postgres -d orders -t 1\" timed out after 1s".to_owned());
        }
        let track = self.timeline.services.get(&key)?;
        let blocked = track.callees.iter().any(|callee| callee.unreachable.last() == Some(&true));
        (blocked && !name(pod).is_empty()).then(|| "HTTP probe failed with statuscode: 503".to_owned())
    }

    /// Makes every query of a database pod slower by a factor, until its process is another one.
    pub fn slow_down(&mut self, namespace: &str, pod: &str, factor: f64) {
        if let Some(pod) = self.store.get("pods", namespace, pod) {
            self.slow_queries.insert(uid(&pod).to_owned(), factor);
            self.mark(super::task::Concern::Traffic);
        }
    }
}

fn usual_latency(call: &Call) -> f64 {
    super::seed::topology::application(call.namespace, call.name).map_or(0.0, |callee| callee.latency_seconds)
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
