//! Refusals in the exact shape of the API: a `Status` object with reason, code and details.

use axum::body::Body;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::world::Rejection;
use crate::world::store::Gone;

/// Why a request is not answered with what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    code: u16,
    reason: &'static str,
    message: String,
    details: Option<Box<Details>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Details {
    group: String,
    kind: String,
    name: String,
    causes: Vec<(String, String)>,
}

impl ApiError {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    /// There is no such object.
    pub fn not_found(group: &str, resource: &str, name: &str) -> Self {
        let qualified = if group.is_empty() { resource.to_owned() } else { format!("{resource}.{group}") };
        let details =
            Details { group: group.to_owned(), kind: resource.to_owned(), name: name.to_owned(), causes: Vec::new() };
        let details = Box::new(details);
        Self { details: Some(details), ..Self::new(404, "NotFound", format!("{qualified} {name:?} not found")) }
    }

    /// There is nothing at this path.
    pub fn no_such_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// The request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// The object makes no sense.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, "Invalid", message)
    }

    /// The method is not served here.
    pub fn method_not_allowed() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    }

    /// The kubelet of a node does not answer.
    pub fn kubelet_away(address: &str, path: &str) -> Self {
        let message =
            format!("Get \"https://{address}:10250/containerLogs/{path}\": dial tcp {address}:10250: i/o timeout");
        Self::new(500, "InternalError", message)
    }

    /// The patch format is not known.
    pub fn unsupported_media(found: &str) -> Self {
        let known = "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";
        Self::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format ({found}) - accepted media types include: {known}"
            ),
        )
    }

    /// The body is larger than the server takes.
    pub fn too_large() -> Self {
        Self::new(413, "RequestEntityTooLarge", "the request body is larger than 3 MiB")
    }

    /// The list or watch must start anew.
    pub fn expired(gone: Gone) -> Self {
        Self::new(410, "Expired", gone.to_string())
    }

    /// A disruption budget forbids it.
    pub fn budget(pod: &str, budget: &str) -> Self {
        let mut error =
            Self::new(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.");
        let cause = format!("The disruption budget {budget} does not allow to evict pod {pod} at present");
        error.details =
            Some(Box::new(Details { causes: vec![("DisruptionBudget".to_owned(), cause)], ..Details::default() }));
        error
    }

    /// A write that the world refused.
    pub fn from_rejection(rejection: &Rejection, group: &str) -> Self {
        let message = rejection.to_string();
        let details = |kind: &str, name: &str, causes: Vec<(String, String)>| {
            Some(Box::new(Details { group: group.to_owned(), kind: kind.to_owned(), name: name.to_owned(), causes }))
        };
        match rejection {
            Rejection::NotFound { resource, name } => {
                Self::not_found(if resource == "namespaces" { "" } else { group }, resource, name)
            }
            Rejection::AlreadyExists { resource, name } => {
                Self { details: details(resource, name, Vec::new()), ..Self::new(409, "AlreadyExists", message) }
            }
            Rejection::Conflict { resource, name } => {
                Self { details: details(resource, name, Vec::new()), ..Self::new(409, "Conflict", message) }
            }
            Rejection::Invalid { kind, name, field, problem } => {
                let causes = vec![(field.clone(), problem.clone())];
                Self { details: details(kind, name, causes), ..Self::new(422, "Invalid", message) }
            }
        }
    }

    /// The `Status` object.
    pub fn status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message,
            "reason": self.reason, "code": self.code});
        if let (Some(details), Some(map)) = (&self.details, status.as_object_mut()) {
            let mut object = json!({"name": details.name, "kind": details.kind});
            if let Some(object) = object.as_object_mut() {
                if !details.group.is_empty() {
                    object.insert("group".to_owned(), json!(details.group));
                }
                if !details.causes.is_empty() {
                    let causes: Vec<Value> = details
                        .causes
                        .iter()
                        .map(|(field, message)| json!({"reason": "FieldValueInvalid", "field": field, "message": message}))
                        .collect();
                    object.insert("causes".to_owned(), Value::Array(causes));
                }
            }
            map.insert("details".to_owned(), object);
        }
        status
    }

    /// The answer.
    pub fn into_response(self) -> Response<Body> {
        super::answer::json_with(
            StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            &self.status(),
        )
    }
}
