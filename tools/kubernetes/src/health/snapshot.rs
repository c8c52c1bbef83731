//! What the checks look at, read once and in parallel. What could not be read is kept as its failure.

use super::unschedulable;
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::request::{self, Form, Selection};
use crate::shape::api::{
    ApiService, Autoscaler, Condition, CronJob, DisruptionBudget, EndpointSlice, Event, Ingress, IngressClass, Job,
    Named, Namespace, NetworkPolicy, Node, PersistentVolume, PersistentVolumeClaim, Pod, ResourceQuota, Service,
    StorageClass, WebhookConfiguration, Workload,
};
use crate::shape::owner;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Failure, FailureKind};
use domain::object::ObjectRef;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// Clocks that differ by less are the same.
const SKEW: TimeDelta = TimeDelta::seconds(30);

/// Objects of one kind, or why they could not be read.
pub type Seen<T> = Result<Vec<T>, Failure>;

/// Namespace and name of the objects of one kind, or why they could not be read.
pub type Names = Result<BTreeSet<(String, String)>, Failure>;

/// The state of a cluster, or of one namespace, as far as the checks need it.
pub struct Snapshot {
    /// The time of the look.
    pub now: DateTime<Utc>,
    /// The only namespace that was looked into; `None` for all that are open.
    pub namespace: Option<String>,
    /// The server's version, `v1.34.2`.
    pub version: Result<String, Failure>,
    /// Pods.
    pub pods: Seen<Pod>,
    /// Nodes.
    pub nodes: Seen<Node>,
    /// Namespaces.
    pub namespaces: Seen<Namespace>,
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
    /// Volumes.
    pub volumes: Seen<PersistentVolume>,
    /// Storage classes.
    pub storage_classes: Seen<StorageClass>,
    /// Jobs.
    pub jobs: Seen<Job>,
    /// CronJobs.
    pub cron_jobs: Seen<CronJob>,
    /// Autoscalers.
    pub autoscalers: Seen<Autoscaler>,
    /// Disruption budgets.
    pub budgets: Seen<DisruptionBudget>,
    /// Ingresses.
    pub ingresses: Seen<Ingress>,
    /// Ingress classes.
    pub ingress_classes: Seen<IngressClass>,
    /// Network policies.
    pub policies: Seen<NetworkPolicy>,
    /// Quotas.
    pub quotas: Seen<ResourceQuota>,
    /// ConfigMaps, by metadata alone.
    pub config_maps: Names,
    /// Secrets, by metadata alone: their data is never asked for.
    pub secrets: Names,
    /// Service accounts, by metadata alone.
    pub service_accounts: Names,
    /// Mutating webhooks.
    pub mutating: Seen<WebhookConfiguration>,
    /// Validating webhooks.
    pub validating: Seen<WebhookConfiguration>,
    /// API groups that other servers answer.
    pub api_services: Seen<ApiService>,
    /// Warnings of the last hour.
    pub warnings: Seen<Event>,
    /// What autoscalers told of pods that found no node; only asked for where there are such pods.
    pub scale_ups: Seen<Event>,
    /// cert-manager's certificates; empty where the cluster has none.
    pub certificates: Seen<Value>,
    /// Whether a list was cut at its bound.
    pub cut: bool,
}

impl Snapshot {
    /// Reads everything, all lists at once as far as the cluster's bound on requests permits.
    pub async fn take(cluster: &Cluster, namespace: Option<&str>, now: DateTime<Utc>) -> Self {
        let warning = Selection { labels: None, fields: Some("type=Warning".to_owned()) };
        let look = Look { cluster, namespace, everything: Selection::default() };
        let running = async {
            futures::join!(
                look.all("Pod"),
                look.all("Node"),
                look.all("Deployment"),
                look.all("StatefulSet"),
                look.all("DaemonSet"),
                look.all("Job"),
                look.all("CronJob"),
                look.of::<Event>("Event", &warning),
            )
        };
        let reached = async {
            futures::join!(
                look.all("Service"),
                look.all("EndpointSlice"),
                look.all("Ingress"),
                look.all("IngressClass"),
                look.all("NetworkPolicy"),
                look.all("MutatingWebhookConfiguration"),
                look.all("ValidatingWebhookConfiguration"),
                look.where_known("APIService"),
            )
        };
        let governed = async {
            futures::join!(
                look.all("HorizontalPodAutoscaler"),
                look.all("PodDisruptionBudget"),
                look.all("ResourceQuota"),
                look.namespaces().boxed(),
                look.certificates().boxed(),
                cluster.version().boxed(),
            )
        };
        let kept = async {
            futures::join!(
                look.all("PersistentVolumeClaim"),
                look.all("PersistentVolume"),
                look.all("StorageClass"),
                look.names("ConfigMap"),
                look.names("Secret"),
                look.names("ServiceAccount"),
            )
        };
        let (running, reached, governed, kept) = futures::join!(running, reached, governed, kept);
        let (pods, nodes, deployments, stateful_sets, daemon_sets, jobs, cron_jobs, events) = running;
        let (services, slices, ingresses, ingress_classes, policies, mutating, validating, api_services) = reached;
        let (autoscalers, budgets, quotas, namespaces, certificates, version) = governed;
        let (claims, volumes, storage_classes, config_maps, secrets, service_accounts) = kept;
        let warnings = events.map(|mut events| {
            events.retain(|event| event.is_warning() && now - event.last_seen() < TimeDelta::hours(1));
            events
        });
        let scale_ups = match &pods {
            Ok(pods) if pods.iter().any(unschedulable::is_unschedulable) => look.scale_ups().await,
            _ => Ok(Vec::new()),
        };
        let cut = pods.as_ref().is_ok_and(|pods: &Vec<Pod>| pods.len() >= cluster.limits().list_objects);
        Self {
            now,
            namespace: namespace.map(str::to_owned),
            version,
            pods,
            nodes,
            namespaces,
            deployments,
            stateful_sets,
            daemon_sets,
            services,
            slices,
            claims,
            volumes,
            storage_classes,
            jobs,
            cron_jobs,
            autoscalers,
            budgets,
            ingresses,
            ingress_classes,
            policies,
            quotas,
            config_maps,
            secrets,
            service_accounts,
            mutating,
            validating,
            api_services,
            warnings,
            scale_ups,
            certificates,
            cut,
        }
    }

    /// All workloads that keep pods running, with their kinds.
    pub fn workloads(&self) -> Result<Vec<(&'static str, &Workload)>, &Failure> {
        let kinds = [
            ("Deployment", self.deployments.as_ref()?),
            ("StatefulSet", self.stateful_sets.as_ref()?),
            ("DaemonSet", self.daemon_sets.as_ref()?),
        ];
        Ok(kinds.into_iter().flat_map(|(kind, list)| list.iter().map(move |workload| (kind, workload))).collect())
    }

    /// Whether the question reaches into this namespace.
    pub fn covers(&self, namespace: &str) -> bool {
        self.namespace.as_deref().is_none_or(|only| only == namespace)
    }

    /// How far the cluster's clock is ahead of ours, where it shows: something is told to have happened after now.
    ///
    /// Without it an age would be negative, and trouble would count as too young for as long as the clocks differ.
    fn ahead(&self) -> TimeDelta {
        let events = self.warnings.as_deref().unwrap_or_default().iter().map(|event| event.last_seen());
        let pods = self.pods.as_deref().unwrap_or_default().iter();
        let turns =
            pods.flat_map(|pod| pod.status.conditions.iter().filter_map(|condition| condition.last_transition_time));
        events.chain(turns).max().map_or(TimeDelta::zero(), |newest| newest - self.now)
    }

    /// The same snapshot, judged by the cluster's clock where that is ahead; and by how much it is.
    #[must_use]
    pub fn by_its_own_clock(mut self) -> (Self, Option<TimeDelta>) {
        let ahead = self.ahead();
        if ahead <= SKEW {
            return (self, None);
        }
        self.now += ahead;
        (self, Some(ahead))
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

    /// The newest sign, not older than this, that an autoscaler makes room for a pod. Where its events could not be
    /// read there is none: the pod is then told as stuck.
    pub fn scale_up_for(&self, pod: &Pod, at_most: TimeDelta) -> Option<&Event> {
        let events = self.scale_ups.as_deref().unwrap_or_default().iter();
        let own = events.filter(|event| {
            event.involved_object.kind == "Pod"
                && event.involved_object.name == pod.metadata.name
                && event.involved_object.namespace.as_deref() == pod.metadata.namespace.as_deref()
                && self.now - event.last_seen() <= at_most
        });
        own.max_by_key(|event| event.last_seen())
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

/// Where the snapshot looks.
struct Look<'a> {
    cluster: &'a Cluster,
    namespace: Option<&'a str>,
    everything: Selection,
}

/// Boxed: thirty lists side by side would make one future that no stack of a test thread holds.
impl<'a> Look<'a> {
    fn of<T: DeserializeOwned + Send + 'a>(
        &'a self,
        kind: &'a str,
        selection: &'a Selection,
    ) -> BoxFuture<'a, Seen<T>> {
        let kind = Kind::built_in(kind);
        async move { self.cluster.list(&kind, self.namespace, selection).await.map(|listing| listing.items) }.boxed()
    }

    fn all<T: DeserializeOwned + Send + 'a>(&'a self, kind: &'a str) -> BoxFuture<'a, Seen<T>> {
        self.of(kind, &self.everything)
    }

    /// A server that does not know the kind has no object of it.
    async fn where_known<T: DeserializeOwned + Send + 'a>(&'a self, kind: &'a str) -> Seen<T> {
        match self.all(kind).await {
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(Vec::new()),
            seen => seen,
        }
    }

    /// The events of the cluster autoscaler and of Karpenter on pods that they make a node for.
    async fn scale_ups(&self) -> Seen<Event> {
        let kind = Kind::built_in("Event");
        let told = ["TriggeredScaleUp", "Nominated"].map(|reason| {
            let selection = Selection { labels: None, fields: Some(format!("reason={reason}")) };
            let kind = &kind;
            async move { self.cluster.list::<Event>(kind, self.namespace, &selection).await }
        });
        let mut events = Vec::new();
        for listing in futures::future::join_all(told).await {
            events.extend(listing?.items);
        }
        Ok(events)
    }

    fn names(&'a self, kind: &'a str) -> BoxFuture<'a, Names> {
        self.read_names(kind).boxed()
    }

    async fn read_names(&self, kind: &str) -> Names {
        let keep = |named: Named| (named.metadata.namespace().to_owned(), named.metadata.name);
        let kind = Kind::built_in(kind);
        let listed = self.cluster.list_as(&kind, self.namespace, &self.everything, Form::Metadata, keep).await;
        let listed = listed.map_err(|failure| match failure.kind {
            // Nobody is advised to give away values for the sake of names.
            FailureKind::Forbidden if kind.kind == "Secret" => {
                failure.with_hint("names would suffice here, but the right to list Secrets opens their values too")
            }
            _ => failure,
        })?;
        if listed.left_out > 0 {
            // A name that was not read would count as missing.
            let told = format!("{} {} were not read", listed.left_out, kind.plural);
            return Err(Failure::new(FailureKind::TooLarge, told).with_hint("ask for one namespace"));
        }
        Ok(listed.items.into_iter().collect())
    }

    /// One namespace is asked for by its name: who may see it may often not see the others.
    async fn namespaces(&self) -> Seen<Namespace> {
        match self.namespace {
            None => self.all("Namespace").await,
            Some(name) => {
                let request = request::get(&Kind::built_in("Namespace"), None, name);
                match self.cluster.fetch_json(&request).await {
                    Ok(found) => Ok(vec![found]),
                    Err(failure) if failure.kind == FailureKind::NotFound => Ok(Vec::new()),
                    Err(failure) => Err(failure),
                }
            }
        }
    }

    /// A cluster without cert-manager has no such kind: nothing to look at, and nothing wrong.
    async fn certificates(&self) -> Seen<Value> {
        match self.cluster.resolve("certificates.cert-manager.io").await {
            Ok(kind) => self.cluster.list(&kind, self.namespace, &self.everything).await.map(|listing| listing.items),
            Err(failure) if failure.kind == FailureKind::BadRequest => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }
}
