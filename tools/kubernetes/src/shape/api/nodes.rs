//! Nodes and persistent volume claims.

use super::placement::Taint;
use super::{Condition, Meta, lenient};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: NodeSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: NodeStatus,
}

/// `spec` of a node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    /// Cordoned.
    #[serde(deserialize_with = "lenient")]
    pub unschedulable: bool,
    /// What keeps pods away that do not tolerate it.
    #[serde(deserialize_with = "lenient")]
    pub taints: Vec<Taint>,
}

/// `status` of a node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    /// `Ready` and the pressures.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
    /// What pods may use.
    #[serde(deserialize_with = "lenient")]
    pub allocatable: BTreeMap<String, String>,
    /// Versions.
    #[serde(deserialize_with = "lenient")]
    pub node_info: NodeInfo,
}

/// `status.nodeInfo`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeInfo {
    /// Kubelet.
    #[serde(deserialize_with = "lenient")]
    pub kubelet_version: String,
}

/// A claim on storage.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PersistentVolumeClaim {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: ClaimSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: ClaimStatus,
}

/// `spec` of a claim.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimSpec {
    /// Which class makes it; absent means the default one, empty means none.
    pub storage_class_name: Option<String>,
    /// The volume that it got.
    #[serde(deserialize_with = "lenient")]
    pub volume_name: String,
    /// Sizes.
    #[serde(deserialize_with = "lenient")]
    pub resources: ClaimResources,
}

/// `spec.resources` of a claim.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ClaimResources {
    /// Wanted.
    #[serde(deserialize_with = "lenient")]
    pub requests: BTreeMap<String, String>,
}

/// `status` of a claim.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ClaimStatus {
    /// `Pending`, `Bound`, `Lost`.
    #[serde(deserialize_with = "lenient")]
    pub phase: String,
    /// Got.
    #[serde(deserialize_with = "lenient")]
    pub capacity: BTreeMap<String, String>,
    /// Resizing and the like.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
}
