//! The fields of API objects that the tools read, and no others.
//!
//! Own small structs instead of the generated ones: a page of pods parses into a few hundred bytes a pod. Every field
//! is optional or defaulted, and a JSON `null` counts as absent, because a Go server writes `null` for empty lists.
//!
//! Deliberately absent: writing. Nothing here can be sent back to a server.

mod admission;
mod events;
mod ingress;
mod meta;
mod network;
mod network_policy;
mod nodes;
mod placement;
mod pods;
mod policy;
mod quota;
mod volumes;
mod workloads;

pub use admission::{ApiService, Webhook, WebhookConfiguration};
pub use events::Event;
pub use ingress::{Ingress, IngressClass};
pub use meta::{Condition, LabelSelector, ManagedField, Meta, Named, OwnerReference};
pub use network::{EndpointSlice, Service, ServicePort};
pub use network_policy::{NetworkPolicy, Peer, PolicyPort};
pub use nodes::{Node, PersistentVolumeClaim};
pub use placement::Taint;
pub use pods::{Container, ContainerPort, ContainerStatus, Pod, Terminated};
pub use policy::{Autoscaler, DisruptionBudget};
pub use quota::{Namespace, ResourceQuota};
pub use volumes::{PersistentVolume, StorageClass};
pub use workloads::{CronJob, Job, Workload};

use serde::{Deserialize, Deserializer};

/// One page of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    /// Paging.
    #[serde(default, deserialize_with = "lenient")]
    pub metadata: PageMeta,
    /// The objects.
    #[serde(default = "Vec::new", deserialize_with = "lenient", bound(deserialize = "T: Deserialize<'de>"))]
    pub items: Vec<T>,
}

/// What a page says about the pages after it.
#[derive(Debug, Default, Deserialize)]
pub struct PageMeta {
    /// Passed back to get the next page.
    #[serde(rename = "continue", default, deserialize_with = "lenient")]
    pub next: String,
    /// How many are left, where the server counts.
    #[serde(rename = "remainingItemCount", default)]
    pub remaining: Option<u64>,
}

/// `null` is the default value.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
