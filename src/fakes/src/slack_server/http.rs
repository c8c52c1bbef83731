//! The server's routes, and what every call goes through: faults, token, scope, arguments.

use super::call::{Arguments, Refusal};
use super::faults::Fate;
use super::methods::{self, Method, Scopes, Token};
use super::record::Recorded;
use super::state::{Shared, State};
use super::wire::Scissors;
use super::{form, socket, uploads};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, RawQuery, State as Given};
use axum::http::{HeaderMap, Method as Verb, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::time::Instant;

/// What one file may have.
const UPLOAD_BYTES: usize = 64 * 1024 * 1024;

pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/{method}", any(call))
        .route("/link/", get(socket::open))
        .route("/upload/{ticket}", post(uploads::upload))
        .route("/commands/{team}/{number}/{secret}", post(uploads::respond))
        .route("/actions/{team}/{number}/{secret}", post(uploads::respond))
        .layer(DefaultBodyLimit::max(UPLOAD_BYTES))
        .with_state(shared)
}

/// A body with its status and what stands in its head.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
    pub is_lost: bool,
}

impl Reply {
    fn of(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body, is_lost: false }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self.body)).into_response();
        for (name, value) in self.headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// What was sent, before anything is made of it.
struct Request {
    method: String,
    token: Option<String>,
    is_json: bool,
    sent: Result<Map<String, Value>, Refusal>,
}

async fn call(
    Given(shared): Given<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    Path(method): Path<String>,
    verb: Verb,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let latency = shared.read(|state| state.faults.latency);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let request = read(&verb, method, query.as_deref(), &headers, &body);
    let reply = shared.with(|state| answer(state, request));
    if reply.is_lost {
        scissors.cut();
    }
    reply
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn read(verb: &Verb, method: String, query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Request {
    let token = header(headers, "authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let kind = header(headers, "content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_json = kind == "application/json";
    let sent = match (verb.as_str(), kind) {
        ("POST", "application/json") => json_object(body),
        ("POST", "application/x-www-form-urlencoded") => {
            let text = String::from_utf8_lossy(body);
            pairs(form::read(&text).into_iter().chain(form::read(query.unwrap_or_default())))
        }
        ("POST", _) if body.is_empty() => pairs(form::read(query.unwrap_or_default())),
        ("GET", _) => pairs(form::read(query.unwrap_or_default())),
        ("POST", other) => Err(Refusal::broken("invalid_post_type", &format!("content type {other:?}"))),
        (other, _) => Err(Refusal::broken("invalid_post_type", &format!("{other} is no way to call"))),
    };
    Request { method, token, is_json, sent }
}

fn json_object(body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::broken("json_not_object", "the body is no object")),
        Err(_) => Err(Refusal::broken("invalid_json", "the body is no JSON")),
    }
}

fn pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Map<String, Value>, Refusal> {
    let mut sent = Map::new();
    for (name, value) in pairs {
        if sent.insert(name.clone(), json!(value)).is_some() {
            return Err(Refusal::broken("invalid_arguments", &format!("field {name} was sent twice")));
        }
    }
    Ok(sent)
}

fn answer(state: &mut State, request: Request) -> Reply {
    let at = Instant::now();
    let sent = request.sent.as_ref().map(|sent| Value::Object(sent.clone())).unwrap_or_default();
    let gate = gate(&request.method, &sent);
    let reply = match state.faults.fate(&request.method, &gate) {
        Fate::Limited { seconds, is_early } => {
            if is_early {
                state.record.early.push(gate);
            }
            let mut reply = Reply::of(429, json!({"ok": false, "error": "ratelimited"}));
            reply.headers.push(("retry-after", seconds.to_string()));
            reply
        }
        Fate::Broken(status) => Reply::of(status, json!({"ok": false, "error": "internal_error"})),
        Fate::Answered => served(state, &request),
        Fate::Lost => Reply { is_lost: true, ..served(state, &request) },
    };
    let error = reply.body["error"].as_str().map(str::to_owned);
    state.recorded(Recorded { method: request.method, arguments: sent, status: reply.status, error, at });
    reply
}

/// What is limited together: a method, and for posts a channel (page "Rate limits").
fn gate(method: &str, sent: &Value) -> String {
    match sent["channel"].as_str() {
        Some(channel) if method == "chat.postMessage" => format!("{method} {channel}"),
        _ => method.to_owned(),
    }
}

fn served(state: &mut State, request: &Request) -> Reply {
    match checked(state, request) {
        Ok((method, mut body)) => {
            body["ok"] = json!(true);
            let mut reply = Reply::of(200, body);
            let scopes = state.workspace.scopes.iter().cloned().collect::<Vec<_>>().join(",");
            reply.headers.push(("x-oauth-scopes", scopes));
            if let Scopes::One(scope) = method.scopes {
                reply.headers.push(("x-accepted-oauth-scopes", scope.to_owned()));
            }
            reply
        }
        Err(refusal) => {
            if let Some(violation) = &refusal.violation {
                state.violation(format!("{}: {violation}", request.method));
            }
            Reply::of(200, refusal.body())
        }
    }
}

fn checked(state: &mut State, request: &Request) -> Result<(&'static Method, Value), Refusal> {
    let Some(method) = methods::find(&request.method) else {
        return Err(Refusal::broken("unknown_method", "no such method is served"));
    };
    allowed(state, method, request.token.as_deref())?;
    if let Some(code) = state.faults.refusals.get_mut(method.name).and_then(Vec::pop) {
        return Err(Refusal::of(&code));
    }
    let sent = request.sent.clone()?;
    if sent.contains_key("token") {
        return Err(Refusal::broken("invalid_arguments", "the token belongs into the header Authorization"));
    }
    if request.is_json && !method.takes_json && !sent.is_empty() {
        return Err(Refusal::broken("invalid_arguments", "this method reads forms and queries only, no JSON"));
    }
    let arguments = Arguments::read(method.fields, &sent)?;
    methods::in_scope(state, method, &arguments)?;
    Ok((method, (method.answer)(state, &arguments)?))
}

/// Whether the token is one, and of the kind that the method takes.
fn allowed(state: &State, method: &Method, token: Option<&str>) -> Result<(), Refusal> {
    let Some(token) = token else { return Err(Refusal::of("not_authed")) };
    let kind = match token {
        token if token == state.workspace.bot_token => Token::Bot,
        token if token == state.workspace.app_token => Token::App,
        _ => return Err(Refusal::of("invalid_auth")),
    };
    match method.token {
        Token::Any => Ok(()),
        wanted if wanted == kind => Ok(()),
        wanted => {
            let why = format!("{} takes a token of the kind {wanted:?}, not {kind:?}", method.name);
            Err(Refusal::broken("not_allowed_token_type", &why))
        }
    }
}
