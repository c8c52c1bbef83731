//! Answers as JSON, whole or streamed.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

/// A JSON answer.
pub fn json(value: &Value) -> Response<Body> {
    json_with(StatusCode::OK, value)
}

/// A JSON answer with a status.
pub fn json_with(status: StatusCode, value: &Value) -> Response<Body> {
    body(status, "application/json", Body::from(value.to_string()))
}

/// Any body.
pub fn body(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
