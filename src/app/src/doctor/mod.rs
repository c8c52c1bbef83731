//! What is configured, and what of it answers.
//!
//! A list of [`Probe`]s, one for each cluster, Prometheus server, MCP server, model, store, bus and Slack; all run at the same time, each
//! with a deadline, and none can stop another. What could not be looked at is told as that, never as well (invariant 12).

pub mod probes;
pub mod report;

use crate::cli::Exit;
use async_trait::async_trait;
use futures::future::join_all;
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// How long one probe may take.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// What a probe looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A cluster's API server.
    Cluster,
    /// A Prometheus server.
    Prometheus,
    /// An Alertmanager.
    Alertmanager,
    /// A Loki server.
    Loki,
    /// A Tempo server.
    Tempo,
    /// GitHub, or an Enterprise Server.
    Github,
    /// A foreign MCP server.
    McpServer,
    /// The model endpoint.
    Model,
    /// Where things are kept.
    Store,
    /// What several processes share in passing.
    Bus,
    /// The endpoint that makes vectors.
    Embeddings,
    /// The Slack workspace.
    Slack,
}

impl Subject {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Prometheus => "prometheus",
            Self::Alertmanager => "alertmanager",
            Self::Loki => "loki",
            Self::Tempo => "tempo",
            Self::Github => "github",
            Self::McpServer => "mcp server",
            Self::Model => "model",
            Self::Store => "store",
            Self::Bus => "bus",
            Self::Embeddings => "embeddings",
            Self::Slack => "slack",
        }
    }
}

/// How something stands, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It answers and may be used for everything that we need.
    Well,
    /// It is not configured, which is no fault.
    Absent,
    /// It answers, but something that we need is missing.
    Limited,
    /// It does not answer, or refuses us.
    Away,
}

/// One line under a finding: something that was asked, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What it is.
    pub name: String,
    /// What was found.
    pub value: String,
    /// Whether it is as it should be.
    pub well: bool,
}

impl Detail {
    /// Something that is as it should be.
    pub fn well(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), well: true }
    }

    /// Something that is missing.
    pub fn lacking(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), well: false }
    }
}

/// What a probe saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// How it stands.
    pub state: State,
    /// Version, or why it is away; one line, without secrets.
    pub summary: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What else was asked.
    pub details: Vec<Detail>,
}

impl Sight {
    /// It answers; `Limited` where a detail is lacking.
    pub fn answers(summary: impl Into<String>, details: Vec<Detail>) -> Self {
        let state = if details.iter().all(|detail| detail.well) { State::Well } else { State::Limited };
        Self { state, summary: summary.into(), hint: None, details }
    }

    /// It does not answer.
    pub fn away(summary: impl Into<String>) -> Self {
        Self { state: State::Away, summary: summary.into(), hint: None, details: Vec::new() }
    }

    /// Nothing of this sort is configured.
    pub fn absent(summary: impl Into<String>) -> Self {
        Self { state: State::Absent, summary: summary.into(), hint: None, details: Vec::new() }
    }

    /// With advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A probe's result with what it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub subject: Subject,
    /// Its name in the settings.
    pub name: String,
    /// Where it is, without credentials.
    pub target: String,
    /// How it stands.
    pub state: State,
    /// Version, or why it is away.
    pub summary: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How long the look took.
    pub milliseconds: u64,
    /// What else was asked.
    pub details: Vec<Detail>,
}

/// Looks at one thing.
#[async_trait]
pub trait Probe: Send + Sync {
    /// What it looks at.
    fn subject(&self) -> Subject;

    /// The thing's name in the settings.
    fn name(&self) -> String;

    /// Where it is, without credentials.
    fn target(&self) -> String;

    /// Looks. Dropped when [`DEADLINE`] has passed.
    async fn look(&self) -> Sight;
}

/// Runs all probes at the same time; the findings come in the order of the probes.
pub async fn examine(probes: &[Box<dyn Probe>]) -> Vec<Finding> {
    join_all(probes.iter().map(|probe| one(probe.as_ref()))).await
}

async fn one(probe: &dyn Probe) -> Finding {
    let start = Instant::now();
    let sight = match tokio::time::timeout(DEADLINE, probe.look()).await {
        Ok(sight) => sight,
        Err(_) => Sight::away(format!("no answer within {} s", DEADLINE.as_secs()))
            .with_hint("is it running, and is the network between open?"),
    };
    Finding {
        subject: probe.subject(),
        name: probe.name(),
        target: probe.target(),
        state: sight.state,
        summary: sight.summary,
        hint: sight.hint,
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        details: sight.details,
    }
}

/// 0 where everything that is configured answers, 69 where none of it does, 2 where some does or something lacks.
pub fn exit(findings: &[Finding]) -> Exit {
    let configured: Vec<State> =
        findings.iter().map(|finding| finding.state).filter(|state| *state != State::Absent).collect();
    if configured.iter().all(|state| *state == State::Well) {
        Exit::Done
    } else if configured.iter().all(|state| *state == State::Away) {
        Exit::Unavailable
    } else {
        Exit::CouldNotLook
    }
}

#[cfg(test)]
mod tests;
