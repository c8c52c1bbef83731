//! Pods from templates, and the defaults that the API server fills in.

use serde_json::{Value, json};

use super::World;
use super::object::{array, name, namespace, owner_reference, set, text, timestamp, unset};

/// Fills in what the API server would, as far as readers look at it.
pub fn fill_defaults(resource: &str, object: &mut Value) {
    match resource {
        "deployments" | "replicasets" | "statefulsets" => {
            default(object, &["spec", "replicas"], json!(1));
            template_defaults(object, &["spec", "template"]);
        }
        "daemonsets" => template_defaults(object, &["spec", "template"]),
        "jobs" => template_defaults(object, &["spec", "template"]),
        "cronjobs" => default(object, &["spec", "suspend"], json!(false)),
        "pods" => template_defaults(object, &[]),
        "services" => {
            default(object, &["spec", "type"], json!("ClusterIP"));
            default(object, &["spec", "sessionAffinity"], json!("None"));
        }
        "secrets" => {
            default(object, &["type"], json!("Opaque"));
            encode_string_data(object);
        }
        _ => {}
    }
    match resource {
        "deployments" => {
            default(object, &["spec", "revisionHistoryLimit"], json!(10));
            default(object, &["spec", "progressDeadlineSeconds"], json!(600));
            let rolling =
                json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}});
            default(object, &["spec", "strategy"], rolling);
        }
        "statefulsets" => {
            default(object, &["spec", "podManagementPolicy"], json!("OrderedReady"));
            default(object, &["spec", "revisionHistoryLimit"], json!(10));
            default(
                object,
                &["spec", "updateStrategy"],
                json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
            );
        }
        "daemonsets" => {
            default(object, &["spec", "revisionHistoryLimit"], json!(10));
            default(
                object,
                &["spec", "updateStrategy"],
                json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}),
            );
        }
        _ => {}
    }
}

fn default(object: &mut Value, path: &[&str], value: Value) {
    let pointer = format!("/{}", path.join("/"));
    if object.pointer(&pointer).is_none_or(Value::is_null) {
        set(object, path, value);
    }
}

fn encode_string_data(secret: &mut Value) {
    let Some(plain) = secret.get_mut("stringData").map(Value::take) else { return };
    for (key, value) in plain.as_object().into_iter().flatten() {
        let encoded = crate::base64::encode(value.as_str().unwrap_or_default().as_bytes());
        set(secret, &["data", key], json!(encoded));
    }
    unset(secret, &["stringData"]);
}

fn template_defaults(object: &mut Value, path: &[&str]) {
    // Typed clients send `creationTimestamp: null`; stored, it would make a new revision of an old template.
    let metadata = [path, &["metadata"]].concat().join("/");
    if let Some(metadata) = object.pointer_mut(&format!("/{metadata}")).and_then(Value::as_object_mut) {
        metadata.retain(|_, value| !value.is_null());
    }
    let at =
        |rest: &[&'static str]| -> Vec<String> { path.iter().chain(rest).map(|part| (*part).to_owned()).collect() };
    for (rest, value) in [
        (["spec", "restartPolicy"], json!("Always")),
        (["spec", "dnsPolicy"], json!("ClusterFirst")),
        (["spec", "schedulerName"], json!("default-scheduler")),
        (["spec", "terminationGracePeriodSeconds"], json!(30)),
        (["spec", "securityContext"], json!({})),
    ] {
        let full = at(&rest);
        default(object, &full.iter().map(String::as_str).collect::<Vec<_>>(), value);
    }
    let containers = format!("/{}", at(&["spec", "containers"]).join("/"));
    for container in object.pointer_mut(&containers).and_then(Value::as_array_mut).into_iter().flatten() {
        default(container, &["imagePullPolicy"], json!("IfNotPresent"));
        default(container, &["terminationMessagePath"], json!("/dev/termination-log"));
        default(container, &["terminationMessagePolicy"], json!("File"));
        default(container, &["resources"], json!({}));
        for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
            default(port, &["protocol"], json!("TCP"));
        }
        for probe in ["readinessProbe", "livenessProbe"] {
            if let Some(probe) = container.get_mut(probe).filter(|probe| probe.is_object()) {
                for (key, value) in
                    [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
                {
                    default(probe, &[key], json!(value));
                }
                if probe.get("httpGet").is_some() {
                    default(probe, &["httpGet", "scheme"], json!("HTTP"));
                }
            }
        }
    }
}

impl World {
    /// A pod from the template of its owner.
    pub(crate) fn pod_from_template(&mut self, owner: &Value, pod_name: &str, extra_labels: &[(&str, &str)]) -> Value {
        let template = owner.pointer("/spec/template").cloned().unwrap_or_default();
        let ns = namespace(owner).to_owned();
        let uid = self.random.uid();
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {
            "name": pod_name, "namespace": ns, "uid": uid, "creationTimestamp": timestamp(self.now),
            "ownerReferences": [owner_reference(owner)],
        }});
        if matches!(text(owner, "/kind"), "ReplicaSet" | "DaemonSet" | "Job") {
            set(&mut pod, &["metadata", "generateName"], json!(format!("{}-", name(owner))));
        }
        for part in ["labels", "annotations"] {
            if let Some(value) = template.pointer(&format!("/metadata/{part}")) {
                set(&mut pod, &["metadata", part], value.clone());
            }
        }
        for (key, value) in extra_labels {
            set(&mut pod, &["metadata", "labels", key], json!(value));
        }
        set(&mut pod, &["spec"], template.get("spec").cloned().unwrap_or_default());
        default(&mut pod, &["spec", "serviceAccountName"], json!("default"));
        let tolerations = json!([
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
        ]);
        default(&mut pod, &["spec", "tolerations"], tolerations);
        fill_defaults("pods", &mut pod);
        self.qos(&mut pod);
        pod
    }

    /// The status of a pod that nobody has looked at yet.
    pub(crate) fn qos(&self, pod: &mut Value) {
        let resources = |pointer: &str| {
            pod.pointer(&format!("/spec/containers/0/resources/{pointer}")).cloned().unwrap_or_default()
        };
        let (requests, limits) = (resources("requests"), resources("limits"));
        let class = if requests.is_null() && limits.is_null() {
            "BestEffort"
        } else if requests == limits {
            "Guaranteed"
        } else {
            "Burstable"
        };
        set(pod, &["status"], json!({"phase": "Pending", "qosClass": class}));
    }

    /// The pods that an object controls.
    pub(crate) fn pods_of(&self, ns: &str, owner_uid: &str) -> Vec<std::sync::Arc<Value>> {
        let mut pods = self.store.list("pods", Some(ns));
        pods.retain(|pod| super::object::is_controlled_by(pod, owner_uid));
        pods
    }
}

/// Whether a pod has ended for good.
pub fn is_finished(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// Whether a pod is ready.
pub fn is_ready(pod: &Value) -> bool {
    super::object::has_condition(pod, "Ready") && !super::object::is_deleting(pod)
}

/// The names under which a pod's first container takes its environment from elsewhere: (kind, object, optional key).
pub fn config_references(pod: &Value) -> Vec<(&'static str, String, Option<String>)> {
    let mut references = Vec::new();
    for source in array(pod, "/spec/containers/0/envFrom") {
        for (field, kind) in [("configMapRef", "configmaps"), ("secretRef", "secrets")] {
            let own = text(source, &format!("/{field}/name"));
            if !own.is_empty() {
                references.push((kind, own.to_owned(), None));
            }
        }
    }
    for variable in array(pod, "/spec/containers/0/env") {
        for (field, kind) in [("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")] {
            let own = text(variable, &format!("/valueFrom/{field}/name"));
            if !own.is_empty() {
                references.push((
                    kind,
                    own.to_owned(),
                    Some(text(variable, &format!("/valueFrom/{field}/key")).to_owned()),
                ));
            }
        }
    }
    references
}
