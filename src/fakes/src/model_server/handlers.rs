//! The server's routes and what it remembers.

use super::Recorded;
use super::answer::{self, Answer, End, Parts};
use super::embeddings;
use super::script::{Script, ServerStep, Source};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

struct Memory {
    script: Script,
    recorded: Vec<Recorded>,
    calls_made: usize,
}

pub(super) struct Shared {
    memory: Mutex<Memory>,
    pub(super) aborted: watch::Sender<usize>,
    pub(super) chats: watch::Sender<usize>,
}

impl Shared {
    pub(super) fn new(script: Script) -> Self {
        let memory = Memory { script, recorded: Vec::new(), calls_made: 0 };
        Self { memory: Mutex::new(memory), aborted: watch::Sender::new(0), chats: watch::Sender::new(0) }
    }

    fn locked<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> T {
        act(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn recorded(&self) -> Vec<Recorded> {
        self.locked(|memory| memory.recorded.clone())
    }

    pub(super) fn steps_left(&self) -> usize {
        self.locked(|memory| match &memory.script.source {
            Source::Steps(steps) => steps.len(),
            Source::Answerer(_) => 0,
        })
    }

    fn next_step(&self, body: &Value) -> (ServerStep, usize, bool) {
        self.locked(|memory| {
            let step = match &mut memory.script.source {
                Source::Steps(steps) => steps.pop_front(),
                Source::Answerer(answer) => Some(answer(body)),
            };
            let step = step.unwrap_or_else(|| ServerStep::error(500, "the script of the model server is used up"));
            let first = memory.calls_made;
            if let ServerStep::Calls(_, calls) = &step {
                memory.calls_made += calls.len();
            }
            (step, first, memory.script.usage)
        })
    }
}

/// Counts an answer that was dropped before it was complete.
struct AbortGuard {
    shared: Arc<Shared>,
    complete: bool,
}

impl Drop for AbortGuard {
    fn drop(&mut self) {
        if !self.complete {
            self.shared.aborted.send_modify(|count| *count += 1);
        }
    }
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(dispatch).with_state(shared)
}

async fn dispatch(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    bytes: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let path = uri.path().to_owned();
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let recorded = Recorded {
        method: method.to_string(),
        path: path.clone(),
        headers: headers.iter().map(header).collect(),
        body: body.clone(),
    };
    let authorized = shared.locked(|memory| {
        memory.recorded.push(recorded);
        let wanted = memory.script.api_key.as_ref().map(|key| format!("Bearer {key}"));
        wanted.is_none_or(|wanted| headers.get("authorization").is_some_and(|got| got.as_bytes() == wanted.as_bytes()))
    });
    if !authorized {
        let message = "Incorrect API key provided. You can find your API key in your account.";
        return send(answer::error(401, message), None);
    }
    match path.as_str() {
        "/v1/chat/completions" => chat(shared, body).await,
        "/v1/embeddings" => embeddings(shared, &method, body).await,
        _ => about(&shared, &method, &path, &body),
    }
}

async fn chat(shared: Arc<Shared>, body: Value) -> Response {
    let takes_tools =
        shared.locked(|memory| memory.script.tools) && !body["model"].as_str().unwrap_or_default().contains("notools");
    let offers_tools = body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
    if offers_tools && !takes_tools {
        return send(answer::refusal_of_tools(&body), None);
    }
    if answer::is_probe(&body) {
        return send(answer::plain(&body), None);
    }
    shared.chats.send_modify(|count| *count += 1);
    let guard = AbortGuard { shared: shared.clone(), complete: false };
    let (mut step, first, usage) = shared.next_step(&body);
    while let ServerStep::After(wait, inner) = step {
        tokio::time::sleep(wait).await;
        step = *inner;
    }
    if matches!(step, ServerStep::Silent) {
        futures::future::pending::<()>().await;
    }
    send(answer::of_step(step, &body, first, usage), Some(guard))
}

async fn embeddings(shared: Arc<Shared>, method: &Method, body: Value) -> Response {
    let scripted = shared.locked(|memory| {
        let Some(answer) = &mut memory.script.embeddings else { return Err(answer::error(404, "404 page not found")) };
        embeddings::checked(method.as_str(), &body).map_err(|wrong| answer::error(400, &wrong))?;
        Ok(answer(&body))
    });
    let mut step = match scripted {
        Ok(step) => step,
        Err(refused) => return send(refused, None),
    };
    while let ServerStep::After(wait, inner) = step {
        tokio::time::sleep(wait).await;
        step = *inner;
    }
    if matches!(step, ServerStep::Silent) {
        futures::future::pending::<()>().await;
    }
    send(answer::of_step(step, &body, 0, true), None)
}

/// Sends an answer; the guard travels with the body, so that a client that goes away is seen.
fn send(answer: Answer, guard: Option<AbortGuard>) -> Response {
    let Parts { parts, end } = answer.body;
    let state = (parts.into_iter(), guard);
    let bytes = stream::unfold(state, move |(mut parts, mut guard)| async move {
        let item: Result<Bytes, std::io::Error> = match (parts.next(), end) {
            (Some((wait, part)), _) => {
                tokio::time::sleep(wait).await;
                Ok(Bytes::from(part))
            }
            (None, End::Silence) => futures::future::pending().await,
            (None, ending) => {
                if let Some(guard) = &mut guard {
                    guard.complete = true;
                }
                match ending {
                    End::Cut => Err(std::io::Error::other("cut by the script")),
                    _ => return None,
                }
            }
        };
        Some((item, (parts, guard)))
    });
    let mut response = Body::from_stream(bytes.fuse()).into_response();
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let name = axum::http::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn found(value: Value) -> Answer {
    let mut answer = answer::error(200, "");
    answer.body = Parts { parts: vec![(Duration::ZERO, value.to_string())], end: End::Whole };
    answer
}

/// What the server tells of itself and its models.
fn about(shared: &Shared, method: &Method, path: &str, body: &Value) -> Response {
    let answer = shared.locked(|memory| {
        let script = &mut memory.script;
        match (method.as_str(), path, script.ollama) {
            ("GET", "/api/version", true) => found(json!({"version": "0.12.3"})),
            ("GET", "/api/tags", true) => {
                let model = |name: &String| json!({"name": name, "model": name, "size": 1_000, "digest": "0"});
                found(json!({"models": script.models.iter().map(model).collect::<Vec<_>>()}))
            }
            ("POST", "/api/show", true) => show(script, body["model"].as_str().unwrap_or_default()),
            ("GET", "/api/ps", true) => {
                let loaded = script.loaded_context.map(|context| {
                    let model = |name: &String| json!({"name": name, "model": name, "context_length": context});
                    script.models.iter().map(model).collect::<Vec<_>>()
                });
                found(json!({"models": loaded.unwrap_or_default()}))
            }
            ("POST", "/api/generate", true) => {
                script.loaded_context.get_or_insert(4_096);
                found(json!({"model": body["model"], "response": "", "done": true, "done_reason": "load"}))
            }
            ("GET", "/v1/models", _) => match (&script.model_list, script.ollama) {
                (Some(list), _) => found(list.clone()),
                (None, true) => {
                    let model = |name: &String| json!({"id": name, "object": "model", "owned_by": "library"});
                    let models: Vec<_> = script.models.iter().map(model).collect();
                    found(json!({"object": "list", "data": models}))
                }
                (None, false) => answer::error(404, "not found"),
            },
            ("GET", "/props", _) => match &script.props {
                Some(props) => found(props.clone()),
                None => answer::error(404, "not found"),
            },
            _ => answer::error(404, "404 page not found"),
        }
    });
    send(answer, None)
}

fn show(script: &Script, model: &str) -> Answer {
    if !script.models.iter().any(|known| known == model || known.strip_suffix(":latest") == Some(model)) {
        return answer::error(404, &format!("model '{model}' not found"));
    }
    let takes_tools = script.tools && !model.contains("notools");
    let capabilities = if takes_tools { json!(["completion", "tools"]) } else { json!(["completion"]) };
    let parameters =
        script.num_ctx.map_or(String::new(), |tokens| format!("num_ctx                        {tokens}\n"));
    let mut shown = json!({
        "parameters": format!("stop                           \"<|im_end|>\"\n{parameters}"),
        "details": {"family": "qwen3"}, "model_info": {"general.architecture": "qwen3"}, "capabilities": capabilities,
    });
    if let Some(tokens) = script.trained_context {
        shown["model_info"]["qwen3.context_length"] = json!(tokens);
    }
    found(shown)
}
