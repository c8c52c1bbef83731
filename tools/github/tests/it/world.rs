//! A shop whose last deployment broke the build and the tax: the data of most tests.

use super::fake::{Answer, Checked, Fake};
use serde_json::{Value, json};

/// The commit that is deployed now.
pub const NEW: &str = "abc1234abc1234abc1234abc1234abc1234abc12";
/// The one in between.
pub const MIDDLE: &str = "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2";
/// The one that was deployed before.
pub const OLD: &str = "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3";

pub const REPOSITORY: &str = "/repos/acme/shop";

pub fn commit(sha: &str, message: &str, login: &str, at: &str) -> Value {
    json!({
        "sha": sha, "node_id": "x", "url": "https://api.github.test/x",
        "commit": {"message": message, "author": {"name": "Ann Example", "email": "ann@example.com", "date": at},
                   "committer": {"name": "GitHub", "email": "noreply@github.com", "date": at}},
        "author": if login.is_empty() { Value::Null } else { json!({"login": login, "id": 1}) },
        "parents": [{"sha": MIDDLE}],
    })
}

pub fn file(name: &str, patch: Option<&str>) -> Value {
    json!({"sha": "f", "filename": name, "status": "modified", "additions": 3, "deletions": 1, "changes": 4, "patch": patch})
}

pub fn pull(number: u64, title: &str, state: &str) -> Value {
    let merged = state == "merged";
    json!({
        "number": number, "title": title, "state": if merged { "closed" } else { state }, "draft": false, "locked": false,
        "user": {"login": "ann"}, "body": "Rounds **down**.\n", "labels": [{"name": "tax"}],
        "base": {"ref": "main", "sha": MIDDLE}, "head": {"ref": "round-tax", "sha": NEW},
        "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T09:00:00Z",
        "merged_at": if merged { json!("2026-11-20T09:00:00Z") } else { Value::Null }, "merge_commit_sha": NEW,
        "merged_by": {"login": "bob"}, "mergeable": null, "mergeable_state": "clean",
        "requested_reviewers": [{"login": "eve"}],
        "commits": 2, "additions": 7, "deletions": 1, "changed_files": 1,
    })
}

pub fn deployment(id: u64, sha: &str, environment: &str, at: &str) -> Value {
    json!({"id": id, "sha": sha, "ref": "main", "task": "deploy", "environment": environment, "description": null,
           "creator": {"login": "ci"}, "created_at": at, "updated_at": at, "statuses_url": "x"})
}

fn status(state: &str, at: &str) -> Value {
    json!({"id": 1, "state": state, "description": "done", "created_at": at, "log_url": "https://x"})
}

pub fn run(id: u64, conclusion: Option<&str>, at: &str) -> Value {
    json!({"id": id, "name": "ci", "path": ".github/workflows/ci.yml", "display_title": "Round tax", "head_branch": "main",
           "head_sha": NEW, "run_number": 7, "run_attempt": 1, "event": "push",
           "status": if conclusion.is_some() { "completed" } else { "in_progress" }, "conclusion": conclusion,
           "actor": {"login": "ann"}, "created_at": at, "run_started_at": at, "updated_at": "2026-11-20T10:09:00Z"})
}

fn step(number: u64, name: &str, conclusion: &str, started: &str, completed: &str) -> Value {
    json!({"number": number, "name": name, "status": "completed", "conclusion": conclusion,
           "started_at": started, "completed_at": completed})
}

fn jobs() -> Vec<Value> {
    let steps = json!([
        step(1, "Set up job", "success", "2026-11-20T10:00:00Z", "2026-11-20T10:00:01Z"),
        step(2, "Run actions/checkout@v4", "success", "2026-11-20T10:00:02Z", "2026-11-20T10:00:03Z"),
        step(3, "Test", "failure", "2026-11-20T10:00:03Z", "2026-11-20T10:00:08Z"),
        step(4, "Post Run actions/checkout@v4", "success", "2026-11-20T10:00:08Z", "2026-11-20T10:00:08Z"),
    ]);
    let job = |id: u64, name: &str, conclusion: &str, steps: Value| {
        json!({"id": id, "run_id": 900, "name": name, "status": "completed", "conclusion": conclusion,
               "started_at": "2026-11-20T10:00:00Z", "completed_at": "2026-11-20T10:00:09Z", "runner_name": "GitHub Actions 2",
               "steps": steps})
    };
    vec![
        job(1, "lint", "success", json!([])),
        job(2, "test (20)", "failure", steps),
        job(3, "test (22)", "failure", json!([])),
    ]
}

pub const LOG: &str = "\u{feff}2026-11-20T10:00:00.1000000Z Current runner version: '2.319.1'
2026-11-20T10:00:02.1000000Z ##[group]Run actions/checkout@v4
2026-11-20T10:00:02.2000000Z ##[endgroup]
2026-11-20T10:00:02.9000000Z HEAD is now at abc1234
2026-11-20T10:00:03.6000000Z ##[group]Run npm test
2026-11-20T10:00:03.7000000Z \u{1b}[36;1mnpm test\u{1b}[0m
2026-11-20T10:00:03.8000000Z ##[endgroup]
2026-11-20T10:00:08.1000000Z   1) checkout adds tax
2026-11-20T10:00:08.2000000Z ##[error]AssertionError: expected 119 to equal 120
2026-11-20T10:00:08.3000000Z ##[error]Process completed with exit code 2.
2026-11-20T10:00:08.4000000Z Post job cleanup.
2026-11-20T10:00:08.5000000Z Cleaning up orphan processes
";

/// The redirect to a log in the storage.
pub fn to_storage(path: &str) -> Answer {
    let location = format!("https://storage.test{path}?se=2026-11-21T02%3A01%3A00Z&sig=ab%2Bc%2Fd%3D");
    Answer::Raw(302, vec![("location", location)], Vec::new())
}

fn commits(fake: &Fake) {
    let mut new = commit(NEW, "Round tax (#12)\n\nDown, as the law says.", "ann", "2026-11-20T09:00:00Z");
    let middle = commit(MIDDLE, "Bump deps", "", "2026-11-19T09:00:00Z");
    let known = [("sha", ""), ("path", ""), ("author", "/author/login"), ("since", ""), ("until", "")];
    fake.on(&format!("{REPOSITORY}/commits"), &known, Answer::List(vec![new.clone(), middle.clone()], None));
    new["stats"] = json!({"additions": 3, "deletions": 1, "total": 4});
    new["files"] = json!([
        file("src/tax.rs", Some("@@ -1 +1 @@\n-let tax = ceil(x);\n+let tax = floor(x);")),
        file("logo.png", None)
    ]);
    for name in [NEW, "abc1234", "tags%2Fv1.2.3"] {
        fake.one(&format!("{REPOSITORY}/commits/{name}"), new.clone());
    }
    for name in [NEW, "abc1234"] {
        let pulls = Answer::List(vec![pull(12, "Round tax", "merged")], None);
        fake.on(&format!("{REPOSITORY}/commits/{name}/pulls"), &[], pulls);
    }
    fake.on(
        &format!("{REPOSITORY}/commits/{NEW}/check-runs"),
        &[],
        Answer::One(json!({"total_count": 2, "check_runs": [
        {"name": "lint", "status": "completed", "conclusion": "success"},
        {"name": "test", "status": "completed", "conclusion": "failure"}]})),
    );
    fake.on(
        &format!("{REPOSITORY}/commits/{NEW}/status"),
        &[],
        Answer::One(json!({"state": "pending", "statuses": [
        {"context": "deploy-preview", "state": "pending", "description": "waiting"}]})),
    );
    fake.one(
        &format!("{REPOSITORY}/compare/{OLD}...{NEW}"),
        json!({"status": "ahead", "ahead_by": 2, "behind_by": 0, "total_commits": 2, "base_commit": commit(OLD, "x", "ann", "2026-11-18T09:00:00Z"),
               "merge_base_commit": commit(OLD, "x", "ann", "2026-11-18T09:00:00Z"), "commits": [middle, new],
               "files": [file("src/tax.rs", Some("@@ -1 +1 @@\n-a\n+b")), file("Cargo.lock", None)]}),
    );
}

fn pulls(fake: &Fake) {
    let rows = vec![pull(14, "Draft of more", "open"), pull(13, "Tidy", "closed"), pull(12, "Round tax", "merged")];
    let known = [("state", ""), ("base", "/base/ref"), ("sort", ""), ("direction", "")];
    fake.on(&format!("{REPOSITORY}/pulls"), &known, Answer::List(rows, None));
    fake.one(&format!("{REPOSITORY}/pulls/12"), pull(12, "Round tax", "merged"));
    fake.on(
        &format!("{REPOSITORY}/pulls/12/files"),
        &[],
        Answer::List(vec![file("src/tax.rs", Some("@@ -1 +1 @@\n-a\n+b"))], None),
    );
    fake.on(&format!("{REPOSITORY}/pulls/12/reviews"), &[], Answer::List(vec![
        json!({"user": {"login": "bob"}, "state": "APPROVED", "submitted_at": "2026-11-20T08:30:00Z", "body": "ok"})], None));
}

fn deployments(fake: &Fake) {
    let rows = vec![
        deployment(33, NEW, "production", "2026-11-20T11:00:00Z"),
        deployment(32, MIDDLE, "production", "2026-11-19T11:00:00Z"),
        deployment(31, OLD, "production", "2026-11-18T11:00:00Z"),
        deployment(30, NEW, "staging", "2026-11-20T10:30:00Z"),
    ];
    let known = [("environment", "/environment"), ("sha", "/sha")];
    fake.on(&format!("{REPOSITORY}/deployments"), &known, Answer::List(rows, None));
    for (id, statuses) in [
        (33, vec![status("success", "2026-11-20T11:05:00Z"), status("in_progress", "2026-11-20T11:01:00Z")]),
        (32, vec![status("failure", "2026-11-19T11:05:00Z")]),
        (31, vec![status("inactive", "2026-11-20T11:05:00Z"), status("success", "2026-11-18T11:05:00Z")]),
        (30, Vec::new()),
    ] {
        fake.on(&format!("{REPOSITORY}/deployments/{id}/statuses"), &[], Answer::List(statuses, None));
    }
    fake.one(
        &format!("{REPOSITORY}/releases/tags/v1.2.3"),
        json!({"tag_name": "v1.2.3", "name": "Tax", "author": {"login": "bob"}, "published_at": "2026-11-20T09:30:00Z", "draft": false}),
    );
}

fn actions(fake: &Fake) {
    let rows = vec![
        run(902, None, "2026-11-20T12:00:00Z"),
        run(901, Some("success"), "2026-11-20T10:05:00Z"),
        run(900, Some("failure"), "2026-11-20T10:00:00Z"),
    ];
    let known = [
        ("branch", "/head_branch"),
        ("event", "/event"),
        ("status", "/conclusion"),
        ("head_sha", "/head_sha"),
        ("created", ""),
    ];
    fake.on(&format!("{REPOSITORY}/actions/runs"), &known, Answer::List(rows.clone(), Some("workflow_runs")));
    fake.on(&format!("{REPOSITORY}/actions/workflows/ci.yml/runs"), &known, Answer::List(rows, Some("workflow_runs")));
    fake.one(&format!("{REPOSITORY}/actions/runs/900"), run(900, Some("failure"), "2026-11-20T10:00:00Z"));
    fake.on(&format!("{REPOSITORY}/actions/runs/900/jobs"), &[("filter", "")], Answer::List(jobs(), Some("jobs")));
    fake.on(&format!("{REPOSITORY}/actions/jobs/2/logs"), &[], to_storage("/logs/2.txt"));
    fake.on(
        "storage:/logs/2.txt",
        &[],
        Answer::Raw(200, vec![("content-type", "text/plain".to_owned())], LOG.as_bytes().to_vec()),
    );
}

/// The whole shop.
pub fn shop() -> Checked {
    let fake = Fake::default();
    commits(&fake);
    pulls(&fake);
    deployments(&fake);
    actions(&fake);
    Checked(fake)
}
