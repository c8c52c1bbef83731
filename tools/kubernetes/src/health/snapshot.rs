//! What the checks look at, read once and in parallel. What could not be read is kept as its failure.

use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::request::Selection;
use crate::shape::api::{
    Autoscaler, Condition, DisruptionBudget, EndpointSlice, Event, Job, Node, PersistentVolumeClaim, Pod, Service,
    Workload,
};
use crate::shape::owner;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Failure, FailureKind};
use domain::object::ObjectRef;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Objects of one kind, or why they could not be read.
pub type Seen<T> = Result<Vec<T>, Failure>;

/// The state of a cluster, or of one namespace, as far as the checks need it.
pub struct Snapshot {
    /// The time of the look.
    pub now: DateTime<Utc>,
    /// Pods.
    pub pods: Seen<Pod>,
    /// Nodes.
    pub nodes: Seen<Node>,
    /// Deployments.
    pub deployments: Seen<Workload>,
    /// StatefulSets.
    pub stateful_sets: Seen<Workload>,
    /// DaemonSets.
    pub daemon_sets: Seen<Workload>,
    /// Services.
    pub services: Seen<Service>,
    /// Endpoints.
    pub slices: Seen<EndpointSlice>,
    /// Claims.
    pub claims: Seen<PersistentVolumeClaim>,
    /// Jobs.
    pub jobs: Seen<Job>,
    /// Autoscalers.
    pub autoscalers: Seen<Autoscaler>,
    /// Disruption budgets.
    pub budgets: Seen<DisruptionBudget>,
    /// Warnings of the last hour.
    pub warnings: Seen<Event>,
    /// cert-manager's certificates; empty where the cluster has none.
    pub certificates: Seen<Value>,
    /// Whether a list was cut at its bound.
    pub cut: bool,
}

impl Snapshot {
    /// Reads everything.
    pub async fn take(cluster: &Cluster, namespace: Option<&str>, now: DateTime<Utc>) -> Self {
        let warnings = Selection { labels: None, fields: Some("type=Warning".to_owned()) };
        let all = Selection::default();
        let (pods, nodes, deployments, stateful_sets, daemon_sets, services, slices) = futures::join!(
            look(cluster, "Pod", namespace, &all),
            look(cluster, "Node", None, &all),
            look(cluster, "Deployment", namespace, &all),
            look(cluster, "StatefulSet", namespace, &all),
            look(cluster, "DaemonSet", namespace, &all),
            look(cluster, "Service", namespace, &all),
            look(cluster, "EndpointSlice", namespace, &all),
        );
        let (claims, jobs, autoscalers, budgets, events, certificates) = futures::join!(
            look(cluster, "PersistentVolumeClaim", namespace, &all),
            look(cluster, "Job", namespace, &all),
            look(cluster, "HorizontalPodAutoscaler", namespace, &all),
            look(cluster, "PodDisruptionBudget", namespace, &all),
            look::<Event>(cluster, "Event", namespace, &warnings),
            certificates(cluster, namespace),
        );
        let warnings = events.map(|mut events| {
            events.retain(|event| event.is_warning() && now - event.last_seen() < TimeDelta::hours(1));
            events
        });
        let cut = pods.as_ref().is_ok_and(|pods: &Vec<Pod>| pods.len() >= cluster.limits().list_objects);
        Self {
            now,
            pods,
            nodes,
            deployments,
            stateful_sets,
            daemon_sets,
            services,
            slices,
            claims,
            jobs,
            autoscalers,
            budgets,
            warnings,
            certificates,
            cut,
        }
    }

    /// Pods that should be running or finishing: not deleted, not finished.
    pub fn live_pods(&self) -> Result<Vec<&Pod>, &Failure> {
        let pods = self.pods.as_ref()?;
        Ok(pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none() && !pod.is_finished()).collect())
    }

    /// Ready pods of a workload.
    pub fn ready_pods(&self, workload: &ObjectRef) -> usize {
        let pods = self.pods.as_deref().unwrap_or_default();
        pods.iter().filter(|pod| pod.is_ready() && workload_of(pod) == *workload).count()
    }

    /// Whether the pod's node is not ready: what the kubelet last said of the pod is stale, and the node is the finding.
    pub fn is_on_lost_node(&self, pod: &Pod) -> bool {
        let nodes = self.nodes.as_deref().unwrap_or_default();
        let node = pod.spec.node_name.as_deref().and_then(|name| nodes.iter().find(|node| node.metadata.name == name));
        node.is_some_and(|node| !Condition::of(&node.status.conditions, "Ready").is_some_and(Condition::is_true))
    }

    /// The newest warning of a reason on a pod.
    pub fn warning_on(&self, pod: &Pod, reasons: &[&str]) -> Option<&Event> {
        let events = self.warnings.as_deref().unwrap_or_default().iter();
        let own = events.filter(|event| {
            event.involved_object.name == pod.metadata.name
                && event.involved_object.namespace.as_deref() == pod.metadata.namespace.as_deref()
                && reasons.contains(&event.reason.as_str())
        });
        own.max_by_key(|event| event.last_seen())
    }
}

/// The workload at the top of a pod's owners, or the pod itself.
pub fn workload_of(pod: &Pod) -> ObjectRef {
    let (kind, name) = match owner::top(&pod.metadata) {
        Some((kind, name)) if kind != "Node" => (kind, name),
        _ => ("Pod".to_owned(), pod.metadata.name.clone()),
    };
    ObjectRef::namespaced(kind, pod.metadata.namespace(), name)
}

async fn look<T: DeserializeOwned + Send>(
    cluster: &Cluster,
    kind: &str,
    namespace: Option<&str>,
    selection: &Selection,
) -> Seen<T> {
    cluster.list(&Kind::built_in(kind), namespace, selection).await.map(|listing| listing.items)
}

/// A cluster without cert-manager has no such kind: nothing to look at, and nothing wrong.
async fn certificates(cluster: &Cluster, namespace: Option<&str>) -> Seen<Value> {
    match cluster.resolve("certificates.cert-manager.io").await {
        Ok(kind) => cluster.list(&kind, namespace, &Selection::default()).await.map(|listing| listing.items),
        Err(failure) if failure.kind == FailureKind::BadRequest => Ok(Vec::new()),
        Err(failure) => Err(failure),
    }
}
