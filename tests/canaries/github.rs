//! `github` over fixed answers with secrets in commit messages, diffs, requests' texts, logs, files, deployments and
//! releases.

use super::planted::{UNDER_A_NAME, VISIBLE, address, text};
use super::trial::{Case, case, in_process, try_all};
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tools_common::serve::Adapter;
use tools_github::{GithubConfig, Server};

const NEW: &str = "abc1234abc1234abc1234abc1234abc1234abc12";
const OLD: &str = "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3";
const AT: &str = "2026-11-20T10:00:00Z";

/// As in a file of settings.
fn file() -> String {
    format!(
        "NOTE={VISIBLE}\nDB_PASSWORD={UNDER_A_NAME}\nexport API_TOKEN='{UNDER_A_NAME}'\nURL={}\n# {}\n",
        address("file.example.com"),
        text(&"file")
    )
}

/// As in a manifest: a Secret that somebody has committed.
fn manifest() -> String {
    let value = BASE64_STANDARD.encode(UNDER_A_NAME);
    format!(
        "# {VISIBLE}\nkind: Secret\napiVersion: v1\ndata:\n  password: {value}\nstringData:\n  token: {UNDER_A_NAME}\n"
    )
}

fn patch(name: &str) -> Value {
    let lines = format!("{}{}", file(), manifest());
    let added: String = lines.lines().map(|line| format!("+{line}\n")).collect();
    // A hunk that begins inside of a key.
    let key = "@@ -9 +9 @@\n MIIEowIBAAKCAQEAz7Xv4Qm9Lp2Rt6Wk1Yd8\n -----END RSA PRIVATE KEY-----\n";
    json!({"sha": "f", "filename": name, "status": "modified", "additions": 3, "deletions": 1, "changes": 4,
        "patch": format!("@@ -1 +1 @@\n{added}{key}")})
}

fn commit(sha: &str) -> Value {
    json!({"sha": sha, "commit": {"message": format!("{}\n\n{}", text(&sha), text(&"body")),
            "author": {"name": "Ann", "email": "ann@example.com", "date": AT}, "committer": {"name": "Ann", "date": AT}},
        "author": {"login": "ann"}, "parents": [{"sha": OLD}], "files": [patch(".env"), patch("secret.yaml")],
        "stats": {"additions": 3, "deletions": 1, "total": 4}})
}

fn pull() -> Value {
    json!({"number": 12, "title": text(&"title"), "state": "closed", "draft": false, "user": {"login": "ann"},
        "body": text(&"body"), "labels": [{"name": text(&"label")}], "base": {"ref": "main", "sha": OLD},
        "head": {"ref": "round-tax", "sha": NEW}, "created_at": AT, "updated_at": AT, "merged_at": AT,
        "merge_commit_sha": NEW, "merged_by": {"login": "bob"}, "mergeable": null, "commits": 1, "additions": 1,
        "deletions": 1, "changed_files": 1, "requested_reviewers": []})
}

fn run() -> Value {
    json!({"id": 900, "name": "ci", "path": ".github/workflows/ci.yml", "display_title": text(&"run"), "head_branch": "main",
        "head_sha": NEW, "run_number": 7, "run_attempt": 1, "event": "push", "status": "completed", "conclusion": "failure",
        "actor": {"login": "ann"}, "created_at": AT, "run_started_at": AT, "updated_at": AT})
}

fn jobs() -> Value {
    let step = json!({"number": 1, "name": format!("Test {}", text(&"step")), "status": "completed", "conclusion": "failure",
        "started_at": AT, "completed_at": "2026-11-20T10:00:20Z"});
    json!({"total_count": 1, "jobs": [{"id": 2, "run_id": 900, "name": "test", "status": "completed", "conclusion": "failure",
        "started_at": AT, "completed_at": "2026-11-20T10:00:21Z", "steps": [step]}]})
}

fn log() -> String {
    let lines = format!("{}{}", file(), text(&"log"));
    let stamped = |line: &str| format!("2026-11-20T10:00:04.0000000Z {line}\n");
    let last = format!("##[error]{VISIBLE} token={UNDER_A_NAME} {}", text(&"error").replace('\n', " "));
    lines.lines().chain([last.as_str()]).map(stamped).collect()
}

fn deployment() -> Value {
    json!({"id": 33, "sha": NEW, "ref": "main", "task": "deploy", "environment": "production", "description": text(&"deployment"),
        "payload": {"password": UNDER_A_NAME, "note": text(&"payload")}, "creator": {"login": "ci"}, "created_at": AT, "updated_at": AT})
}

fn of_the_file(raw: bool, content: &str) -> Response {
    match raw {
        true => content.to_owned().into_response(),
        false => found(json!({"type": "file", "path": ".env", "size": content.len(), "encoding": "base64", "sha": "f",
            "content": BASE64_STANDARD.encode(content)})),
    }
}

fn found(document: Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document.to_string()).into_response()
}

async fn answer(request: Request) -> Response {
    let path = request.uri().path();
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let raw = accept.contains("raw");
    let Some(rest) = path.strip_prefix("/repos/acme/shop/") else {
        return match path {
            "/search/code" => found(json!({"total_count": 1, "incomplete_results": false, "items": [
                {"path": ".env", "repository": {"full_name": "acme/shop"}, "text_matches": [{"fragment": file()}, {"fragment": text(&"found")}]}]})),
            "/logs/2.txt" => log().into_response(),
            _ => refused(),
        };
    };
    let parts: Vec<&str> = rest.split('/').collect();
    match parts.as_slice() {
        ["commits"] => found(json!([commit(NEW)])),
        ["commits", _] => found(commit(NEW)),
        ["commits", _, "pulls"] => found(json!([pull()])),
        ["commits", _, "check-runs"] => found(json!({"total_count": 1, "check_runs": [
            {"name": text(&"check"), "status": "completed", "conclusion": "failure", "output": {"title": text(&"output"), "summary": text(&"summary")}}]})),
        ["commits", _, "status"] => found(json!({"state": "failure", "statuses": [
            {"context": text(&"context"), "state": "failure", "description": text(&"status")}]})),
        ["compare", _] => found(json!({"status": "ahead", "ahead_by": 1, "behind_by": 0, "total_commits": 1,
            "base_commit": commit(OLD), "merge_base_commit": commit(OLD), "commits": [commit(NEW)], "files": [patch(".env"), patch("secret.yaml")]})),
        ["pulls"] => found(json!([pull()])),
        ["pulls", "12"] => found(pull()),
        ["pulls", "12", "files"] => found(json!([patch(".env")])),
        ["pulls", "12", "reviews"] => {
            found(json!([{"user": {"login": "bob"}, "state": "APPROVED", "submitted_at": AT, "body": text(&"review")}]))
        }
        ["deployments"] => found(json!([deployment()])),
        ["deployments", _, "statuses"] => {
            found(json!([{"id": 1, "state": "failure", "description": text(&"outcome"), "created_at": AT,
            "log_url": address("log.example.com")}]))
        }
        ["releases", "tags", _] => {
            found(json!({"tag_name": "v1.2.3", "name": text(&"release"), "body": text(&"notes"),
            "author": {"login": "bob"}, "published_at": AT, "draft": false}))
        }
        ["actions", "runs"] => found(json!({"total_count": 1, "workflow_runs": [run()]})),
        ["actions", "runs", "900"] => found(run()),
        ["actions", "runs", "900", "jobs"] => found(jobs()),
        ["actions", "jobs", "2"] => found(jobs()["jobs"][0].clone()),
        ["actions", "jobs", "2", "logs"] => {
            (StatusCode::FOUND, [(header::LOCATION, format!("https://storage.test/logs/2.txt?sig={UNDER_A_NAME}"))])
                .into_response()
        }
        ["contents", ".env"] => of_the_file(raw, &file()),
        ["contents", "secret.yaml"] => of_the_file(raw, &manifest()),
        ["contents", "key.pem"] => of_the_file(
            raw,
            "-----BEGIN RSA PRIVATE KEY-----\nplainly-visible\nMIIEowIBAAKCAQEAz7Xv4Qm9Lp2Rt6Wk1Yd8\n-----END RSA PRIVATE KEY-----\nthe end\n",
        ),
        _ => refused(),
    }
}

/// A refusal that says too much.
fn refused() -> Response {
    let body = json!({"message": format!("Not Found {}", text(&"refusal"))});
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("commits", json!({})),
        case("commits", json!({"commit": "abc1234"})),
        case("commits", json!({"commit": "abc1234", "budget_tokens": 8000})),
        case("commits", json!({"commit": "abc1234", "budget_tokens": 100})).shows("abc1234"),
        case("compare", json!({"base": OLD, "head": NEW, "patches": true, "budget_tokens": 8000})),
        case("compare", json!({"base": OLD, "head": NEW})),
        case("pull_requests", json!({"state": "all"})),
        case("pull_requests", json!({"number": 12, "patches": true, "budget_tokens": 8000})),
        case("pull_requests", json!({"number": 12})),
        case("pull_requests", json!({"number": 13})).shows("13"),
        case("pull_requests", json!({"commit": NEW})),
        case("deployments", json!({})),
        case("deployments", json!({"image_tag": "sha-abc1234"})),
        case("deployments", json!({"image_tag": "v1.2.3"})),
        case(
            "deployments",
            json!({"image_tag": format!("registry.example.com/shop:{}", "ghp_A1qZ8wX3sC5eD7rF2vT9gB4yH6nU0jM8kL1p")}),
        )
        .shows("asked"),
        case("workflow_runs", json!({})),
        case("workflow_runs", json!({"run": 900})),
        case("workflow_runs", json!({"run": 900, "job": 2, "budget_tokens": 8000})),
        case("workflow_runs", json!({"run": 900, "budget_tokens": 100})).shows("900"),
        case("code_search", json!({"query": "password"})),
        case("code_search", json!({"query": "password=Hunt9er2Vq6Lm1Zs"})),
        case("read_file", json!({"path": "key.pem"})).shows("the end"),
        case("read_file", json!({"path": "key.pem", "start_line": 3, "end_line": 3})).shows("key.pem"),
    ];
    for path in [".env", "secret.yaml"] {
        cases.push(case("read_file", json!({"path": path})));
        for line in 2..=5 {
            cases.push(case("read_file", json!({"path": path, "start_line": line, "end_line": line})).shows(path));
        }
    }
    cases
}

#[tokio::test]
async fn nothing_secret_comes_out_of_github() {
    let mut config = GithubConfig::new("https://api.github.test", None);
    config.endpoint = in_process("GitHub", Router::new().fallback(answer));
    config.default_repository = Some("acme/shop".to_owned());
    try_all(&Adapter::new(Server::new(config).unwrap()), &cases()).await;
}
