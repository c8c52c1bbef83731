//! Workflow runs, jobs and steps.

use super::changes::User;
use super::instant;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// `GET /repos/{owner}/{repo}/actions/runs`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Runs {
    #[serde(default)]
    pub total_count: u64,
    pub workflow_runs: Vec<Run>,
}

/// A run.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Run {
    pub id: u64,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub path: String,
    #[serde(default)]
    pub display_title: String,
    #[serde(default)]
    pub head_branch: String,
    #[serde(default)]
    pub head_sha: String,
    #[serde(default)]
    pub run_attempt: u64,
    #[serde(default)]
    pub event: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub conclusion: String,
    #[serde(default)]
    pub actor: User,
    #[serde(default, deserialize_with = "instant")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "instant")]
    pub run_started_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "instant")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// `GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Jobs {
    #[serde(default)]
    pub total_count: u64,
    pub jobs: Vec<Job>,
}

/// A job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Job {
    pub id: u64,
    pub name: String,
    pub status: String,
    pub conclusion: String,
    pub runner_name: String,
    #[serde(deserialize_with = "instant")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "instant")]
    pub completed_at: Option<DateTime<Utc>>,
    pub steps: Vec<Step>,
}

/// A step; its times are whole seconds, rounded down.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Step {
    pub name: String,
    pub number: u64,
    pub status: String,
    pub conclusion: String,
    #[serde(deserialize_with = "instant")]
    pub started_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "instant")]
    pub completed_at: Option<DateTime<Utc>>,
}
