//! What the credentials lack of what the tools need, for `doctor`.
//!
//! One review of access for each verb and kind, in the API server's own words. Deliberately absent: what an optional
//! kind needs (cert-manager, Gateway API), because a cluster may not have it.

use crate::backend::{Cluster, Review};
use domain::envelope::Failure;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

/// Verb, API group, resource (with a subresource).
type Need = (&'static str, &'static str, &'static str);

/// Reviews at the same time.
const AT_ONCE: usize = 8;

/// What looking needs; `config/rbac/read.yaml` grants it.
const READ: &[Need] = &[
    ("list", "", "pods"),
    ("get", "", "pods/log"),
    ("list", "", "nodes"),
    ("list", "", "namespaces"),
    ("list", "", "events"),
    ("list", "", "services"),
    ("list", "", "configmaps"),
    ("list", "", "serviceaccounts"),
    ("list", "", "persistentvolumeclaims"),
    ("list", "", "persistentvolumes"),
    ("list", "", "resourcequotas"),
    ("list", "apps", "deployments"),
    ("list", "apps", "replicasets"),
    ("list", "apps", "statefulsets"),
    ("list", "apps", "daemonsets"),
    ("list", "apps", "controllerrevisions"),
    ("list", "batch", "jobs"),
    ("list", "batch", "cronjobs"),
    ("list", "autoscaling", "horizontalpodautoscalers"),
    ("list", "policy", "poddisruptionbudgets"),
    ("list", "discovery.k8s.io", "endpointslices"),
    ("list", "networking.k8s.io", "ingresses"),
    ("list", "networking.k8s.io", "ingressclasses"),
    ("list", "networking.k8s.io", "networkpolicies"),
    ("list", "storage.k8s.io", "storageclasses"),
    ("list", "admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("list", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    ("list", "apiregistration.k8s.io", "apiservices"),
];

/// What the changes need; `config/rbac/act.yaml` grants it.
const ACT: &[Need] = &[
    ("get", "", "pods"),
    ("get", "", "nodes"),
    ("get", "apps", "deployments"),
    ("list", "apps", "replicasets"),
    ("list", "policy", "poddisruptionbudgets"),
    ("list", "autoscaling", "horizontalpodautoscalers"),
    ("patch", "apps", "deployments"),
    ("patch", "apps", "statefulsets"),
    ("patch", "apps", "daemonsets"),
    ("patch", "apps", "deployments/scale"),
    ("patch", "apps", "statefulsets/scale"),
    ("patch", "autoscaling", "horizontalpodautoscalers"),
    ("patch", "batch", "cronjobs"),
    ("patch", "batch", "jobs"),
    ("delete", "batch", "jobs"),
    ("delete", "", "pods"),
    ("create", "", "pods/eviction"),
    ("patch", "", "nodes"),
];

/// Resources without a namespace: a review of them must not name one.
const CLUSTER_WIDE: &[&str] = &[
    "nodes",
    "namespaces",
    "persistentvolumes",
    "ingressclasses",
    "storageclasses",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "apiservices",
];

/// What is needed and not permitted, as `verb resource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Reviews that were made.
    pub asked: usize,
    /// `list networkpolicies.networking.k8s.io`, in the order of the needs.
    pub missing: Vec<String>,
}

impl Cluster {
    /// What the credentials for looking lack.
    ///
    /// # Errors
    /// The first review that could not be made.
    pub async fn missing_for_reading(&self) -> Result<Permissions, Failure> {
        self.missing(READ).await
    }

    /// What the credentials for acting lack.
    ///
    /// # Errors
    /// The first review that could not be made.
    pub async fn missing_for_acting(&self) -> Result<Permissions, Failure> {
        self.missing(ACT).await
    }

    async fn missing(&self, needs: &[Need]) -> Result<Permissions, Failure> {
        let mut reviews: Vec<BoxFuture<'_, (Need, Result<bool, Failure>)>> = Vec::with_capacity(needs.len());
        for need in needs.iter().copied() {
            reviews.push(async move { (need, self.permits(need).await) }.boxed());
        }
        let answers: Vec<_> = stream::iter(reviews).buffered(AT_ONCE).collect().await;
        let mut missing = Vec::new();
        for ((verb, group, resource), allowed) in answers {
            if !allowed? {
                let group = if group.is_empty() { String::new() } else { format!(".{group}") };
                missing.push(format!("{verb} {resource}{group}"));
            }
        }
        Ok(Permissions { asked: needs.len(), missing })
    }

    /// In all namespaces, or in the first of those that the settings open.
    async fn permits(&self, (verb, group, resource): Need) -> Result<bool, Failure> {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let mut attributes = json!({"verb": verb, "group": group, "resource": resource});
        if let Value::Object(attributes) = &mut attributes {
            if !subresource.is_empty() {
                attributes.insert("subresource".to_owned(), Value::from(subresource));
            }
            if let Some(namespace) = self.first_namespace().filter(|_| !CLUSTER_WIDE.contains(&resource)) {
                attributes.insert("namespace".to_owned(), Value::from(namespace));
            }
        }
        let status = self.review(Review::Access, json!({"resourceAttributes": attributes})).await?;
        let flag = |field: &str| status.get(field).and_then(Value::as_bool).unwrap_or(false);
        Ok(flag("allowed") && !flag("denied"))
    }
}
