//! Which controllers must look at what when an object changed.

use serde_json::Value;

use super::World;
use super::object::{controller, is_deleting, name, namespace, text};
use super::task::Concern;

impl World {
    pub(crate) fn mark_concerns(&mut self, resource: &str, object: &Value) {
        let (ns, own) = (namespace(object).to_owned(), name(object).to_owned());
        match resource {
            "deployments" => self.mark(Concern::Deployment(ns, own)),
            "statefulsets" => self.mark(Concern::StatefulSet(ns, own)),
            "daemonsets" => self.mark(Concern::DaemonSet(ns, own)),
            "cronjobs" => self.mark(Concern::CronJob(ns, own)),
            "services" => {
                self.mark(Concern::Service(ns, own));
                self.mark(Concern::Traffic);
            }
            "persistentvolumeclaims" => self.mark(Concern::Claim(ns, own)),
            "horizontalpodautoscalers" => self.mark(Concern::Autoscaler(ns, own)),
            "certificates" => self.mark(Concern::Certificate(ns, own)),
            "clusterissuers" => self.mark_all("certificates", Concern::Certificate),
            "poddisruptionbudgets" => self.mark(Concern::Disruption(ns)),
            "networkpolicies" => self.mark(Concern::Traffic),
            "nodes" => {
                self.mark(Concern::Node(own));
                self.mark_all("daemonsets", Concern::DaemonSet);
                self.mark_unplaced_pods();
                self.mark(Concern::Traffic);
            }
            "replicasets" => {
                self.mark_owner(object, &ns);
                self.mark(Concern::ReplicaSet(ns, own));
            }
            "jobs" => {
                self.mark_owner(object, &ns);
                self.mark(Concern::Job(ns, own));
            }
            "pods" => {
                self.mark_services_of(object, &ns);
                self.mark(Concern::Disruption(ns));
                self.mark(Concern::Traffic);
                self.mark_pod(object);
            }
            _ => {}
        }
    }

    /// What concerns only those who made and run a pod.
    pub(crate) fn mark_pod(&mut self, pod: &Value) {
        let ns = namespace(pod).to_owned();
        self.mark_owner(pod, &ns);
        self.mark(Concern::Pod(ns, name(pod).to_owned()));
    }

    fn mark_owner(&mut self, object: &Value, ns: &str) {
        let Some((kind, owner, _)) = controller(object) else { return };
        let (ns, owner) = (ns.to_owned(), owner.to_owned());
        match kind {
            "Deployment" => self.mark(Concern::Deployment(ns, owner)),
            "ReplicaSet" => self.mark(Concern::ReplicaSet(ns, owner)),
            "StatefulSet" => self.mark(Concern::StatefulSet(ns, owner)),
            "DaemonSet" => self.mark(Concern::DaemonSet(ns, owner)),
            "Job" => self.mark(Concern::Job(ns, owner)),
            "CronJob" => self.mark(Concern::CronJob(ns, owner)),
            _ => {}
        }
    }

    fn mark_services_of(&mut self, pod: &Value, ns: &str) {
        for service in self.store.list("services", Some(ns)) {
            if super::selector::map_selects(service.pointer("/spec/selector"), pod) {
                self.mark(Concern::Service(ns.to_owned(), name(&service).to_owned()));
            }
        }
    }

    fn mark_all(&mut self, resource: &str, concern: fn(String, String) -> Concern) {
        for object in self.store.list(resource, None) {
            self.mark(concern(namespace(&object).to_owned(), name(&object).to_owned()));
        }
    }

    /// Lets the scheduler look again at every pod without a node.
    pub(crate) fn mark_unplaced_pods(&mut self) {
        for pod in self.store.list("pods", None) {
            if text(&pod, "/spec/nodeName").is_empty() {
                self.mark(Concern::Pod(namespace(&pod).to_owned(), name(&pod).to_owned()));
            }
        }
    }
}

/// What services, budgets and callers see of a pod.
pub fn outside(pod: &Value) -> (bool, bool, bool, bool, &str, Option<&Value>) {
    (
        super::pods::is_ready(pod),
        pod.pointer("/status/containerStatuses/0/state/running").is_some(),
        is_deleting(pod),
        super::pods::is_finished(pod),
        text(pod, "/status/podIP"),
        pod.pointer("/metadata/labels"),
    )
}
