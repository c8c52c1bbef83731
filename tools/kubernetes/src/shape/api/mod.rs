//! The fields of API objects that the tools read, and no others.
//!
//! Own small structs instead of the generated ones: a page of pods parses into a few hundred bytes a pod. Every field
//! is optional or defaulted, and a JSON `null` counts as absent, because a Go server writes `null` for empty lists. What
//! makes an answer a list is not optional: JSON of another service would be told as "nothing there".
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

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// One page of a list.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    /// Paging.
    #[serde(default, deserialize_with = "lenient")]
    pub metadata: PageMeta,
    #[serde(rename = "kind", default)]
    _kind: ListKind,
    /// The objects; must be there, `null` where there are none.
    #[serde(deserialize_with = "lenient", bound(deserialize = "T: Deserialize<'de>"))]
    pub items: Vec<T>,
}

/// The `kind` of a list, which is only looked at while it is read: `PodList`, `List`, `Table`, or absent.
#[derive(Debug, Default)]
pub struct ListKind;

impl<'de> Deserialize<'de> for ListKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let kind = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        if kind.is_empty() || kind.ends_with("List") || kind == "Table" {
            return Ok(Self);
        }
        Err(D::Error::custom(format!("the kind {kind:?} is no list")))
    }
}

/// `null` counts as present: for fields whose absence tells that the answer is something else.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    lenient(deserializer).map(Some)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_of_another_service_is_no_empty_list() {
        let read = |text: &str| serde_json::from_str::<Page<Named>>(text).map(|page| page.items.len()).ok();
        for (text, expected) in [
            (r#"{"items":[]}"#, Some(0)),
            (r#"{"kind":"PodList","items":null}"#, Some(0)),
            (r#"{"kind":"PodMetricsList","items":[{"metadata":{"name":"a"}}]}"#, Some(1)),
            (r#"{"kind":null,"items":[]}"#, Some(0)),
            (r#"{"kind":"Pod","items":[]}"#, None),
            (r#"{"kind":"PodList"}"#, None),
            (r#"{"hello":"world"}"#, None),
            ("{}", None),
            ("[]", None),
            ("null", None),
            ("7", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
