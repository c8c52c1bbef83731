//! The scale subresource.

use axum::body::Body;
use http::{Method, Response};
use serde_json::{Value, json};

use super::error::ApiError;
use super::{Call, answer, patch, write};
use crate::world::object::{entries, integer, name, namespace, set, text, uid};

/// GET, PUT and PATCH of a scale.
pub fn answer(method: &Method, call: &Call) -> Result<Response<Body>, ApiError> {
    let resource = call.target.resource;
    let own = call.target.name.as_deref().unwrap_or_default();
    if !resource.subresources.contains(&"scale") {
        return Err(ApiError::no_such_path());
    }
    let missing = || ApiError::not_found(resource.group, resource.plural, own);
    if method == Method::GET {
        let object = call.estate.with_world(|world| world.store().get(resource.plural, call.target.namespace(), own));
        let object = object.ok_or_else(missing)?;
        return Ok(answer::json(&scale(&object)));
    }
    let options = write::options(call, "Update")?;
    let written = call.estate.with_world(|world| {
        let before = world.store().get(resource.plural, call.target.namespace(), own).ok_or_else(missing)?;
        let mut wanted = scale(&before);
        if method == Method::PUT {
            wanted =
                serde_json::from_slice(&call.body).map_err(|error| ApiError::bad_request(format!("scale: {error}")))?;
        } else if method == Method::PATCH {
            let format = patch::Format::of(call)?;
            patch::apply(format, &mut wanted, patch::body(call, format)?)?;
        } else {
            return Err(ApiError::method_not_allowed());
        }
        let mut object = Value::clone(&before);
        set(&mut object, &["spec", "replicas"], wanted.pointer("/spec/replicas").cloned().unwrap_or(json!(0)));
        let version = text(&wanted, "/metadata/resourceVersion").to_owned();
        world
            .update(resource.plural, object, Some(&version), &options)
            .map_err(|rejection| ApiError::from_rejection(&rejection, resource.group))
    })?;
    call.estate.notify();
    Ok(answer::json(&scale(&written)))
}

fn scale(object: &Value) -> Value {
    let selector: Vec<String> = entries(object, "/spec/selector/matchLabels")
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": name(object), "namespace": namespace(object), "uid": uid(object),
            "resourceVersion": text(object, "/metadata/resourceVersion"), "creationTimestamp": text(object, "/metadata/creationTimestamp")},
        // The field is left out where it is zero, as by a Go server.
        "spec": match integer(object, "/spec/replicas").unwrap_or(1) {
            0 => json!({}),
            replicas => json!({"replicas": replicas}),
        },
        "status": {"replicas": integer(object, "/status/replicas").unwrap_or_default(), "selector": selector.join(",")},
    })
}
