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

#[tokio::test]
async fn a_tenant_and_a_password_that_a_backend_says_back_are_not_in_its_failure() {
    let echoing = |status: u16| {
        InProcessService::new(Router::new().fallback(move |request: Incoming| async move {
            let status = axum::http::StatusCode::from_u16(status).unwrap();
            (status, format!("headers: {:?}, password was Pa55-word-x", request.headers()))
        }))
    };
    let mut settings = HttpSettings::new("Loki", "http://bob:Pa55-word-x@tenant-a");
    settings.headers.insert("X-Scope-OrgID".into(), Secret::new("tenant-a-77"));
    for status in [200, 401, 500] {
        let client = HttpClient::in_process(&settings, echoing(status)).unwrap();
        let failure = match client.send(Request::get("/x")).await {
            Ok(response) => response.json::<serde_json::Value>().unwrap_err(),
            Err(failure) => failure,
        };
        let text = failure.to_string();
        assert!(text.contains("x-scope-orgid") && text.contains("GET http://tenant-a/x"), "{status}: {text}");
        let told = ["tenant-a-77", "Pa55", "Ym9iOlBhNTUtd29yZC14"].into_iter().find(|value| text.contains(value));
        assert_eq!(told, None, "{status}: {text}");
    }
}

#[tokio::test]
async fn data_that_names_the_tenant_stays_as_it_is() {
    let mut settings = HttpSettings::new("Loki", "http://mock");
    settings.credentials = Credentials::Bearer(Secret::new("tenant-a-77"));
    assert!(echoed(&settings, Request::get("/tenant-a-77")).await.contains("/tenant-a-77"));
}
