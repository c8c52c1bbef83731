//! The client in this process and in small; its behaviour over sockets is tested with the servers that use it.

use super::*;
use axum::Router;
use axum::extract::Request as Incoming;
use domain::envelope::FailureKind;
use domain::secret::Secret;
use std::time::Duration;

fn echo() -> InProcessService {
    InProcessService::new(Router::new().fallback(|request: Incoming| async move {
        let authorization =
            request.headers().get("authorization").and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned();
        let head = format!("{} {}", request.method(), request.uri());
        let body = axum::body::to_bytes(request.into_body(), 1_000).await.unwrap_or_default();
        format!("{head}\n{authorization}\n{}", String::from_utf8_lossy(&body))
    }))
}

async fn echoed(settings: &HttpSettings, request: Request) -> String {
    let client = HttpClient::in_process(settings, echo()).unwrap();
    String::from_utf8(client.send(request).await.unwrap().body.to_vec()).unwrap()
}

#[tokio::test]
async fn prefix_query_and_credentials_arrive() {
    let settings = HttpSettings::new("Prometheus", "http://bob:p%40ss@mock:9090/prom/");
    let text = echoed(&settings, Request::get("/api/v1/query").with("query", "a b&c=\"d\"")).await;
    assert_eq!(text, "GET http://mock:9090/prom/api/v1/query?query=a+b%26c%3D%22d%22\nBasic Ym9iOnBAc3M=\n");
    let posted = echoed(&settings, Request::post_form("/x").with("a", "1").with("b", "2 3")).await;
    assert_eq!(posted, "POST http://mock:9090/prom/x\nBasic Ym9iOnBAc3M=\na=1&b=2+3");
}

#[tokio::test]
async fn bearer_and_own_headers_are_sent_and_never_shown() {
    let mut settings = HttpSettings::new("Prometheus", "mock:9090");
    settings.credentials = Credentials::Bearer(Secret::new("tok\n"));
    settings.headers.insert("X-Scope-OrgID".into(), Secret::new("tenant"));
    assert!(echoed(&settings, Request::get("/")).await.contains("Bearer tok"));
    let client = HttpClient::in_process(&settings, echo()).unwrap();
    let shown = format!("{settings:?} {client:?}");
    assert!(!shown.contains("tok") || !shown.contains("tenant"), "{shown}");
    assert!(!shown.contains("tenant"), "{shown}");
}

#[test]
fn wrong_settings_are_named() {
    let cases = [("ftp://x", "scheme \"ftp\""), ("http://", "cannot be read"), ("http://a b", "cannot be read")];
    for (url, wanted) in cases {
        let failure = HttpClient::network(&HttpSettings::new("Prometheus", url)).unwrap_err();
        assert!(failure.message.contains(wanted), "{url}: {}", failure.message);
    }
    let mut settings = HttpSettings::new("Prometheus", "http://x");
    settings.ca_pem = Some(b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n".to_vec());
    assert_eq!(HttpClient::network(&settings).unwrap_err().kind, FailureKind::BadRequest);
    settings.ca_pem = None;
    settings.headers.insert("bad name".into(), Secret::new("x"));
    assert!(HttpClient::network(&settings).unwrap_err().message.contains("header name"));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_hangs_ends_at_the_deadline() {
    let hanging = InProcessService::new(Router::new().fallback(|| async { std::future::pending::<()>().await }));
    let settings = HttpSettings { timeout: Duration::from_secs(3), ..HttpSettings::new("Prometheus", "http://x") };
    let client = HttpClient::in_process(&settings, hanging).unwrap();
    let failure = client.send(Request::get("/")).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (FailureKind::Timeout, "GET http://x/: no answer within 3.0 s")
    );
}
