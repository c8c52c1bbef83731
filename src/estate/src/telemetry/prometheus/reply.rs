//! The two envelopes of the API: success with data, error with its type and status.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::telemetry::promql::QueryError;

/// A refused request, as the API tells it.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    reason: String,
}

impl Refusal {
    /// A parameter that cannot be used.
    pub fn bad_data(reason: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind: "bad_data", reason: reason.into() }
    }

    /// A parameter that cannot be used, by name.
    pub fn parameter(name: &str, reason: &str) -> Self {
        Self::bad_data(format!("invalid parameter {name:?}: {reason}"))
    }
}

impl From<QueryError> for Refusal {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Parse(_) => Self::bad_data(error.to_string()),
            QueryError::Execution(reason) => {
                Self { status: StatusCode::UNPROCESSABLE_ENTITY, kind: "execution", reason }
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"status": "error", "errorType": self.kind, "error": self.reason});
        (self.status, Json(body)).into_response()
    }
}

/// What a handler gives back.
pub(super) type Reply = Result<Json<Value>, Refusal>;

/// A success.
pub(super) fn success(data: Value) -> Reply {
    Ok(Json(json!({"status": "success", "data": data})))
}
