//! Logs lie elsewhere: the storage gets no credential, whatever it is, and what it holds is bounded.

use super::call;
use super::fake::{Answer, BASE, TOKEN, adapter};
use super::world::{LOG, REPOSITORY, shop, to_storage};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use domain::observed::github::Run;
use domain::secret::Secret;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tools_github::{GithubConfig, Limits};

/// Serves over a socket of its own; gives the URL.
async fn serving(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn over_real_sockets_the_storage_sees_no_authorization() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let remembered = Arc::clone(&seen);
    let storage = serving(Router::new().fallback(move |request: Request| {
        let names: Vec<String> = request.headers().keys().map(ToString::to_string).collect();
        remembered.lock().unwrap().push(format!("{} {}", request.uri(), names.join(",")));
        async { LOG }
    }))
    .await;
    let fake = shop();
    let location = format!("{storage}/logs/2.txt?se=2026-11-21T02%3A01%3A00Z&sig=ab%2Bc%2Fd%3D");
    fake.on(
        &format!("{REPOSITORY}/actions/jobs/2/logs"),
        &[],
        Answer::Raw(302, vec![("location", location)], Vec::new()),
    );
    let api = serving(fake.router()).await;
    let server = adapter(GithubConfig::new(api, Some(Secret::new(TOKEN))));
    let envelope = call(&server, "workflow_runs", json!({"repository": "acme/shop", "run": 900})).await.unwrap();
    let told: Run = serde_json::from_value(envelope.data).unwrap();
    assert_eq!(told.log.unwrap().step.as_deref(), Some("Test"));
    let seen = seen.lock().unwrap().join("\n");
    assert!(seen.starts_with("/logs/2.txt?se=2026-11-21T02%3A01%3A00Z&sig=ab%2Bc%2Fd%3D "), "{seen}");
    assert!(!seen.contains("authorization") && !seen.contains("x-github"), "{seen}");
}

#[tokio::test]
async fn a_log_over_plain_http_is_not_read_where_the_api_is_https() {
    for location in ["http://storage.test/logs/2.txt?sig=x", "https://user:pw@storage.test/logs/2.txt", "nonsense"] {
        let fake = shop();
        let answer = Answer::Raw(302, vec![("location", location.to_owned())], Vec::new());
        fake.on(&format!("{REPOSITORY}/actions/jobs/2/logs"), &[], answer);
        let envelope = call(&fake.adapter(), "workflow_runs", json!({"run": 900})).await.unwrap();
        assert!(envelope.data.get("log").is_none());
        assert!(envelope.not_looked[0].contains("the log of job 2"), "{:?}", envelope.not_looked);
        assert!(!envelope.not_looked[0].contains("sig="), "{:?}", envelope.not_looked);
    }
}

#[tokio::test]
async fn a_log_that_is_gone_is_explained() {
    for (answer, word) in [
        (Answer::Raw(410, Vec::new(), b"{\"message\":\"Gone\"}".to_vec()), "has expired"),
        (Answer::Raw(404, Vec::new(), b"{\"message\":\"Not Found\"}".to_vec()), "still runs or never started"),
        (to_storage("/logs/none.txt"), "still runs or never started"),
        (to_storage("/logs/late.txt"), "good for a minute"),
    ] {
        let fake = shop();
        fake.on(&format!("{REPOSITORY}/actions/jobs/2/logs"), &[], answer);
        fake.on(
            "storage:/logs/late.txt",
            &[],
            Answer::Raw(403, Vec::new(), b"<Error>AuthenticationFailed</Error>".to_vec()),
        );
        let envelope = call(&fake.adapter(), "workflow_runs", json!({"run": 900})).await.unwrap();
        assert!(envelope.not_looked[0].contains(word), "{:?}", envelope.not_looked);
        assert!(envelope.data["jobs"].to_string().contains("test (20)"));
    }
}

#[tokio::test]
async fn of_a_log_over_the_ceiling_the_end_is_read() {
    let fake = shop();
    let mut log = "2026-11-20T10:00:02.0000000Z before\n".repeat(8_000).into_bytes();
    log.extend(LOG.trim_start_matches('\u{feff}').as_bytes());
    fake.on("storage:/logs/2.txt", &[], Answer::Raw(200, Vec::new(), log));
    let limits = Limits { log_bytes: 64 * 1024, ..Limits::default() };
    let server = adapter(GithubConfig { limits, ..fake.config() });
    let envelope = call(&server, "workflow_runs", json!({"run": 900})).await.unwrap();
    let told: Run = serde_json::from_value(envelope.data).unwrap();
    assert_eq!(told.log.unwrap().errors[0], "AssertionError: expected 119 to equal 120");
    assert!(envelope.hint.unwrap().contains("only its end was read"));
}

#[tokio::test]
async fn a_line_of_ten_megabytes_does_no_harm() {
    let fake = shop();
    let log = format!(
        "2026-11-20T10:00:03.6000000Z ##[group]Run npm test\n2026-11-20T10:00:04.0000000Z {}\n{}",
        "x".repeat(10 << 20),
        &LOG[LOG.find("2026-11-20T10:00:08.2").unwrap()..]
    );
    fake.on("storage:/logs/2.txt", &[], Answer::Raw(200, Vec::new(), log.into_bytes()));
    let envelope = call(&fake.adapter(), "workflow_runs", json!({"run": 900})).await.unwrap();
    assert!(envelope.data.to_string().len() < 4_000);
    let told: Run = serde_json::from_value(envelope.data).unwrap();
    assert!(told.log.unwrap().tail.ends_with("Process completed with exit code 2."));
}

#[tokio::test]
async fn a_log_that_the_api_sends_itself_is_read() {
    let fake = shop();
    let answer = Answer::Raw(200, vec![("content-type", "text/plain".to_owned())], LOG.as_bytes().to_vec());
    fake.on(&format!("{REPOSITORY}/actions/jobs/2/logs"), &[], answer);
    let envelope = call(&fake.adapter(), "workflow_runs", json!({"run": 900})).await.unwrap();
    let told: Run = serde_json::from_value(envelope.data).unwrap();
    assert_eq!(told.log.unwrap().ran.as_deref(), Some("npm test"));
}

#[tokio::test]
async fn a_storage_that_redirects_on_is_not_followed() {
    let redirect =
        |_: Request| async { (StatusCode::FOUND, [("location", "http://elsewhere.test/")], "").into_response() };
    let storage = serving(Router::new().fallback(redirect)).await;
    let fake = shop();
    fake.on(
        &format!("{REPOSITORY}/actions/jobs/2/logs"),
        &[],
        Answer::Raw(302, vec![("location", format!("{storage}/x"))], Vec::new()),
    );
    let api = serving(fake.router()).await;
    let server = adapter(GithubConfig::new(api, Some(Secret::new(TOKEN))));
    let envelope = call(&server, "workflow_runs", json!({"repository": "acme/shop", "run": 900})).await.unwrap();
    assert!(envelope.not_looked[0].contains("redirects are not followed"), "{:?} {BASE}", envelope.not_looked);
}
