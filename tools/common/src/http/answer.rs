//! What an answer that is no success means, in words for people.

use super::client::Response;
use domain::envelope::{Failure, FailureKind};
use domain::redaction;
use http::StatusCode;
use serde_json::Value;

const SAID_CHARS: usize = 300;
const LOOKED_AT_BYTES: usize = 64 * 1024;

/// The failure that an unsuccessful status means.
pub(super) fn refused(response: &Response, backend: &str) -> Failure {
    let status = response.status;
    let (kind, hint) = meaning(status, backend);
    let said = match said(response) {
        Some(said) => format!("{}: {status}: {said}", response.asked),
        None => format!("{}: {status}", response.asked),
    };
    Failure::new(kind, said).with_hint(hint)
}

fn meaning(status: StatusCode, backend: &str) -> (FailureKind, String) {
    match status.as_u16() {
        300..=399 => (
            FailureKind::BadAnswer,
            "redirects are not followed: is a login proxy in between, or should the URL say https or another path?"
                .into(),
        ),
        400 | 422 => {
            (FailureKind::BadRequest, format!("{backend} did not accept the request; correct it and ask again"))
        }
        401 | 407 => (FailureKind::Unauthenticated, format!("set or renew the credentials for {backend}")),
        403 => (
            FailureKind::Forbidden,
            format!("these credentials may not do this; {backend} (or a proxy before it) must allow it"),
        ),
        // Not `NotFound`: that a path is missing says nothing about the thing that was asked for.
        404 => {
            (FailureKind::BadAnswer, "is the path prefix of the URL right, and does this version have this API?".into())
        }
        408 | 504 => (FailureKind::Timeout, format!("{backend} or a proxy before it gave up waiting; ask for less")),
        413 => (FailureKind::TooLarge, "ask for less".into()),
        409 | 412 => (FailureKind::Conflict, "look again: it is not as it was seen last".into()),
        429 => (FailureKind::RateLimited, format!("{backend} limits requests; wait a little and ask again")),
        502 | 503 => (
            FailureKind::Unreachable,
            format!("a server answered, but {backend} behind it is not ready; is it running?"),
        ),
        _ => {
            (FailureKind::BadAnswer, format!("this is a fault of {backend} or a proxy before it; its own log has more"))
        }
    }
}

/// The body's own words: an API's error text, a page's title, or its first line.
pub(super) fn said(response: &Response) -> Option<String> {
    let head = response.body.get(..LOOKED_AT_BYTES).unwrap_or(&response.body);
    if let Some(title) = html_title(response) {
        return Some(format!("an HTML page (title {title:?})"));
    }
    if let Ok(value) = serde_json::from_slice::<Value>(&response.body)
        && let Some(text) = error_text(&value)
    {
        return Some(shortened(&text));
    }
    let text = String::from_utf8_lossy(head);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(shortened(line))
}

fn error_text(value: &Value) -> Option<String> {
    for key in ["error", "message", "detail", "errors", "error_description"] {
        match value.get(key) {
            Some(Value::String(text)) if !text.is_empty() => return Some(text.clone()),
            Some(nested @ Value::Object(_)) => return error_text(nested),
            Some(Value::Array(several)) => {
                return several
                    .first()
                    .and_then(|first| first.as_str().map(str::to_owned).or_else(|| error_text(first)));
            }
            _ => {}
        }
    }
    None
}

/// The failure of a success that is a page for people.
pub(super) fn html_page(response: &Response) -> Option<Failure> {
    let title = html_title(response)?;
    let message = format!("{}: answered with an HTML page (title {title:?}) instead of JSON", response.asked);
    Some(
        Failure::new(FailureKind::BadAnswer, message)
            .with_hint("is a login proxy in between, or is the path prefix of the URL wrong?"),
    )
}

fn html_title(response: &Response) -> Option<String> {
    let head = response.body.get(..LOOKED_AT_BYTES).unwrap_or(&response.body);
    let text = String::from_utf8_lossy(head);
    let lower = text.trim_start().to_ascii_lowercase();
    let looks = lower.starts_with("<!doctype html") || lower.starts_with("<html");
    if !looks && response.content_type != "text/html" {
        return None;
    }
    let trimmed = text.trim_start();
    let title = lower.find("<title").and_then(|at| {
        let open = at + lower.get(at..)?.find('>')? + 1;
        let close = open + lower.get(open..)?.find("</title")?;
        trimmed.get(open..close)
    });
    Some(shortened(title.unwrap_or_default().trim()))
}

/// The failure of a body that is not the JSON that it should be.
pub(super) fn broken_json(response: &Response, error: &serde_json::Error) -> Failure {
    let cut = if error.is_eof() { "the JSON ends too early" } else { "the answer is not the JSON that was expected" };
    let said = said(response).unwrap_or_else(|| "an empty body".to_owned());
    // serde repeats what it did not expect, whole.
    let error = shortened(&error.to_string());
    let message = format!("{}: {cut} ({error}); it begins with: {}", response.asked, shortened_to(&said, 120));
    Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of the right service and version?")
}

fn shortened(text: &str) -> String {
    shortened_to(text, SAID_CHARS)
}

fn shortened_to(text: &str, chars: usize) -> String {
    let text = redaction::redact_text(text);
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}
