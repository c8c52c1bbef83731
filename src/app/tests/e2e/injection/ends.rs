//! The estate behind ends of the test's own, which write down what changes something and plant texts into what is read.
//!
//! Events, annotations and labels are planted in the objects; lines of logs and names of spans, which the estate computes, in
//! the answers; commits and pull requests in a GitHub that has nothing else.

use super::texts::{PlantedIn, in_place};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use axum::middleware::{Next, from_fn_with_state};
use axum::{Json, Router};
use chrono::{SecondsFormat, TimeDelta, Utc};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::{World, WriteOptions};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Bytes of an answer into which something is planted.
const ANSWER: usize = 16 * 1024 * 1024;

/// The ends; they end with the test.
pub struct Ends {
    pub kubeconfig: String,
    pub prometheus: String,
    pub alertmanager: String,
    pub tempo: String,
    pub github: String,
    written: Arc<Mutex<Vec<String>>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Ends {
    /// An estate in which an image cannot be pulled, full of hostile texts.
    pub async fn start() -> Self {
        let estate = Estate::live(7, Scenario::named("image-pull"), TimeDelta::minutes(9));
        estate.with_world(plant);
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        let kubernetes = estate::kubernetes::router(Arc::clone(&estate));
        let kubernetes = kubernetes.layer(from_fn_with_state(Arc::clone(&written), at_kubernetes));
        let tempo = estate::telemetry::tempo::router(Arc::clone(&estate)).layer(axum::middleware::from_fn(at_tempo));
        let alertmanager = estate::telemetry::alertmanager::router(Arc::clone(&estate));
        let alertmanager = alertmanager.layer(from_fn_with_state(Arc::clone(&written), at_alertmanager));
        let (kubernetes, _) = serve(kubernetes, &mut tasks).await;
        Self {
            kubeconfig: estate::serve::kubeconfig(kubernetes),
            prometheus: serve(estate::telemetry::prometheus::router(estate), &mut tasks).await.1,
            alertmanager: serve(alertmanager, &mut tasks).await.1,
            tempo: serve(tempo, &mut tasks).await.1,
            github: serve(Router::new().fallback(github), &mut tasks).await.1,
            written,
            tasks,
        }
    }

    /// What changed something, rehearsals left out: method and path.
    pub fn written(&self) -> Vec<String> {
        self.written.lock().unwrap().clone()
    }
}

async fn serve(router: Router, tasks: &mut Vec<JoinHandle<()>>) -> (std::net::SocketAddr, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tasks.push(tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }));
    (address, format!("http://{address}"))
}

/// Texts in the objects themselves.
fn plant(world: &mut World) {
    for name in ["search", "payments"] {
        for (place, kind, texts) in
            [("annotations", "note", in_place(PlantedIn::Annotation)), ("labels", "tag", in_place(PlantedIn::Label))]
        {
            let written = world.edit("deployments", "shop", name, "kubectl", |object| {
                for (n, text) in texts.iter().enumerate() {
                    object["metadata"][place][format!("{kind}-{n}")] = json!(text);
                }
            });
            assert!(written, "{name} has {place}");
        }
    }
    let now = world.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    for (n, text) in in_place(PlantedIn::Event).iter().enumerate() {
        let event = json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("planted.{n}"), "namespace": "shop"},
            "involvedObject": {"kind": "Deployment", "namespace": "shop", "name": "search", "apiVersion": "apps/v1"},
            "reason": "Warned", "message": text, "type": "Warning", "source": {"component": "anybody"},
            "firstTimestamp": now, "lastTimestamp": now, "count": 9, "eventTime": null,
        });
        world.create("events", event, &WriteOptions::by("anybody")).unwrap();
    }
}

/// Writes down what changes something; plants lines into logs.
async fn at_kubernetes(State(written): State<Arc<Mutex<Vec<String>>>>, request: Request, next: Next) -> Response<Body> {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let is_read = [Method::GET, Method::HEAD, Method::OPTIONS].contains(&method);
    let is_question = uri.path().contains("/authorization.k8s.io/") || uri.path().contains("/authentication.k8s.io/");
    let is_rehearsal = uri.query().is_some_and(|query| query.contains("dryRun=All"));
    if !is_read && !is_question && !is_rehearsal {
        written.lock().unwrap().push(format!("{method} {uri}"));
    }
    let response = next.run(request).await;
    if !(uri.path().ends_with("/log") && response.status().is_success()) {
        return response;
    }
    let stamped = uri.query().is_some_and(|query| query.contains("timestamps=true"));
    let lines: String = in_place(PlantedIn::Log)
        .iter()
        .map(|text| {
            let line = format!("ERROR {text}");
            let at = Utc::now().to_rfc3339_opts(SecondsFormat::Nanos, true);
            if stamped { format!("{at} {line}\n") } else { format!("{line}\n") }
        })
        .collect();
    changed(response, |text| format!("{text}{lines}")).await
}

/// Silences are changes too.
async fn at_alertmanager(
    State(written): State<Arc<Mutex<Vec<String>>>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    if request.method() != Method::GET {
        written.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
    }
    next.run(request).await
}

/// Traces with names that say something.
async fn at_tempo(request: Request, next: Next) -> Response<Body> {
    let is_search = request.uri().path() == "/api/search";
    let response = next.run(request).await;
    if !is_search {
        return response;
    }
    changed(response, |text| {
        let Ok(mut found) = serde_json::from_str::<Value>(&text) else { return text };
        let texts = in_place(PlantedIn::Trace);
        let traces = found["traces"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
        for (trace, text) in traces.iter_mut().zip(texts.iter().cycle()) {
            trace["rootTraceName"] = json!(text);
        }
        found.to_string()
    })
    .await
}

async fn changed(response: Response<Body>, change: impl FnOnce(String) -> String) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, ANSWER).await.unwrap();
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(change(String::from_utf8_lossy(&bytes).into_owned())))
}

/// Commits and pull requests, whatever repository is asked for.
async fn github(request: Request) -> Json<Value> {
    let at = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let path = request.uri().path().to_owned();
    let sha = |n: usize| format!("{n:040x}");
    let commit = |(n, text): (usize, String)| {
        json!({
            "sha": sha(n + 1), "url": "x", "parents": [{"sha": sha(n)}], "author": {"login": "ann", "id": 1},
            "commit": {"message": text, "author": {"name": "Ann", "email": "ann@example.com", "date": at},
                       "committer": {"name": "Ann", "email": "ann@example.com", "date": at}},
        })
    };
    let pull = |(n, text): (usize, String)| {
        json!({
            "number": n + 1, "title": text, "state": "open", "draft": false, "locked": false, "user": {"login": "ann"},
            "body": text, "labels": [], "base": {"ref": "main", "sha": sha(1)}, "head": {"ref": "x", "sha": sha(2)},
            "created_at": at, "updated_at": at, "merged_at": null, "merge_commit_sha": null, "merged_by": null,
            "mergeable": null, "mergeable_state": "clean", "requested_reviewers": [], "commits": 1, "additions": 1,
            "deletions": 1, "changed_files": 1,
        })
    };
    Json(match path.as_str() {
        path if path.ends_with("/commits") => in_place(PlantedIn::Commit).into_iter().enumerate().map(commit).collect(),
        path if path.ends_with("/pulls") => in_place(PlantedIn::Pull).into_iter().enumerate().map(pull).collect(),
        _ => json!([]),
    })
}
