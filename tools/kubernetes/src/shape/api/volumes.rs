//! Persistent volumes and storage classes.

use super::{Meta, lenient};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A PersistentVolume.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PersistentVolume {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: VolumeSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: VolumeStatus,
}

/// `spec` of a volume.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeSpec {
    /// Sizes.
    #[serde(deserialize_with = "lenient")]
    pub capacity: BTreeMap<String, String>,
    /// Who made it.
    #[serde(deserialize_with = "lenient")]
    pub storage_class_name: String,
    /// `Retain`, `Delete`, `Recycle`.
    #[serde(rename = "persistentVolumeReclaimPolicy", deserialize_with = "lenient")]
    pub reclaim_policy: String,
    /// The claim that has or had it.
    pub claim_ref: Option<ClaimReference>,
}

/// The claim of a volume.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ClaimReference {
    /// Namespace.
    #[serde(deserialize_with = "lenient")]
    pub namespace: String,
    /// Name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

/// `status` of a volume.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeStatus {
    /// `Pending`, `Available`, `Bound`, `Released`, `Failed`.
    #[serde(deserialize_with = "lenient")]
    pub phase: String,
    /// Why it failed.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// One word why it failed.
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// When the phase last turned (1.29 and later).
    pub last_phase_transition_time: Option<DateTime<Utc>>,
}

/// A StorageClass.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StorageClass {
    /// Metadata; an annotation marks the default one.
    pub metadata: Meta,
    /// Who makes the volumes.
    #[serde(deserialize_with = "lenient")]
    pub provisioner: String,
    /// `Immediate`, `WaitForFirstConsumer`.
    #[serde(deserialize_with = "lenient")]
    pub volume_binding_mode: String,
    /// `Retain`, `Delete`.
    #[serde(deserialize_with = "lenient")]
    pub reclaim_policy: String,
    /// Whether claims may grow.
    #[serde(deserialize_with = "lenient")]
    pub allow_volume_expansion: bool,
}

impl StorageClass {
    /// Whether claims without a class get this one.
    pub fn is_default(&self) -> bool {
        let marked = |key: &str| self.metadata.annotations.get(key).is_some_and(|value| value == "true");
        marked("storageclass.kubernetes.io/is-default-class")
            || marked("storageclass.beta.kubernetes.io/is-default-class")
    }
}
