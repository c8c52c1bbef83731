//! Deployments, their statuses, and releases.

use super::changes::User;
use super::instant;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A deployment.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Deployment {
    pub id: u64,
    #[serde(default)]
    pub sha: String,
    #[serde(default, rename = "ref")]
    pub reference: String,
    #[serde(default)]
    pub environment: String,
    #[serde(default)]
    pub creator: User,
    #[serde(default, deserialize_with = "instant")]
    pub created_at: Option<DateTime<Utc>>,
}

/// One status of a deployment; the list has the newest first.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeploymentStatus {
    pub state: String,
    pub description: String,
    #[serde(deserialize_with = "instant")]
    pub created_at: Option<DateTime<Utc>>,
}

/// A release.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Release {
    pub tag_name: String,
    pub name: String,
    pub author: User,
    #[serde(deserialize_with = "instant")]
    pub published_at: Option<DateTime<Utc>>,
}
