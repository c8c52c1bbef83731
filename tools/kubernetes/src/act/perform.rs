//! Sends what was decided, and tells what came of it.

use super::ownership;
use super::subject::Subject;
use crate::backend::WriteRequest;
use crate::shape::diff;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure};
use domain::observed::acted::{Acted, Undo};
use http::StatusCode;
use serde_json::{Map, Value, json};
use tools_common::CallContext;
use tools_common::act::Act;
use tools_common::page;

/// What is to be done to an object.
pub struct Decision {
    /// The tool.
    pub action: &'static str,
    /// The class of this call.
    pub class: EffectClass,
    /// What is sent.
    pub request: WriteRequest,
    /// The fields that it touches, as a patch, where what is sent does not show them.
    pub touches: Option<Value>,
    /// The call that takes it back.
    pub undo: Option<Undo>,
    /// What whoever decides should know.
    pub warnings: Vec<String>,
}

/// Sends a patch, and compares the object before with the object after.
///
/// # Errors
/// Why the change was not made.
pub async fn patch(subject: &Subject<'_>, decision: Decision, context: &CallContext) -> Result<Envelope, Failure> {
    let sent = send(subject, &decision, context).await?;
    changed(subject, decision, &sent.manifest, &sent.answer, context)
}

/// Sends a patch of the `scale` subresource, whose answer holds nothing of the object but the replicas.
///
/// # Errors
/// Why the change was not made.
pub async fn scaled(subject: &Subject<'_>, decision: Decision, context: &CallContext) -> Result<Envelope, Failure> {
    let sent = send(subject, &decision, context).await?;
    let mut after = sent.manifest.clone();
    // A Go server leaves a zero out.
    let replicas = sent.answer.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(0));
    for (pointer, value) in [
        ("/spec/replicas", Some(replicas)),
        ("/metadata/resourceVersion", sent.answer.pointer("/metadata/resourceVersion").cloned()),
    ] {
        if let (Some(place), Some(value)) = (after.pointer_mut(pointer), value) {
            *place = value;
        }
    }
    changed(subject, decision, &sent.manifest, &after, context)
}

/// How often the same decision is sent, while nothing but the object's status moves between our look and our write: the
/// status of a busy object changes every second.
const TRIES: usize = 3;

/// What was sent in the end.
pub struct Sent {
    /// The object before it.
    pub manifest: Value,
    /// The server's answer.
    pub answer: Value,
}

/// Sends a decision with the version that was read. The server refuses it where the object has changed since; then the
/// object is read again, and the same decision is sent only if it is the same object with the same spec. Where the
/// caller named the version that it decided upon, it is sent once.
///
/// # Errors
/// Why it was not done.
pub async fn send(subject: &Subject<'_>, decision: &Decision, context: &CallContext) -> Result<Sent, Failure> {
    let act = context.act()?;
    let mut tries = if act.expected_resource_version().is_some() { 1 } else { TRIES };
    let (mut request, mut manifest) = (decision.request.clone(), subject.manifest.clone());
    loop {
        match subject.cluster.write(act, &request).await {
            Ok(answer) => return Ok(Sent { manifest, answer }),
            Err(rejected) if rejected.status == StatusCode::CONFLICT && tries > 1 => {
                tries -= 1;
                let again = subject.read_again().await?;
                if !subject.is_still(&again) {
                    return Err(rejected.failure);
                }
                renew_version(&mut request.body, &again);
                manifest = again;
            }
            Err(rejected) => return Err(rejected.failure),
        }
    }
}

/// Puts the version of a manifest in the place of the one that a request was made for.
fn renew_version(body: &mut Value, manifest: &Value) {
    let Some(version) = manifest.pointer("/metadata/resourceVersion") else { return };
    for pointer in
        ["/metadata/resourceVersion", "/preconditions/resourceVersion", "/deleteOptions/preconditions/resourceVersion"]
    {
        if let Some(place) = body.pointer_mut(pointer) {
            *place = version.clone();
        }
    }
    for operation in body.as_array_mut().into_iter().flatten() {
        if operation.get("path").and_then(Value::as_str) == Some("/metadata/resourceVersion")
            && let Some(place) = operation.get_mut("value")
        {
            *place = version.clone();
        }
    }
}

fn changed(
    subject: &Subject<'_>,
    decision: Decision,
    before: &Value,
    after: &Value,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let act = context.act()?;
    let diff = differences(before, after);
    let mut warnings = decision.warnings;
    warnings.extend(ownership::warnings(before, decision.touches.as_ref().unwrap_or(&decision.request.body)));
    warnings.extend(subject.owner().map(|owner| format!("it is owned by {owner}, which may set it back")));
    if diff.is_empty() {
        warnings.push("the object already was as wanted: nothing differs".to_owned());
    }
    let after_version = after.pointer("/metadata/resourceVersion").and_then(Value::as_str).map(str::to_owned);
    tell(
        subject,
        Acted {
            action: decision.action.to_owned(),
            object: subject.object.clone(),
            class: decision.class,
            dry_run: act.is_dry_run(),
            complete: true,
            seen_resource_version: Some(subject.version().to_owned()),
            resource_version: after_version.filter(|_| !act.is_dry_run()),
            diff,
            undo: decision.undo,
            warnings,
            steps: Vec::new(),
        },
    )
}

/// Deletes the very object that was read: neither one of the same name made since, nor one changed since.
///
/// # Errors
/// Why the deletion was not made.
pub async fn delete(subject: &Subject<'_>, decision: Decision, context: &CallContext) -> Result<Envelope, Failure> {
    let act = context.act()?;
    send(subject, &decision, context).await?;
    tell(
        subject,
        Acted {
            action: decision.action.to_owned(),
            object: subject.object.clone(),
            class: decision.class,
            dry_run: act.is_dry_run(),
            complete: true,
            seen_resource_version: Some(subject.version().to_owned()),
            resource_version: None,
            diff: vec![format!("{}: deleted", subject.object)],
            undo: decision.undo,
            warnings: decision.warnings,
            steps: Vec::new(),
        },
    )
}

/// The envelope of an action.
///
/// # Errors
/// None that can happen to these fields.
pub fn tell(subject: &Subject<'_>, acted: Acted) -> Result<Envelope, Failure> {
    let hint = acted.dry_run.then(|| "A rehearsal: nothing was changed. Pass dry_run=false to do it.".to_owned());
    let source = Some(subject.cluster.source());
    Ok(Envelope { source, hint, ..Envelope::whole(page::json(&acted)?, 1) })
}

/// The preconditions and options of a deletion. A server that is sent options reads them alone, and nothing of the URL:
/// a rehearsal must stand here.
pub fn delete_options(subject: &Subject<'_>, propagation: &str, act: &Act) -> Value {
    let dry_run: &[&str] = if act.is_dry_run() { &["All"] } else { &[] };
    json!({
        "dryRun": dry_run,
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": propagation,
        "preconditions": {
            "uid": subject.text("/metadata/uid"),
            "resourceVersion": subject.version(),
        },
    })
}

/// A patch that the API server refuses where the object has changed since it was read.
pub fn versioned(subject: &Subject<'_>, patch: Value) -> Value {
    let mut patch = patch;
    if let Value::Object(patch) = &mut patch {
        let metadata = patch.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(metadata) = metadata {
            metadata.insert("resourceVersion".to_owned(), Value::from(subject.version()));
        }
    }
    patch
}

/// What a person would compare: spec, labels and annotations.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    let part = |manifest: &Value| {
        json!({
            "spec": manifest.get("spec"),
            "labels": manifest.pointer("/metadata/labels"),
            "annotations": manifest.pointer("/metadata/annotations"),
        })
    };
    diff::templates(&part(before), &part(after))
}
