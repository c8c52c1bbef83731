//! Reads a request's body whole before anybody works on it: at most so many bytes, and within a time.
//!
//! Guarantee: what lies behind sees only bodies that are complete and within the ceiling.

use super::limits::HttpLimits;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};

pub(super) async fn whole(State(limits): State<HttpLimits>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // A body that announces its length is refused before it is sent.
    if usize::try_from(body.size_hint().lower()).map_or(true, |announced| announced > limits.body_bytes) {
        return too_large(limits);
    }
    let reading = Limited::new(body, limits.body_bytes).collect();
    match tokio::time::timeout(limits.body_wait, reading).await {
        Ok(Ok(body)) => next.run(Request::from_parts(parts, Body::from(body.to_bytes()))).await,
        Ok(Err(error)) if error.is::<LengthLimitError>() => too_large(limits),
        Ok(Err(_)) => refused(StatusCode::BAD_REQUEST, "the request's body broke off\n".to_owned()),
        Err(_) => {
            let waited = limits.body_wait.as_secs_f32();
            refused(StatusCode::REQUEST_TIMEOUT, format!("the request's body did not arrive within {waited} s\n"))
        }
    }
}

fn too_large(limits: HttpLimits) -> Response {
    let told = format!("a request may have at most {} bytes\n", limits.body_bytes);
    refused(StatusCode::PAYLOAD_TOO_LARGE, told)
}

/// The rest of the body is not wanted, so the connection cannot be used again.
fn refused(status: StatusCode, told: String) -> Response {
    (status, [(header::CONNECTION, "close")], told).into_response()
}
