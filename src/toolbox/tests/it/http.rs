//! Streamable HTTP: headers, refused credentials, a lost session, a server that is away.

use crate::mini::{Mini, call, data, failure, toolbox};
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use domain::effect::EffectClass;
use domain::envelope::FailureKind;
use ports::toolbox::Toolbox as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use toolbox::Toolbox;
use toolbox::settings::{HttpSettings, ServerSettings, ToolboxSettings, Transport};

const TOKEN: &str = "Bearer s3cret-of-the-test";

/// Serves on the address until the handle is aborted; only who sends the token gets in.
async fn serve(mini: &Mini, address: &str) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let mini = mini.clone();
    let service = StreamableHttpService::new(
        move || Ok(mini.clone()),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let guard = middleware::from_fn(|headers: HeaderMap, request: axum::extract::Request, next: Next| async move {
        match headers.get("authorization").and_then(|value| value.to_str().ok()) {
            Some(TOKEN) => next.run(request).await,
            Some(_) => StatusCode::FORBIDDEN.into_response(),
            None => Response::builder()
                .status(401)
                .header("www-authenticate", "Bearer")
                .body(axum::body::Body::empty())
                .unwrap(),
        }
    });
    let router = Router::new()
        .nest_service("/mcp", service)
        .route("/old", axum::routing::any(|| async { axum::response::Redirect::temporary("/mcp") }))
        .layer(guard);
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, serving)
}

fn server(url: String, token: Option<&str>) -> ServerSettings {
    let headers = token.map(|token| ("Authorization".to_owned(), token.to_owned())).into_iter().collect();
    let grades = BTreeMap::from([("list".to_owned(), EffectClass::R0), ("count".to_owned(), EffectClass::R0)]);
    ServerSettings {
        grades,
        ..ServerSettings::foreign("remote", Transport::StreamableHttp(HttpSettings { url, headers }))
    }
}

#[tokio::test]
async fn a_server_behind_http_is_called_with_the_headers_of_the_settings() {
    let mini = Mini::new();
    let (address, _serving) = serve(&mini, "127.0.0.1:0").await;
    let toolbox = toolbox(vec![server(format!("http://{address}/mcp"), Some(TOKEN))]);
    let names: Vec<String> = toolbox.catalogue().await.into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["remote_count", "remote_list"]);
    let answer = data(call(&toolbox, "remote_list", json!({"kind": "pods"})).await);
    assert_eq!(answer["data"]["arguments"], json!({"kind": "pods"}), "a foreign envelope is data like any other");
    toolbox.shut_down(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn what_keeps_an_http_server_away_is_told_without_its_secrets() {
    let mini = Mini::new();
    let (address, _serving) = serve(&mini, "127.0.0.1:0").await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = free.local_addr().unwrap();
    drop(free);
    let cases = [
        (format!("http://{address}/mcp"), None, FailureKind::Unauthenticated),
        (format!("http://{address}/mcp"), Some("Bearer wrong-s3cret"), FailureKind::Forbidden),
        (format!("http://{address}/nowhere"), Some(TOKEN), FailureKind::BadAnswer),
        (format!("http://me:s3cret@{nobody}/mcp?key=s3cret"), Some(TOKEN), FailureKind::Unreachable),
        ("not a url".to_owned(), Some(TOKEN), FailureKind::Unreachable),
        (format!("http://{address}/mcp"), Some("line\nbreak s3cret"), FailureKind::Unreachable),
    ];
    for (url, token, kind) in cases {
        let toolbox = toolbox(vec![server(url, token)]);
        assert!(toolbox.catalogue().await.is_empty());
        let state = toolbox.servers().await.remove(0).state.unwrap_err();
        assert_eq!(state.kind, kind, "{state}");
        assert!(!state.to_string().contains("s3cret"), "{state}");
    }
}

#[tokio::test]
async fn a_server_that_was_restarted_is_called_in_a_new_session() {
    let mini = Mini::new();
    let (address, serving) = serve(&mini, "127.0.0.1:0").await;
    let mut settings = ToolboxSettings::new(vec![server(format!("http://{address}/mcp"), Some(TOKEN))]);
    settings.restart.cap = Duration::from_millis(1);
    let toolbox = Toolbox::start(settings);
    data(call(&toolbox, "remote_list", json!({})).await);
    serving.abort();
    let _ = serving.await;
    let away = failure(call(&toolbox, "remote_list", json!({})).await);
    assert_eq!(away.kind, FailureKind::Unreachable, "{away}");
    assert!(!away.to_string().contains("s3cret"), "{away}");
    let (_, _serving) = serve(&mini, &address.to_string()).await;
    let back = async {
        loop {
            let outcome = call(&toolbox, "remote_list", json!({})).await;
            if outcome.result.is_ok() {
                return outcome;
            }
        }
    };
    data(tokio::time::timeout(Duration::from_secs(20), back).await.expect("the server never came back"));
    assert_eq!(mini.0.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_redirect_is_followed_to_the_same_origin_only() {
    let mini = Mini::new();
    let (address, _serving) = serve(&mini, "127.0.0.1:0").await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stranger = format!("http://{}/mcp", elsewhere.local_addr().unwrap());
    let redirecting = Router::new()
        .route("/away", axum::routing::any(move || async move { axum::response::Redirect::temporary(&stranger) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, redirecting).await });

    let toolbox = toolbox(vec![
        server(format!("http://{address}/old"), Some(TOKEN)),
        ServerSettings { name: "away".to_owned(), ..server(format!("http://{away}/away"), Some(TOKEN)) },
    ]);
    toolbox.catalogue().await;
    let states: Vec<bool> = toolbox.servers().await.iter().map(|server| server.state.is_ok()).collect();
    assert_eq!(states, [true, false]);
    let reached = tokio::time::timeout(Duration::ZERO, elsewhere.accept()).await;
    assert!(reached.is_err(), "the headers were sent to another host");
}
