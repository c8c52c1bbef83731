//! Which patch a request carries, and doing it.
//!
//! Server-side apply merges what is sent and notes the manager. Deliberately absent: conflicts between managers, and the removal of fields
//! that a manager no longer sends.

use http::header;
use serde_json::Value;

use super::Call;
use super::error::ApiError;
use super::merge;

/// The patch formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 6902.
    Json,
    /// RFC 7396.
    Merge,
    /// Kubernetes' own.
    Strategic,
    /// Server-side apply.
    Apply,
}

impl Format {
    /// Reads the content type.
    pub fn of(call: &Call) -> Result<Self, ApiError> {
        let found = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match found.split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" => Ok(Self::Strategic),
            "application/apply-patch+yaml" if call.parameters.text("fieldManager").is_empty() => {
                Err(ApiError::bad_request(
                    "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
                ))
            }
            "application/apply-patch+yaml" => Ok(Self::Apply),
            _ => Err(ApiError::unsupported_media(found)),
        }
    }
}

/// The body of the patch. An apply patch may be YAML.
pub fn body(call: &Call, format: Format) -> Result<Value, ApiError> {
    let broken = |error: String| ApiError::bad_request(format!("error decoding patch: {error}"));
    if format == Format::Apply {
        return serde_yaml_ng::from_slice(&call.body).map_err(|error| broken(error.to_string()));
    }
    serde_json::from_slice(&call.body).map_err(|error| broken(error.to_string()))
}

/// Changes an object by a patch.
pub fn apply(format: Format, object: &mut Value, body: Value) -> Result<(), ApiError> {
    match format {
        Format::Json => {
            let Value::Array(operations) = &body else {
                return Err(ApiError::bad_request("error decoding patch: a JSON patch is a list of operations"));
            };
            merge::json_patch(object, operations).map_err(ApiError::invalid)
        }
        Format::Merge => {
            merge::merge(object, body);
            Ok(())
        }
        Format::Strategic | Format::Apply => {
            merge::strategic(object, body);
            Ok(())
        }
    }
}
