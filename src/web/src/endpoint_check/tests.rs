//! Endpoints that answer, refuse, lead elsewhere, hang and say too much.

use super::*;
use axum::Router;
use axum::body::Body;
use axum::extract::RawQuery;
use axum::http::HeaderMap;
use axum::response::Redirect;
use axum::routing::get;
use domain::sense::uptime::Found;
use serde_json::json;

fn service() -> HttpCheck {
    let routes = Router::new()
        .route("/ok", get(|| async { "all is well" }))
        .route("/away", get(|| async { (axum::http::StatusCode::SERVICE_UNAVAILABLE, "hunter2 is the password") }))
        .route("/here", get(|| async { Redirect::temporary("/ok") }))
        .route("/whole", get(|| async { Redirect::temporary("http://shop.example/ok") }))
        .route("/there", get(|| async { Redirect::temporary("http://evil.example/ok") }))
        .route("/port", get(|| async { Redirect::temporary("http://shop.example:8080/ok") }))
        .route("/tls", get(|| async { Redirect::temporary("https://shop.example/ok") }))
        .route("/round", get(|| async { Redirect::temporary("/round") }))
        .route("/slow", get(|| async { std::future::pending::<&str>().await }))
        .route("/large", get(|| async { Body::from(vec![b'x'; BODY_BYTES + 1]) }))
        .route("/query", get(|RawQuery(query): RawQuery| async move { query.unwrap_or_default() }))
        .route(
            "/who",
            get(|headers: HeaderMap| async move {
                headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or("nobody").to_owned()
            }),
        );
    HttpCheck::in_process(InProcessService::new(routes))
}

fn endpoint(path: &str, more: serde_json::Value) -> EndpointWatch {
    let mut all = json!({"name": "shop", "url": format!("http://me:hunter2@shop.example{path}"), "timeout_seconds": 2});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_an_endpoint_does_is_what_is_found() {
    let (up, down) = (Found::Up, Found::Down);
    let cases = [
        ("/ok", json!({}), up, Some(200), None),
        ("/ok", json!({"contains": "well"}), up, Some(200), None),
        ("/ok", json!({"contains": "ill"}), down, Some(200), Some(Why::Body)),
        ("/ok", json!({"expect": [204]}), down, Some(200), Some(Why::Status)),
        ("/away", json!({}), down, Some(503), Some(Why::Status)),
        ("/away", json!({"expect": [503]}), up, Some(503), None),
        ("/nowhere", json!({}), down, Some(404), Some(Why::Status)),
        ("/here", json!({}), up, Some(200), None),
        ("/whole", json!({}), up, Some(200), None),
        ("/there", json!({}), down, Some(307), Some(Why::Redirect)),
        ("/there", json!({"expect": [307]}), up, Some(307), None),
        ("/port", json!({}), down, Some(307), Some(Why::Redirect)),
        ("/tls", json!({}), down, Some(307), Some(Why::Redirect)),
        ("/round", json!({}), down, None, Some(Why::Redirect)),
        ("/slow", json!({}), down, None, Some(Why::Timeout)),
        ("/large", json!({}), down, None, Some(Why::TooLarge)),
        ("/query?ready=1&of=a%20b", json!({"contains": "ready=1&of=a+b"}), up, Some(200), None),
        ("/who", json!({"contains": "Basic bWU6aHVudGVyMg=="}), up, Some(200), None),
    ];
    for (path, more, found, status, why) in cases {
        let answered = service().check(&endpoint(path, more.clone())).await;
        assert_eq!((answered.found, answered.status, answered.why), (found, status, why), "{path} {more} {answered:?}");
        assert!(!format!("{answered:?}").contains("hunter2"), "{path}");
    }
}

#[tokio::test]
async fn what_is_no_address_is_a_check_that_was_not_made() {
    for url in ["", "shop", "file:///etc/passwd", "http://", "ftp://shop.example/x"] {
        let watch = EndpointWatch { url: domain::secret::Secret::new(url), ..endpoint("/ok", json!({})) };
        let answered = service().check(&watch).await;
        assert_eq!((answered.found, answered.why), (Found::NotMade, Some(Why::Settings)), "{url}");
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_down() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let watch = EndpointWatch { url: domain::secret::Secret::new(url), ..endpoint("/ok", json!({})) };
    let answered = HttpCheck::new().check(&watch).await;
    assert_eq!((answered.found, answered.why), (Found::Down, Some(Why::Unreachable)));
}
