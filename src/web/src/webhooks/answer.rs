//! What a caller is told: a status that it understands, and a sentence for the person who reads its log.

use super::{Access, Shape};
use axum::Json;
use axum::http::header::{CONNECTION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use ports::signals::{IntakeError, Taken};
use serde_json::{Value, json};
use std::time::Duration;

/// Problems that are told one by one at most.
const TOLD: usize = 20;

/// When to come again, where it is not known better.
const LATER: Duration = Duration::from_secs(5);

/// One answer.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: Box<HeaderMap>,
    said: Value,
}

impl Answer {
    /// What was taken, and what was not.
    pub(super) fn taken(taken: &Taken, problems: Vec<String>) -> Self {
        let problems: Vec<String> = problems.into_iter().chain(taken.refused.iter().cloned()).collect();
        let mut said = json!({ "kept": taken.kept, "known": taken.known, "problem_count": problems.len() });
        if let (false, Some(said)) = (problems.is_empty(), said.as_object_mut()) {
            said.insert("problems".to_owned(), problems.into_iter().take(TOLD).collect());
        }
        Self { status: StatusCode::OK, headers: Box::default(), said }
    }

    /// Nothing is declared under this path.
    pub(super) fn not_found() -> Self {
        Self::refused(StatusCode::NOT_FOUND, "no receiver of this name is declared in the settings".to_owned())
    }

    pub(super) fn unauthorized(access: &Access) -> Self {
        let scheme = access.scheme();
        let said = format!("this receiver wants the credentials of its settings as `Authorization: {scheme} …`");
        let challenge = format!("{scheme} realm=\"auto-devops\"");
        let refused = Self::refused(StatusCode::UNAUTHORIZED, said);
        match HeaderValue::from_str(&challenge) {
            Ok(challenge) => refused.with(WWW_AUTHENTICATE, challenge),
            Err(_) => refused,
        }
    }

    pub(super) fn too_large(most: usize) -> Self {
        let said = format!(
            "a webhook may have at most {most} bytes: nothing of it was taken. Let Alertmanager send fewer alerts at a \
             time (`max_alerts` of the webhook, `group_by` of the route)"
        );
        Self::refused(StatusCode::PAYLOAD_TOO_LARGE, said)
    }

    pub(super) fn too_slow(waited: Duration) -> Self {
        let said = format!("the body did not arrive within {} s: nothing of it was taken", waited.as_secs());
        Self::refused(StatusCode::REQUEST_TIMEOUT, said)
    }

    pub(super) fn broken_off() -> Self {
        Self::refused(StatusCode::BAD_REQUEST, "the body broke off: nothing of it was taken".to_owned())
    }

    pub(super) fn encoded() -> Self {
        let said = "the body is compressed: send it as it is, without Content-Encoding".to_owned();
        Self::refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, said)
    }

    pub(super) fn unreadable(why: &str, shape: &Shape) -> Self {
        let accepted = match shape {
            Shape::Alertmanager => "accepted is the webhook of Alertmanager, version 4, as JSON in UTF-8",
            Shape::Declared { .. } => {
                "accepted is JSON in UTF-8 of the shape that the settings declare for this receiver"
            }
        };
        Self::refused(StatusCode::BAD_REQUEST, format!("{why}; nothing of it was taken: {accepted}"))
    }

    /// Reading it went wrong in a way that is our mistake.
    pub(super) fn not_read() -> Self {
        let said = "the body could not be read because of a mistake of this program: see its log".to_owned();
        Self::refused(StatusCode::INTERNAL_SERVER_ERROR, said)
    }

    pub(super) fn no_room() -> Self {
        let said = "too many webhooks are being read: nothing was taken, come again".to_owned();
        Self::refused(StatusCode::SERVICE_UNAVAILABLE, said).retry_after(LATER)
    }

    /// It could not be kept.
    pub(super) fn later(error: &IntakeError) -> Self {
        Self::refused(StatusCode::SERVICE_UNAVAILABLE, error.to_string()).retry_after(error.retry_after())
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Why it was refused, in a sentence.
    pub(super) fn why(&self) -> &str {
        self.said.get("error").and_then(Value::as_str).unwrap_or_default()
    }

    /// How many parts were left out, and what is told of the first.
    pub(super) fn problems(&self) -> Option<(u64, &str)> {
        let count = self.said.get("problem_count").and_then(Value::as_u64).filter(|count| *count > 0)?;
        Some((count, self.said.pointer("/problems/0").and_then(Value::as_str).unwrap_or_default()))
    }

    pub(super) fn into_response(self) -> Response {
        (self.status, *self.headers, Json(self.said)).into_response()
    }

    fn refused(status: StatusCode, said: String) -> Self {
        // The rest of the body may not have been read, so the connection cannot be used again.
        let headers = Box::new(HeaderMap::from_iter([(CONNECTION, HeaderValue::from_static("close"))]));
        Self { status, headers, said: json!({ "error": said }) }
    }

    fn retry_after(self, wait: Duration) -> Self {
        self.with(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)))
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}
