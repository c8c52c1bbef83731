//! Writing: create, replace, patch, delete, evict.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::error::ApiError;
use super::{Call, answer, patch, protobuf, read};
use crate::world::object::{name, namespace, set, text};
use crate::world::{Rejection, WriteOptions};

/// Who writes, as the parameters and headers tell.
pub fn options(call: &Call, operation: &'static str) -> Result<WriteOptions, ApiError> {
    let dry_run = match call.parameters.text("dryRun") {
        "" => false,
        "All" => true,
        other => {
            return Err(ApiError::bad_request(format!(
                "dryRun: Unsupported value: {other:?}: supported values: \"All\""
            )));
        }
    };
    let agent = call.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("unknown");
    let agent = agent.split('/').next().unwrap_or("unknown");
    let manager = match call.parameters.text("fieldManager") {
        "" => agent.to_owned(),
        manager => manager.to_owned(),
    };
    Ok(WriteOptions { manager, operation, dry_run })
}

/// The body as JSON, whichever of the two encodings it came in.
fn body(call: &Call) -> Result<Value, ApiError> {
    if protobuf::is_protobuf(&call.body) {
        let unknown = || ApiError::unsupported_media("application/vnd.kubernetes.protobuf of this kind");
        return protobuf::decode(&call.body).ok_or_else(unknown);
    }
    serde_json::from_slice(&call.body)
        .map_err(|error| ApiError::bad_request(format!("the object provided is unrecognized: it is no JSON: {error}")))
}

/// The body as an object of the resource that the path names.
fn object(call: &Call) -> Result<Value, ApiError> {
    let mut object = body(call)?;
    let resource = call.target.resource;
    if !object.is_object() {
        return Err(ApiError::bad_request("the object provided is unrecognized: it is no JSON object"));
    }
    let (version, kind) = (text(&object, "/apiVersion"), text(&object, "/kind"));
    if (!version.is_empty() && version != resource.api_version()) || (!kind.is_empty() && kind != resource.kind) {
        let wanted = format!("{} {}", resource.api_version(), resource.kind);
        return Err(ApiError::bad_request(format!(
            "the object provided ({version} {kind}) does not match this path ({wanted})"
        )));
    }
    set(&mut object, &["apiVersion"], json!(resource.api_version()));
    set(&mut object, &["kind"], json!(resource.kind));
    if resource.namespaced {
        let ns = namespace(&object);
        if !ns.is_empty() && ns != call.target.namespace() {
            return Err(ApiError::bad_request(format!(
                "the namespace of the provided object does not match the namespace sent on the request ({ns} and {})",
                call.target.namespace()
            )));
        }
        set(&mut object, &["metadata", "namespace"], json!(call.target.namespace()));
    }
    Ok(object)
}

fn refused(call: &Call, rejection: &Rejection) -> ApiError {
    ApiError::from_rejection(rejection, call.target.resource.group)
}

/// POST.
pub fn create(call: &Call) -> Result<Response<Body>, ApiError> {
    let options = options(call, "Update")?;
    let object = object(call)?;
    if call.target.resource.namespaced && call.target.namespace.is_none() {
        return Err(ApiError::bad_request("an empty namespace may not be set during creation"));
    }
    let made = call.estate.with_world(|world| {
        let mut object = object;
        if call.target.resource.subresources.contains(&"status") {
            crate::world::object::unset(&mut object, &["status"]);
        }
        if call.target.resource.plural == "pods" {
            world.qos(&mut object);
        }
        world.create(call.target.resource.plural, object, &options)
    });
    call.estate.notify();
    let made = made.map_err(|rejection| refused(call, &rejection))?;
    Ok(read::one(call, &made, StatusCode::CREATED))
}

/// PUT.
pub fn replace(call: &Call) -> Result<Response<Body>, ApiError> {
    let options = options(call, "Update")?;
    let object = object(call)?;
    if name(&object) != call.target.name.as_deref().unwrap_or_default() {
        return Err(ApiError::bad_request("the name of the object does not match the name on the URL"));
    }
    let resource = call.target.resource.plural;
    let written = call.estate.with_world(|world| {
        let version = text(&object, "/metadata/resourceVersion").to_owned();
        let object = keep_other_half(call, world.store().get(resource, call.target.namespace(), name(&object)), object);
        world.update(resource, object, Some(&version), &options)
    });
    call.estate.notify();
    let written = written.map_err(|rejection| refused(call, &rejection))?;
    Ok(read::one(call, &written, StatusCode::OK))
}

/// A write of the object leaves its status alone, and a write of the status leaves the rest alone.
fn keep_other_half(call: &Call, before: Option<Arc<Value>>, mut object: Value) -> Value {
    let Some(before) = before else { return object };
    if !call.target.resource.subresources.contains(&"status") {
        return object;
    }
    if call.target.subresource.is_some() {
        let mut kept = Value::clone(&before);
        set(&mut kept, &["status"], object.get("status").cloned().unwrap_or_default());
        return kept;
    }
    match before.get("status") {
        Some(status) => set(&mut object, &["status"], status.clone()),
        None => crate::world::object::unset(&mut object, &["status"]),
    }
    object
}

/// PATCH.
pub fn patch(call: &Call) -> Result<Response<Body>, ApiError> {
    let format = patch::Format::of(call)?;
    let options = options(call, if format == patch::Format::Apply { "Apply" } else { "Update" })?;
    let body = patch::body(call, format)?;
    let resource = call.target.resource;
    let own = call.target.name.as_deref().unwrap_or_default();
    let (written, created) = call.estate.with_world(|world| {
        let before = world.store().get(resource.plural, call.target.namespace(), own);
        let Some(before) = before else {
            if format != patch::Format::Apply {
                return Err(ApiError::not_found(resource.group, resource.plural, own));
            }
            let made = world.create(resource.plural, applied(call, body), &options);
            return made.map(|made| (made, true)).map_err(|rejection| refused(call, &rejection));
        };
        let mut object = Value::clone(&before);
        patch::apply(format, &mut object, body)?;
        if name(&object) != own {
            return Err(ApiError::bad_request("metadata.name: Invalid value: field is immutable"));
        }
        let version = text(&object, "/metadata/resourceVersion").to_owned();
        let object = keep_other_half(call, Some(before), object);
        let made = world.update(resource.plural, object, Some(&version), &options);
        made.map(|made| (made, false)).map_err(|rejection| refused(call, &rejection))
    })?;
    call.estate.notify();
    Ok(read::one(call, &written, if created { StatusCode::CREATED } else { StatusCode::OK }))
}

fn applied(call: &Call, mut object: Value) -> Value {
    let resource = call.target.resource;
    set(&mut object, &["apiVersion"], json!(resource.api_version()));
    set(&mut object, &["kind"], json!(resource.kind));
    set(&mut object, &["metadata", "name"], json!(call.target.name));
    if resource.namespaced {
        set(&mut object, &["metadata", "namespace"], json!(call.target.namespace()));
    }
    object
}

struct Deletion {
    grace_seconds: Option<i64>,
    orphan: bool,
    dry_run: bool,
    uid: String,
    version: String,
}

fn deletion(call: &Call) -> Result<Deletion, ApiError> {
    let body: Value = if call.body.is_empty() || protobuf::is_protobuf(&call.body) {
        json!({})
    } else {
        serde_json::from_slice(&call.body).map_err(|error| ApiError::bad_request(format!("delete options: {error}")))?
    };
    let policy = match call.parameters.text("propagationPolicy") {
        "" => text(&body, "/propagationPolicy"),
        policy => policy,
    };
    // As the real server: options in the body are read alone, the URL counts where there is no body.
    let dry_run = match call.body.is_empty() {
        true => options(call, "Update")?.dry_run,
        false => crate::world::object::array(&body, "/dryRun").iter().any(|mode| mode == "All"),
    };
    let grace_seconds = match call.parameters.number("gracePeriodSeconds")? {
        Some(seconds) => Some(seconds),
        None => crate::world::object::integer(&body, "/gracePeriodSeconds"),
    };
    Ok(Deletion {
        grace_seconds,
        orphan: policy == "Orphan",
        dry_run,
        uid: text(&body, "/preconditions/uid").to_owned(),
        version: text(&body, "/preconditions/resourceVersion").to_owned(),
    })
}

/// DELETE of one object.
pub fn delete(call: &Call) -> Result<Response<Body>, ApiError> {
    let wish = deletion(call)?;
    let (resource, ns, own) =
        (call.target.resource, call.target.namespace(), call.target.name.as_deref().unwrap_or_default());
    let deleted = call.estate.with_world(|world| {
        let Some(before) = world.store().get(resource.plural, ns, own) else {
            return Err(ApiError::not_found(resource.group, resource.plural, own));
        };
        let is_other = (!wish.uid.is_empty() && wish.uid != crate::world::object::uid(&before))
            || (!wish.version.is_empty() && wish.version != text(&before, "/metadata/resourceVersion"));
        if is_other {
            let conflict = Rejection::Conflict { resource: resource.plural.to_owned(), name: own.to_owned() };
            return Err(refused(call, &conflict));
        }
        if wish.dry_run {
            return Ok(before);
        }
        world
            .delete(resource.plural, ns, own, wish.grace_seconds, wish.orphan)
            .map_err(|rejection| refused(call, &rejection))
    })?;
    call.estate.notify();
    if resource.plural == "pods" {
        return Ok(read::one(call, &deleted, StatusCode::OK));
    }
    let details = json!({"name": own, "group": resource.group, "kind": resource.plural, "uid": crate::world::object::uid(&deleted)});
    Ok(answer::json(
        &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}),
    ))
}

/// DELETE of all objects that the selectors fit.
pub fn delete_collection(call: &Call) -> Result<Response<Body>, ApiError> {
    let wish = deletion(call)?;
    let (labels, fields) = call.parameters.selectors(call.target.resource)?;
    let resource = call.target.resource;
    call.estate.with_world(|world| {
        for object in world.store().list(resource.plural, call.target.namespace.as_deref()) {
            if read::fits(&object, &labels, &fields) && !wish.dry_run {
                // One that went away in between needs no deletion.
                let _ =
                    world.delete(resource.plural, namespace(&object), name(&object), wish.grace_seconds, wish.orphan);
            }
        }
    });
    call.estate.notify();
    Ok(answer::json(&json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})))
}

/// POST of an eviction.
pub fn evict(call: &Call) -> Result<Response<Body>, ApiError> {
    let own = call.target.name.as_deref().unwrap_or_default();
    let ns = call.target.namespace();
    let eviction = if protobuf::is_protobuf(&call.body) { json!({}) } else { body(call)? };
    let dry_run = options(call, "Update")?.dry_run
        || crate::world::object::array(&eviction, "/deleteOptions/dryRun").iter().any(|mode| mode == "All");
    let grace = crate::world::object::integer(&eviction, "/deleteOptions/gracePeriodSeconds");
    call.estate.with_world(|world| {
        let pod = world.store().get("pods", ns, own).ok_or_else(|| ApiError::not_found("", "pods", own))?;
        let wanted = |pointer: &str| text(&eviction, pointer).to_owned();
        let (uid, version) =
            (wanted("/deleteOptions/preconditions/uid"), wanted("/deleteOptions/preconditions/resourceVersion"));
        let is_other = (!uid.is_empty() && uid != crate::world::object::uid(&pod))
            || (!version.is_empty() && version != text(&pod, "/metadata/resourceVersion"));
        if is_other {
            let conflict = Rejection::Conflict { resource: "pods".to_owned(), name: own.to_owned() };
            return Err(refused(call, &conflict));
        }
        if let Some(budget) = world.forbidding_budget(&pod) {
            return Err(ApiError::budget(own, &budget));
        }
        if dry_run {
            return Ok(());
        }
        world.delete("pods", ns, own, grace, false).map(drop).map_err(|rejection| refused(call, &rejection))
    })?;
    call.estate.notify();
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(answer::json_with(StatusCode::CREATED, &status))
}
