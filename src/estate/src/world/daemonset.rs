//! The daemon set controller: one pod on each node that takes part.

use serde_json::{Value, json};

use super::World;
use super::object::{array, integer, is_deleting, name, set, text, uid};
use super::pods::is_ready;

impl World {
    pub(crate) fn reconcile_daemonset(&mut self, ns: &str, own: &str) {
        let Some(daemon) = self.store.get("daemonsets", ns, own) else { return };
        let revision = self.controller_revision(&daemon);
        let hash = revision.rsplit('-').next().unwrap_or_default().to_owned();
        let nodes = self.store.list("nodes", None);
        let everywhere = array(&daemon, "/spec/template/spec/tolerations")
            .iter()
            .any(|toleration| text(toleration, "/operator") == "Exists" && text(toleration, "/key").is_empty());
        let eligible: Vec<&str> = nodes
            .iter()
            .filter(|node| {
                everywhere
                    || !array(node, "/spec/taints").iter().any(|taint| text(taint, "/key").contains("control-plane"))
            })
            .map(|node| name(node))
            .collect();
        for node in &eligible {
            let taken = self.pods_of(ns, uid(&daemon)).iter().any(|pod| text(pod, "/spec/nodeName") == *node);
            if !taken {
                let pod_name = format!("{own}-{}", self.random.suffix(5));
                let mut pod = self.pod_from_template(&daemon, &pod_name, &[("controller-revision-hash", &hash)]);
                set(&mut pod, &["spec", "nodeName"], json!(node));
                // Pods of a daemon set stay on a node that is in trouble.
                set(&mut pod, &["spec", "tolerations"], json!([{"operator": "Exists"}]));
                self.put("pods", pod);
                self.normal(&daemon, "SuccessfulCreate", &format!("Created pod: {pod_name}"), "daemonset-controller");
            }
        }
        let pods = self.pods_of(ns, uid(&daemon));
        let current = |pod: &Value| text(pod, "/metadata/labels/controller-revision-hash") == hash;
        let outdated = pods.iter().find(|pod| !current(pod));
        if let Some(pod) = outdated
            && !pods.iter().any(|pod| is_deleting(pod) || (current(pod) && !is_ready(pod)))
        {
            self.delete_pod(ns, name(pod), None);
        }
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        let mut changed = Value::clone(&daemon);
        let status = json!({
            "desiredNumberScheduled": eligible.len(), "currentNumberScheduled": pods.len(), "numberReady": ready,
            "numberAvailable": ready, "numberUnavailable": eligible.len().saturating_sub(ready), "numberMisscheduled": 0,
            "updatedNumberScheduled": pods.iter().filter(|pod| current(pod)).count(),
            "observedGeneration": integer(&daemon, "/metadata/generation").unwrap_or(1),
        });
        set(&mut changed, &["status"], status);
        self.put("daemonsets", changed);
    }
}
