//! The deployment controller: a replica set for each template, rolling updates within their bounds, revisions, conditions, a deadline.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::World;
use super::object::{
    array, condition, flag, has_condition, integer, is_controlled_by, name, owner_reference, set, share, text, time,
    timestamp, uid, unset,
};
use super::random::{hash, suffix};
use super::rollout::{Bounds, Set};
use super::task::Task;

const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH_LABEL: &str = "pod-template-hash";
const COMPONENT: &str = "deployment-controller";

fn revision(object: &Value) -> i64 {
    text(object, "/metadata/annotations/deployment.kubernetes.io~1revision").parse().unwrap_or_default()
}

fn same_template(deployment: &Value, replica_set: &Value) -> bool {
    let mut template = replica_set.pointer("/spec/template").cloned().unwrap_or_default();
    unset(&mut template, &["metadata", "labels", HASH_LABEL]);
    deployment.pointer("/spec/template").is_some_and(|wanted| *wanted == template)
}

fn as_set(replica_set: &Value) -> Set {
    Set {
        wanted: integer(replica_set, "/spec/replicas").unwrap_or_default(),
        available: integer(replica_set, "/status/availableReplicas").unwrap_or_default(),
    }
}

impl World {
    pub(crate) fn reconcile_deployment(&mut self, ns: &str, own: &str) {
        let Some(deployment) = self.store.get("deployments", ns, own) else { return };
        let mut sets: Vec<Arc<Value>> = self.store.list("replicasets", Some(ns));
        sets.retain(|set| is_controlled_by(set, uid(&deployment)));
        sets.sort_by_key(|set| revision(set));
        let paused = flag(&deployment, "/spec/paused");
        let newest = sets.iter().rfind(|set| same_template(&deployment, set)).cloned();
        let newest = match newest {
            Some(newest) => Some(self.as_newest_revision(&sets, newest)),
            None if paused => None,
            None => Some(self.make_replica_set(&deployment, &sets)),
        };
        let Some(newest) = newest else {
            return self.update_deployment_status(ns, own, None);
        };
        let older: Vec<Arc<Value>> = sets.into_iter().filter(|set| name(set) != name(&newest)).collect();
        self.copy_revision(ns, own, &newest);
        if !paused {
            self.move_rollout(&deployment, &newest, &older);
        }
        self.update_deployment_status(ns, own, Some(name(&newest)));
        self.drop_old_sets(&deployment, &older);
    }

    fn as_newest_revision(&mut self, sets: &[Arc<Value>], newest: Arc<Value>) -> Arc<Value> {
        let highest = sets.iter().map(|set| revision(set)).max().unwrap_or_default();
        if revision(&newest) == highest {
            return newest;
        }
        let mut renewed = Value::clone(&newest);
        set(&mut renewed, &["metadata", "annotations", REVISION], json!((highest + 1).to_string()));
        self.put("replicasets", renewed)
    }

    fn copy_revision(&mut self, ns: &str, own: &str, newest: &Value) {
        let Some(deployment) = self.store.get("deployments", ns, own) else { return };
        if revision(&deployment) != revision(newest) {
            let mut renewed = Value::clone(&deployment);
            set(&mut renewed, &["metadata", "annotations", REVISION], json!(revision(newest).to_string()));
            self.put("deployments", renewed);
        }
    }

    fn make_replica_set(&mut self, deployment: &Value, sets: &[Arc<Value>]) -> Arc<Value> {
        let template = deployment.pointer("/spec/template").cloned().unwrap_or_default();
        let template_hash = suffix(hash(7, &[uid(deployment), &template.to_string()]), 10);
        let next = sets.iter().map(|set| revision(set)).max().unwrap_or_default() + 1;
        let set_name = format!("{}-{template_hash}", name(deployment));
        let desired = integer(deployment, "/spec/replicas").unwrap_or(1);
        let mut selector = deployment.pointer("/spec/selector").cloned().unwrap_or_default();
        set(&mut selector, &["matchLabels", HASH_LABEL], json!(template_hash));
        let own_uid = self.random.uid();
        let mut replica_set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": set_name, "namespace": text(deployment, "/metadata/namespace"), "uid": own_uid, "generation": 1,
                "creationTimestamp": timestamp(self.now),
                "labels": template.pointer("/metadata/labels").cloned().unwrap_or_default(),
                "annotations": {REVISION: next.to_string(), "deployment.kubernetes.io/desired-replicas": desired.to_string()},
                "ownerReferences": [owner_reference(deployment)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": template},
            "status": {"replicas": 0, "observedGeneration": 1},
        });
        set(&mut replica_set, &["metadata", "labels", HASH_LABEL], json!(template_hash));
        set(&mut replica_set, &["spec", "template", "metadata", "labels", HASH_LABEL], json!(template_hash));
        let made = self.put("replicasets", replica_set);
        let message = format!("Created new replica set {:?}", name(&made));
        self.set_progress(deployment, "True", "NewReplicaSetCreated", &message, true);
        made
    }

    fn move_rollout(&mut self, deployment: &Value, newest: &Value, older: &[Arc<Value>]) {
        let desired = integer(deployment, "/spec/replicas").unwrap_or(1);
        if text(deployment, "/spec/strategy/type") == "Recreate" {
            for set in older {
                self.resize(deployment, set, 0);
            }
            let all_gone = older.iter().all(|set| self.pods_of(text(set, "/metadata/namespace"), uid(set)).is_empty());
            if all_gone {
                self.resize(deployment, newest, desired);
            }
            return;
        }
        let rolling = |field: &str| deployment.pointer(&format!("/spec/strategy/rollingUpdate/{field}"));
        let surge = share(rolling("maxSurge"), desired, 25, true);
        let mut unavailable = share(rolling("maxUnavailable"), desired, 25, false);
        if surge == 0 && unavailable == 0 {
            unavailable = 1;
        }
        let bounds = Bounds { desired, surge, unavailable: unavailable.min(desired) };
        let older_sets: Vec<Set> = older.iter().map(|set| as_set(set)).collect();
        let size = bounds.grow_newest(&as_set(newest), &older_sets);
        self.resize(deployment, newest, size);
        let grown = Set { wanted: size, available: as_set(newest).available };
        for (set, size) in older.iter().zip(bounds.shrink_older(&grown, &older_sets)) {
            self.resize(deployment, set, size);
        }
    }

    fn resize(&mut self, deployment: &Value, replica_set: &Value, size: i64) {
        let before = integer(replica_set, "/spec/replicas").unwrap_or_default();
        if before == size {
            return;
        }
        let mut resized = Value::clone(replica_set);
        set(&mut resized, &["spec", "replicas"], json!(size));
        let generation = integer(replica_set, "/metadata/generation").unwrap_or(1);
        set(&mut resized, &["metadata", "generation"], json!(generation + 1));
        let desired = integer(deployment, "/spec/replicas").unwrap_or(1);
        set(
            &mut resized,
            &["metadata", "annotations", "deployment.kubernetes.io/desired-replicas"],
            json!(desired.to_string()),
        );
        self.put("replicasets", resized);
        let way = if size > before { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {} from {before} to {size}", name(replica_set));
        self.normal(deployment, "ScalingReplicaSet", &message, COMPONENT);
    }

    fn set_progress(&mut self, deployment: &Value, status: &str, reason: &str, message: &str, touched: bool) {
        let Some(current) = self.store.get("deployments", text(deployment, "/metadata/namespace"), name(deployment))
        else {
            return;
        };
        let mut changed = Value::clone(&current);
        put_condition(&mut changed, &timestamp(self.now), "Progressing", status, reason, message, touched);
        self.put("deployments", changed);
    }

    fn update_deployment_status(&mut self, ns: &str, own: &str, newest: Option<&str>) {
        let Some(deployment) = self.store.get("deployments", ns, own) else { return };
        let mut sets = self.store.list("replicasets", Some(ns));
        sets.retain(|set| is_controlled_by(set, uid(&deployment)));
        let sum =
            |field: &str| -> i64 { sets.iter().filter_map(|set| integer(set, &format!("/status/{field}"))).sum() };
        let desired = integer(&deployment, "/spec/replicas").unwrap_or(1);
        let (replicas, ready, available) = (sum("replicas"), sum("readyReplicas"), sum("availableReplicas"));
        let newest = sets.iter().find(|set| Some(name(set)) == newest);
        let updated = newest.and_then(|set| integer(set, "/status/replicas")).unwrap_or_default();
        let updated_available = newest.and_then(|set| integer(set, "/status/availableReplicas")).unwrap_or_default();
        let before = deployment.get("status").cloned().unwrap_or_default();
        let mut changed = Value::clone(&deployment);
        let mut status = json!({
            "observedGeneration": integer(&deployment, "/metadata/generation").unwrap_or(1), "replicas": replicas,
            "updatedReplicas": updated, "conditions": array(&deployment, "/status/conditions"),
        });
        for (field, count) in [
            ("readyReplicas", ready),
            ("availableReplicas", available),
            ("unavailableReplicas", (desired.max(replicas) - available).max(0)),
        ] {
            if count > 0 {
                set(&mut status, &[field], json!(count));
            }
        }
        let moved = ["updatedReplicas", "readyReplicas", "availableReplicas", "replicas"]
            .iter()
            .any(|field| before.get(field) != status.get(field));
        set(&mut changed, &["status"], status);
        let now = timestamp(self.now);
        let rolling = |field: &str| deployment.pointer(&format!("/spec/strategy/rollingUpdate/{field}"));
        let least = desired - share(rolling("maxUnavailable"), desired, 25, false);
        if available >= least {
            put_condition(
                &mut changed,
                &now,
                "Available",
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
                false,
            );
        } else {
            let message = "Deployment does not have minimum availability.";
            put_condition(&mut changed, &now, "Available", "False", "MinimumReplicasUnavailable", message, false);
        }
        let complete = updated == desired && replicas == desired && updated_available >= desired;
        let set_name = newest.map(|set| name(set)).unwrap_or_default();
        self.judge_progress(&mut changed, complete, moved, set_name);
        self.put("deployments", changed);
    }

    fn judge_progress(&mut self, deployment: &mut Value, complete: bool, moved: bool, set_name: &str) {
        let now = timestamp(self.now);
        let reason = condition(deployment, "Progressing")
            .map(|progress| text(progress, "/reason").to_owned())
            .unwrap_or_default();
        let limit = TimeDelta::seconds(integer(deployment, "/spec/progressDeadlineSeconds").unwrap_or(600));
        if complete {
            let message = format!("ReplicaSet {set_name:?} has successfully progressed.");
            put_condition(
                deployment,
                &now,
                "Progressing",
                "True",
                "NewReplicaSetAvailable",
                &message,
                reason != "NewReplicaSetAvailable",
            );
        } else if flag(deployment, "/spec/paused") {
            put_condition(
                deployment,
                &now,
                "Progressing",
                "Unknown",
                "DeploymentPaused",
                "Deployment is paused",
                false,
            );
        } else if reason == "NewReplicaSetAvailable" {
            // A finished rollout that loses a pod does not start progressing again.
        } else if moved && reason != "ProgressDeadlineExceeded" {
            let message = format!("ReplicaSet {set_name:?} is progressing.");
            put_condition(deployment, &now, "Progressing", "True", "ReplicaSetUpdated", &message, true);
            let task = Task::RolloutDeadline {
                namespace: text(deployment, "/metadata/namespace").to_owned(),
                name: name(deployment).to_owned(),
            };
            self.after(limit + TimeDelta::seconds(1), task);
        } else if has_condition(deployment, "Progressing") {
            let last = condition(deployment, "Progressing").and_then(|progress| time(progress, "/lastUpdateTime"));
            if last.is_some_and(|last| self.now - last > limit) {
                let message = format!("ReplicaSet {set_name:?} has timed out progressing.");
                put_condition(deployment, &now, "Progressing", "False", "ProgressDeadlineExceeded", &message, true);
            }
        }
    }

    fn drop_old_sets(&mut self, deployment: &Value, older: &[Arc<Value>]) {
        let keep = integer(deployment, "/spec/revisionHistoryLimit").unwrap_or(10).max(0) as usize;
        let empty =
            |set: &&Arc<Value>| as_set(set).wanted == 0 && integer(set, "/status/replicas").unwrap_or_default() == 0;
        let idle: Vec<&Arc<Value>> = older.iter().filter(empty).collect();
        let surplus = idle.len().saturating_sub(keep);
        for set in idle.into_iter().take(surplus) {
            self.forget("replicasets", text(set, "/metadata/namespace"), name(set), false);
        }
    }
}

fn put_condition(object: &mut Value, now: &str, kind: &str, status: &str, reason: &str, message: &str, touched: bool) {
    let mut conditions = array(object, "/status/conditions").to_vec();
    let mut new = json!({
        "type": kind, "status": status, "reason": reason, "message": message, "lastUpdateTime": now, "lastTransitionTime": now,
    });
    if let Some(old) = conditions.iter_mut().find(|condition| text(condition, "/type") == kind) {
        if text(old, "/status") == status {
            set(&mut new, &["lastTransitionTime"], json!(text(old, "/lastTransitionTime")));
        }
        let same = text(old, "/reason") == reason && text(old, "/message") == message && text(old, "/status") == status;
        if same && !touched {
            return;
        }
        *old = new;
    } else {
        conditions.push(new);
    }
    set(object, &["status", "conditions"], Value::Array(conditions));
}
