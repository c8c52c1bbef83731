//! Services and their endpoints.

use super::{Meta, lenient};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: ServiceSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: BalancedStatus,
}

/// `status` of a service or an ingress: the addresses that a load balancer gave it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BalancedStatus {
    /// The load balancer.
    #[serde(deserialize_with = "lenient")]
    pub load_balancer: LoadBalancer,
}

/// `status.loadBalancer`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LoadBalancer {
    /// Addresses or host names.
    #[serde(deserialize_with = "lenient")]
    pub ingress: Vec<BalancedAddress>,
}

/// One entry of `status.loadBalancer.ingress`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BalancedAddress {
    /// Address.
    #[serde(deserialize_with = "lenient")]
    pub ip: String,
    /// Host name.
    #[serde(deserialize_with = "lenient")]
    pub hostname: String,
}

/// `spec` of a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// `ClusterIP`, `LoadBalancer`, `NodePort`, `ExternalName`.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// `None` for a headless service.
    #[serde(rename = "clusterIP", deserialize_with = "lenient")]
    pub cluster_ip: String,
    /// Where an `ExternalName` leads.
    #[serde(deserialize_with = "lenient")]
    pub external_name: String,
    /// Whether pods that are not ready are endpoints too.
    #[serde(deserialize_with = "lenient")]
    pub publish_not_ready_addresses: bool,
    /// Who makes the load balancer, where it is not the cloud provider.
    #[serde(deserialize_with = "lenient")]
    pub load_balancer_class: String,
    /// Its pods; empty where endpoints are kept by hand.
    #[serde(deserialize_with = "lenient")]
    pub selector: BTreeMap<String, String>,
    /// Ports.
    #[serde(deserialize_with = "lenient")]
    pub ports: Vec<ServicePort>,
}

/// One port of a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServicePort {
    /// Name; may be absent where there is only one.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
    /// Number.
    pub port: u32,
    /// `TCP`, `UDP`, `SCTP`; absent means TCP.
    pub protocol: Option<String>,
    /// A number or a name of a container port.
    pub target_port: Value,
}

/// A slice of a service's endpoints.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EndpointSlice {
    /// Metadata; the label `kubernetes.io/service-name` names the service.
    pub metadata: Meta,
    /// Endpoints.
    #[serde(deserialize_with = "lenient")]
    pub endpoints: Vec<Endpoint>,
}

/// One endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Endpoint {
    /// Addresses.
    #[serde(deserialize_with = "lenient")]
    pub addresses: Vec<String>,
    /// Readiness.
    #[serde(deserialize_with = "lenient")]
    pub conditions: EndpointConditions,
    /// The pod behind it.
    pub target_ref: Option<EndpointTarget>,
}

/// What stands behind an endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EndpointTarget {
    /// `Pod`.
    #[serde(deserialize_with = "lenient")]
    pub kind: String,
    /// Name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

/// `conditions` of an endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EndpointConditions {
    /// Absent means ready, says the API.
    pub ready: Option<bool>,
}

impl ServiceSpec {
    /// Whether it leads to the pods that its selector names.
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.selector.is_empty()
            && self.kind != "ExternalName"
            && self.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}

impl EndpointSlice {
    /// The service that it belongs to.
    pub fn service(&self) -> Option<&str> {
        self.metadata.labels.get("kubernetes.io/service-name").map(String::as_str)
    }

    /// Addresses of endpoints that are ready.
    pub fn ready(&self) -> u32 {
        let ready = self.endpoints.iter().filter(|endpoint| endpoint.conditions.ready.unwrap_or(true));
        ready.map(|endpoint| endpoint.addresses.len().max(1) as u32).sum()
    }
}
