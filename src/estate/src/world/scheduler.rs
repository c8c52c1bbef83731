//! The scheduler: a node whose free CPU and memory fit the pod's requests and whose taints it tolerates; else it says why not.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::World;
use super::object::{array, condition, flag, name, namespace, quantity_at, set, text, timestamp};
use super::task::Task;

const COMPONENT: &str = "default-scheduler";
const RETRY: TimeDelta = TimeDelta::seconds(60);

/// What is taken of a node.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    cpu: f64,
    memory: f64,
    siblings: f64,
}

fn request(pod: &Value, what: &str) -> f64 {
    array(pod, "/spec/containers")
        .iter()
        .map(|container| quantity_at(container, &format!("/resources/requests/{what}")))
        .sum()
}

/// Whether a pod puts up with a taint.
pub fn tolerates(pod: &Value, taint: &Value) -> bool {
    array(pod, "/spec/tolerations").iter().any(|toleration| {
        let (key, effect) = (text(toleration, "/key"), text(toleration, "/effect"));
        (key.is_empty() || key == text(taint, "/key")) && (effect.is_empty() || effect == text(taint, "/effect"))
    })
}

impl World {
    pub(crate) fn schedule_pod(&mut self, pod: &Value) {
        let (cpu, memory) = (request(pod, "cpu"), request(pod, "memory"));
        let used = self.used_by_node(pod);
        let mut refusals: BTreeMap<String, usize> = BTreeMap::new();
        let mut best: Option<(String, f64)> = None;
        let nodes = self.store.list("nodes", None);
        for node in &nodes {
            if let Some(taint) = array(node, "/spec/taints")
                .iter()
                .find(|taint| text(taint, "/effect") != "PreferNoSchedule" && !tolerates(pod, taint))
            {
                let reason =
                    if flag(node, "/spec/unschedulable") && text(taint, "/key") == "node.kubernetes.io/unschedulable" {
                        "node(s) were unschedulable".to_owned()
                    } else {
                        format!("node(s) had untolerated taint {{{}: {}}}", text(taint, "/key"), text(taint, "/value"))
                    };
                *refusals.entry(reason).or_default() += 1;
                continue;
            }
            if !matches_node(pod, node) {
                *refusals.entry("node(s) didn't match Pod's node affinity/selector".to_owned()).or_default() += 1;
                continue;
            }
            let taken = used.get(name(node)).copied().unwrap_or_default();
            let free_cpu = quantity_at(node, "/status/allocatable/cpu") - taken.cpu;
            let free_memory = quantity_at(node, "/status/allocatable/memory") - taken.memory;
            let mut fits = true;
            for (what, wanted, free) in [("cpu", cpu, free_cpu), ("memory", memory, free_memory)] {
                if wanted > free {
                    *refusals.entry(format!("Insufficient {what}")).or_default() += 1;
                    fits = false;
                }
            }
            let score = free_cpu - 100.0 * taken.siblings;
            if fits && best.as_ref().is_none_or(|(_, other)| score > *other) {
                best = Some((name(node).to_owned(), score));
            }
        }
        match best {
            Some((node, _)) => self.bind(pod, &node),
            None => self.cannot_place(pod, nodes.len(), &refusals),
        }
    }

    /// What the pods on each node ask for, and how many of them belong to the same owner as `pod`.
    fn used_by_node(&self, pod: &Value) -> BTreeMap<String, Taken> {
        let mut used: BTreeMap<String, Taken> = BTreeMap::new();
        for other in self.store.list("pods", None) {
            let node = text(&other, "/spec/nodeName");
            if !node.is_empty() && !super::pods::is_finished(&other) {
                let taken = used.entry(node.to_owned()).or_default();
                taken.cpu += request(&other, "cpu");
                taken.memory += request(&other, "memory");
                taken.siblings += if same_owner(pod, &other) { 1.0 } else { 0.0 };
            }
        }
        used
    }

    fn bind(&mut self, pod: &Value, node: &str) {
        let mut bound = Value::clone(pod);
        set(&mut bound, &["spec", "nodeName"], json!(node));
        let condition = json!({"type": "PodScheduled", "status": "True", "lastProbeTime": null, "lastTransitionTime": timestamp(self.now)});
        set(&mut bound, &["status", "conditions"], json!([condition]));
        self.put("pods", bound);
        let message = format!("Successfully assigned {}/{} to {node}", namespace(pod), name(pod));
        self.normal(pod, "Scheduled", &message, COMPONENT);
    }

    fn cannot_place(&mut self, pod: &Value, nodes: usize, refusals: &BTreeMap<String, usize>) {
        let reasons: Vec<String> = refusals.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let message = format!(
            "0/{nodes} nodes are available: {}. preemption: 0/{nodes} nodes are available: {nodes} No preemption victims found for incoming pod.",
            reasons.join(", ")
        );
        let known = condition(pod, "PodScheduled");
        let retried = known.and_then(|known| super::object::time(known, "/lastProbeTime"));
        if retried.is_some_and(|at| self.now - at < RETRY)
            && known.is_some_and(|known| text(known, "/message") == message)
        {
            return;
        }
        let since = known.map_or_else(|| timestamp(self.now), |known| text(known, "/lastTransitionTime").to_owned());
        let mut waiting = Value::clone(pod);
        let condition = json!({"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
            "lastProbeTime": timestamp(self.now), "lastTransitionTime": since});
        set(&mut waiting, &["status", "conditions"], json!([condition]));
        self.put("pods", waiting);
        self.warn(pod, "FailedScheduling", &message, COMPONENT);
        self.after(RETRY, Task::RetryScheduling { namespace: namespace(pod).to_owned(), name: name(pod).to_owned() });
    }
}

fn same_owner(one: &Value, other: &Value) -> bool {
    namespace(one) == namespace(other) && super::object::controller(one) == super::object::controller(other)
}

fn matches_node(pod: &Value, node: &Value) -> bool {
    let labels = node.pointer("/metadata/labels");
    super::object::entries(pod, "/spec/nodeSelector")
        .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}
