//! Bodies that nobody should send: a clear answer, nothing lost, nothing done.

use crate::house::{OK, TOKEN, alert, house, webhook};
use axum::body::Body;
use serde_json::{Value, json};

const MIB: usize = 1024 * 1024;

/// A case: what it is, the body, the status, what the answer says, and how many signals are taken.
type Case = (&'static str, Vec<u8>, u16, &'static str, usize);

fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = webhook(&[alert("Errors"), alert("Slow")]);
    change(&mut body);
    body.to_string().into_bytes()
}

fn filled(bytes: usize) -> Vec<u8> {
    let mut body = webhook(&[alert("Errors")]).to_string().into_bytes();
    body.resize(bytes, b' ');
    body
}

fn million_labels() -> Vec<u8> {
    let mut labels = String::from("\"alertname\":\"Errors\"");
    for number in 0..600_000 {
        labels.push_str(&format!(",\"l{number}\":\"\""));
    }
    let alert = format!("{{\"status\":\"firing\",\"labels\":{{{labels}}},\"startsAt\":\"2026-09-14T09:00:00Z\"}}");
    format!("{{\"version\":\"4\",\"alerts\":[{alert}]}}").into_bytes()
}

fn cases() -> Vec<Case> {
    let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    let deep_inside = format!("{{\"version\":\"4\",\"alerts\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    vec![
        ("nothing", Vec::new(), 400, "no JSON", 0),
        ("no JSON", b"version=4&alerts=many".to_vec(), 400, "no JSON", 0),
        ("half of one", filled(600)[..300].to_vec(), 400, "no JSON", 0),
        ("two of them", [filled(2_000), filled(2_000)].concat(), 400, "no JSON", 0),
        ("no UTF-8", b"{\"version\":\"4\",\"alerts\":[],\"x\":\"\xff\xfe\"}".to_vec(), 400, "UTF-8", 0),
        ("a NUL", b"\0".to_vec(), 400, "no JSON", 0),
        ("a list", b"[]".to_vec(), 400, "no version", 0),
        ("null", b"null".to_vec(), 400, "no version", 0),
        ("version 3", changed(|body| body["version"] = json!("3")), 400, "version `3`", 0),
        ("version as a number", changed(|body| body["version"] = json!(4)), 400, "version `4`", 0),
        ("a version that is huge", changed(|body| body["version"] = json!("9".repeat(5_000))), 400, "version", 0),
        ("no version", changed(|body| drop(body.as_object_mut().unwrap().remove("version"))), 400, "no version", 0),
        ("no alerts", changed(|body| drop(body.as_object_mut().unwrap().remove("alerts"))), 400, "alerts", 0),
        ("alerts that are a text", changed(|body| body["alerts"] = json!("many")), 400, "alerts", 0),
        ("unknown fields", changed(|body| body["of_tomorrow"] = json!({"a": [1, {"b": null}]})), OK, "", 2),
        ("no alerts in the list", changed(|body| body["alerts"] = json!([])), OK, "", 0),
        ("an alert that is a number", changed(|body| body["alerts"][0] = json!(7)), OK, "alert 1", 1),
        ("labels that are a list", changed(|body| body["alerts"][1]["labels"] = json!([])), OK, "alert 2", 1),
        (
            "an alert without a name",
            changed(|body| body["alerts"][0]["labels"] = json!({"a": "b"})),
            OK,
            "alertname",
            1,
        ),
        ("a status of its own", changed(|body| body["alerts"][0]["status"] = json!("burning")), OK, "burning", 1),
        ("a time that is none", changed(|body| body["alerts"][0]["startsAt"] = json!("soon")), OK, "startsAt", 2),
        ("a time that is huge", changed(|body| body["alerts"][0]["startsAt"] = json!(1e300)), OK, "startsAt", 2),
        ("huge numbers", changed(|body| body["truncatedAlerts"] = json!(u64::MAX)), OK, "Alertmanager left out", 2),
        ("a number beyond all", b"{\"version\":\"4\",\"alerts\":[],\"x\":1e999999}".to_vec(), 400, "no JSON", 0),
        ("a label that is a number", changed(|body| body["alerts"][0]["labels"]["a"] = json!(1)), OK, "no text", 2),
        ("control characters", changed(|body| body["alerts"][0]["status"] = json!("\u{1b}[31m\r\n")), OK, "status", 1),
        ("deep", deep.into_bytes(), 400, "no ", 0),
        ("deep inside", deep_inside.into_bytes(), OK, "alert 1", 0),
        ("a million labels", million_labels(), OK, "left out", 1),
        ("as large as may be", filled(10 * MIB), OK, "", 1),
        ("one byte more", filled(10 * MIB + 1), 413, "10485760 bytes", 0),
    ]
}

#[tokio::test]
async fn what_nobody_should_send_is_answered_clearly_and_does_nothing_else() {
    for (what, body, status, says, taken) in cases() {
        let house = house();
        let length = body.len().to_string();
        // Once with its length, and once in pieces without.
        let pieces: Vec<_> = body.chunks(64 * 1024).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
        let announced = [TOKEN, ("content-length", length.as_str())];
        let whole = house.post("/webhooks/alertmanager/prod", &announced, body).await;
        let taken_whole = house.taken().len();
        let told = house.alert(Body::from_stream(futures::stream::iter(pieces))).await;
        assert_eq!((whole.status, told.status, taken_whole), (status, status, taken), "{what}: {told:?}");
        let text = told.body.to_string();
        assert!(text.contains(says) && text.len() < 20_000, "{what}: {text}");
        assert!(!text.chars().any(|character| character.is_control()), "{what}: {text}");
        if status != OK {
            assert!(!told.body["error"].as_str().unwrap().is_empty(), "{what}");
            let source = ports::signals::Intake::sources(&*house.intake).remove(0);
            assert!(source.problem.is_some() && source.last_heard_at.is_some(), "{what}: {source:?}");
        }
        // Whatever it was, what is in order is taken afterwards.
        assert_eq!(house.alert(webhook(&[alert("Afterwards")]).to_string()).await.body["kept"], 1, "{what}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_not_read() {
    for (encoding, status) in [("gzip", 415), ("deflate", 415), ("br", 415), ("identity", OK)] {
        let house = house();
        let headers = [TOKEN, ("content-encoding", encoding)];
        let body = webhook(&[alert("Errors")]).to_string();
        let told = house.post("/webhooks/alertmanager/prod", &headers, body).await;
        assert_eq!((told.status, house.taken().len()), (status, usize::from(status == OK)), "{encoding}");
    }
}

#[tokio::test]
async fn other_methods_and_names_that_are_no_text_are_refused() {
    use tower::ServiceExt as _;
    let house = house();
    for (method, path, status) in [
        ("GET", "/webhooks/alertmanager/prod", 405),
        ("PUT", "/webhooks/ci", 405),
        ("POST", "/webhooks/alertmanager/%ff%fe", 400),
        ("POST", "/webhooks/alertmanager/..%2fprod", 404),
        ("POST", "/webhooks/alertmanager/prod/", 404),
        ("POST", "/webhooks/", 404),
    ] {
        let request = axum::http::Request::builder().method(method).uri(path).header(TOKEN.0, TOKEN.1);
        let answer = house.routes.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
    }
    assert_eq!(house.taken(), []);
}
