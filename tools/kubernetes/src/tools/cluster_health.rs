//! `cluster_health`: all checks over the cluster or one namespace, worst findings first.

use super::common::{self, Hints};
use super::gone;
use crate::health::{self, Snapshot};
use crate::query::kinds::Kind;
use crate::server::Server;
use crate::shape::age;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::kubernetes::NotChecked;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args, budget};

/// Findings that are told.
const FINDINGS: usize = 40;

#[derive(Deserialize, JsonSchema)]
struct Args {
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "cluster_health",
        "Cluster health",
        format!(
            "Runs {} checks (pods, rollouts, nodes, services, ingresses, policies, webhooks, storage, jobs, quotas, missing config, certificates) and tells what is wrong, worst first. Start here.",
            health::CHECKS.len()
        ),
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let namespace = asked.namespace.as_deref();
    cluster.permit(&Kind::built_in("Pod"), namespace)?;
    context.progress.tell(0.0, Some(2.0), "reading the cluster");
    let snapshot = Snapshot::take(cluster, namespace, context.now).await;
    if let Some(failure) = away(&snapshot) {
        return Err(failure);
    }
    context.progress.tell(1.0, Some(2.0), "checking");
    let (snapshot, ahead) = snapshot.by_its_own_clock();
    let mut health = health::judge(&snapshot);
    let before = health.findings.len();
    health.findings.retain(|finding| !health::ignored(finding, server.ignore(), context.now));
    let ignored = before - health.findings.len();
    let cut = budget::cut(health.findings, FINDINGS, budget::tokens_for(asked.budget_tokens.or(Some(4_000))));
    let total = cut.kept.len() + cut.left.len();
    let mut hints = Hints::default();
    if let Some(ahead) = ahead {
        hints.add(format!(
            "The cluster's clock is {} ahead of this one: times are judged by the cluster's.",
            age::spoken(ahead)
        ));
    }
    if cut.is_cut() {
        hints.add(format!("{} lesser findings are left out: ask for one namespace.", cut.left.len()));
    }
    if ignored > 0 {
        hints.add(format!("{ignored} findings are known noise and not told."));
    }
    for (reason, checks) in by_reason(&health.not_checked) {
        hints.miss(format!("{} {}: {reason}", if checks.len() == 1 { "check" } else { "checks" }, checks.join(", ")));
    }
    if !health.not_checked.is_empty() {
        hints
            .add(format!("{} checks could not look (see not_checked): they are not passed.", health.not_checked.len()));
    }
    if snapshot.cut {
        hints.add("There are more pods than are read at once: ask for one namespace.");
    }
    if let Some(namespace) = namespace
        && snapshot.pods.as_ref().is_ok_and(Vec::is_empty)
        && let Some(hint) = gone::missing_namespace(cluster, namespace).await
    {
        hints.add(hint);
    }
    health.findings = cut.kept;
    Ok(hints.with(Envelope {
        returned: health.findings.len() as u64,
        total: Some(total as u64),
        truncated: total > health.findings.len() || snapshot.cut,
        source: Some(cluster.source()),
        ..Envelope::whole(common::data(&health), 0)
    }))
}

/// Checks that could not look, those with the same reason together: one refusal takes many of them.
fn by_reason(not_checked: &[NotChecked]) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for not in not_checked {
        match reasons.iter_mut().find(|(reason, _)| *reason == not.reason) {
            Some((_, checks)) => checks.push(&not.check),
            None => reasons.push((&not.reason, vec![&not.check])),
        }
    }
    reasons
}

/// Where nothing at all could be read because the cluster is away, that is the answer.
fn away(snapshot: &Snapshot) -> Option<Failure> {
    let failures = [
        snapshot.pods.as_ref().err(),
        snapshot.nodes.as_ref().err(),
        snapshot.deployments.as_ref().err(),
        snapshot.services.as_ref().err(),
        snapshot.jobs.as_ref().err(),
    ];
    let all: Option<Vec<&Failure>> = failures.into_iter().collect();
    let all = all?;
    let gone = all.iter().all(|failure| failure.kind != FailureKind::Forbidden);
    all.first().filter(|_| gone).map(|failure| (*failure).clone())
}
