//! Manifests, as the API would give them, with what Scarlet reads of them.

use super::{Machine, NAMESPACE, Place, Workload, World};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl World {
    pub(super) fn manifest_of_workload(&self, workload: &Workload) -> Value {
        let Some(template) = workload.current() else { return Value::Null };
        let mut annotations = json!({});
        if let Some(restarted) = &template.restarted {
            annotations = json!({"kubectl.kubernetes.io/restartedAt": restarted});
        }
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": workload.name, "namespace": NAMESPACE, "resourceVersion": workload.version.to_string(),
                "uid": format!("workload {}", workload.name),
                "generation": workload.generation, "creationTimestamp": time(workload.created),
                "annotations": {"deployment.kubernetes.io/revision": template.revision.to_string()},
            },
            "spec": {
                "replicas": workload.desired,
                "template": {
                    "metadata": {"labels": {"app": workload.name}, "annotations": annotations},
                    "spec": {"containers": [{
                        "name": "app", "image": template.image,
                        "resources": {"limits": {"memory": template.memory}},
                    }]},
                },
            },
            "status": {
                "replicas": workload.desired, "readyReplicas": self.ready(workload),
                "observedGeneration": workload.generation,
            },
        })
    }

    pub(super) fn manifest_of_pod(workload: &Workload, place: &Place) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": place.name, "namespace": NAMESPACE, "resourceVersion": place.version.to_string(),
                "uid": format!("pod {} of {}", place.name, time(place.created)),
                "creationTimestamp": time(place.created), "labels": {"app": workload.name},
                "ownerReferences": [{"kind": "ReplicaSet", "name": format!("{}-rs", workload.name), "controller": true}],
            },
            "spec": {"nodeName": place.node},
        })
    }

    pub(super) fn manifest_of_machine(machine: &Machine) -> Value {
        let spec = if machine.is_cordoned { json!({"unschedulable": true}) } else { json!({}) };
        json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {
                "name": machine.name, "resourceVersion": machine.version.to_string(),
                "uid": format!("machine {}", machine.name),
                "creationTimestamp": time(machine.created), "labels": {},
            },
            "spec": spec,
        })
    }
}
