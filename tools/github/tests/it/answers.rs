//! Each tool's answer over the API's own JSON.

use super::fake::{Answer, Checked, Fake};
use super::world::{NEW, OLD, REPOSITORY, commit, pull, shop};
use super::{call, shown};
use domain::observed::Table;
use domain::observed::github::{CommitRow, Comparison, Correlation, PullRequest, PullRequestRow, Run, RunRow};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

async fn check(tool: &str, arguments: Value, expected: Expect) {
    let fake = shop();
    let envelope = call(&fake.adapter(), tool, arguments).await.unwrap();
    expected.assert_eq(&shown(&envelope));
}

#[tokio::test]
async fn commits_are_listed_without_addresses_of_people() {
    check("commits", json!({"ref": "main", "since": "7d"}), expect![[r#"
        data.columns: ["at","author","sha","summary"]
        data.rows: [["2026-11-20T09:00:00Z","ann","abc1234abc12","Round tax (#12)"],["2026-11-19T09:00:00Z","Ann Example","b2b2b2b2b2b2","Bump deps"]]
        returned: 2
        source: "github https://api.github.test acme/shop"
        total: 2
        window: {"end":"2026-11-21T02:00:00Z","start":"2026-11-14T02:00:00Z"}"#]]).await;
}

#[tokio::test]
async fn one_commit_comes_with_its_changes_and_its_pull_request() {
    check("commits", json!({"commit": "abc1234"}), expect![[r#"
        data.additions: 3
        data.at: "2026-11-20T09:00:00Z"
        data.author: "ann"
        data.deletions: 1
        data.files: {"columns":["additions","deletions","path","status"],"rows":[[3,1,"src/tax.rs","modified"],[3,1,"logo.png","modified"]]}
        data.message: "Round tax (#12)\n\nDown, as the law says."
        data.parents: ["b2b2b2b2b2b2"]
        data.patches: [{"patch":"@@ -1 +1 @@\n-let tax = ceil(x);\n+let tax = floor(x);","path":"src/tax.rs"}]
        data.pull_requests: {"columns":["author","base","head","labels","merge_commit","merged","number","state","title","updated"],"rows":[["ann","main","round-tax","tax","abc1234abc12","2026-11-20T09:00:00Z",12,"merged","Round tax","2026-11-20T09:00:00Z"]]}
        data.sha: "abc1234abc1234abc1234abc1234abc1234abc12"
        returned: 2
        source: "github https://api.github.test acme/shop"
        total: 2"#]]).await;
}

#[tokio::test]
async fn pull_requests_are_listed() {
    check("pull_requests", json!({"state": "all"}), expect![[r#"
        data.columns: ["author","base","head","labels","number","state","title","updated","merge_commit","merged"]
        data.rows: [["ann","main","round-tax","tax",14,"open","Draft of more","2026-11-20T09:00:00Z",null,null],["ann","main","round-tax","tax",13,"closed","Tidy","2026-11-20T09:00:00Z",null,null],["ann","main","round-tax","tax",12,"merged","Round tax","2026-11-20T09:00:00Z","abc1234abc12","2026-11-20T09:00:00Z"]]
        returned: 3
        source: "github https://api.github.test acme/shop"
        total: 3"#]]).await;
}

#[tokio::test]
async fn one_pull_request_comes_with_reviews_and_checks() {
    check("pull_requests", json!({"number": 12, "patches": true}), expect![[r#"
        data.additions: 7
        data.body: "Rounds **down**."
        data.changed_files: 1
        data.checks: {"columns":["name","state"],"rows":[["test","failure"],["deploy-preview","pending"],["lint","success"]]}
        data.commits: 2
        data.deletions: 1
        data.files: {"columns":["additions","deletions","path","status"],"rows":[[3,1,"src/tax.rs","modified"]]}
        data.head_sha: "abc1234abc1234abc1234abc1234abc1234abc12"
        data.merged_by: "bob"
        data.patches: [{"patch":"@@ -1 +1 @@\n-a\n+b","path":"src/tax.rs"}]
        data.pull_request: {"author":"ann","base":"main","head":"round-tax","labels":"tax","merge_commit":"abc1234abc12","merged":"2026-11-20T09:00:00Z","number":12,"state":"merged","title":"Round tax","updated":"2026-11-20T09:00:00Z"}
        data.reviews: {"columns":["at","reviewer","state"],"rows":[["2026-11-20T08:30:00Z","bob","approved"],[null,"eve","requested"]]}
        hint: "1 of 3 checks failed; `workflow_runs` with this commit tells why."
        returned: 1
        source: "github https://api.github.test acme/shop"
        total: 1"#]]).await;
}

#[tokio::test]
async fn deployments_come_with_their_states() {
    check("deployments", json!({"environment": "production"}), expect![[r#"
        data.columns: ["created","creator","environment","id","reference","said","sha","state","state_at","succeeded"]
        data.rows: [["2026-11-20T11:00:00Z","ci","production",33,"main","done","abc1234abc12","success","2026-11-20T11:05:00Z","2026-11-20T11:05:00Z"],["2026-11-19T11:00:00Z","ci","production",32,"main","done","b2b2b2b2b2b2","failure","2026-11-19T11:05:00Z",null],["2026-11-18T11:00:00Z","ci","production",31,"main","done","c3c3c3c3c3c3","inactive","2026-11-20T11:05:00Z","2026-11-18T11:05:00Z"]]
        returned: 3
        source: "github https://api.github.test acme/shop"
        total: 3"#]]).await;
}

#[tokio::test]
async fn an_image_tag_leads_to_the_change_that_it_deployed() {
    check("deployments", json!({"image_tag": "ghcr.io/acme/shop:v1.2.3"}), expect![[r#"
        data.asked: "ghcr.io/acme/shop:v1.2.3"
        data.brought: [{"before":{"created":"2026-11-18T11:00:00Z","creator":"ci","environment":"production","id":31,"reference":"main","said":"done","sha":"c3c3c3c3c3c3","state":"inactive","state_at":"2026-11-20T11:05:00Z","succeeded":"2026-11-18T11:05:00Z"},"commits":{"columns":["at","author","sha","summary"],"rows":[["2026-11-20T09:00:00Z","ann","abc1234abc12","Round tax (#12)"],["2026-11-19T09:00:00Z","Ann Example","b2b2b2b2b2b2","Bump deps"]]},"commits_total":2,"environment":"production","files":["src/tax.rs","Cargo.lock"],"files_changed":2,"status":"ahead"}]
        data.by: "tag v1.2.3"
        data.commit: {"at":"2026-11-20T09:00:00Z","author":"ann","sha":"abc1234abc12","summary":"Round tax (#12)"}
        data.deployments: {"columns":["created","creator","environment","id","reference","said","sha","state","state_at","succeeded"],"rows":[["2026-11-20T11:00:00Z","ci","production",33,"main","done","abc1234abc12","success","2026-11-20T11:05:00Z","2026-11-20T11:05:00Z"],["2026-11-20T10:30:00Z","ci","staging",30,"main",null,"abc1234abc12","none",null,null]]}
        data.pull_requests: {"columns":["author","base","head","labels","merge_commit","merged","number","state","title","updated"],"rows":[["ann","main","round-tax","tax","abc1234abc12","2026-11-20T09:00:00Z",12,"merged","Round tax","2026-11-20T09:00:00Z"]]}
        data.release: {"author":"bob","name":"Tax","published":"2026-11-20T09:30:00Z","tag":"v1.2.3"}
        data.sha: "abc1234abc1234abc1234abc1234abc1234abc12"
        hint: "No earlier deployment of another commit to staging is known to have succeeded."
        returned: 1
        source: "github https://api.github.test acme/shop"
        total: 1"#]]).await;
}

#[tokio::test]
async fn runs_come_failed_first() {
    check("workflow_runs", json!({"branch": "main"}), expect![[r#"
        data.columns: ["actor","branch","event","id","seconds","sha","started","state","title","workflow"]
        data.rows: [["ann","main","push",900,540,"abc1234abc12","2026-11-20T10:00:00Z","failure","Round tax","ci"],["ann","main","push",902,null,"abc1234abc12","2026-11-20T12:00:00Z","in_progress","Round tax","ci"],["ann","main","push",901,240,"abc1234abc12","2026-11-20T10:05:00Z","success","Round tax","ci"]]
        hint: "1 of these 3 failed; run=ID tells why."
        returned: 3
        source: "github https://api.github.test acme/shop"
        total: 3"#]]).await;
}

#[tokio::test]
async fn a_failed_run_shows_the_failing_step_first() {
    check("workflow_runs", json!({"run": 900}), expect![[r###"
        data.jobs: {"columns":["failed_step","id","name","runner","seconds","state"],"rows":[["Test",2,"test (20)","GitHub Actions 2",9,"failure"],[null,3,"test (22)","GitHub Actions 2",9,"failure"],[null,1,"lint","GitHub Actions 2",9,"success"]]}
        data.log: {"errors":["AssertionError: expected 119 to equal 120","Process completed with exit code 2."],"job":"test (20)","lines_before":0,"lines_total":12,"ran":"npm test","step":"Test","tail":"##[group]Run npm test\nnpm test\n##[endgroup]\n  1) checkout adds tax\n##[error]AssertionError: expected 119 to equal 120\n##[error]Process completed with exit code 2."}
        data.run: {"actor":"ann","branch":"main","event":"push","id":900,"seconds":540,"sha":"abc1234abc12","started":"2026-11-20T10:00:00Z","state":"failure","title":"Round tax","workflow":"ci"}
        data.steps: {"columns":["name","number","seconds","state"],"rows":[["Set up job",1,1,"success"],["Run actions/checkout@v4",2,1,"success"],["Test",3,5,"failure"],["Post Run actions/checkout@v4",4,0,"success"]]}
        hint: "Other jobs failed too; job=ID shows their logs: 3 (test (22))."
        returned: 3
        source: "github https://api.github.test acme/shop"
        total: 3"###]]).await;
}

#[tokio::test]
async fn a_comparison_tells_commits_and_files() {
    check("compare", json!({"base": OLD, "head": NEW, "patches": true}), expect![[r#"
        data.ahead_by: 2
        data.base: "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"
        data.behind_by: 0
        data.commits: {"columns":["at","author","sha","summary"],"rows":[["2026-11-20T09:00:00Z","ann","abc1234abc12","Round tax (#12)"],["2026-11-19T09:00:00Z","Ann Example","b2b2b2b2b2b2","Bump deps"]]}
        data.files: {"columns":["additions","deletions","path","status"],"rows":[[3,1,"src/tax.rs","modified"],[3,1,"Cargo.lock","modified"]]}
        data.head: "abc1234abc1234abc1234abc1234abc1234abc12"
        data.merge_base: "c3c3c3c3c3c3"
        data.patches: [{"patch":"@@ -1 +1 @@\n-a\n+b","path":"src/tax.rs"}]
        data.status: "ahead"
        returned: 2
        source: "github https://api.github.test acme/shop"
        total: 2"#]]).await;
}

#[tokio::test]
async fn every_way_to_write_the_commit_into_a_tag_leads_to_it() {
    for (tag, by) in [
        ("v1.2.3", "tag v1.2.3"),
        ("1.2.3", "tag v1.2.3"),
        ("sha-abc1234", "commit abc1234"),
        ("ABC1234", "commit abc1234"),
        ("main-abc1234-1700000000", "commit abc1234"),
        ("pr-12", "pull request 12"),
        ("registry:5000/acme/shop:sha-abc1234@sha256:0011", "commit abc1234"),
    ] {
        let fake = shop();
        let envelope = call(&fake.adapter(), "deployments", json!({"image_tag": tag})).await.unwrap();
        let told: Correlation = serde_json::from_value(envelope.data).unwrap();
        assert_eq!((told.by.as_str(), told.sha.as_str()), (by, NEW), "{tag}");
        assert_eq!(told.brought.first().map(|brought| brought.before.id), Some(31), "{tag}");
    }
}

#[tokio::test]
async fn a_tag_that_moves_and_one_that_nobody_knows_are_told_apart() {
    let fake = shop();
    let moving = call(&fake.adapter(), "deployments", json!({"image_tag": "latest"})).await.unwrap_err();
    assert!(moving.to_string().contains("moves from commit to commit"), "{moving}");
    assert!(fake.asked().is_empty());
    let unknown = call(&fake.adapter(), "deployments", json!({"image_tag": "9.9.9"})).await.unwrap_err();
    assert!(unknown.message.contains("tried: tag 9.9.9, tag v9.9.9"), "{unknown}");
}

#[tokio::test]
async fn pages_joined_by_their_cursors_give_every_commit_once() {
    let fake = Checked(Fake::default());
    let rows: Vec<Value> = (0..57)
        .map(|n| commit(&format!("{n:040x}"), &format!("{n} {}", "long ".repeat(20)), "ann", "2026-11-20T09:00:00Z"))
        .collect();
    fake.on(&format!("{REPOSITORY}/commits"), &[], Answer::List(rows, None));
    let adapter = fake.adapter();
    let (mut seen, mut arguments) = (Vec::new(), json!({"limit": 10, "budget_tokens": 300}));
    for _ in 0..40 {
        let envelope = call(&adapter, "commits", arguments.clone()).await.unwrap();
        let rows: Vec<CommitRow> = serde_json::from_value::<Table>(envelope.data).unwrap().typed().unwrap();
        seen.extend(rows.into_iter().map(|row| row.summary.split(' ').next().unwrap().to_owned()));
        let Some(cursor) = envelope.next_cursor else { break };
        arguments["cursor"] = json!(cursor);
    }
    assert_eq!(seen, (0..57).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(fake.unchanged() > 0, "a page that is read again costs nothing");
}

#[tokio::test]
async fn what_the_api_does_not_narrow_is_looked_for_over_several_pages() {
    let fake = Checked(Fake::default());
    let rows: Vec<Value> = (0..250)
        .map(|n| {
            let mut row = pull(n + 1, "x", if n == 240 { "merged" } else { "closed" });
            row["labels"] = json!([{"name": if n == 240 { "Urgent" } else { "other" }}]);
            row
        })
        .collect();
    let known = [("state", ""), ("sort", ""), ("direction", "")];
    fake.on(&format!("{REPOSITORY}/pulls"), &known, Answer::List(rows, None));
    let envelope = call(&fake.adapter(), "pull_requests", json!({"state": "merged", "label": "urgent"})).await.unwrap();
    let rows: Vec<PullRequestRow> = serde_json::from_value::<Table>(envelope.data).unwrap().typed().unwrap();
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [241]);
    assert_eq!((envelope.total, envelope.truncated), (Some(1), false));
    let none = call(&fake.adapter(), "pull_requests", json!({"author": "nobody"})).await.unwrap();
    assert!(none.hint.unwrap().contains("None of 250 pull requests fits; state=all"));
}

#[tokio::test]
async fn a_part_that_cannot_be_looked_at_is_told_and_the_rest_is_shown() {
    let fake = shop();
    fake.status(
        &format!("{REPOSITORY}/commits/{NEW}/check-runs"),
        403,
        "Resource not accessible by personal access token",
    );
    let envelope = call(&fake.adapter(), "pull_requests", json!({"number": 12})).await.unwrap();
    let told: PullRequest = serde_json::from_value(envelope.data).unwrap();
    assert_eq!((told.checks.rows.len(), told.files.rows.len()), (1, 1));
    assert!(envelope.not_looked[0].starts_with("the check runs could not be looked at"), "{:?}", envelope.not_looked);
}

#[tokio::test]
async fn a_step_back_is_told_as_one() {
    let fake = shop();
    fake.one(
        &format!("{REPOSITORY}/compare/{OLD}...{NEW}"),
        json!({"status": "behind", "ahead_by": 0, "behind_by": 4, "total_commits": 0, "commits": [], "files": []}),
    );
    let envelope =
        call(&fake.adapter(), "deployments", json!({"commit": NEW, "environment": "production"})).await.unwrap();
    assert!(envelope.hint.unwrap().contains("was a step back: it took away 4 commits"));
    let envelope = call(&fake.adapter(), "compare", json!({"base": OLD, "head": NEW})).await.unwrap();
    let told: Comparison = serde_json::from_value(envelope.data).unwrap();
    assert_eq!((told.status.as_str(), told.behind_by), ("behind", 4));
    assert!(envelope.hint.unwrap().contains("turn them round"));
}

#[tokio::test]
async fn runs_of_a_short_commit_are_asked_for_by_the_whole_one() {
    let fake = shop();
    let arguments = json!({"commit": "abc1234", "status": "failure", "workflow": ".github/workflows/ci.yml"});
    let envelope = call(&fake.adapter(), "workflow_runs", arguments).await.unwrap();
    let rows: Vec<RunRow> = serde_json::from_value::<Table>(envelope.data).unwrap().typed().unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [900]);
    assert!(fake.asked().last().unwrap().contains(&format!("head_sha={NEW}")));
}

#[tokio::test]
async fn the_log_of_another_job_can_be_asked_for() {
    let fake = shop();
    let wrong = call(&fake.adapter(), "workflow_runs", json!({"run": 900, "job": 77})).await.unwrap_err();
    assert!(wrong.message.contains("a job of this run: 2, 3, 1"), "{wrong}");
    let envelope = call(&fake.adapter(), "workflow_runs", json!({"run": 900, "job": 3})).await.unwrap();
    let told: Run = serde_json::from_value(envelope.data).unwrap();
    assert!(told.log.is_none());
    assert!(
        envelope.not_looked[0].contains("the log of job 3 (test (22)) could not be read"),
        "{:?}",
        envelope.not_looked
    );
}

#[test]
fn the_catalogue_fits_its_budget() {
    let adapter = Fake::default().adapter();
    let names: Vec<&str> = adapter.specs().map(|spec| spec.name).collect();
    assert_eq!(names.len(), 7, "{names:?}");
    assert!(adapter.catalogue_bytes() <= 8_000, "{} bytes", adapter.catalogue_bytes());
}
