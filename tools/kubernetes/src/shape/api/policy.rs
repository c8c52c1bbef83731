//! Autoscalers and disruption budgets.

use super::{Condition, LabelSelector, Meta, lenient};
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A HorizontalPodAutoscaler (autoscaling/v2).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Autoscaler {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: AutoscalerSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: AutoscalerStatus,
}

/// `spec` of an autoscaler.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoscalerSpec {
    /// What it scales.
    #[serde(deserialize_with = "lenient")]
    pub scale_target_ref: ScaleTarget,
    /// Upper bound.
    #[serde(deserialize_with = "lenient")]
    pub max_replicas: u32,
}

/// What an autoscaler scales.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ScaleTarget {
    /// Group and version.
    #[serde(rename = "apiVersion", deserialize_with = "lenient")]
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
}

/// `status` of an autoscaler.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoscalerStatus {
    /// Replicas now.
    #[serde(deserialize_with = "lenient")]
    pub current_replicas: u32,
    /// Replicas wanted.
    #[serde(deserialize_with = "lenient")]
    pub desired_replicas: u32,
    /// When it last scaled.
    pub last_scale_time: Option<DateTime<Utc>>,
    /// `AbleToScale`, `ScalingActive`, `ScalingLimited`.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
}

/// A PodDisruptionBudget.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct DisruptionBudget {
    /// Metadata.
    pub metadata: Meta,
    /// What was asked for.
    #[serde(deserialize_with = "lenient")]
    pub spec: BudgetSpec,
    /// What is.
    #[serde(deserialize_with = "lenient")]
    pub status: BudgetStatus,
}

/// `spec` of a budget.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BudgetSpec {
    /// Its pods; absent selects none.
    pub selector: Option<LabelSelector>,
}

/// `status` of a budget.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BudgetStatus {
    /// How many pods may go now.
    #[serde(deserialize_with = "lenient")]
    pub disruptions_allowed: u32,
    /// Pods that are healthy.
    #[serde(deserialize_with = "lenient")]
    pub current_healthy: u32,
    /// Pods that must be.
    #[serde(deserialize_with = "lenient")]
    pub desired_healthy: u32,
    /// Pods it covers.
    #[serde(deserialize_with = "lenient")]
    pub expected_pods: u32,
}
