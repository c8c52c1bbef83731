//! What an alert's labels say: the object, the service, what identifies the trouble, the query.
//!
//! Guarantees: labels of the exporter that measured are not taken for the trouble's; nothing that cannot be the name of an
//! object becomes one.
//!
//! Alerts on the metrics of cert-manager name the Certificate in `name`, as its published rules aggregate them
//! (<https://monitoring.mixins.dev/cert-manager/>): read so where the alert's own name begins with `Cert`, and before the
//! `pod`, which is cert-manager's own. Where the alert's name speaks of a `Secret`, `name` is that of one, and is left alone.
//!
//! Deliberately absent: labels of other foreign conventions; a rule can be given those of Kubernetes.

use crate::object::ObjectRef;
use crate::signal::fingerprint;
use crate::signal::reading::is_name;
use crate::topology::stable;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Labels that name an object of a namespace, the first that is there. What is named more closely comes first: an alert on
/// a claim or an autoscaler carries the pod of its exporter as well.
const OBJECTS: [(&str, &str); 10] = [
    ("deployment", "Deployment"),
    ("statefulset", "StatefulSet"),
    ("daemonset", "DaemonSet"),
    ("replicaset", "ReplicaSet"),
    ("cronjob", "CronJob"),
    ("job_name", "Job"),
    ("horizontalpodautoscaler", "HorizontalPodAutoscaler"),
    ("persistentvolumeclaim", "PersistentVolumeClaim"),
    ("exported_pod", "Pod"),
    ("pod", "Pod"),
];

/// Jobs and services that measure others: their own labels say nothing of the trouble.
const EXPORTERS: [&str; 7] =
    ["kube-state-metrics", "node-exporter", "kubelet", "cadvisor", "blackbox", "prometheus-operator", "kubernetes-"];

/// Labels that change while a trouble lasts, or that tell who measured.
const UNSTABLE: [&str; 15] = [
    "alertname",
    "severity",
    "priority",
    "level",
    "uid",
    "id",
    "container_id",
    "image_id",
    "pod_ip",
    "prometheus",
    "prometheus_replica",
    "replica",
    "endpoint",
    "metrics_path",
    "value",
];

/// What the labels say.
pub(super) struct Read<'a> {
    labels: &'a BTreeMap<String, String>,
    pub(super) object: Option<ObjectRef>,
    pub(super) service: Option<String>,
    pub(super) problem: Option<String>,
    is_of_exporter: bool,
}

impl<'a> Read<'a> {
    pub(super) fn of(labels: &'a BTreeMap<String, String>) -> Self {
        let is_of_exporter =
            ["job", "service"].iter().filter_map(|label| labels.get(*label)).any(|name| is_exporter(name));
        let (object, problem) = match object(labels, is_of_exporter) {
            Ok(object) => (object, None),
            Err(text) => (None, Some(text)),
        };
        Self { labels, object, service: service(labels), problem, is_of_exporter }
    }

    /// Over the labels that stay while the trouble lasts; random ends of names are taken off.
    pub(super) fn fingerprint(&self, environment: &str, name: &str) -> String {
        let labels: Vec<(&str, Cow<'_, str>)> = self
            .labels
            .iter()
            .filter(|(label, _)| !UNSTABLE.contains(&label.as_str()))
            .filter_map(|(label, value)| Some((label.as_str(), self.identifying(label, value)?)))
            .collect();
        fingerprint(environment, name, labels.iter().map(|(label, value)| (*label, value.as_ref())))
    }

    fn identifying(&self, label: &str, value: &'a str) -> Option<Cow<'a, str>> {
        match label {
            "pod" | "job" | "service" | "container" if self.is_of_exporter && is_exporter(value) => None,
            "pod" | "exported_pod" | "replicaset" | "job_name" | "pod_name" => Some(Cow::Borrowed(stable(value))),
            // An address with its port is another one after each restart; it counts where nothing else names a place.
            "instance" | "exported_instance" if self.object.is_some() => None,
            "instance" | "exported_instance" => Some(Cow::Borrowed(without_port(value))),
            _ => Some(Cow::Borrowed(value)),
        }
    }
}

/// The object that the labels name. The pod of the exporter that measured is not it: an alert on a node carries that too.
fn object(labels: &BTreeMap<String, String>, is_of_exporter: bool) -> Result<Option<ObjectRef>, String> {
    let namespace = labels.get("exported_namespace").or_else(|| labels.get("namespace"));
    let workload = || {
        let kind = match labels.get("workload_type")?.as_str() {
            "deployment" => "Deployment",
            "statefulset" => "StatefulSet",
            "daemonset" => "DaemonSet",
            "cronjob" => "CronJob",
            "job" => "Job",
            _ => return None,
        };
        Some((kind, "workload", labels.get("workload")?))
    };
    let is_exporters_own = |name: &str| is_of_exporter && is_exporter(name);
    let named = OBJECTS.iter().find_map(|(label, kind)| {
        let name = labels.get(*label).filter(|name| *label != "pod" || !is_exporters_own(name))?;
        Some((*kind, *label, name))
    });
    let certificate = || {
        let is_alert_on_one =
            labels.get("alertname").is_some_and(|name| name.starts_with("Cert") && !name.contains("Secret"));
        Some(("Certificate", "name", labels.get("name").filter(|_| is_alert_on_one)?))
    };
    let service = || labels.get("service").filter(|_| !is_of_exporter).map(|name| ("Service", "service", name));
    let node = labels.get("node").map(|name| ("Node", "node", name));
    // A pod's node is where it runs; only where nothing of a namespace is named is the node what it is about.
    let in_namespace = certificate().or(named).or_else(workload);
    let found = match (namespace, in_namespace) {
        (Some(namespace), Some(found)) => Some((Some(namespace), found)),
        (namespace, _) => match (node, namespace, service()) {
            (Some(node), _, _) => Some((None, node)),
            (None, Some(namespace), Some(service)) => Some((Some(namespace), service)),
            _ => None,
        },
    };
    let Some((namespace, (kind, label, name))) = found else { return Ok(None) };
    if !is_name(name) || namespace.is_some_and(|namespace| !is_name(namespace)) {
        return Err(format!("its labels namespace and {label} name no object of Kubernetes: taken as of no object"));
    }
    Ok(Some(ObjectRef { kind: kind.to_owned(), namespace: namespace.cloned(), name: name.clone() }))
}

/// The service that the labels name, that of an exporter left out.
fn service(labels: &BTreeMap<String, String>) -> Option<String> {
    let names = ["destination_service_name", "service_name", "service", "app", "app_kubernetes_io_name", "job"];
    let named = names.into_iter().filter_map(|label| labels.get(label));
    named.filter(|name| !name.is_empty() && !is_exporter(name)).map(String::clone).next()
}

fn is_exporter(name: &str) -> bool {
    EXPORTERS.iter().any(|exporter| name.contains(exporter))
}

/// `10.0.0.7` of `10.0.0.7:9100`.
fn without_port(address: &str) -> &str {
    match address.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.chars().all(|letter| letter.is_ascii_digit()) => host,
        _ => address,
    }
}

/// The expression of the rule, as Prometheus writes it into the link to its graph.
pub(super) fn query(link: &str) -> Option<String> {
    /// Characters of an expression at most; a cut one would be another.
    const QUERY_CHARS: usize = 3_000;
    let (_, parameters) = link.split_once('?')?;
    let parameters = parameters.split('#').next()?;
    let value = parameters.split('&').find_map(|pair| pair.strip_prefix("g0.expr="))?;
    let query = decoded(value)?;
    let is_whole =
        query.chars().count() <= QUERY_CHARS && !query.contains(|c: char| c.is_control() && !c.is_whitespace());
    (is_whole && !query.trim().is_empty()).then_some(query)
}

/// Percent encoding undone, as of a form (RFC 3986, section 2.1; `+` is a space). `None` where it is broken.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}
