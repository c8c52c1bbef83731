//! Webhooks that are in order, who may send them, and what is said when they cannot be kept.

use crate::house::{OK, TOKEN, alert, house, webhook};
use base64::Engine as _;
use domain::signal::{SourceKind, Status};
use ports::signals::IntakeError;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn alerts_are_taken_once_and_the_answer_counts_them() {
    let house = house();
    let mut over = alert("Errors");
    over["status"] = json!("resolved");
    let body = webhook(&[alert("Errors"), alert("Slow"), over]).to_string();
    let told = house.alert(body.clone()).await;
    assert_eq!((told.status, &told.body), (OK, &json!({"kept": 3, "known": 0, "problem_count": 0})));
    let told = house.alert(body).await;
    assert_eq!((told.status, &told.body), (OK, &json!({"kept": 0, "known": 3, "problem_count": 0})));
    let taken = house.taken();
    let shown: Vec<_> = taken.iter().map(|one| (one.name.as_str(), one.environment.as_str(), one.status)).collect();
    let wanted = [("Errors", Status::Firing), ("Slow", Status::Firing), ("Errors", Status::Resolved)];
    assert_eq!(shown, wanted.map(|(name, status)| (name, "prod", status)));
    let sources = ports::signals::Intake::sources(&*house.intake);
    assert_eq!(sources.len(), 1);
    assert!(sources[0].last_heard_at.is_some() && sources[0].problem.is_none());
}

#[tokio::test]
async fn a_webhook_of_a_declared_shape_is_read_by_its_mapping() {
    let house = house();
    let body = json!({"events": [{"kind": "build", "state": "firing", "app": "checkout"}, {"state": "firing"}]});
    let told = house.post("/webhooks/ci", &[TOKEN], body.to_string()).await;
    assert_eq!((told.status, &told.body["kept"], &told.body["problem_count"]), (OK, &json!(1), &json!(1)), "{told:?}");
    let taken = house.taken();
    assert_eq!((taken[0].source.kind, taken[0].source.name.as_str()), (SourceKind::Webhook, "ci"));
    assert_eq!((taken[0].name.as_str(), taken[0].service.as_deref()), ("build", Some("checkout")));
}

#[tokio::test]
async fn only_who_shows_the_secret_of_the_receiver_is_read() {
    let basic = |text: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text));
    let (right, wrong) = (basic("am:password-of-staging"), basic("am:password-of-prod"));
    let (prod, staging) = ("/webhooks/alertmanager/prod", "/webhooks/alertmanager/staging");
    let cases: [(&str, Option<&str>, u16); 10] = [
        (prod, Some("Bearer token-of-prod"), 200),
        (prod, None, 401),
        (prod, Some("Bearer token-of-staging"), 401),
        (prod, Some(&right), 401),
        (staging, Some(&right), 200),
        (staging, Some(&wrong), 401),
        (staging, Some("Bearer token-of-prod"), 401),
        ("/webhooks/alertmanager/other", Some("Bearer token-of-prod"), 404),
        ("/webhooks/other", Some("Bearer token-of-prod"), 404),
        ("/webhooks/ci", None, 401),
    ];
    for (path, shown, status) in cases {
        let house = house();
        let headers: Vec<(&str, &str)> = shown.map(|shown| ("authorization", shown)).into_iter().collect();
        let told = house.post(path, &headers, webhook(&[alert("Errors")]).to_string()).await;
        assert_eq!(told.status, status, "{path} {shown:?} {told:?}");
        assert_eq!(house.taken().len(), usize::from(status == 200), "{path} {shown:?}");
        assert_eq!(told.headers.contains_key("www-authenticate"), status == 401);
        assert!(!told.body.to_string().contains("token-of") && !told.body.to_string().contains("password-of"));
    }
}

#[tokio::test]
async fn without_receivers_there_are_no_routes() {
    use tower::ServiceExt as _;
    let intake = std::sync::Arc::new(crate::house::Remembering::default());
    let routes = web::webhooks::routes(Vec::new(), intake, std::sync::Arc::new(ports::clock::SystemClock));
    for path in ["/webhooks/alertmanager/prod", "/webhooks/ci"] {
        let request = axum::http::Request::post(path).body(axum::body::Body::empty()).unwrap();
        assert_eq!(routes.clone().oneshot(request).await.unwrap().status().as_u16(), 404);
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_never_acknowledged_and_comes_again() {
    let retry_after = Duration::from_secs(7);
    let full = IntakeError::Full { message: "there is no room".to_owned(), retry_after };
    let away = IntakeError::Away { message: "the store is away".to_owned(), retry_after };
    for (error, text) in [(full, "there is no room"), (away, "the store is away")] {
        let house = house();
        *house.intake.refuses.lock().unwrap() = Some(error);
        let body = webhook(&[alert("Errors")]).to_string();
        let told = house.alert(body.clone()).await;
        assert_eq!((told.status, told.headers["retry-after"].to_str().unwrap()), (503, "7"));
        assert_eq!(told.body["error"], text);
        *house.intake.refuses.lock().unwrap() = None;
        assert_eq!(house.alert(body).await.body["kept"], 1);
    }
}
