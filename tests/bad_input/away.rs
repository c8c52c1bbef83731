//! Backends that are away, slow, not themselves, refuse or answer nonsense: every tool that reads tells it in time.

use super::servers::{self, ALL, object};
use super::socket::{Behaviour, Socket, answer, nobody, stream};
use domain::envelope::{Envelope, Failure, FailureKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tools_common::serve::Adapter;

/// Room for the retries of what is said to be passing.
const DEADLINE: Duration = Duration::from_millis(2_500);

/// What the kit grants beyond a deadline, and what a busy machine takes.
const LATE: Duration = Duration::from_millis(2_500);

/// A way to misbehave, and the kinds of failure that tell it.
struct Case {
    name: &'static str,
    behaviour: Option<Behaviour>,
    told_as: &'static [FailureKind],
}

const JSON: &str = "Content-Type: application/json\r\n";
const HTML: &str = "Content-Type: text/html\r\n";
const PAGE: &[u8] = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>please</body></html>";

fn case(name: &'static str, behaviour: Behaviour, told_as: &'static [FailureKind]) -> Case {
    Case { name, behaviour: Some(behaviour), told_as }
}

fn broken_off() -> Behaviour {
    Behaviour::Sends(Arc::new(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"status\":\"succ".to_vec(),
    ))
}

fn slowly() -> Behaviour {
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 100000\r\n\r\n{{\"status\":");
    Behaviour::Trickles(Arc::new(head.into_bytes()))
}

fn nested() -> Behaviour {
    answer("200 OK", JSON, "[".repeat(200_000).as_bytes())
}

/// Under every name by which an answer may carry its data.
fn nested_in_data() -> Behaviour {
    let deep = "[".repeat(50_000);
    let names = ["data", "items", "traces", "trace", "workflow_runs", "commits", "rows"];
    let fields: Vec<String> = names.iter().map(|name| format!("\"{name}\":")).collect();
    answer("200 OK", JSON, format!("{{\"status\":\"success\",{}{deep}", fields.join("[],")).as_bytes())
}

/// As the statuses of an API that says why.
fn refusals() -> Vec<Case> {
    use FailureKind::{BadAnswer, Conflict, Forbidden, NotFound, RateLimited, Timeout, Unauthenticated, Unreachable};
    let said = |status: &str| {
        answer(status, JSON, br#"{"kind":"Status","status":"error","errorType":"x","error":"no","message":"no"}"#)
    };
    vec![
        case("302", answer("302 Found", "Location: http://login.example.com/\r\n", b""), &[BadAnswer]),
        case("401", said("401 Unauthorized"), &[Unauthenticated]),
        case("403", said("403 Forbidden"), &[Forbidden]),
        case("404", said("404 Not Found"), &[BadAnswer, NotFound]),
        case("409", said("409 Conflict"), &[Conflict, BadAnswer, NotFound]),
        case(
            "429",
            answer("429 Too Many Requests", &format!("{JSON}Retry-After: 30\r\n"), b"{\"message\":\"slow down\"}"),
            &[RateLimited],
        ),
        case("500", said("500 Internal Server Error"), &[BadAnswer]),
        case("503", said("503 Service Unavailable"), &[Unreachable, BadAnswer]),
        case("504", said("504 Gateway Timeout"), &[Timeout, Unreachable]),
    ]
}

fn cases() -> Vec<Case> {
    use FailureKind::{BadAnswer, NotFound, Timeout, Unreachable};
    let mut cases = vec![
        Case { name: "nobody listens", behaviour: None, told_as: &[Unreachable] },
        case("hangs", Behaviour::Hangs, &[Timeout]),
        case("closes at once", Behaviour::Closes, &[BadAnswer, Unreachable]),
        case("breaks off", broken_off(), &[BadAnswer, Unreachable]),
        case("answers byte by byte", slowly(), &[Timeout]),
        case(
            "is no HTTP",
            Behaviour::Sends(Arc::new(b"220 mail.example.com ESMTP\r\n".to_vec())),
            &[BadAnswer, Unreachable],
        ),
        case("is a page", answer("200 OK", HTML, PAGE), &[BadAnswer]),
        case("is a page with a refusal", answer("403 Forbidden", HTML, PAGE), &[FailureKind::Forbidden]),
        case("is another service", answer("200 OK", JSON, br#"{"hello":"world"}"#), &[BadAnswer]),
        case("says a number", answer("200 OK", JSON, b"7"), &[BadAnswer]),
        case("says a list of texts", answer("200 OK", JSON, br#"["a","b"]"#), &[BadAnswer]),
        case("says null", answer("200 OK", JSON, b"null"), &[BadAnswer]),
        case("says nothing", answer("200 OK", JSON, b""), &[BadAnswer]),
        case("has no content", answer("204 No Content", "", b""), &[BadAnswer, NotFound]),
        case("is cut", answer("200 OK", JSON, br#"{"status":"success","data":{"resultT"#), &[BadAnswer]),
        case("is no UTF-8", answer("200 OK", JSON, b"{\"status\":\"\xff\xfe\"}"), &[BadAnswer]),
        case("is nested", nested(), &[BadAnswer]),
        case("is nested in its data", nested_in_data(), &[BadAnswer]),
        case("is a head without end", stream("", b"", 0, ""), &[BadAnswer]),
    ];
    cases.extend(refusals());
    cases
}

/// Whether a result says that something could not be looked at.
fn tells_it(envelope: &Envelope) -> bool {
    !envelope.not_looked.is_empty()
        || envelope.data.get("not_checked").and_then(serde_json::Value::as_array).is_some_and(|list| !list.is_empty())
}

fn judge(what: &str, case: &Case, result: &Result<Envelope, Failure>, took: Duration) -> Option<String> {
    if took > DEADLINE + LATE {
        return Some(format!("{what}: took {took:?}"));
    }
    match result {
        Ok(envelope) if tells_it(envelope) => None,
        Ok(envelope) => Some(format!("{what}: told as good: {:.400}", serde_json::to_string(envelope).unwrap())),
        Err(failure) if !case.told_as.contains(&failure.kind) => {
            Some(format!("{what}: {:?}: {:.300}", failure.kind, failure.to_string()))
        }
        Err(failure) if failure.message.trim().is_empty() || failure.to_string().len() > 4_000 => {
            Some(format!("{what}: {} bytes of failure", failure.to_string().len()))
        }
        Err(_) => None,
    }
}

/// All tools of a server over one way to misbehave, side by side.
async fn try_case(server: &'static str, case: Arc<Case>) -> Vec<String> {
    let socket = match &case.behaviour {
        Some(behaviour) => Some(Socket::start(behaviour.clone()).await),
        None => None,
    };
    let url = match &socket {
        Some(socket) => socket.url.clone(),
        None => nobody().await,
    };
    let mut looks = JoinSet::new();
    let shared: Adapter = servers::reading(server, &url, DEADLINE);
    for (tool, arguments) in servers::calls(server) {
        let adapter = shared.clone();
        let case = Arc::clone(&case);
        looks.spawn(async move {
            let started = Instant::now();
            let result = adapter.call(tool, object(arguments), adapter.context()).await;
            judge(&format!("{server} {tool}, whose backend {}", case.name), &case, &result, started.elapsed())
        });
    }
    looks.join_all().await.into_iter().flatten().collect()
}

async fn hold(server: &'static str) {
    let mut found = Vec::new();
    let cases = cases();
    let tried = cases.len() * servers::calls(server).len();
    for case in cases {
        found.extend(try_case(server, Arc::new(case)).await);
    }
    assert!(found.is_empty(), "{} of {tried}:\n{}", found.len(), found.join("\n"));
}

#[tokio::test]
async fn kubernetes_tells_what_is_wrong_with_its_backend() {
    hold(ALL[0]).await;
}

#[tokio::test]
async fn prometheus_tells_what_is_wrong_with_its_backend() {
    hold(ALL[1]).await;
}

#[tokio::test]
async fn loki_tells_what_is_wrong_with_its_backend() {
    hold(ALL[2]).await;
}

#[tokio::test]
async fn tempo_tells_what_is_wrong_with_its_backend() {
    hold(ALL[3]).await;
}

#[tokio::test]
async fn github_tells_what_is_wrong_with_its_backend() {
    hold(ALL[4]).await;
}
