//! The probes against small servers on this machine.

use super::*;
use crate::cli::Exit;
use crate::doctor::{Finding, State, examine, exit};
use crate::settings::{Imagined, Request, load};
use axum::Router;
use axum::extract::Json;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Serves on a free port until the test's runtime ends; gives `host:port`.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address.to_string()
}

async fn findings(variables: &[(&str, &str)], file: &str) -> Vec<Finding> {
    let mut surroundings = Imagined::default().with_file("/x.toml", file);
    for (name, value) in variables {
        surroundings = surroundings.with_variable(name, value);
    }
    let request = Request { config: Some("/x.toml".into()), ..Request::default() };
    let loaded = load(&request, &surroundings).unwrap();
    examine(&of(&loaded.settings)).await
}

fn only(findings: &[Finding], subject: Subject) -> &Finding {
    let mut fitting = findings.iter().filter(|finding| finding.subject == subject);
    let found = fitting.next().unwrap();
    assert!(fitting.next().is_none());
    found
}

fn sample(value: &str) -> Value {
    json!({"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, value]}]}})
}

async fn prometheus(up: &'static str) -> String {
    let query = move |axum::extract::Query(asked): axum::extract::Query<Vec<(String, String)>>| async move {
        let counts = asked.iter().any(|(_, value)| value.starts_with("count"));
        Json(sample(if counts { "3" } else { up }))
    };
    let build = || async { Json(json!({"status": "success", "data": {"version": "2.42.0"}})) };
    let alertmanager =
        || async { Json(json!({"cluster": {"status": "disabled"}, "versionInfo": {"version": "0.25.0"}})) };
    let router = Router::new()
        .route("/api/v1/query", get(query))
        .route("/api/v1/status/buildinfo", get(build))
        .route("/api/v2/status", get(alertmanager));
    serve(router).await
}

#[tokio::test]
async fn nothing_is_configured() {
    let findings = findings(&[], "").await;
    assert!(findings.iter().all(|finding| finding.state == State::Absent && finding.hint.is_some()));
    assert_eq!(exit(&findings), Exit::Done);
}

#[tokio::test]
async fn a_prometheus_and_its_alertmanager_answer() {
    let url = format!("http://{}", prometheus("2").await);
    let findings = findings(&[("PROMETHEUS_URL", &url), ("ALERTMANAGER_URL", &url)], "").await;
    let seen = only(&findings, Subject::Prometheus);
    assert_eq!((seen.state, seen.summary.as_str()), (State::Well, "Prometheus 2.42.0"));
    assert_eq!(seen.details[0].value, "2 of 3 are up");
    let seen = only(&findings, Subject::Alertmanager);
    assert_eq!((seen.state, seen.summary.as_str()), (State::Well, "Alertmanager 0.25.0"));
    assert_eq!(exit(&findings), Exit::Done);
}

#[tokio::test]
async fn a_login_page_is_no_prometheus() {
    let page = || async { Html("<html><title>Sign in</title></html>") };
    let address = serve(Router::new().fallback(page)).await;
    let findings = findings(&[("PROMETHEUS_URL", &format!("http://{address}"))], "").await;
    let seen = only(&findings, Subject::Prometheus);
    assert_eq!(seen.state, State::Away);
    assert!(seen.summary.contains("HTML"), "{}", seen.summary);
    assert_eq!(exit(&findings), Exit::Unavailable);
}

#[tokio::test]
async fn a_password_is_in_no_finding() {
    let refuse = || async { (StatusCode::UNAUTHORIZED, "no") };
    let address = serve(Router::new().fallback(refuse)).await;
    let findings = findings(&[("PROMETHEUS_URL", &format!("http://ann:hunter2@{address}"))], "").await;
    assert_eq!(only(&findings, Subject::Prometheus).state, State::Away);
    assert!(!format!("{findings:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_model_tells_its_context_and_tools() {
    let tags = || async { Json(json!({"models": [{"name": "small:1b"}]})) };
    let version = || async { Json(json!({"version": "0.9.1"})) };
    let show = || async {
        Json(json!({
            "capabilities": ["completion", "tools"],
            "model_info": {"general.architecture": "toy", "toy.context_length": 32768},
            "parameters": "num_ctx 2048"
        }))
    };
    let running = || async { Json(json!({"models": []})) };
    let router = Router::new()
        .route("/api/tags", get(tags))
        .route("/api/version", get(version))
        .route("/api/show", post(show))
        .route("/api/ps", get(running));
    let address = serve(router).await;
    let findings = findings(&[("OLLAMA_HOST", &address)], "").await;
    let seen = only(&findings, Subject::Model);
    assert!(seen.summary.contains("small:1b") && seen.summary.contains("0.9.1"), "{seen:?}");
    let context = seen.details.iter().find(|detail| detail.name == "context").unwrap();
    assert!(!context.well && context.value.starts_with("2048 tokens"), "{seen:?}");
    assert_eq!(exit(&findings), Exit::CouldNotLook);
}

#[tokio::test]
async fn what_is_away_is_told_and_stops_nothing() {
    let url = format!("http://{}", prometheus("3").await);
    let file = "[mcp_servers.gone]\ncommand = \"/nowhere/mcp-server\"\n[model]\nendpoint = \"127.0.0.1:1\"\n";
    let findings = findings(&[("PROMETHEUS_URL", &url)], file).await;
    assert_eq!(only(&findings, Subject::Prometheus).state, State::Well);
    assert_eq!(only(&findings, Subject::McpServer).state, State::Away);
    assert_eq!(only(&findings, Subject::Model).state, State::Away);
    assert_eq!(exit(&findings), Exit::CouldNotLook);
}

/// A folder that does not exist yet, of this test alone; taken away at its end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        Self(std::env::temp_dir().join(format!("doctor-{test}-{}", std::process::id())))
    }

    fn setting(&self) -> String {
        format!("[store]\nfolder = \"{}\"\n", self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn looking_at_a_store_that_is_not_there_yet_makes_none() {
    let folder = Folder::new("none-yet");
    let findings = findings(&[], &folder.setting()).await;
    let seen = only(&findings, Subject::Store);
    assert_eq!((seen.state, seen.summary.as_str()), (State::Absent, "not made yet"));
    assert!(!folder.0.exists(), "looking left something behind");
}

#[tokio::test]
async fn a_store_tells_its_engine_its_size_and_its_anchors() {
    use ::store::sqlite::{Options, Sqlite};
    let folder = Folder::new("embedded");
    let clock = std::sync::Arc::new(ports::clock::SystemClock);
    Sqlite::open(Options::new(&folder.0, ports::store::collections::ALL, clock)).await.unwrap();
    let findings = findings(&[], &folder.setting()).await;
    let seen = only(&findings, Subject::Store);
    assert_eq!(seen.state, State::Well, "{seen:?}");
    assert!(seen.summary.starts_with("SQLite 3.") && seen.summary.ends_with("layout 1"), "{seen:?}");
    let names: Vec<&str> = seen.details.iter().map(|detail| detail.name.as_str()).collect();
    assert_eq!(names, ["size", "journal", "audit"]);
}

#[tokio::test]
async fn a_store_that_is_no_store_is_away_and_says_what_follows() {
    let folder = Folder::new("foreign");
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("store.sqlite"), "this is no database, whatever its name says").unwrap();
    let findings = findings(&[], &folder.setting()).await;
    let seen = only(&findings, Subject::Store);
    assert_eq!(seen.state, State::Away, "{seen:?}");
    assert!(seen.summary.contains("store.sqlite"), "{seen:?}");
    assert!(seen.hint.as_ref().unwrap().contains("nothing of them is kept"), "{seen:?}");
}

#[tokio::test]
async fn servers_of_the_state_that_are_away_are_told_without_their_passwords() {
    let variables =
        [("MONGODB_URI", "mongodb://ann:hunter2@127.0.0.1:1/jamie"), ("REDIS_URL", "redis://:hun/ter2@127.0.0.1:1")];
    let findings = findings(&variables, "").await;
    let store = only(&findings, Subject::Store);
    assert_eq!((store.state, store.target.as_str()), (State::Away, "mongodb://127.0.0.1:1/jamie"));
    let bus = only(&findings, Subject::Bus);
    assert_eq!((bus.state, bus.target.as_str()), (State::Away, "redis://127.0.0.1:1"));
    for secret in ["hunter2", "ter2"] {
        assert!(!format!("{findings:?}").contains(secret), "{findings:?}");
    }
}

#[tokio::test]
async fn an_embedding_model_tells_how_long_its_vectors_are() {
    let vector = |_: Json<Value>| async {
        Json(
            json!({"object": "list", "model": "words", "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8, 0.0]}]}),
        )
    };
    let address = serve(Router::new().route("/v1/embeddings", post(vector))).await;
    let file = format!("[embeddings]\nendpoint = \"http://{address}\"\nmodel = \"words\"\n");
    let seen = findings(&[], &file).await;
    let seen = only(&seen, Subject::Embeddings);
    assert_eq!((seen.state, seen.summary.as_str()), (State::Well, "words"), "{seen:?}");
    assert_eq!(seen.details[0].value, "3 dimensions");
    let gone = findings(&[], "[embeddings]\nendpoint = \"http://127.0.0.1:1\"\nmodel = \"words\"\n").await;
    let gone = only(&gone, Subject::Embeddings);
    assert_eq!(gone.state, State::Away);
    assert!(gone.hint.as_ref().unwrap().contains("by words alone"), "{gone:?}");
}
