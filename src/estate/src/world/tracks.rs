//! Keeps the timeline in step with the objects: each write of a pod, node, workload, claim or certificate leaves its mark there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::World;
use super::object::{self, controller, entries, flag, has_condition, integer, name, namespace, quantity_at, text, uid};
use super::timeline::{NodeTrack, PodTrack, Replicas, Steps, WorkloadKey, WorkloadTrack};

const WORKLOADS: [(&str, &str); 5] = [
    ("deployments", "Deployment"),
    ("replicasets", "ReplicaSet"),
    ("statefulsets", "StatefulSet"),
    ("daemonsets", "DaemonSet"),
    ("jobs", "Job"),
];

impl World {
    pub(crate) fn track_write(&mut self, resource: &str, object: &Value) {
        match resource {
            "pods" => self.track_pod(object),
            "nodes" => self.track_node(object),
            _ => {
                if let Some((_, kind)) = WORKLOADS.iter().find(|(plural, _)| *plural == resource) {
                    self.track_workload(kind, object);
                }
            }
        }
    }

    pub(crate) fn track_removal(&mut self, resource: &str, object: &Value) {
        let now = self.now;
        if resource == "pods" {
            if let Some(track) = self.timeline.pod_mut(uid(object)) {
                track.ended = Some(now);
                track.running.set(now, false);
                track.ready.set(now, false);
                track.cpu_cores.set(now, 0.0);
            }
        } else if resource == "nodes" {
            if let Some(track) = self.timeline.nodes.get_mut(name(object)) {
                track.ended = Some(now);
            }
        } else if let Some((_, kind)) = WORKLOADS.iter().find(|(plural, _)| *plural == resource)
            && let Some(track) = self.timeline.workloads.get_mut(&workload_key(kind, object))
        {
            track.ended = Some(now);
        }
    }

    fn track_pod(&mut self, pod: &Value) {
        let now = self.now;
        if self.timeline.pod(uid(pod)).is_none() {
            let track = self.new_pod_track(pod);
            self.timeline.add_pod(track);
        }
        let Some(track) = self.timeline.pod_mut(uid(pod)) else { return };
        let node = text(pod, "/spec/nodeName");
        if !node.is_empty() {
            track.node.set(now, node.to_owned());
        }
        let ip = text(pod, "/status/podIP");
        if !ip.is_empty() {
            track.ip.set(now, ip.to_owned());
        }
        track.phase.set(now, text(pod, "/status/phase").to_owned());
        track.ready.set(now, has_condition(pod, "Ready"));
        let state = "/status/containerStatuses/0/state";
        let running = pod.pointer(&format!("{state}/running")).is_some();
        let was_running = track.running.last().copied().unwrap_or_default();
        track.running.set(now, running);
        if was_running && !running {
            track.cpu_cores.set(now, 0.0);
        }
        let reason = |pointer: &str| pod.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        track.waiting_reason.set(now, reason(&format!("{state}/waiting/reason")));
        let ended = reason(&format!("{state}/terminated/reason"))
            .or_else(|| reason("/status/containerStatuses/0/lastState/terminated/reason"));
        track.last_terminated_reason.set(now, ended);
        let restarts = integer(pod, "/status/containerStatuses/0/restartCount").unwrap_or_default();
        if restarts > track.restarts.len() as i64 {
            track.restarts.push(now);
        }
    }

    fn new_pod_track(&self, pod: &Value) -> PodTrack {
        let now = self.now;
        let resources = |what: &str| quantity_at(pod, &format!("/spec/containers/0/resources/{what}"));
        let direct = controller(pod).map_or(("Pod", name(pod)), |(kind, own, _)| (kind, own));
        let labels: BTreeMap<String, String> = entries(pod, "/metadata/labels")
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        PodTrack {
            uid: uid(pod).to_owned(),
            namespace: namespace(pod).to_owned(),
            name: name(pod).to_owned(),
            node: Steps::empty(),
            owner: self.top_owner(pod),
            controller: (direct.0.to_owned(), direct.1.to_owned()),
            container: text(pod, "/spec/containers/0/name").to_owned(),
            image: text(pod, "/spec/containers/0/image").to_owned(),
            labels,
            ip: Steps::empty(),
            created: now,
            ended: None,
            phase: Steps::new(now, "Pending".to_owned()),
            running: Steps::new(now, false),
            ready: Steps::new(now, false),
            waiting_reason: Steps::new(now, None),
            last_terminated_reason: Steps::new(now, None),
            restarts: Vec::new(),
            cpu_request_cores: resources("requests/cpu"),
            cpu_limit_cores: resources("limits/cpu"),
            cpu_cores: Steps::new(now, 0.0),
            memory_request_bytes: resources("requests/memory"),
            memory_limit_bytes: resources("limits/memory"),
            memory: Steps::empty(),
        }
    }

    fn top_owner(&self, pod: &Value) -> WorkloadKey {
        let key = |kind: &str, own: &str| WorkloadKey {
            kind: kind.to_owned(),
            namespace: namespace(pod).to_owned(),
            name: own.to_owned(),
        };
        let Some((kind, own, _)) = controller(pod) else { return key("Pod", name(pod)) };
        if kind == "ReplicaSet"
            && let Some(set) = self.store.get("replicasets", namespace(pod), own)
            && let Some((kind, own, _)) = controller(&set)
        {
            return key(kind, own);
        }
        key(kind, own)
    }

    /// What the program in a pod needs when it does nothing wrong.
    pub(crate) fn usual_memory_bytes(&self, pod: &Value) -> f64 {
        let own = text(pod, "/metadata/labels/app");
        let application = super::seed::topology::application(namespace(pod), own);
        application.map_or(48.0, |application| application.memory_used_mebibytes) * 1_048_576.0
    }

    fn track_node(&mut self, node: &Value) {
        let now = self.now;
        let capacity = |what: &str| quantity_at(node, &format!("/status/capacity/{what}"));
        let track = self.timeline.nodes.entry(name(node).to_owned()).or_insert_with(|| NodeTrack {
            name: name(node).to_owned(),
            created: now,
            ended: None,
            cpu_cores: capacity("cpu"),
            memory_bytes: capacity("memory"),
            ready: Steps::new(now, true),
            alive: Steps::new(now, true),
            unschedulable: Steps::new(now, false),
        });
        track.ready.set(now, super::nodes::is_node_ready(node));
        track.unschedulable.set(now, flag(node, "/spec/unschedulable"));
    }

    fn track_workload(&mut self, kind: &str, object: &Value) {
        let now = self.now;
        let number = |field: &str| integer(object, &format!("/status/{field}")).unwrap_or_default();
        let replicas = match kind {
            "DaemonSet" => Replicas {
                desired: number("desiredNumberScheduled"),
                current: number("currentNumberScheduled"),
                updated: number("updatedNumberScheduled"),
                ready: number("numberReady"),
                available: number("numberAvailable"),
            },
            "Job" => Replicas {
                desired: integer(object, "/spec/completions").unwrap_or(1),
                current: number("active"),
                updated: number("succeeded"),
                ready: number("ready"),
                available: number("succeeded"),
            },
            _ => Replicas {
                desired: integer(object, "/spec/replicas").unwrap_or_default(),
                current: number("replicas"),
                updated: number("updatedReplicas"),
                ready: number("readyReplicas"),
                available: number("availableReplicas"),
            },
        };
        let generation = integer(object, "/metadata/generation").unwrap_or(1);
        let key = workload_key(kind, object);
        let track = self.timeline.workloads.entry(key.clone()).or_insert_with(|| WorkloadTrack {
            workload: key,
            created: now,
            ended: None,
            replicas: Steps::new(now, replicas.clone()),
            generation: Steps::new(now, generation),
        });
        track.ended = None;
        track.replicas.set(now, replicas);
        track.generation.set(now, generation);
    }
}

fn workload_key(kind: &str, object: &Value) -> WorkloadKey {
    WorkloadKey {
        kind: kind.to_owned(),
        namespace: object::namespace(object).to_owned(),
        name: name(object).to_owned(),
    }
}
