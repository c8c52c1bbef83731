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
}

/// `spec` of a service.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceSpec {
    /// `ClusterIP`, `LoadBalancer`, `NodePort`, `ExternalName`.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
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
#[serde(default)]
pub struct Endpoint {
    /// Addresses.
    #[serde(deserialize_with = "lenient")]
    pub addresses: Vec<String>,
    /// Readiness.
    #[serde(deserialize_with = "lenient")]
    pub conditions: EndpointConditions,
}

/// `conditions` of an endpoint.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EndpointConditions {
    /// Absent means ready, says the API.
    pub ready: Option<bool>,
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
