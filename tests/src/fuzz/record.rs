//! Records the corpus of a server from the estate.
//!
//! Guarantee: what is written is what the server saw, for answers are made small before it sees them. Long arrays are
//! cut to a few items, those first that the calls are about; lists of words and the discovery of kinds stay longer,
//! because without them most tools end early.

use super::answer::{Answer, Asked, Wire};
use super::backend::taken_apart;
use super::corpus::{self, Calls};
use super::servers::{Doors, Which};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tools_common::CallContext;
use tower::ServiceExt as _;

const LARGEST_ANSWER: usize = 64 << 20;
const ITEMS: usize = 3;
const SPANS: usize = 12;
const WORDS: usize = 60;
/// What the calls are about.
const SUBJECTS: &[&str] = &["\"name\":\"checkout", "checkout", "\"shop\""];
const ALLOWED: Duration = Duration::from_secs(60);

#[derive(Clone)]
struct Recorder {
    ends: Arc<Vec<(&'static str, Router)>>,
    heard: Arc<Mutex<BTreeMap<Asked, Answer>>>,
}

/// Makes all calls over the estate and writes what was answered. Gives the calls that failed, with why.
///
/// # Errors
/// No calls, nothing to record from, or a file that cannot be written.
pub async fn record(which: Which) -> io::Result<Vec<String>> {
    let calls = corpus::calls(which.name())?;
    let ends = which.estate(&calls);
    if ends.is_empty() {
        return Err(io::Error::other(format!("the answers of {} are written by hand", which.name())));
    }
    let recorder = Recorder { ends: Arc::new(ends), heard: Arc::default() };
    let failed = call_all(which, &recorder, &calls).await.map_err(io::Error::other)?;
    let heard = std::mem::take(&mut *recorder.heard.lock().unwrap_or_else(PoisonError::into_inner));
    corpus::save(which.name(), heard.into_values().collect())?;
    Ok(failed)
}

async fn call_all(which: Which, recorder: &Recorder, calls: &Calls) -> Result<Vec<String>, domain::envelope::Failure> {
    let mut failed = Vec::new();
    for call in &calls.calls {
        // Each over a new server, which remembers nothing: no answer is missing for a run that begins with this call.
        let doors = Doors::of(which, Router::new().fallback(relay).with_state(recorder.clone()), false)?;
        let context = CallContext::direct(calls.now, ALLOWED);
        if let Err(failure) = doors.call(call.clone(), context).await {
            failed.push(format!("{} {}: {failure}", call.tool, Value::from(call.arguments.clone())));
        }
    }
    Ok(failed)
}

async fn relay(State(recorder): State<Recorder>, request: Request) -> Response<Body> {
    let host = request.uri().host().unwrap_or_default().to_owned();
    let (asked, request) = taken_apart(request).await;
    let Some((_, router)) = recorder.ends.iter().find(|(name, _)| name.is_empty() || *name == host) else {
        return with_status(StatusCode::BAD_GATEWAY);
    };
    let Ok(response) = router.clone().oneshot(request).await;
    let (parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_ANSWER).await else {
        return with_status(StatusCode::BAD_GATEWAY);
    };
    let headers = parts.headers.iter().filter(|(name, _)| !["content-length", "date"].contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    let mut wire =
        Wire { status: parts.status.as_u16(), headers: headers.collect(), body: body.to_vec(), broken_off: false };
    if let Ok(mut json) = serde_json::from_slice::<Value>(&wire.body) {
        shorten(&mut json, "");
        wire.body = json.to_string().into_bytes();
    } else {
        wire.body = shortened_lines(&wire.body);
    }
    let answer = Answer::new(asked.clone(), &wire, true);
    // The first counts: a later one may be of a world that a call has changed.
    recorder.heard.lock().unwrap_or_else(PoisonError::into_inner).entry(asked).or_insert(answer);
    wire.response(false)
}

fn with_status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Cuts arrays; `key` is that under which the value stands.
fn shorten(value: &mut Value, key: &str) {
    match value {
        Value::Array(items) => {
            let kept = match key {
                "groups" | "resources" => usize::MAX,
                "spans" => SPANS,
                _ if items.first().is_some_and(Value::is_string) => WORDS,
                _ => ITEMS,
            };
            if items.len() > kept {
                items.sort_by_key(far);
                items.truncate(kept);
            }
            items.iter_mut().for_each(|item| shorten(item, key));
        }
        Value::Object(fields) => fields.iter_mut().for_each(|(key, field)| shorten(field, key)),
        _ => {}
    }
}

/// How far an item is from what the calls are about.
fn far(item: &Value) -> usize {
    let text = item.to_string();
    SUBJECTS.iter().position(|subject| text.contains(subject)).unwrap_or(SUBJECTS.len())
}

fn shortened_lines(body: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = body.split_inclusive(|byte| *byte == b'\n').take(WORDS).collect();
    lines.concat()
}
