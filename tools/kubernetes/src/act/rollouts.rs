//! `rollout_restart` and `rollout_undo`: the pods of a workload made anew, from the same template or an earlier one.

use super::perform::{self, Decision};
use super::subject::{Subject, Wanted};
use crate::backend::{WriteForm, WriteRequest};
use crate::server::Server;
use crate::shape::api::Meta;
use crate::shape::revisions::{self, Source};
use crate::tools::rollout_history;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::acted::Undo;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::act::Act;
use tools_common::{CallContext, ToolSpec, args};

/// The annotation by which `kubectl rollout restart` makes the template differ.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

const KINDS: &[&str] = &["Deployment", "StatefulSet", "DaemonSet"];

#[derive(Deserialize, JsonSchema)]
struct RestartArgs {
    /// Deployment (default), StatefulSet, DaemonSet.
    #[schemars(length(max = 63))]
    kind: Option<String>,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    cluster: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct UndoArgs {
    /// Deployment (default), StatefulSet, DaemonSet.
    #[schemars(length(max = 63))]
    kind: Option<String>,
    #[schemars(length(max = 253))]
    name: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    /// The one before the current by default.
    #[schemars(range(min = 1))]
    to_revision: Option<u64>,
    cluster: Option<String>,
}

/// `rollout_restart` as it is offered.
pub fn restart_spec() -> ToolSpec {
    ToolSpec::act::<RestartArgs>("rollout_restart", "Restart", "Makes the pods of a workload anew, a few at a time.")
}

/// `rollout_undo` as it is offered.
pub fn undo_spec() -> ToolSpec {
    ToolSpec::act::<UndoArgs>("rollout_undo", "Roll back", "Rolls a workload back to an earlier revision.")
}

/// Performs `rollout_restart`.
pub async fn restart(
    server: &Server,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let asked: RestartArgs = args::parse(arguments)?;
    let place = (asked.cluster.as_deref(), asked.kind.as_deref(), asked.namespace.as_deref());
    let subject = read(server, place, &asked.name, context.act()?).await?;
    let at = context.now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let body = json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: at}}}}});
    let undo = current_of_deployment(&subject).map(|revision| undo_to(&subject, revision));
    let mut warnings = Vec::new();
    if subject.text("/spec/updateStrategy/type") == "OnDelete" {
        warnings.push("its update strategy is OnDelete: pods are made anew only when they are deleted".to_owned());
    }
    let decision = Decision {
        action: "rollout_restart",
        class: EffectClass::W1,
        request: subject.request(WriteForm::StrategicPatch, "", perform::versioned(&subject, body)),
        touches: None,
        undo,
        warnings,
    };
    perform::patch(&subject, decision, context).await
}

/// Performs `rollout_undo`.
pub async fn undo(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: UndoArgs = args::parse(arguments)?;
    let place = (asked.cluster.as_deref(), asked.kind.as_deref(), asked.namespace.as_deref());
    let subject = read(server, place, &asked.name, context.act()?).await?;
    let (sources, current) = sources(&subject).await?;
    let target = choose(&subject, &sources, current, asked.to_revision)?;
    let decision = Decision {
        action: "rollout_undo",
        class: EffectClass::W2,
        request: request(&subject, target),
        touches: Some(json!({"spec": {"template": target.template}})),
        undo: Some(undo_to(&subject, current)),
        warnings: Vec::new(),
    };
    perform::patch(&subject, decision, context).await
}

async fn read<'a>(
    server: &'a Server,
    (cluster, kind, namespace): (Option<&str>, Option<&str>, Option<&str>),
    name: &str,
    act: &Act,
) -> Result<Subject<'a>, Failure> {
    let subject = Subject::read(server, &Wanted { cluster, kind, kinds: KINDS, namespace, name }, act).await?;
    if subject.manifest.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        let message = format!("the rollout of {} is paused: nothing would happen", subject.object);
        return Err(Failure::new(FailureKind::Conflict, message).with_hint("whoever paused it has a reason; ask"));
    }
    let generation = |pointer: &str| subject.manifest.pointer(pointer).and_then(Value::as_i64);
    if generation("/status/observedGeneration") < generation("/metadata/generation") {
        let message = format!("the controller has not yet seen the last change of {}", subject.object);
        return Err(Failure::new(FailureKind::Conflict, message)
            .with_hint("which revision is current is not known yet; look again in a moment"));
    }
    Ok(subject)
}

fn meta(subject: &Subject<'_>) -> Meta {
    let metadata = subject.manifest.get("metadata").cloned().unwrap_or_default();
    serde_json::from_value(metadata).unwrap_or_default()
}

fn current_of_deployment(subject: &Subject<'_>) -> Option<u64> {
    revisions::number(&meta(subject)).filter(|_| subject.kind.kind == "Deployment")
}

/// All revisions, and which is current.
async fn sources(subject: &Subject<'_>) -> Result<(Vec<Source>, u64), Failure> {
    let meta = meta(subject);
    let (sources, current) = if subject.kind.kind == "Deployment" {
        let sources = rollout_history::deployment_sources(subject.cluster, &meta, &subject.manifest).await?;
        (sources, revisions::number(&meta))
    } else {
        let sources = rollout_history::controller_sources(subject.cluster, &meta, &subject.manifest).await?;
        let named = subject.text("/status/updateRevision");
        let current = sources.iter().find(|source| source.name == named).map(|source| source.revision);
        (sources, current)
    };
    let newest = sources.iter().map(|source| source.revision).max();
    let current = current.or(newest).ok_or_else(|| {
        let message = format!("no revision of {} is kept", subject.object);
        Failure::new(FailureKind::NotFound, message).with_hint("set the image or the configuration instead")
    })?;
    Ok((sources, current))
}

fn choose<'a>(
    subject: &Subject<'_>,
    sources: &'a [Source],
    current: u64,
    wanted: Option<u64>,
) -> Result<&'a Source, Failure> {
    let found = match wanted {
        Some(revision) => sources.iter().find(|source| source.revision == revision),
        None => sources.iter().filter(|source| source.revision < current).max_by_key(|source| source.revision),
    };
    let known = || {
        let mut numbers: Vec<u64> = sources.iter().map(|source| source.revision).collect();
        numbers.sort_unstable();
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        format!("revisions are {}, the current is {current}", numbers.join(", "))
    };
    let source = found.ok_or_else(|| {
        let message = match wanted {
            Some(revision) => format!("{} has no revision {revision}", subject.object),
            None => format!("{} has no earlier revision", subject.object),
        };
        Failure::new(FailureKind::NotFound, message).with_hint(known())
    })?;
    if source.revision == current {
        let message = format!("{} is at revision {current} already", subject.object);
        return Err(Failure::new(FailureKind::BadRequest, message).with_hint(known()));
    }
    Ok(source)
}

/// A Deployment's template is replaced whole. That of the others is a patch that the controller wrote for this purpose,
/// with the directive to replace in it.
fn request(subject: &Subject<'_>, source: &Source) -> WriteRequest {
    let mut template = source.template.clone();
    if subject.kind.kind != "Deployment" {
        let body = perform::versioned(subject, json!({"spec": {"template": template}}));
        return subject.request(WriteForm::StrategicPatch, "", body);
    }
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    // Replaced and not tested: a version that is not the object's gives a conflict, a failed test only a bad request.
    let mut operations = vec![
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": subject.version()}),
        json!({"op": "replace", "path": "/spec/template", "value": template}),
    ];
    operations.extend(change_cause(subject, source));
    subject.request(WriteForm::JsonPatch, "", Value::Array(operations))
}

/// Why the revision was rolled out goes with it: the controller copies what stands on the Deployment.
fn change_cause(subject: &Subject<'_>, source: &Source) -> Option<Value> {
    let annotations = subject.manifest.pointer("/metadata/annotations").and_then(Value::as_object)?;
    let path = format!("/metadata/annotations/{}", revisions::CHANGE_CAUSE.replace('/', "~1"));
    match &source.change_cause {
        Some(cause) => Some(json!({"op": "add", "path": path, "value": cause})),
        None if annotations.contains_key(revisions::CHANGE_CAUSE) => Some(json!({"op": "remove", "path": path})),
        None => None,
    }
}

fn undo_to(subject: &Subject<'_>, revision: u64) -> Undo {
    let back = [("kind", json!(subject.kind.kind)), ("to_revision", json!(revision))];
    Undo { tool: "rollout_undo".to_owned(), arguments: subject.arguments(back) }
}
