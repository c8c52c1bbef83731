//! Kinds of the API, and the words that people use for them.
//!
//! The kinds that every cluster has are a table, so that most calls need no discovery; the same record describes a
//! custom resource that discovery found.

/// A resource of the API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// `Deployment`.
    pub kind: String,
    /// `deployments`, as in paths.
    pub plural: String,
    /// `apps`; empty for the core group.
    pub group: String,
    /// `v1`.
    pub version: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// `deploy`.
    pub short_names: Vec<String>,
}

type Known = (&'static str, &'static str, &'static str, &'static str, bool, &'static [&'static str]);

const ADMISSION: &str = "admissionregistration.k8s.io";

const KNOWN: &[Known] = &[
    ("Pod", "pods", "", "v1", true, &["po"]),
    ("Service", "services", "", "v1", true, &["svc"]),
    ("ConfigMap", "configmaps", "", "v1", true, &["cm"]),
    ("Secret", "secrets", "", "v1", true, &[]),
    ("Node", "nodes", "", "v1", false, &["no"]),
    ("Namespace", "namespaces", "", "v1", false, &["ns"]),
    ("Event", "events", "", "v1", true, &["ev"]),
    ("PersistentVolumeClaim", "persistentvolumeclaims", "", "v1", true, &["pvc"]),
    ("PersistentVolume", "persistentvolumes", "", "v1", false, &["pv"]),
    ("ServiceAccount", "serviceaccounts", "", "v1", true, &["sa"]),
    ("Endpoints", "endpoints", "", "v1", true, &["ep"]),
    ("ResourceQuota", "resourcequotas", "", "v1", true, &["quota"]),
    ("LimitRange", "limitranges", "", "v1", true, &["limits"]),
    ("ReplicationController", "replicationcontrollers", "", "v1", true, &["rc"]),
    ("Deployment", "deployments", "apps", "v1", true, &["deploy"]),
    ("StatefulSet", "statefulsets", "apps", "v1", true, &["sts"]),
    ("DaemonSet", "daemonsets", "apps", "v1", true, &["ds"]),
    ("ReplicaSet", "replicasets", "apps", "v1", true, &["rs"]),
    ("ControllerRevision", "controllerrevisions", "apps", "v1", true, &[]),
    ("Job", "jobs", "batch", "v1", true, &[]),
    ("CronJob", "cronjobs", "batch", "v1", true, &["cj"]),
    ("HorizontalPodAutoscaler", "horizontalpodautoscalers", "autoscaling", "v2", true, &["hpa"]),
    ("PodDisruptionBudget", "poddisruptionbudgets", "policy", "v1", true, &["pdb"]),
    ("Ingress", "ingresses", "networking.k8s.io", "v1", true, &["ing"]),
    ("IngressClass", "ingressclasses", "networking.k8s.io", "v1", false, &[]),
    ("NetworkPolicy", "networkpolicies", "networking.k8s.io", "v1", true, &["netpol"]),
    ("EndpointSlice", "endpointslices", "discovery.k8s.io", "v1", true, &[]),
    ("StorageClass", "storageclasses", "storage.k8s.io", "v1", false, &["sc"]),
    ("Role", "roles", "rbac.authorization.k8s.io", "v1", true, &[]),
    ("RoleBinding", "rolebindings", "rbac.authorization.k8s.io", "v1", true, &[]),
    ("ClusterRole", "clusterroles", "rbac.authorization.k8s.io", "v1", false, &[]),
    ("ClusterRoleBinding", "clusterrolebindings", "rbac.authorization.k8s.io", "v1", false, &[]),
    ("PriorityClass", "priorityclasses", "scheduling.k8s.io", "v1", false, &["pc"]),
    ("Lease", "leases", "coordination.k8s.io", "v1", true, &[]),
    ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", ADMISSION, "v1", false, &[]),
    ("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", ADMISSION, "v1", false, &[]),
    ("APIService", "apiservices", "apiregistration.k8s.io", "v1", false, &[]),
    ("CustomResourceDefinition", "customresourcedefinitions", "apiextensions.k8s.io", "v1", false, &["crd", "crds"]),
];

impl Kind {
    /// One of the kinds that every cluster has; an unknown word gives a kind of the core group that no server has.
    pub fn built_in(kind: &str) -> Self {
        known().find(|known| known.kind == kind).unwrap_or_else(|| Self {
            kind: kind.to_owned(),
            plural: format!("{}s", kind.to_lowercase()),
            group: String::new(),
            version: "v1".to_owned(),
            namespaced: true,
            short_names: Vec::new(),
        })
    }

    /// Whether the word means this kind: its kind, plural or short name, alone or with its group (`certificates.cert-manager.io`).
    pub fn answers_to(&self, word: &str) -> bool {
        let word = word.trim().to_lowercase();
        let (name, group) = match word.split_once('.') {
            Some((name, group)) => (name, Some(group)),
            None => (word.as_str(), None),
        };
        let named = name == self.kind.to_lowercase()
            || name == self.plural
            || self.short_names.iter().any(|short| short == name);
        let grouped = group.is_none_or(|group| {
            group == self.group || group.strip_prefix(&format!("{}.", self.version)) == Some(self.group.as_str())
        });
        named && grouped
    }

    /// The resource as RBAC names it: `deployments.apps`.
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}

/// The kinds that every cluster has.
pub fn known() -> impl Iterator<Item = Kind> {
    KNOWN.iter().map(|(kind, plural, group, version, namespaced, short_names)| Kind {
        kind: (*kind).to_owned(),
        plural: (*plural).to_owned(),
        group: (*group).to_owned(),
        version: (*version).to_owned(),
        namespaced: *namespaced,
        short_names: short_names.iter().map(|short| (*short).to_owned()).collect(),
    })
}

/// The kind that a word means, among the kinds that every cluster has.
pub fn resolve(word: &str) -> Option<Kind> {
    known().find(|kind| kind.answers_to(word))
}

/// Whether the word asks for all workload kinds together.
pub fn is_workloads(word: &str) -> bool {
    matches!(word.trim().to_lowercase().as_str(), "workload" | "workloads" | "all")
}

/// Words to offer to somebody who typed an unknown one.
pub fn suggestions(word: &str, discovered: &[Kind]) -> Vec<String> {
    let all: Vec<Kind> = known().chain(discovered.iter().cloned()).collect();
    let names = all.iter().flat_map(|kind| [kind.kind.as_str(), kind.plural.as_str()]);
    let mut found: Vec<String> = Vec::new();
    for name in super::names::nearest(word, names, 6) {
        let plural = all.iter().find(|kind| kind.kind == name).map_or(name, |kind| kind.plural.clone());
        if !found.contains(&plural) {
            found.push(plural);
        }
    }
    found.truncate(3);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_resolve_to_kinds() {
        for (word, kind) in [
            ("po", "Pod"),
            ("Deployment", "Deployment"),
            ("deployments.apps", "Deployment"),
            ("deployments.v1.apps", "Deployment"),
            ("HPA", "HorizontalPodAutoscaler"),
            ("crds", "CustomResourceDefinition"),
        ] {
            assert_eq!(resolve(word).map(|found| found.kind), Some(kind.to_owned()), "{word}");
        }
        assert_eq!(resolve("deployments.extensions"), None);
        assert_eq!(resolve("certificates"), None);
    }

    #[test]
    fn typos_are_answered_with_the_nearest_kinds() {
        assert_eq!(suggestions("deplyoments", &[]).first().map(String::as_str), Some("deployments"));
        assert_eq!(suggestions("statefullset", &[]).first().map(String::as_str), Some("statefulsets"));
    }
}
