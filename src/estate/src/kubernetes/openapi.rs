//! As much OpenAPI as clients ask before they write: which kinds take `dryRun` and `fieldValidation`. No schemas.

use axum::body::Body;
use http::Response;
use serde_json::{Map, Value, json};

use super::answer;
use crate::world::resources::{RESOURCES, Resource};

/// Answers an OpenAPI path.
pub fn answer(path: &str) -> Option<Response<Body>> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let value = match parts.as_slice() {
        ["openapi", "v2"] => {
            json!({"swagger": "2.0", "info": {"title": "Kubernetes", "version": "v1.32.4"}, "paths": {}, "definitions": {}})
        }
        ["openapi", "v3"] => {
            let mut paths = Map::new();
            for resource in RESOURCES {
                let place = place(resource);
                let url = format!("/openapi/v3/{place}?hash=1");
                paths.insert(place, json!({"serverRelativeURL": url}));
            }
            json!({"paths": paths})
        }
        ["openapi", "v3", rest @ ..] => document(&rest.join("/"))?,
        _ => return None,
    };
    Some(answer::json(&value))
}

fn place(resource: &Resource) -> String {
    if resource.group.is_empty() {
        "api/v1".to_owned()
    } else {
        format!("apis/{}/{}", resource.group, resource.version)
    }
}

fn document(wanted: &str) -> Option<Value> {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for resource in RESOURCES.iter().filter(|resource| place(resource) == wanted) {
        let middle = if resource.namespaced { "namespaces/{namespace}/" } else { "" };
        let kind = json!({"group": resource.group, "version": resource.version, "kind": resource.kind});
        let parameter =
            |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": true}});
        let operation = |action: &str| {
            json!({
                "x-kubernetes-action": action, "x-kubernetes-group-version-kind": kind,
                "parameters": [parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation")],
                "responses": {"200": {"description": "OK"}},
            })
        };
        let collection = format!("/{wanted}/{middle}{}", resource.plural);
        paths.insert(format!("{collection}/{{name}}"), json!({"patch": operation("patch"), "put": operation("put")}));
        paths.insert(collection, json!({"post": operation("post")}));
        schemas.insert(
            format!("estate.{}", resource.kind),
            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-group-version-kind": [kind]}),
        );
    }
    if paths.is_empty() {
        return None;
    }
    Some(
        json!({"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.32.4"}, "paths": paths, "components": {"schemas": schemas}}),
    )
}
