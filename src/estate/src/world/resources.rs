//! The kinds that the cluster serves, as one table: discovery, storage and the paths of the API follow from it.

/// One kind of object.
#[derive(Debug)]
pub struct Resource {
    /// API group, empty for the core one.
    pub group: &'static str,
    /// Version.
    pub version: &'static str,
    /// Name in the path; also the key of the store.
    pub plural: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Short names, as kubectl takes them.
    pub short: &'static [&'static str],
    /// Whether `kubectl get all` shows it.
    pub in_all: bool,
    /// Subresources.
    pub subresources: &'static [&'static str],
}

impl Resource {
    /// `group/version` or `v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }
}

const fn kind(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
    namespaced: bool,
) -> Resource {
    Resource { group, version, plural, kind, namespaced, short: &[], in_all: false, subresources: &[] }
}

impl Resource {
    const fn short(mut self, short: &'static [&'static str]) -> Self {
        self.short = short;
        self
    }
    const fn all(mut self) -> Self {
        self.in_all = true;
        self
    }
    const fn sub(mut self, subresources: &'static [&'static str]) -> Self {
        self.subresources = subresources;
        self
    }
}

/// Every kind, grouped as discovery lists them.
pub static RESOURCES: &[Resource] = &[
    kind("", "v1", "configmaps", "ConfigMap", true).short(&["cm"]),
    kind("", "v1", "endpoints", "Endpoints", true).short(&["ep"]),
    kind("", "v1", "events", "Event", true).short(&["ev"]),
    kind("", "v1", "limitranges", "LimitRange", true).short(&["limits"]),
    kind("", "v1", "namespaces", "Namespace", false).short(&["ns"]).sub(&["status"]),
    kind("", "v1", "nodes", "Node", false).short(&["no"]).sub(&["status"]),
    kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true).short(&["pvc"]).sub(&["status"]),
    kind("", "v1", "persistentvolumes", "PersistentVolume", false).short(&["pv"]).sub(&["status"]),
    kind("", "v1", "pods", "Pod", true).short(&["po"]).all().sub(&["status", "log", "eviction"]),
    kind("", "v1", "resourcequotas", "ResourceQuota", true).short(&["quota"]).sub(&["status"]),
    kind("", "v1", "secrets", "Secret", true),
    kind("", "v1", "serviceaccounts", "ServiceAccount", true).short(&["sa"]),
    kind("", "v1", "services", "Service", true).short(&["svc"]).all().sub(&["status"]),
    kind("apps", "v1", "controllerrevisions", "ControllerRevision", true),
    kind("apps", "v1", "daemonsets", "DaemonSet", true).short(&["ds"]).all().sub(&["status"]),
    kind("apps", "v1", "deployments", "Deployment", true).short(&["deploy"]).all().sub(&["status", "scale"]),
    kind("apps", "v1", "replicasets", "ReplicaSet", true).short(&["rs"]).all().sub(&["status", "scale"]),
    kind("apps", "v1", "statefulsets", "StatefulSet", true).short(&["sts"]).all().sub(&["status", "scale"]),
    kind("batch", "v1", "cronjobs", "CronJob", true).short(&["cj"]).all().sub(&["status"]),
    kind("batch", "v1", "jobs", "Job", true).all().sub(&["status"]),
    kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true)
        .short(&["hpa"])
        .all()
        .sub(&["status"]),
    kind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true).short(&["pdb"]).sub(&["status"]),
    kind("networking.k8s.io", "v1", "ingressclasses", "IngressClass", false),
    kind("networking.k8s.io", "v1", "ingresses", "Ingress", true).short(&["ing"]).sub(&["status"]),
    kind("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true).short(&["netpol"]),
    kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true),
    kind("storage.k8s.io", "v1", "storageclasses", "StorageClass", false).short(&["sc"]),
    kind("coordination.k8s.io", "v1", "leases", "Lease", true),
    kind("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false),
    kind("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false),
    kind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true),
    kind("rbac.authorization.k8s.io", "v1", "roles", "Role", true),
    kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false)
        .short(&["crd", "crds"])
        .sub(&["status"]),
    kind("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", false),
    kind(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        false,
    ),
    kind("events.k8s.io", "v1", "events", "Event", true).short(&["ev"]),
    kind("cert-manager.io", "v1", "certificates", "Certificate", true).short(&["cert", "certs"]).sub(&["status"]),
    kind("cert-manager.io", "v1", "clusterissuers", "ClusterIssuer", false).sub(&["status"]),
];

/// The kind at a path.
pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    RESOURCES
        .iter()
        .find(|resource| resource.group == group && resource.version == version && resource.plural == plural)
}

/// The kind that is stored under a plural name (the core one where two groups share it).
pub fn stored(plural: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.plural == plural)
}

/// The store's key of a kind by its name.
pub fn plural_of(kind: &str) -> Option<&'static str> {
    RESOURCES.iter().find(|resource| resource.kind == kind).map(|resource| resource.plural)
}
