//! The stateful set controller: pods in order with names of their own, a claim for each, updates from the last to the first.

use serde_json::{Value, json};

use super::World;
use super::object::{array, integer, is_deleting, name, owner_reference, set, text, timestamp, uid};
use super::pods::{is_finished, is_ready};
use super::random::{hash, suffix};

const COMPONENT: &str = "statefulset-controller";
const REVISION_LABEL: &str = "controller-revision-hash";

impl World {
    pub(crate) fn reconcile_statefulset(&mut self, ns: &str, own: &str) {
        let Some(stateful) = self.store.get("statefulsets", ns, own) else { return };
        let revision = self.controller_revision(&stateful);
        let wanted = integer(&stateful, "/spec/replicas").unwrap_or(1);
        self.fill_ordinals(&stateful, wanted, &revision);
        self.shed_ordinals(&stateful, wanted);
        self.replace_outdated(&stateful, wanted, &revision);
        let pods = self.living_pods(ns, uid(&stateful));
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        let updated = pods.iter().filter(|pod| label(pod) == revision).count();
        let current = text(&stateful, "/status/currentRevision");
        let current = if current.is_empty() || updated as i64 >= wanted { revision.as_str() } else { current };
        let status = json!({
            "observedGeneration": integer(&stateful, "/metadata/generation").unwrap_or(1), "replicas": pods.len(),
            "readyReplicas": ready, "availableReplicas": ready, "updatedReplicas": updated,
            "currentReplicas": pods.iter().filter(|pod| label(pod) == current).count(),
            "currentRevision": current, "updateRevision": revision, "collisionCount": 0,
        });
        let mut changed = Value::clone(&stateful);
        set(&mut changed, &["status"], status);
        self.put("statefulsets", changed);
    }

    /// The revision object of the present template; its name is the hash label of the pods.
    pub(crate) fn controller_revision(&mut self, owner: &Value) -> String {
        let template = owner.pointer("/spec/template").cloned().unwrap_or_default();
        let revision_name = format!("{}-{}", name(owner), suffix(hash(7, &[uid(owner), &template.to_string()]), 10));
        let ns = text(owner, "/metadata/namespace").to_owned();
        let mine = |object: &Value| super::object::is_controlled_by(object, uid(owner));
        let existing = self.store.list("controllerrevisions", Some(&ns));
        let number = existing
            .iter()
            .filter(|revision| mine(revision))
            .filter_map(|revision| integer(revision, "/revision"))
            .max();
        let present = existing.iter().find(|revision| name(revision) == revision_name);
        let is_newest = present.is_some_and(|present| integer(present, "/revision") == number);
        if !is_newest {
            let own_uid = present.map(|present| uid(present).to_owned()).unwrap_or_else(|| self.random.uid());
            let object = json!({
                "apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": number.unwrap_or_default() + 1,
                "metadata": {"name": revision_name, "namespace": ns, "uid": own_uid, "creationTimestamp": timestamp(self.now),
                    "labels": template.pointer("/metadata/labels").cloned().unwrap_or_default(),
                    "ownerReferences": [owner_reference(owner)]},
                "data": {"spec": {"template": template}},
            });
            self.put("controllerrevisions", object);
        }
        revision_name
    }

    fn fill_ordinals(&mut self, stateful: &Value, wanted: i64, revision: &str) {
        let ns = text(stateful, "/metadata/namespace").to_owned();
        for ordinal in 0..wanted {
            let pod_name = format!("{}-{ordinal}", name(stateful));
            match self.store.get("pods", &ns, &pod_name) {
                Some(pod) if is_finished(&pod) => self.delete_pod(&ns, &pod_name, Some(0)),
                // In order: the next one waits until this one is ready.
                Some(pod) if !is_ready(&pod) => return,
                Some(_) => continue,
                None => {}
            }
            let index = ordinal.to_string();
            let labels = [
                (REVISION_LABEL, revision),
                ("statefulset.kubernetes.io/pod-name", pod_name.as_str()),
                ("apps.kubernetes.io/pod-index", index.as_str()),
            ];
            let mut pod = self.pod_from_template(stateful, &pod_name, &labels);
            set(&mut pod, &["spec", "hostname"], json!(pod_name));
            set(&mut pod, &["spec", "subdomain"], json!(text(stateful, "/spec/serviceName")));
            let mut volumes = array(&pod, "/spec/volumes").to_vec();
            for template in array(stateful, "/spec/volumeClaimTemplates") {
                let claim_name = format!("{}-{pod_name}", name(template));
                volumes.push(json!({"name": name(template), "persistentVolumeClaim": {"claimName": claim_name}}));
                self.make_claim(stateful, template, &claim_name);
            }
            set(&mut pod, &["spec", "volumes"], Value::Array(volumes));
            self.put("pods", pod);
            let message = format!("create Pod {pod_name} in StatefulSet {} successful", name(stateful));
            self.normal(stateful, "SuccessfulCreate", &message, COMPONENT);
            return;
        }
    }

    fn make_claim(&mut self, stateful: &Value, template: &Value, claim_name: &str) {
        let ns = text(stateful, "/metadata/namespace").to_owned();
        if self.store.get("persistentvolumeclaims", &ns, claim_name).is_some() {
            return;
        }
        let own_uid = self.random.uid();
        let claim = json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim_name, "namespace": ns, "uid": own_uid, "creationTimestamp": timestamp(self.now),
                "labels": stateful.pointer("/spec/selector/matchLabels").cloned().unwrap_or_default()},
            "spec": template.get("spec").cloned().unwrap_or_default(), "status": {"phase": "Pending"},
        });
        self.put("persistentvolumeclaims", claim);
    }

    fn shed_ordinals(&mut self, stateful: &Value, wanted: i64) {
        let ns = text(stateful, "/metadata/namespace").to_owned();
        let surplus = self
            .pods_of(&ns, uid(stateful))
            .into_iter()
            .filter(|pod| ordinal(pod) >= wanted)
            .max_by_key(|pod| ordinal(pod));
        if let Some(pod) = surplus.filter(|pod| !is_deleting(pod)) {
            let message = format!("delete Pod {} in StatefulSet {} successful", name(&pod), name(stateful));
            self.normal(stateful, "SuccessfulDelete", &message, COMPONENT);
            self.delete_pod(&ns, name(&pod), None);
        }
    }

    fn replace_outdated(&mut self, stateful: &Value, wanted: i64, revision: &str) {
        if text(stateful, "/spec/updateStrategy/type") == "OnDelete" {
            return;
        }
        let ns = text(stateful, "/metadata/namespace").to_owned();
        let mut pods = self.pods_of(&ns, uid(stateful));
        pods.sort_by_key(|pod| std::cmp::Reverse(ordinal(pod)));
        if (pods.len() as i64) < wanted {
            return;
        }
        for pod in pods {
            if label(&pod) != revision {
                if !is_deleting(&pod) {
                    self.delete_pod(&ns, name(&pod), None);
                }
                return;
            }
            if !is_ready(&pod) {
                return;
            }
        }
    }
}

fn label(pod: &Value) -> &str {
    text(pod, "/metadata/labels/controller-revision-hash")
}

fn ordinal(pod: &Value) -> i64 {
    name(pod).rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
