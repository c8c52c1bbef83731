//! A server that takes one kind of request and nothing else, and counts what it was made to do.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// The token that it wants.
pub const TOKEN: &str = "t0ken-of-the-pool-0123";

/// The part of its path that is a secret.
pub const PATH_SECRET: &str = "B0SECRETPATH";

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// 202.
    Takes,
    /// It does it, and never answers.
    DoesAndHangs,
    /// It does it, and answers with this status.
    DoesAndSays(u16),
    /// It does nothing, and answers with this status; the body repeats the token and the path.
    Refuses(u16),
    /// It sends elsewhere.
    Redirects,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Done {
    /// Bodies of effects, in order.
    pub effects: Vec<Value>,
    /// Bodies of rehearsals.
    pub rehearsals: Vec<Value>,
    /// The keys of all requests.
    pub keys: Vec<String>,
    /// What was wrong with requests.
    pub faults: Vec<String>,
    seen: BTreeSet<String>,
}

struct Inner {
    manner: Mutex<Manner>,
    done: Mutex<Done>,
}

/// The server.
#[derive(Clone)]
pub struct Strict {
    inner: Arc<Inner>,
    pub address: SocketAddr,
}

impl Strict {
    pub async fn start() -> Self {
        let inner = Arc::new(Inner { manner: Mutex::new(Manner::Takes), done: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { inner, address }
    }

    pub fn url(&self) -> String {
        format!("http://{}/pool/{PATH_SECRET}?version=2", self.address)
    }

    pub fn is(&self, manner: Manner) {
        *self.inner.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    pub fn done<T>(&self, read: impl FnOnce(&Done) -> T) -> T {
        read(&self.inner.done.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(
    State(inner): State<Arc<Inner>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manner = *inner.manner.lock().unwrap_or_else(PoisonError::into_inner);
    if method == Method::GET {
        return if manner == Manner::Takes { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }.into_response();
    }
    {
        let mut done = inner.done.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(fault) = take(&mut done, &method, &uri, &headers, &body, manner) {
            done.faults.push(fault.to_owned());
            return (StatusCode::BAD_REQUEST, fault.to_owned()).into_response();
        }
    }
    let said = |status: u16| {
        let status = StatusCode::from_u16(status).unwrap();
        (status, json!({"error": format!("no: {TOKEN} at /pool/{PATH_SECRET}")}).to_string()).into_response()
    };
    match manner {
        Manner::Takes => StatusCode::ACCEPTED.into_response(),
        Manner::DoesAndHangs => std::future::pending().await,
        Manner::DoesAndSays(status) | Manner::Refuses(status) => said(status),
        Manner::Redirects => (StatusCode::FOUND, [(header::LOCATION, "/pool/elsewhere")]).into_response(),
    }
}

fn take(
    done: &mut Done,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    manner: Manner,
) -> Result<(), &'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let path = format!("/pool/{PATH_SECRET}");
    if method != Method::POST || uri.path() != path || uri.query() != Some("version=2") {
        return Err("another method, path or query");
    }
    if text("authorization") != format!("Bearer {TOKEN}") || text("x-tenant") != "shop-tenant" {
        return Err("another token or tenant");
    }
    if text("content-type") != "application/json" {
        return Err("no JSON");
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| "a body that is no JSON")?;
    let is_rehearsal = body.get("dry_run").and_then(Value::as_bool).ok_or("no dry_run")?;
    let key = text("idempotency-key");
    if key.is_empty() || !done.seen.insert(key.clone()) {
        return Err("no key, or one that was used");
    }
    done.keys.push(key);
    match (is_rehearsal, manner) {
        (_, Manner::Refuses(_)) => {}
        (true, _) => done.rehearsals.push(body),
        (false, _) => done.effects.push(body),
    }
    Ok(())
}
