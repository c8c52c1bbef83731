//! `rollout_status`: how far the rollout of a workload is, and which pods hold it up.

mod judge;

use super::common::{self, Hints};
use super::{rollout_history, target};
use crate::backend::Cluster;
use crate::query::kinds::Kind;
use crate::query::reference::Reference;
use crate::query::request::Selection;
use crate::server::Server;
use crate::shape::api::{Event, Meta, Pod, Workload};
use crate::shape::revisions::{self, Source};
use crate::shape::{lines, pods};
use chrono::{DateTime, Utc};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::kubernetes::{HeldUp, Revision, RolloutStatus};
use futures::FutureExt as _;
use judge::Counts;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

/// Pods that are told.
const PODS: usize = 10;

/// Lines of the difference that are told.
const LINES: usize = 8;

#[derive(Deserialize, JsonSchema)]
struct Args {
    /// Deployment (default), StatefulSet, DaemonSet.
    #[schemars(length(max = 253))]
    kind: Option<String>,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "rollout_status",
        "Rollout status",
        "How far a workload's rollout is, why it does not go on, which pods hold it up.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let reference = Reference::parse(&asked.name);
    let word = asked.kind.as_deref().or(reference.kind.as_deref()).unwrap_or("Deployment");
    let kind = cluster.resolve(word).await?;
    if !matches!(kind.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet") || kind.group != "apps" {
        return Err(Failure::new(FailureKind::BadRequest, format!("a {} has no rollout", kind.kind))
            .with_hint("ask for a Deployment, a StatefulSet or a DaemonSet"));
    }
    let namespace = asked.namespace.clone().or(reference.namespace);
    let (object, manifest) = target::read(cluster, &kind, namespace.as_deref(), &reference.name).await?;
    let workload: Workload = serde_json::from_value(manifest.clone()).map_err(|error| {
        Failure::new(FailureKind::BadAnswer, format!("{object} of cluster {} does not fit: {error}", cluster.name()))
    })?;
    let mut hints = Hints::default();
    let look = Look { cluster, workload: &workload, kind: &kind.kind, now: context.now };
    let (sources, found, events) =
        futures::join!(look.sources(&manifest).boxed(), look.pods().boxed(), look.events().boxed());
    let sources = told(sources, "Revisions are not told", &mut hints);
    let found = told(found, "Pods are not told", &mut hints);
    let events = told(events, "Warnings of the pods are not told", &mut hints);
    let (rows, newest) = look.revisions(sources);
    let current = rows.iter().position(|row| row.current);
    let revision = current.and_then(|at| rows.get(at));
    let counts = Counts::of(&kind.kind, &workload);
    let held: Vec<HeldUp> = look.held_up(&found, newest.as_deref(), &events);
    let (state, why) = judge::verdict(&kind.kind, &workload, &counts, &held);
    if held.len() > PODS {
        hints.add(format!("{} more pods are not ready.", held.len() - PODS));
    }
    let truncated = held.len() > PODS;
    let status = RolloutStatus {
        object,
        state: state.to_owned(),
        why,
        desired: counts.desired,
        updated: counts.updated,
        ready: counts.ready,
        available: counts.available,
        old: counts.old,
        revision: revision.map(|row| row.revision),
        from_revision: current.and_then(|at| rows.get(at + 1)).map(|row| row.revision),
        diff: revision.map(|row| row.diff.iter().take(LINES).cloned().collect()).unwrap_or_default(),
        generation: workload.metadata.generation,
        observed_generation: workload.status.observed_generation,
        conditions: judge::conditions(&workload),
        held_up_by: held.into_iter().take(PODS).collect(),
    };
    if state == "stuck" || state == "paused" {
        hints.add("rollout_history tells what each revision changed.");
    }
    Ok(hints.with(Envelope { source: Some(cluster.source()), truncated, ..Envelope::whole(common::data(&status), 1) }))
}

fn told<T>(result: Result<Vec<T>, Failure>, what: &str, hints: &mut Hints) -> Vec<T> {
    result.unwrap_or_else(|failure| {
        hints.miss(format!("{what}: {failure}."));
        Vec::new()
    })
}

/// Where the pods of a workload are looked for.
struct Look<'a> {
    cluster: &'a Cluster,
    workload: &'a Workload,
    kind: &'a str,
    now: DateTime<Utc>,
}

impl Look<'_> {
    fn meta(&self) -> &Meta {
        &self.workload.metadata
    }

    async fn sources(&self, manifest: &Value) -> Result<Vec<Source>, Failure> {
        match self.kind {
            "Deployment" => rollout_history::deployment_sources(self.cluster, self.meta(), manifest).await,
            _ => rollout_history::controller_sources(self.cluster, self.meta(), manifest).await,
        }
    }

    async fn pods(&self) -> Result<Vec<Pod>, Failure> {
        let labels = &self.workload.spec.selector.match_labels;
        let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let selection = Selection { labels: Some(labels.join(",")), fields: None };
        let listed =
            self.cluster.list::<Pod>(&Kind::built_in("Pod"), self.meta().namespace.as_deref(), &selection).await?;
        let own = listed.items.into_iter().filter(|pod| {
            crate::shape::owner::top(&pod.metadata)
                .is_some_and(|(kind, name)| kind == self.kind && name == self.meta().name)
        });
        Ok(own.collect())
    }

    async fn events(&self) -> Result<Vec<Event>, Failure> {
        let selection = Selection { labels: None, fields: Some("type=Warning".to_owned()) };
        let namespace = self.meta().namespace.as_deref();
        Ok(self.cluster.list::<Event>(&Kind::built_in("Event"), namespace, &selection).await?.items)
    }

    /// The revisions, newest first, and the name of the object that keeps the wanted one.
    fn revisions(&self, sources: Vec<Source>) -> (Vec<Revision>, Option<String>) {
        let wanted = match (&self.workload.status.update_revision, revisions::number(self.meta())) {
            (Some(name), _) => sources.iter().find(|source| source.name == *name),
            (None, Some(number)) => sources.iter().find(|source| source.revision == number),
            (None, None) => None,
        };
        let wanted = wanted.or_else(|| sources.iter().max_by_key(|source| source.revision));
        let (number, name) = (wanted.map(|source| source.revision), wanted.map(|source| source.name.clone()));
        (revisions::rows(sources, |source| Some(source.revision) == number), name)
    }

    /// Pods that are not ready, those of the wanted revision first.
    fn held_up(&self, found: &[Pod], newest: Option<&str>, events: &[Event]) -> Vec<HeldUp> {
        let waiting = found.iter().filter(|pod| !pod.is_ready() && !pod.is_finished());
        let mut held: Vec<HeldUp> = waiting
            .map(|pod| {
                let row = pods::row(pod);
                HeldUp {
                    new: newest.is_some_and(|newest| is_of(pod, self.kind, &self.meta().name, newest)),
                    pod: row.name,
                    status: row.status,
                    message: row.message.or_else(|| warning(pod, events, self.now)),
                }
            })
            .collect();
        held.sort_by(|left, right| right.new.cmp(&left.new).then_with(|| left.pod.cmp(&right.pod)));
        held
    }
}

/// Whether a pod is of the revision that an object keeps: its ReplicaSet, or a ControllerRevision whose name ends in
/// the hash that the pod carries.
fn is_of(pod: &Pod, kind: &str, workload: &str, newest: &str) -> bool {
    if kind == "Deployment" {
        return pod.metadata.controller().is_some_and(|owner| owner.name == newest);
    }
    let hash = pod.metadata.labels.get("controller-revision-hash").map(String::as_str).unwrap_or_default();
    hash == newest || newest.strip_prefix(workload).and_then(|rest| rest.strip_prefix('-')) == Some(hash)
}

fn warning(pod: &Pod, events: &[Event], now: DateTime<Utc>) -> Option<String> {
    let own = events.iter().filter(|event| {
        event.is_warning()
            && event.involved_object.kind == "Pod"
            && event.involved_object.name == pod.metadata.name
            && now - event.last_seen() < chrono::TimeDelta::hours(1)
    });
    let newest = own.max_by_key(|event| event.last_seen())?;
    Some(format!("{}: {}", newest.reason, lines::cut(&newest.message, 200)))
}
