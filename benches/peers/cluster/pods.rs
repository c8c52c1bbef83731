//! Pods as an API server hands them out: with managed fields, tokens, probes and statuses, a few kilobytes each.

use super::layout::{self, Layout};
use super::troubles::{Container, TROUBLES, Trouble};
use super::{Stored, Unhealthy};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

/// One pod before it is written down.
pub struct Pod {
    pub number: usize,
    pub namespace: String,
    pub workload: String,
    pub replica_set: String,
    pub name: String,
    pub image: String,
    pub node: String,
    pub address: String,
    pub created: DateTime<Utc>,
    pub trouble: Option<Trouble>,
}

/// All pods, by namespace and name.
pub fn all(layout: Layout, now: DateTime<Utc>) -> Vec<Pod> {
    let mut pods = Vec::with_capacity(layout.pods());
    for (workload_number, namespace, workload) in layout.workloads() {
        let replica_set = replica_set(workload_number, &workload);
        for replica in 0..layout.replicas {
            let number = workload_number * layout.replicas + replica;
            let trouble = layout.trouble(number).and_then(|case| TROUBLES.get(case % TROUBLES.len()).copied());
            pods.push(Pod {
                number,
                name: format!("{replica_set}-{}", layout::suffix(number, 5)),
                namespace: namespace.clone(),
                image: format!("registry.example.com/{workload}:2.{}.{}", workload_number % 9, workload_number % 31),
                workload: workload.clone(),
                replica_set: replica_set.clone(),
                node: layout::node(number % layout.nodes()),
                address: format!("10.{}.{}.{}", 244, number / 250, number % 250 + 2),
                created: now - TimeDelta::minutes(90 + (number * 37 % 30_000) as i64),
                trouble,
            });
        }
    }
    pods.sort_by(|left, right| (&left.namespace, &left.name).cmp(&(&right.namespace, &right.name)));
    pods
}

/// The replica set of a workload.
pub fn replica_set(workload_number: usize, workload: &str) -> String {
    format!("{workload}-{}", layout::suffix(workload_number + 1_000_000, 10))
}

/// A time as Kubernetes writes it.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Pod {
    /// What is expected of whoever lists it.
    pub fn unhealthy(&self) -> Option<Unhealthy> {
        let Trouble { status, phase, .. } = self.trouble?;
        Some(Unhealthy { name: self.name.clone(), namespace: self.namespace.clone(), status, phase })
    }

    fn is_placed(&self) -> bool {
        self.trouble.is_none_or(|trouble| trouble.status != "Pending")
    }

    /// The object and its row.
    pub fn stored(&self, now: DateTime<Utc>) -> Stored {
        let restarts = self.trouble.map_or(0, |trouble| trouble.restarts);
        let restarts = if restarts == 0 { "0".to_owned() } else { format!("{restarts} (4m ago)") };
        let (status, ready) = self.trouble.map_or(("Running", "1/1"), |trouble| (trouble.status, "0/1"));
        let (address, node) =
            if self.is_placed() { (self.address.as_str(), self.node.as_str()) } else { ("<none>", "<none>") };
        let age = age_told(now - self.created);
        let cells = json!([self.name, ready, status, restarts, age, address, node, "<none>", "<none>"]);
        let object = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": self.metadata(), "spec": self.spec(), "status": self.status(now),
        });
        Stored { object, cells: cells.as_array().cloned().unwrap_or_default() }
    }

    fn labels(&self) -> Value {
        json!({
            "app.kubernetes.io/name": self.workload, "app.kubernetes.io/instance": self.workload,
            "app.kubernetes.io/part-of": self.namespace, "app.kubernetes.io/managed-by": "Helm",
            "pod-template-hash": self.replica_set.rsplit('-').next().unwrap_or_default(),
        })
    }

    fn metadata(&self) -> Value {
        let owned = |manager: &str, subresource: Value, fields: Value| {
            json!({"manager": manager, "operation": "Update", "apiVersion": "v1", "time": stamp(self.created),
                "fieldsType": "FieldsV1", "fieldsV1": fields, "subresource": subresource})
        };
        let spec_fields = json!({"f:metadata": {"f:annotations": {".": {}, "f:checksum/config": {}, "f:prometheus.io/port": {},
            "f:prometheus.io/scrape": {}}, "f:generateName": {}, "f:labels": {".": {}, "f:app.kubernetes.io/instance": {},
            "f:app.kubernetes.io/managed-by": {}, "f:app.kubernetes.io/name": {}, "f:app.kubernetes.io/part-of": {},
            "f:pod-template-hash": {}}, "f:ownerReferences": {".": {}, "k:{\"uid\":\"owner\"}": {}}},
            "f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:env": {".": {}, "k:{\"name\":\"LOG_LEVEL\"}": {},
            "k:{\"name\":\"PORT\"}": {}}, "f:image": {}, "f:imagePullPolicy": {}, "f:livenessProbe": {}, "f:name": {},
            "f:ports": {}, "f:readinessProbe": {}, "f:resources": {".": {}, "f:limits": {}, "f:requests": {}},
            "f:terminationMessagePath": {}, "f:terminationMessagePolicy": {}}}, "f:dnsPolicy": {}, "f:enableServiceLinks": {},
            "f:restartPolicy": {}, "f:schedulerName": {}, "f:securityContext": {}, "f:serviceAccountName": {},
            "f:terminationGracePeriodSeconds": {}}});
        let status_fields = json!({"f:status": {"f:conditions": {"k:{\"type\":\"ContainersReady\"}": {".": {}, "f:status": {}},
            "k:{\"type\":\"Initialized\"}": {".": {}, "f:status": {}}, "k:{\"type\":\"Ready\"}": {".": {}, "f:status": {}}},
            "f:containerStatuses": {}, "f:hostIP": {}, "f:phase": {}, "f:podIP": {}, "f:podIPs": {}, "f:startTime": {}}});
        json!({
            "name": self.name, "generateName": format!("{}-", self.replica_set), "namespace": self.namespace,
            "uid": layout::uid(self.number), "resourceVersion": (90_000 + self.number).to_string(),
            "creationTimestamp": stamp(self.created), "labels": self.labels(),
            "annotations": {"checksum/config": format!("{}{}", layout::uid(self.number + 7), layout::uid(self.number + 9)),
                "prometheus.io/scrape": "true", "prometheus.io/port": "9102"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": self.replica_set,
                "uid": layout::uid(self.number / 5 + 2_000_000), "controller": true, "blockOwnerDeletion": true}],
            "managedFields": [owned("kube-controller-manager", json!(""), spec_fields), owned("kubelet", json!("status"), status_fields)],
        })
    }

    fn spec(&self) -> Value {
        let probe = |path: &str| {
            json!({"httpGet": {"path": path, "port": "http", "scheme": "HTTP"}, "initialDelaySeconds": 5, "timeoutSeconds": 2,
                "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3})
        };
        let mut spec = json!({
            "volumes": [{"name": "kube-api-access-x7k2p", "projected": {"sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}}],
                "defaultMode": 420}}],
            "containers": [{"name": "app", "image": self.image,
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}, {"name": "metrics", "containerPort": 9102, "protocol": "TCP"}],
                "env": [{"name": "PORT", "value": "8080"}, {"name": "LOG_LEVEL", "value": "info"},
                    {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
                    {"name": "UPSTREAM_URL", "value": format!("http://{}.{}.svc:8080", self.workload, self.namespace)}],
                "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
                "volumeMounts": [{"name": "kube-api-access-x7k2p", "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
                "livenessProbe": probe("/healthz"), "readinessProbe": probe("/ready"),
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File", "imagePullPolicy": "IfNotPresent",
                "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true}}],
            "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
            "serviceAccountName": self.workload, "serviceAccount": self.workload, "securityContext": {}, "schedulerName": "default-scheduler",
            "tolerations": [
                {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
                {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
            "priority": 0, "enableServiceLinks": true, "preemptionPolicy": "PreemptLowerPriority",
        });
        if self.is_placed()
            && let Some(spec) = spec.as_object_mut()
        {
            spec.insert("nodeName".to_owned(), json!(self.node));
        }
        spec
    }

    fn status(&self, now: DateTime<Utc>) -> Value {
        let condition = |kind: &str, holds: bool, reason: &str, message: &str| {
            json!({"type": kind, "status": if holds { "True" } else { "False" }, "lastProbeTime": null,
                "lastTransitionTime": stamp(self.created + TimeDelta::seconds(9)), "reason": reason, "message": message})
        };
        let ready = self.trouble.is_none();
        let not_ready = if ready { ("", "") } else { ("ContainersNotReady", "containers with unready status: [app]") };
        let phase = self.trouble.map_or("Running", |trouble| trouble.phase);
        if let Some(trouble) = self.trouble.filter(|trouble| trouble.container == Container::Absent) {
            let conditions = if self.is_placed() {
                json!([condition("DisruptionTarget", true, "TerminationByKubelet", trouble.message)])
            } else {
                json!([condition("PodScheduled", false, "Unschedulable", trouble.message)])
            };
            let reason = if self.is_placed() {
                json!({"reason": trouble.status, "message": trouble.message})
            } else {
                json!({})
            };
            let mut status = json!({"phase": phase, "conditions": conditions, "qosClass": "Burstable"});
            if let (Some(status), Some(reason)) = (status.as_object_mut(), reason.as_object()) {
                status.extend(reason.clone());
            }
            return status;
        }
        json!({
            "phase": phase,
            "conditions": [condition("PodReadyToStartContainers", true, "", ""), condition("Initialized", true, "", ""),
                condition("Ready", ready, not_ready.0, not_ready.1), condition("ContainersReady", ready, not_ready.0, not_ready.1),
                condition("PodScheduled", true, "", "")],
            "hostIP": "10.20.0.10", "hostIPs": [{"ip": "10.20.0.10"}], "podIP": self.address, "podIPs": [{"ip": self.address}],
            "startTime": stamp(self.created), "qosClass": "Burstable", "containerStatuses": [self.container(now)],
        })
    }

    fn container(&self, now: DateTime<Utc>) -> Value {
        let started = stamp(self.created + TimeDelta::seconds(7));
        let id = format!("containerd://{}", layout::uid(self.number + 5).replace('-', ""));
        let ended = |reason: &str, code: i32| {
            json!({"terminated": {"exitCode": code, "reason": reason, "startedAt": stamp(now - TimeDelta::minutes(5)),
                "finishedAt": stamp(now - TimeDelta::minutes(4)), "containerID": id}})
        };
        let state = match self.trouble.map_or(Container::Running, |trouble| trouble.container) {
            Container::Waiting(reason) => {
                json!({"waiting": {"reason": reason, "message": self.trouble.map_or("", |trouble| trouble.message)}})
            }
            Container::Ended(reason, code) => ended(reason, code),
            Container::Running | Container::Absent => json!({"running": {"startedAt": started}}),
        };
        let running = state.get("running").is_some();
        let last =
            self.trouble.and_then(|trouble| trouble.last_end).map_or(json!({}), |(reason, code)| ended(reason, code));
        json!({
            "name": "app", "state": state, "lastState": last, "ready": self.trouble.is_none(), "started": running,
            "restartCount": self.trouble.map_or(0, |trouble| trouble.restarts), "image": self.image,
            "imageID": format!("{}@sha256:{}{}", self.image, layout::uid(self.number / 5).replace('-', ""), layout::uid(self.number / 5 + 3).replace('-', "")),
            "containerID": if running { id } else { String::new() },
        })
    }
}

/// An age as `kubectl` writes it, roughly: two units at most.
pub fn age_told(age: TimeDelta) -> String {
    match age.num_minutes() {
        minutes if minutes < 180 => format!("{minutes}m"),
        minutes if minutes < 48 * 60 => format!("{}h", minutes / 60),
        minutes => format!("{}d", minutes / (24 * 60)),
    }
}
