//! Namespaces and their quotas.

use super::{Condition, Meta, lenient};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A namespace.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Namespace {
    /// Metadata.
    pub metadata: Meta,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: NamespaceStatus,
}

/// `status` of a namespace.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NamespaceStatus {
    /// Why its deletion does not end.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
}

/// A ResourceQuota.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ResourceQuota {
    /// Metadata.
    pub metadata: Meta,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: QuotaStatus,
}

/// `status` of a quota.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct QuotaStatus {
    /// Bounds, as quantities.
    #[serde(deserialize_with = "lenient")]
    pub hard: BTreeMap<String, String>,
    /// Use, as quantities.
    #[serde(deserialize_with = "lenient")]
    pub used: BTreeMap<String, String>,
}
