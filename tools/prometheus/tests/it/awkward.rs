//! Backends that do not behave, over real sockets.

use super::{call, hasty_server_at, server_at};
use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use domain::envelope::{Failure, FailureKind};
use serde_json::json;
use tokio::net::TcpListener;

/// Serves one answer on every path; gives the URL.
async fn serving<R: IntoResponse + Send + 'static>(answer: impl Fn() -> R + Clone + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(move || {
        let answer = answer();
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn failure_at(url: &str) -> Failure {
    call(&server_at(url), "query", json!({"query": "up"})).await.unwrap_err()
}

fn check(failure: &Failure, kind: FailureKind, words: &[&str]) {
    let text = failure.to_string();
    assert_eq!(failure.kind, kind, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

#[tokio::test]
async fn a_login_page_is_told_as_such() {
    let url = serving(|| {
        let page = "<!DOCTYPE html><html><head><title>Sign in - SSO</title></head></html>";
        ([("content-type", "text/html; charset=utf-8")], page)
    })
    .await;
    check(
        &failure_at(&url).await,
        FailureKind::BadAnswer,
        &["an HTML page (title \"Sign in - SSO\")", "login proxy", &url],
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let url = serving(|| (StatusCode::FOUND, [("location", "https://login.example/")], "")).await;
    check(&failure_at(&url).await, FailureKind::BadAnswer, &["302", "redirects are not followed"]);
}

/// A refusal in the form of the API by a gateway before it.
const GATEWAY: &str = r#"{"status":"error","errorType":"x","error":"no such tenant"}"#;

#[tokio::test]
async fn statuses_become_what_they_mean() {
    let cases = [
        (500, "database is on fire", FailureKind::BadAnswer, "database is on fire"),
        (401, "who are you?", FailureKind::Unauthenticated, "credentials"),
        (403, "no", FailureKind::Forbidden, "may not"),
        (404, "404 page not found", FailureKind::BadAnswer, "path prefix"),
        (503, "Service Unavailable", FailureKind::Unreachable, "not ready"),
        (504, "gateway", FailureKind::Timeout, "gave up"),
        (
            422,
            r#"{"status":"error","errorType":"execution","error":"found duplicate series"}"#,
            FailureKind::BadRequest,
            "found duplicate series",
        ),
        (
            503,
            r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#,
            FailureKind::Timeout,
            "query timed out",
        ),
        (
            422,
            r#"{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}"#,
            FailureKind::TooLarge,
            "too many samples",
        ),
        (401, GATEWAY, FailureKind::Unauthenticated, "no such tenant"),
        (403, GATEWAY, FailureKind::Forbidden, "no such tenant"),
        (429, GATEWAY, FailureKind::RateLimited, "no such tenant"),
        (502, GATEWAY, FailureKind::Unreachable, "no such tenant"),
        (503, GATEWAY, FailureKind::Unreachable, "no such tenant"),
        (504, GATEWAY, FailureKind::Timeout, "no such tenant"),
        (500, r#"{"message":"failed with token=abcdef"}"#, FailureKind::BadAnswer, "token=[redacted]"),
    ];
    for (status, body, kind, word) in cases {
        let url = serving(move || (StatusCode::from_u16(status).unwrap(), body)).await;
        check(&failure_at(&url).await, kind, &[word]);
    }
}

#[tokio::test]
async fn broken_and_strange_json_is_told() {
    let cases = [
        (r#"{"status":"success","data":{"resultType":"vector","resu"#, "ends too early"),
        ("{}", "neither data nor an error"),
        ("hello", "not the JSON"),
        ("", "ends too early"),
        (
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}"#,
            "which is no number",
        ),
    ];
    for (body, word) in cases {
        let url = serving(move || ([("content-type", "application/json")], body)).await;
        check(&failure_at(&url).await, FailureKind::BadAnswer, &[word]);
    }
}

#[tokio::test]
async fn thirty_megabytes_are_not_read_to_their_end() {
    let url = serving(|| "x".repeat(30 << 20)).await;
    check(&failure_at(&url).await, FailureKind::TooLarge, &["30.0 MiB", "at most 16.0 MiB", "ask for less"]);
    let chunked = serving(|| {
        let chunks = futures::stream::iter((0..30).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1 << 20])));
        Response::new(Body::from_stream(chunks))
    })
    .await;
    check(&failure_at(&chunked).await, FailureKind::TooLarge, &["over 16.0 MiB"]);
}

#[tokio::test]
async fn a_slow_backend_ends_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Accepts into the backlog and never answers.
    let failure = call(&hasty_server_at(&url), "query", json!({"query": "up"})).await.unwrap_err();
    check(&failure, FailureKind::Timeout, &["no answer within 0."]);
    drop(listener);
}

#[tokio::test]
async fn nobody_listening_and_no_such_host_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://admin:hunter2@{}/prom", listener.local_addr().unwrap());
    drop(listener);
    let failure = failure_at(&url).await;
    check(&failure, FailureKind::Unreachable, &["connection refused", "is Prometheus running"]);
    assert!(!failure.to_string().contains("hunter2") && !failure.to_string().contains("admin"));
    check(&failure_at("http://no-such-host.invalid:9090").await, FailureKind::Unreachable, &["cannot be resolved"]);
}

#[tokio::test]
async fn https_against_plain_http_is_told_as_a_matter_of_tls() {
    let url = serving(|| "x").await.replace("http://", "https://");
    check(&failure_at(&url).await, FailureKind::Unreachable, &["TLS failed"]);
}
