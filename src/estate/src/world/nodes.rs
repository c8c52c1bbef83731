//! Nodes: addresses, cordons, machines that fall silent, and what the control plane does about it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::World;
use super::object::{array, condition, fine_timestamp, flag, name, namespace, set, text, timestamp, uid};
use super::random::hash;
use super::task::Task;

const MONITOR_GRACE: TimeDelta = TimeDelta::seconds(40);
const EVICTION: TimeDelta = TimeDelta::seconds(300);
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
const COMPONENT: &str = "node-controller";

impl World {
    /// The address of a node.
    pub(crate) fn node_address(&self, node: &str) -> String {
        let node = self.store.get("nodes", "", node);
        node.map(|node| text(&node, "/status/addresses/0/address").to_owned()).unwrap_or_default()
    }

    /// The next free pod address on a node.
    pub(crate) fn pod_address(&mut self, node: &str) -> String {
        let position = self.store.list("nodes", None).iter().position(|other| name(other) == node).unwrap_or_default();
        let next = self.addresses.entry(node.to_owned()).or_insert(1);
        *next = if *next >= 250 { 2 } else { *next + 1 };
        format!("10.244.{}.{next}", position + 1)
    }

    /// The machine stops answering.
    pub fn silence_node(&mut self, node: &str) {
        self.silent_nodes.insert(node.to_owned(), self.now);
        let now = self.now;
        if let Some(track) = self.timeline.nodes.get_mut(node) {
            track.alive.set(now, false);
        }
        self.after(MONITOR_GRACE, Task::NodeFellSilent { node: node.to_owned() });
        self.mark(super::task::Concern::Traffic);
    }

    /// The machine answers again.
    pub fn revive_node(&mut self, node: &str) {
        if self.silent_nodes.remove(node).is_none() {
            return;
        }
        let now = self.now;
        if let Some(track) = self.timeline.nodes.get_mut(node) {
            track.alive.set(now, true);
        }
        self.set_node_ready(node, true);
        self.kubelet_returns(node);
        self.settle();
    }

    pub(crate) fn node_fell_silent(&mut self, node: &str) {
        if !self.silent_nodes.contains_key(node) {
            return;
        }
        self.set_node_ready(node, false);
        let pods = self.store.list("pods", None);
        for pod in pods.iter().filter(|pod| text(pod, "/spec/nodeName") == node) {
            if let Some(runtime) = self.kubelet.get_mut(uid(pod)) {
                runtime.ready = false;
            }
            self.warn(pod, "NodeNotReady", "Node is not ready", COMPONENT);
            self.publish(uid(pod));
        }
        self.after(EVICTION, Task::EvictFrom { node: node.to_owned() });
    }

    fn set_node_ready(&mut self, node: &str, ready: bool) {
        let Some(object) = self.store.get("nodes", "", node) else { return };
        let mut changed = Value::clone(&object);
        let silent_since = timestamp(self.silent_nodes.get(node).copied().unwrap_or(self.now));
        set(&mut changed, &["status", "conditions"], conditions(self.now, ready, &silent_since));
        let mut taints = array(&object, "/spec/taints").to_vec();
        taints.retain(|taint| text(taint, "/key") != UNREACHABLE);
        if !ready {
            for effect in ["NoSchedule", "NoExecute"] {
                taints.push(json!({"key": UNREACHABLE, "effect": effect, "timeAdded": timestamp(self.now)}));
            }
        }
        set(&mut changed, &["spec", "taints"], Value::Array(taints));
        self.put("nodes", changed);
        if ready {
            self.normal(&object, "NodeReady", &format!("Node {node} status is now: NodeReady"), "kubelet");
        } else {
            self.normal(&object, "NodeNotReady", &format!("Node {node} status is now: NodeNotReady"), COMPONENT);
        }
    }

    pub(crate) fn evict_from(&mut self, node: &str) {
        if !self.silent_nodes.contains_key(node) {
            return;
        }
        for pod in self.store.list("pods", None) {
            let forever = array(&pod, "/spec/tolerations").iter().any(|toleration| {
                text(toleration, "/operator") == "Exists"
                    && ["", UNREACHABLE].contains(&text(toleration, "/key"))
                    && toleration.get("tolerationSeconds").is_none()
            });
            if text(&pod, "/spec/nodeName") == node && !forever && !super::object::is_deleting(&pod) {
                let message = format!("Marking for deletion Pod {}/{}", namespace(&pod), name(&pod));
                self.normal(&pod, "TaintManagerEviction", &message, "taint-eviction-controller");
                self.delete_pod(namespace(&pod), name(&pod), None);
            }
        }
    }

    /// Keeps the taint of a cordon in step with the switch.
    pub(crate) fn reconcile_node(&mut self, own: &str) {
        let Some(node) = self.store.get("nodes", "", own) else { return };
        let cordoned = flag(&node, "/spec/unschedulable");
        let mut taints = array(&node, "/spec/taints").to_vec();
        let tainted = taints.iter().any(|taint| text(taint, "/key") == UNSCHEDULABLE);
        if cordoned == tainted {
            return;
        }
        taints.retain(|taint| text(taint, "/key") != UNSCHEDULABLE);
        if cordoned {
            taints.push(json!({"key": UNSCHEDULABLE, "effect": "NoSchedule", "timeAdded": timestamp(self.now)}));
        }
        let mut changed = Value::clone(&node);
        set(&mut changed, &["spec", "taints"], Value::Array(taints));
        self.put("nodes", changed);
        let what = if cordoned { "NodeNotSchedulable" } else { "NodeSchedulable" };
        self.normal(&node, what, &format!("Node {own} status is now: {what}"), "kubelet");
    }

    /// An object as a reader sees it: heartbeats go on between the writes of the world.
    pub(crate) fn dress(&self, resource: &str, object: Arc<Value>) -> Arc<Value> {
        match resource {
            "nodes" if !self.silent_nodes.contains_key(name(&object)) => {
                let beat = timestamp(self.last_beat(name(&object), 300));
                let mut dressed = Value::clone(&object);
                for condition in
                    dressed.pointer_mut("/status/conditions").and_then(Value::as_array_mut).into_iter().flatten()
                {
                    if text(condition, "/lastTransitionTime") < beat.as_str() {
                        set(condition, &["lastHeartbeatTime"], json!(beat));
                    }
                }
                Arc::new(dressed)
            }
            "leases" if namespace(&object) == "kube-node-lease" => {
                let last = self.silent_nodes.get(name(&object)).copied();
                let beat = last.unwrap_or_else(|| self.last_beat(name(&object), 10));
                let mut dressed = Value::clone(&object);
                set(&mut dressed, &["spec", "renewTime"], json!(fine_timestamp(beat)));
                Arc::new(dressed)
            }
            _ => object,
        }
    }

    fn last_beat(&self, node: &str, period: i64) -> DateTime<Utc> {
        let phase = (hash(self.seed, &[node]) % period as u64) as i64;
        let back = (self.now.timestamp() - phase).rem_euclid(period);
        self.now - TimeDelta::seconds(back) - TimeDelta::nanoseconds(i64::from(self.now.timestamp_subsec_nanos()))
    }
}

/// The conditions of a node, all of one moment.
pub fn conditions(now: DateTime<Utc>, ready: bool, heard: &str) -> Value {
    let rows = [
        ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", "False"),
        ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", "False"),
        ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available", "False"),
        ("Ready", "KubeletReady", "kubelet is posting ready status", "True"),
    ];
    let at = timestamp(now);
    let render = |(kind, reason, message, status): (&str, &str, &str, &str)| {
        if ready {
            json!({"type": kind, "status": status, "reason": reason, "message": message, "lastHeartbeatTime": at, "lastTransitionTime": at})
        } else {
            json!({"type": kind, "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.",
                "lastHeartbeatTime": heard, "lastTransitionTime": at})
        }
    };
    Value::Array(rows.into_iter().map(render).collect())
}

/// Whether the control plane holds a node for ready.
pub fn is_node_ready(node: &Value) -> bool {
    condition(node, "Ready").is_some_and(|ready| text(ready, "/status") == "True")
}
