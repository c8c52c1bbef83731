//! Sends what was decided, and tells what came of it.

use super::ownership;
use super::subject::Subject;
use crate::backend::WriteRequest;
use crate::shape::diff;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure};
use domain::observed::acted::{Acted, Undo};
use serde_json::{Map, Value, json};
use tools_common::CallContext;
use tools_common::page;

/// What is to be done to an object.
pub struct Decision {
    /// The tool.
    pub action: &'static str,
    /// The class of this call.
    pub class: EffectClass,
    /// What is sent.
    pub request: WriteRequest,
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
    let after = subject.cluster.write(context.act()?, &decision.request).await?;
    changed(subject, decision, &after, context)
}

/// Sends a patch of the `scale` subresource, whose answer holds nothing of the object but the replicas.
///
/// # Errors
/// Why the change was not made.
pub async fn scaled(subject: &Subject<'_>, decision: Decision, context: &CallContext) -> Result<Envelope, Failure> {
    let scale = subject.cluster.write(context.act()?, &decision.request).await?;
    let mut after = subject.manifest.clone();
    for pointer in ["/spec/replicas", "/metadata/resourceVersion"] {
        if let (Some(place), Some(value)) = (after.pointer_mut(pointer), scale.pointer(pointer)) {
            *place = value.clone();
        }
    }
    changed(subject, decision, &after, context)
}

fn changed(
    subject: &Subject<'_>,
    decision: Decision,
    after: &Value,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let act = context.act()?;
    let diff = differences(&subject.manifest, after);
    let mut warnings = decision.warnings;
    warnings.extend(ownership::warnings(&subject.manifest, &decision.request.body));
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
    subject.cluster.write(act, &decision.request).await?;
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

/// The preconditions and options of a deletion.
pub fn delete_options(subject: &Subject<'_>, propagation: &str) -> Value {
    json!({
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
