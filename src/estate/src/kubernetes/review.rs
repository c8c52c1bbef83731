//! Reviews of access: everybody may do everything here, and is told so in the right shape.

use axum::body::Body;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::error::ApiError;
use super::{answer, protobuf};
use crate::world::object::set;

/// Answers a review path.
pub fn answer(path: &str, method: &Method, body: &[u8]) -> Result<Option<Response<Body>>, ApiError> {
    let status = match path.trim_end_matches('/') {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        | "/apis/authorization.k8s.io/v1/subjectaccessreviews" => {
            json!({"allowed": true, "reason": "the estate allows everything"})
        }
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}], "incomplete": false,
        }),
        "/apis/authentication.k8s.io/v1/selfsubjectreviews" => {
            json!({"userInfo": {"username": "demo", "groups": ["system:masters", "system:authenticated"]}})
        }
        _ => return Ok(None),
    };
    if method != Method::POST {
        return Err(ApiError::method_not_allowed());
    }
    let mut review: Value = if protobuf::is_protobuf(body) {
        // What is asked does not matter where everything is allowed; its type stands in the envelope.
        let named =
            |(version, kind, _): (String, String, &[u8])| json!({"apiVersion": version, "kind": kind, "spec": {}});
        protobuf::envelope(body).map(named).unwrap_or_default()
    } else {
        serde_json::from_slice(body).map_err(|error| ApiError::bad_request(error.to_string()))?
    };
    set(&mut review, &["status"], status);
    Ok(Some(answer::json_with(StatusCode::CREATED, &review)))
}
