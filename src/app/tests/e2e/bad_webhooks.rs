//! Webhooks that nobody should send, to the built program: each gets a clear answer, what is in order beside it is kept,
//! nothing is done, and the service goes on.

use crate::process::{Home, Running};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

const TOKEN: &str = "CANARY-token-of-prod";
const PROD: &str = "/webhooks/alertmanager/prod";
const MIB: usize = 1024 * 1024;

/// How long one exchange may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

const SETTINGS: &str = "[environments.prod]\n\
    [receivers.alerts]\nenvironment = \"prod\"\nbearer = \"CANARY-token-of-prod\"\n\
    [receivers.ci]\nkind = \"generic\"\nenvironment = \"prod\"\nbearer = \"CANARY-token-of-prod\"\nmapping = \"ci.toml\"\n";

const MAPPING: &str = "each = \"/events\"\n[name]\npointer = \"/kind\"\n[environment]\npointer = \"/env\"\n";

async fn serve(home: &Home) -> (Running, SocketAddr) {
    home.file("config/auto-devops/config.toml", SETTINGS);
    home.file("config/auto-devops/ci.toml", MAPPING);
    let mut running = home.program(&["serve", "--listen", "0"]).within(240).start();
    let told = running.err_until(|err| err.contains("listening at http://") && err.contains('\n')).await;
    let address = told.split("listening at http://").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    (running, address)
}

/// An alert about a workload, which makes an incident of its own.
fn alert(name: &str) -> Value {
    json!({
        "status": "firing",
        "labels": {"alertname": name, "namespace": "shop", "deployment": name.to_lowercase(), "severity": "critical"},
        "annotations": {"summary": "it burns"},
        "startsAt": "2026-09-14T09:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": format!("of-{name}"),
    })
}

fn webhook(alerts: &[Value]) -> Value {
    json!({
        "version": "4", "groupKey": "{}", "truncatedAlerts": 0, "status": "firing", "receiver": "auto-devops",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager",
        "alerts": alerts,
    })
}

/// A webhook with one alert, changed.
fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body = webhook(&[alert(name)]);
    change(&mut body);
    body.to_string().into_bytes()
}

fn usual(name: &str) -> Vec<u8> {
    changed(name, |_| ())
}

/// The usual request: with its length and its token.
fn request(path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.len());
    let token = format!("Authorization: Bearer {TOKEN}");
    raw(path, &[&[length.as_str(), token.as_str()], headers].concat(), body)
}

fn raw(path: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n\r\n", headers.join("\r\n"));
    [head.as_bytes(), body].concat()
}

fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
    let parts: Vec<u8> = body.chunks(size).flat_map(chunk).collect();
    let token = format!("Authorization: Bearer {TOKEN}");
    raw(PROD, &["Transfer-Encoding: chunked", &token], &[&parts[..], b"0\r\n\r\n"].concat())
}

/// Sends bytes as they are; the status and the document of the answer. A service may answer before it has read all.
async fn sent(address: SocketAddr, bytes: &[u8]) -> (u16, Value) {
    let exchange = async {
        let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
        let mut answer = Vec::new();
        let (_, read) = tokio::join!(writer.write_all(bytes), reader.read_to_end(&mut answer));
        assert!(read.is_ok() || !answer.is_empty(), "{read:?}");
        String::from_utf8(answer).unwrap()
    };
    let answer = tokio::time::timeout(PATIENCE, exchange).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer of HTTP: {answer:?}"));
    assert!(!answer.contains(TOKEN), "a secret is told: {answer}");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// What is sent, how it is answered, and what the answer says.
type Case = (&'static str, Vec<u8>, u16, &'static str);

/// What is refused whole. None of these names may ever become an incident.
fn refused() -> Vec<Case> {
    let deep = [vec![b'['; 500_000], vec![b']'; 500_000]].concat();
    // A gzip stream by its first bytes; it is refused by its header and never unpacked.
    let gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0; 1_000]].concat();
    let mut large = usual("Refused");
    large.resize(10 * MIB + 1, b' ');
    let broken = [&usual("Refused")[..], b"\xff\xfe"].concat();
    let token = format!("Authorization: Bearer {TOKEN}");
    vec![
        ("a byte too much", request(PROD, &[], &large), 413, "10485760 bytes"),
        ("the same without a length", chunked(&large, MIB), 413, "10485760 bytes"),
        (
            "another version",
            request(PROD, &[], &changed("Refused", |body| body["version"] = json!("3"))),
            400,
            "version `3`",
        ),
        ("no UTF-8", request(PROD, &[], &broken), 400, "accepted is"),
        ("deep", request(PROD, &[], &deep), 400, "no "),
        ("a form", request(PROD, &["Content-Type: application/x-www-form-urlencoded"], b"version=4"), 400, "no JSON"),
        ("gzip that says so", request(PROD, &["Content-Encoding: gzip"], &gzip), 415, "Content-Encoding"),
        ("gzip that does not", request(PROD, &[], &gzip), 400, "no JSON"),
        ("no length", raw(PROD, &[&token], &usual("Refused")), 400, "no JSON"),
        ("a length that is none", raw(PROD, &[&token, "Content-Length: many"], b"{}"), 400, ""),
        ("another token", raw(PROD, &["Authorization: Bearer other", "Content-Length: 2"], b"{}"), 401, "Bearer"),
        ("no token", raw(PROD, &["Content-Length: 2"], b"{}"), 401, "Bearer"),
        ("another receiver", request("/webhooks/alertmanager/other", &[], &usual("Refused")), 404, "no receiver"),
    ]
}

/// What is taken, in whole or in part; each name once.
fn taken() -> Vec<Case> {
    let mut labels = String::from("\"alertname\":\"Labels\",\"namespace\":\"shop\",\"deployment\":\"labels\"");
    (0..300_000).for_each(|number| labels.push_str(&format!(",\"l{number}\":\"\"")));
    let labels = format!(
        "{{\"version\":\"4\",\"alerts\":[{{\"status\":\"firing\",\"labels\":{{{labels}}},\"startsAt\":\"2026-09-14T09:00:00Z\"}}]}}"
    );
    let mut filled = usual("Filled");
    filled.resize(10 * MIB, b' ');
    // JSON leaves open what a key means that stands twice; here the last one counts.
    let twice = String::from_utf8(usual("Twice")).unwrap().replacen("\"version\"", "\"version\":\"3\",\"version\"", 1);
    let beside = webhook(&[json!(7), alert("Beside"), json!({"labels": []})]).to_string();
    let unknown = changed("Unknown", |body| body["of_tomorrow"] = json!({"a": [1, {"b": null}]}));
    vec![
        ("as large as may be", request(PROD, &[], &filled), 200, "\"kept\":1"),
        ("very many labels", request(PROD, &[], labels.as_bytes()), 200, "left out"),
        ("a byte at a time", chunked(&usual("Slow"), 1), 200, "\"kept\":1"),
        ("an alert among others that are none", request(PROD, &[], beside.as_bytes()), 200, "\"problem_count\":2"),
        ("unknown fields", request(PROD, &[], &unknown), 200, "\"problem_count\":0"),
        ("a version twice", request(PROD, &[], twice.as_bytes()), 200, "\"kept\":1"),
        ("another type", request(PROD, &["Content-Type: text/plain"], &usual("Plain")), 200, "\"kept\":1"),
        (
            "a declared shape with an environment that is not declared",
            request("/webhooks/ci", &[], br#"{"events":[{"kind":"Build","env":"prod"},{"kind":"X","env":"other"}]}"#),
            200,
            "\"problem_count\":1",
        ),
    ]
}

/// The titles of the incidents, once there are so many.
async fn titles(home: &Home, count: usize) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let listed = home.run(&["incidents", "list", "--json"]).await.code(0).json();
        let incidents = listed["incidents"].as_array().cloned().unwrap_or_default();
        if incidents.len() >= count || Instant::now() > deadline {
            let title = |incident: &Value| incident["title"].as_str().unwrap_or_default().to_owned();
            return incidents.iter().map(title).collect();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn whatever_is_sent_is_answered_clearly_and_only_what_is_in_order_is_kept() {
    let home = Home::new();
    let (running, address) = serve(&home).await;
    for (what, bytes, status, says) in refused().into_iter().chain(taken()) {
        let (found, document) = sent(address, &bytes).await;
        let text = document.to_string();
        assert_eq!(found, status, "{what}: {text}");
        assert!(text.contains(says) && text.len() < 20_000, "{what}: {text}");
    }
    // One that breaks off in the middle of a chunk is answered to nobody, and nothing of it is kept.
    let half = chunked(&usual("Refused"), 100);
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&half[..half.len() / 2]).await.unwrap();
    drop(stream);
    let names = ["Filled", "Labels", "Slow", "Beside", "Unknown", "Twice", "Plain", "Build"];
    let titles = titles(&home, names.len()).await;
    assert_eq!(titles.len(), names.len(), "{titles:?}");
    for name in names {
        assert_eq!(titles.iter().filter(|title| title.contains(name)).count(), 1, "{name}: {titles:?}");
    }
    // It is told which source had trouble, and nothing was proposed or done.
    let (status, health) = sent(address, b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert_eq!(status, 200, "{health:#}");
    assert!(health.to_string().contains("webhook ci: parts of its last webhook were left out"), "{health:#}");
    home.run(&["actions", "list"]).await.code(0).out_has(&["nothing waits"]);
    running.signal("TERM");
    running.ended().await.code(0).err_has(&["a webhook was refused", "parts of a webhook were left out"]);
    home.run(&["store", "check"]).await.code(0).out_has(&["nothing is damaged"]);
}
