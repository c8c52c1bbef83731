//! Network policies (networking.k8s.io/v1), the ingress side.

use super::{LabelSelector, Meta, lenient};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A NetworkPolicy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NetworkPolicy {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: PolicySpec,
}

/// `spec` of a policy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicySpec {
    /// The pods that it governs; empty for all of its namespace.
    #[serde(deserialize_with = "lenient")]
    pub pod_selector: LabelSelector,
    /// `Ingress`, `Egress`; empty means ingress, and egress where there are such rules.
    #[serde(deserialize_with = "lenient")]
    pub policy_types: Vec<String>,
    /// Who may come in.
    #[serde(deserialize_with = "lenient")]
    pub ingress: Vec<Rule>,
    /// Who may be gone to.
    #[serde(deserialize_with = "lenient")]
    pub egress: Vec<Rule>,
}

/// One rule, of either direction.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Rule {
    /// Sources; empty for everybody.
    #[serde(deserialize_with = "lenient")]
    pub from: Vec<Peer>,
    /// Destinations; empty for everybody.
    #[serde(deserialize_with = "lenient")]
    pub to: Vec<Peer>,
    /// Ports; empty for all.
    #[serde(deserialize_with = "lenient")]
    pub ports: Vec<PolicyPort>,
}

/// One source or destination.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Peer {
    /// Pods; absent means all of the namespaces.
    pub pod_selector: Option<LabelSelector>,
    /// Namespaces; absent means the policy's own.
    pub namespace_selector: Option<LabelSelector>,
    /// Addresses; stands alone.
    pub ip_block: Option<Value>,
}

/// One port of a rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyPort {
    /// A number, a name of a container port, or absent for all.
    pub port: Value,
    /// `TCP`, which is meant where it is absent, `UDP`, `SCTP`.
    pub protocol: Option<String>,
    /// End of a range.
    pub end_port: Option<u32>,
}

impl NetworkPolicy {
    /// Whether it governs what comes into pods with these labels in this namespace.
    pub fn governs_ingress(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        let types = &self.spec.policy_types;
        self.metadata.namespace() == namespace
            && (types.is_empty() || types.iter().any(|kind| kind == "Ingress"))
            && self.spec.pod_selector.matches(labels)
    }

    /// Whether it governs where pods with these labels may go.
    pub fn governs_egress(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        let types = &self.spec.policy_types;
        let told =
            if types.is_empty() { !self.spec.egress.is_empty() } else { types.iter().any(|kind| kind == "Egress") };
        told && self.metadata.namespace() == namespace && self.spec.pod_selector.matches(labels)
    }
}
