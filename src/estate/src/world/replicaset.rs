//! The replica set controller: as many pods as wanted; the least useful go first.

use std::sync::Arc;

use serde_json::{Value, json};

use super::World;
use super::object::{integer, is_deleting, name, set, text, uid};
use super::pods::{is_finished, is_ready};

const COMPONENT: &str = "replicaset-controller";

/// What to keep longest comes last: placed before unplaced, running before pending, ready before not, older before newer.
fn usefulness(pod: &Value) -> (bool, bool, bool, std::cmp::Reverse<String>) {
    (
        !text(pod, "/spec/nodeName").is_empty(),
        text(pod, "/status/phase") == "Running",
        is_ready(pod),
        std::cmp::Reverse(text(pod, "/metadata/creationTimestamp").to_owned()),
    )
}

impl World {
    pub(crate) fn reconcile_replicaset(&mut self, ns: &str, own: &str) {
        let Some(replica_set) = self.store.get("replicasets", ns, own) else { return };
        let wanted = integer(&replica_set, "/spec/replicas").unwrap_or(1);
        let mut pods = self.living_pods(ns, uid(&replica_set));
        let have = pods.len() as i64;
        for _ in have..wanted {
            let pod_name = format!("{own}-{}", self.random.suffix(5));
            let pod = self.pod_from_template(&replica_set, &pod_name, &[]);
            self.put("pods", pod);
            self.normal(&replica_set, "SuccessfulCreate", &format!("Created pod: {pod_name}"), COMPONENT);
        }
        if have > wanted {
            pods.sort_by_key(|pod| usefulness(pod));
            for pod in pods.iter().take((have - wanted) as usize) {
                self.normal(&replica_set, "SuccessfulDelete", &format!("Deleted pod: {}", name(pod)), COMPONENT);
                self.delete_pod(ns, name(pod), None);
            }
        }
        let pods = self.living_pods(ns, uid(&replica_set));
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        let mut status = json!({
            "replicas": pods.len(), "fullyLabeledReplicas": pods.len(),
            "observedGeneration": integer(&replica_set, "/metadata/generation").unwrap_or(1),
        });
        if ready > 0 {
            set(&mut status, &["readyReplicas"], json!(ready));
            set(&mut status, &["availableReplicas"], json!(ready));
        }
        let mut changed = Value::clone(&replica_set);
        set(&mut changed, &["status"], status);
        self.put("replicasets", changed);
    }

    /// The pods of an owner that are neither finished nor on their way out.
    pub(crate) fn living_pods(&self, ns: &str, owner_uid: &str) -> Vec<Arc<Value>> {
        let mut pods = self.pods_of(ns, owner_uid);
        pods.retain(|pod| !is_deleting(pod) && !is_finished(pod));
        pods
    }
}
