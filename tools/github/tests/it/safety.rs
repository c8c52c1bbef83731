//! What may not be read is not asked for; what may not leave does not leave.

use super::call;
use super::fake::{Answer, Checked, Fake, TOKEN, adapter};
use super::world::{NEW, OLD, REPOSITORY, commit, deployment, file, pull, shop};
use domain::envelope::FailureKind;
use serde_json::{Value, json};

/// Planted secrets; no part of them may come out.
const CANARIES: &[&str] = &[
    "ghp_CANARYcanaryCANARYcanaryCANARYcanary01",
    "github_pat_CANARY11_canaryCANARYcanaryCANARY",
    "AKIACANARYCANARY1234",
    "hunter2-canary",
    "s3cr3t-canary",
    "canary-userinfo",
    "TUlJQ0FOQVJZY2FuYXJ5",
    "Q0FOQVJZLXNlY29uZC1saW5l",
];

/// All of them in one text, as people write them.
const PLANTED: &str = "Use ghp_CANARYcanaryCANARYcanaryCANARYcanary01 or github_pat_CANARY11_canaryCANARYcanaryCANARY
aws AKIACANARYCANARY1234
DB_PASSWORD=hunter2-canary
api_key: s3cr3t-canary
https://bob:canary-userinfo@db.example/x
-----BEGIN RSA PRIVATE KEY-----
TUlJQ0FOQVJZY2FuYXJ5
Q0FOQVJZLXNlY29uZC1saW5l
-----END RSA PRIVATE KEY-----
the end";

/// A shop in which every text is full of secrets.
fn planted() -> Checked {
    let fake = shop();
    let diff: String = PLANTED.lines().map(|line| format!("+{line}\n")).collect();
    // A hunk that begins inside of the key, as diffs do.
    let hunk: String = PLANTED.lines().skip(7).map(|line| format!(" {line}\n")).collect();
    let files = json!([file("a.env", Some(&diff)), file("key.pem", Some(&hunk))]);
    let mut one = commit(NEW, PLANTED, "ann", "2026-11-20T09:00:00Z");
    one["files"] = files.clone();
    let first_line = PLANTED.replace('\n', " ");
    let list = vec![commit(NEW, &first_line, "ann", "2026-11-20T09:00:00Z")];
    let known = [("sha", ""), ("path", ""), ("author", ""), ("since", ""), ("until", "")];
    fake.on(&format!("{REPOSITORY}/commits"), &known, Answer::List(list.clone(), None));
    fake.one(&format!("{REPOSITORY}/commits/abc1234"), one);
    fake.one(
        &format!("{REPOSITORY}/compare/{OLD}...{NEW}"),
        json!({"status": "ahead", "ahead_by": 1, "total_commits": 1, "commits": list, "files": files}),
    );
    let mut request = pull(12, &first_line, "merged");
    request["body"] = json!(PLANTED);
    fake.one(&format!("{REPOSITORY}/pulls/12"), request.clone());
    let known = [("state", ""), ("base", ""), ("sort", ""), ("direction", "")];
    fake.on(&format!("{REPOSITORY}/pulls"), &known, Answer::List(vec![request], None));
    fake.on(&format!("{REPOSITORY}/pulls/12/files"), &[], Answer::List(files.as_array().unwrap().clone(), None));
    let log: String = PLANTED
        .lines()
        .map(|line| format!("2026-11-20T10:00:04.0000000Z {line}\n"))
        .chain(["2026-11-20T10:00:05.0000000Z ##[error]token=s3cr3t-canary\n".to_owned()])
        .collect();
    fake.on("storage:/logs/2.txt", &[], Answer::Raw(200, Vec::new(), log.into_bytes()));
    let known = [("environment", "/environment"), ("sha", "/sha")];
    let mut deployed = deployment(33, NEW, "production", "2026-11-20T11:00:00Z");
    deployed["payload"] = json!(PLANTED);
    fake.on(&format!("{REPOSITORY}/deployments"), &known, Answer::List(vec![deployed], None));
    let told = json!([{"state": "failure", "description": first_line, "created_at": "2026-11-20T11:05:00Z"}]);
    fake.one(&format!("{REPOSITORY}/deployments/33/statuses"), told);
    let large = json!({"type": "file", "path": ".env", "size": 2_000_000, "encoding": "none", "content": ""});
    fake.one(&format!("{REPOSITORY}/contents/.env"), large);
    fake.on(&format!("raw:{REPOSITORY}/contents/.env"), &[], Answer::Raw(200, Vec::new(), PLANTED.as_bytes().to_vec()));
    let found =
        json!({"path": ".env", "repository": {"full_name": "acme/shop"}, "text_matches": [{"fragment": PLANTED}]});
    fake.on("/search/code", &[("q", "")], Answer::List(vec![found], Some("items")));
    fake
}

#[tokio::test]
async fn no_planted_secret_comes_out_of_any_tool() {
    let fake = planted();
    let adapter = fake.adapter();
    for (tool, arguments) in [
        ("commits", json!({})),
        ("commits", json!({"commit": "abc1234", "budget_tokens": 8000})),
        ("compare", json!({"base": OLD, "head": NEW, "patches": true})),
        ("pull_requests", json!({"state": "all"})),
        ("pull_requests", json!({"number": 12, "patches": true})),
        ("deployments", json!({})),
        ("deployments", json!({"image_tag": "sha-abc1234"})),
        ("workflow_runs", json!({"run": 900})),
        ("workflow_runs", json!({"run": 900, "budget_tokens": 100})),
        ("code_search", json!({"query": "password"})),
        ("read_file", json!({"path": ".env"})),
    ] {
        let envelope = call(&adapter, tool, arguments.clone()).await.unwrap();
        nothing_of(&serde_json::to_string(&envelope).unwrap(), &format!("{tool} {arguments}"));
    }
}

fn nothing_of(text: &str, what: &str) {
    for canary in CANARIES.iter().chain([&TOKEN]) {
        assert!(!text.contains(canary), "{what}: {canary} in {text}");
    }
}

/// Whichever lines of the file are asked for.
#[tokio::test]
async fn no_secret_of_a_file_comes_out_line_by_line() {
    let fake = Checked(Fake::default());
    let mut bytes = Vec::new();
    bytes.extend(PLANTED.as_bytes());
    let document = json!({"type": "file", "path": ".env", "size": bytes.len(), "encoding": "base64", "content": base64_of(&bytes)});
    fake.on(&format!("{REPOSITORY}/contents/.env"), &[("ref", "")], Answer::One(document));
    let adapter = fake.adapter();
    for first in 1..=PLANTED.lines().count() {
        let arguments = json!({"path": ".env", "start_line": first, "end_line": first});
        let envelope = call(&adapter, "read_file", arguments).await.unwrap();
        nothing_of(&serde_json::to_string(&envelope).unwrap(), &format!("line {first}"));
    }
    let whole = call(&adapter, "read_file", json!({"path": ".env"})).await.unwrap();
    let text = whole.data["text"].as_str().unwrap().to_owned();
    nothing_of(&text, "the whole file");
    assert!(text.contains("DB_PASSWORD=[redacted]") && text.ends_with("the end"), "{text}");
}

/// Without a crate: three bytes become four letters.
fn base64_of(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters = bytes.chunks(3).flat_map(|chunk| {
        let word = chunk.iter().chain([&0, &0]).take(3).fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        let kept = chunk.len();
        (0..4).map(
            move |place| if place <= kept { LETTERS[(word >> (18 - 6 * place) & 63) as usize] as char } else { '=' },
        )
    });
    letters.collect()
}

#[tokio::test]
async fn a_repository_outside_the_allow_list_is_refused_before_anything_is_sent() {
    let fake = shop();
    let mut config = fake.config();
    config.repositories = vec!["acme/shop".to_owned(), "tools/*".to_owned()];
    let adapter = adapter(config);
    for (tool, mut arguments) in [
        ("commits", json!({})),
        ("compare", json!({"base": "main"})),
        ("pull_requests", json!({"number": 1})),
        ("deployments", json!({"image_tag": "v1"})),
        ("workflow_runs", json!({"run": 1})),
        ("read_file", json!({"path": "x"})),
        ("code_search", json!({"query": "x"})),
    ] {
        for repository in ["acme/vault", "acme/shop-secrets", "toolsmith/x"] {
            arguments["repository"] = json!(repository);
            let failure = call(&adapter, tool, arguments.clone()).await.unwrap_err();
            assert_eq!(failure.kind, FailureKind::Refused, "{tool} {repository}: {failure}");
        }
    }
    assert!(fake.asked().is_empty(), "{:?}", fake.asked());
    call(&adapter, "commits", json!({"repository": "ACME/shop"})).await.unwrap_err();
    assert_eq!(fake.asked().len(), 1, "names compare without regard to case");
}

#[tokio::test]
async fn failures_show_no_secret_of_the_answer() {
    let fake = Checked(Fake::default());
    fake.status(&format!("{REPOSITORY}/commits"), 500, PLANTED);
    let failure = call(&fake.adapter(), "commits", Value::Object(serde_json::Map::new())).await.unwrap_err();
    nothing_of(&failure.to_string(), "a failure");
    fake.status(&format!("{REPOSITORY}/commits/{NEW}/check-runs"), 500, PLANTED);
    let request = pull(12, "x", "open");
    fake.one(&format!("{REPOSITORY}/pulls/12"), request);
    let envelope = call(&fake.adapter(), "pull_requests", json!({"number": 12})).await.unwrap();
    assert!(!envelope.not_looked.is_empty());
    nothing_of(&serde_json::to_string(&envelope).unwrap(), "what could not be looked at");
}

#[tokio::test]
async fn files_of_a_pull_request_that_were_not_told_are_counted_in_the_hint() {
    let shop = shop();
    let mut request = pull(12, "x", "open");
    request["changed_files"] = json!(5);
    shop.one(&format!("{REPOSITORY}/pulls/12"), request);
    let envelope = call(&shop.adapter(), "pull_requests", json!({"number": 12})).await.unwrap();
    assert!(envelope.truncated, "{envelope:?}");
    assert!(envelope.hint.unwrap().contains("Only 1 of the 5 changed files were read."));
}
