//! Workflow runs, jobs and steps.

use super::changes::User;
use super::instant;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// `GET /repos/{owner}/{repo}/actions/runs`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Runs {
    pub total_count: u64,
    pub workflow_runs: Vec<Run>,
}

/// A run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Run {
    pub id: u64,
    pub name: String,
    pub path: String,
    pub display_title: String,
    pub head_branch: String,
    pub head_sha: String,
    pub run_attempt: u64,
    pub event: String,
    pub status: String,
    pub conclusion: String,
    pub actor: User,
    #[serde(deserialize_with = "instant")]
    pub created_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "instant")]
    pub run_started_at: Option<DateTime<Utc>>,
    #[serde(deserialize_with = "instant")]
    pub updated_at: Option<DateTime<Utc>>,
}

/// `GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Jobs {
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
