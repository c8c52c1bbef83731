//! What GitHub refuses, hides or moves, told as what it is.

use super::call;
use super::fake::{Answer, BASE, Checked, Fake, adapter, raw};
use super::world::{REPOSITORY, commit, shop};
use axum::Router;
use domain::envelope::{Failure, FailureKind};
use domain::secret::Secret;
use serde_json::json;
use std::time::Duration;
use tools_common::http::InProcessService;
use tools_github::{GithubConfig, Limits};

/// Status, headers, message; and the kind and words that they become.
type Refusal<'a> = (u16, &'a [(&'static str, &'a str)], &'a str, FailureKind, &'a [&'a str]);

fn check(failure: &Failure, kind: FailureKind, words: &[&str]) {
    let text = failure.to_string();
    assert_eq!(failure.kind, kind, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

#[tokio::test]
async fn statuses_become_what_they_mean() {
    let cases: &[Refusal<'_>] = &[
        (
            403,
            &[("x-github-sso", "required; url=https://github.com/orgs/acme/sso?authorization_request=SECRET")],
            "Resource protected by organization SAML enforcement",
            FailureKind::Forbidden,
            &["single sign-on", "authorised"],
        ),
        (
            403,
            &[("x-accepted-github-permissions", "contents=read;metadata=read")],
            "Resource not accessible by personal access token",
            FailureKind::Forbidden,
            &["lacks a permission", "contents=read or metadata=read"],
        ),
        (
            403,
            &[("x-accepted-oauth-scopes", "repo, repo:status"), ("x-oauth-scopes", "gist, read:org")],
            "Must have admin rights",
            FailureKind::Forbidden,
            &["lacks a scope", "repo, repo:status", "it has: gist, read:org"],
        ),
        (
            403,
            &[],
            "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled",
            FailureKind::Forbidden,
            &["IP addresses"],
        ),
        (404, &[], "Not Found", FailureKind::NotFound, &["404 for private repositories"]),
        (
            404,
            &[("x-accepted-oauth-scopes", "repo"), ("x-oauth-scopes", "gist")],
            "Not Found",
            FailureKind::NotFound,
            &["it has: gist"],
        ),
        (409, &[], "Git Repository is empty.", FailureKind::NotFound, &["nothing was ever pushed"]),
        (410, &[], "Gone", FailureKind::NotFound, &["gone"]),
        (422, &[], "No commit found for SHA: x", FailureKind::NotFound, &["no such commit"]),
        (451, &[], "Repository access blocked", FailureKind::Forbidden, &["legal reasons"]),
        (500, &[], "Server Error", FailureKind::BadAnswer, &["Server Error"]),
        (503, &[], "unicorn", FailureKind::Unreachable, &["not ready"]),
    ];
    for (status, headers, message, kind, words) in cases {
        let fake = Checked(Fake::default());
        fake.on(&format!("{REPOSITORY}/commits"), &[], raw(*status, headers, message));
        let failure = call(&fake.adapter(), "commits", json!({})).await.unwrap_err();
        check(&failure, *kind, words);
        assert!(!failure.to_string().contains("SECRET"), "{failure}");
    }
}

#[tokio::test]
async fn a_wrong_token_is_told_and_not_shown() {
    let fake = Checked(Fake::default());
    let mut config = GithubConfig { endpoint: fake.config().endpoint, ..GithubConfig::new(BASE, None) };
    config.endpoint.settings.credentials =
        GithubConfig::new(BASE, Some(Secret::new("ghp_wrongwrongwrongwrong12"))).endpoint.settings.credentials;
    let failure = call(&adapter(config.clone()), "commits", json!({"repository": "acme/shop"})).await.unwrap_err();
    check(&failure, FailureKind::Unauthenticated, &["Bad credentials", "GITHUB_TOKEN"]);
    assert!(!format!("{failure} {config:?}").contains("wrongwrong"));
}

#[tokio::test]
async fn a_private_repository_without_a_token_is_told_as_perhaps_private() {
    let fake = Checked(Fake::default());
    fake.on(
        "/repos/acme/vault/commits",
        &[],
        Answer::List(vec![commit("a1", "x", "ann", "2026-11-20T09:00:00Z")], None),
    );
    let arguments = json!({"repository": "acme/vault"});
    assert_eq!(call(&fake.adapter(), "commits", arguments.clone()).await.unwrap().returned, 1);
    let mut config = fake.config();
    config.endpoint.settings.credentials = tools_common::http::Credentials::None;
    let failure = call(&adapter(config), "commits", arguments).await.unwrap_err();
    check(&failure, FailureKind::NotFound, &["or it is private", "set GITHUB_TOKEN"]);
}

#[tokio::test]
async fn a_renamed_repository_is_found_once_and_only_at_home() {
    let moved =
        |to: &str| Answer::Raw(301, vec![("location", to.to_owned())], b"{\"message\":\"Moved Permanently\"}".to_vec());
    let fake = Checked(Fake::default());
    let known = [("path", "")];
    fake.on("/repos/acme/old/commits", &known, moved(&format!("{BASE}/repositories/42/commits?per_page=20&page=1")));
    fake.on(
        "/repositories/42/commits",
        &known,
        Answer::List(vec![commit("a1", "x", "ann", "2026-11-20T09:00:00Z")], None),
    );
    let envelope = call(&fake.adapter(), "commits", json!({"repository": "acme/old"})).await.unwrap();
    assert!(envelope.hint.unwrap().contains("renamed or moved"));
    for to in
        ["https://evil.test/repositories/42/commits", "http://api.github.test/repositories/42", "//evil.test/x", ""]
    {
        fake.on("/repos/acme/old/commits", &known, moved(to));
        let before = fake.asked().len();
        let failure = call(&fake.adapter(), "commits", json!({"repository": "acme/old"})).await.unwrap_err();
        check(&failure, FailureKind::BadAnswer, &["was not followed"]);
        assert_eq!(fake.asked().len(), before + 1, "{to}");
    }
    fake.on("/repos/acme/old/commits", &known, moved(&format!("{BASE}/repositories/43/commits")));
    fake.on("/repositories/43/commits", &known, moved(&format!("{BASE}/repositories/42/commits")));
    let twice = call(&fake.adapter(), "commits", json!({"repository": "acme/old"})).await.unwrap_err();
    check(&twice, FailureKind::BadAnswer, &["was not followed"]);
}

#[tokio::test]
async fn an_enterprise_server_is_asked_below_its_prefix() {
    let fake = Checked(Fake::default());
    fake.on("/api/v3/repos/acme/shop/commits", &[], Answer::List(Vec::new(), None));
    let mut config = fake.config();
    config.endpoint.settings.url = Secret::new("https://ghe.example/api/v3/");
    let envelope = call(&adapter(config), "commits", json!({})).await.unwrap();
    assert_eq!(envelope.source.as_deref(), Some("github https://ghe.example/api/v3 acme/shop"));
    assert!(envelope.hint.unwrap().contains("no commits"));
}

#[tokio::test]
async fn strange_answers_are_told() {
    for (body, word) in [
        ("{\"message\"", "ends too early"),
        ("{}", "not what the API promises"),
        ("[{\"sha\": 7}]", "not what the API promises"),
        ("<!DOCTYPE html><title>Unicorn!</title>", "an HTML page (title \"Unicorn!\")"),
        ("", "ends too early"),
    ] {
        let fake = Checked(Fake::default());
        fake.on(&format!("{REPOSITORY}/commits"), &[], Answer::Raw(200, Vec::new(), body.as_bytes().to_vec()));
        check(&call(&fake.adapter(), "commits", json!({})).await.unwrap_err(), FailureKind::BadAnswer, &[word]);
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_told_in_the_words_of_this_server() {
    let fake = Checked(Fake::default());
    fake.on(&format!("{REPOSITORY}/commits"), &[], Answer::Raw(200, Vec::new(), vec![b' '; 17 << 20]));
    check(&call(&fake.adapter(), "commits", json!({})).await.unwrap_err(), FailureKind::TooLarge, &["a lower limit"]);
}

#[tokio::test]
async fn a_list_that_names_itself_as_its_next_page_ends() {
    let fake = Checked(Fake::default());
    let link = format!("<{BASE}/x?page=1>; rel=\"next\"");
    fake.on(&format!("{REPOSITORY}/commits"), &[], Answer::Raw(200, vec![("link", link)], b"[]".to_vec()));
    assert_eq!(call(&fake.adapter(), "commits", json!({})).await.unwrap().returned, 0);
    assert_eq!(fake.asked().len(), 1);
}

/// A server whose backend never answers.
fn hanging(limits: Limits) -> tools_common::serve::Adapter {
    let mut config = GithubConfig::new(BASE, None);
    let router = Router::new().fallback(|| async { std::future::pending::<()>().await });
    config.endpoint.in_process = Some(InProcessService::new(router));
    adapter(GithubConfig { limits, ..config })
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline() {
    let limits = Limits { call_deadline: Duration::from_secs(3), ..Limits::default() };
    let failure =
        call(&hanging(limits), "workflow_runs", json!({"repository": "acme/shop", "run": 7})).await.unwrap_err();
    check(&failure, FailureKind::Timeout, &["3.0 s"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_when_it_is_cancelled() {
    let adapter = hanging(Limits::default());
    let context = adapter.context();
    context.cancel.cancel();
    let arguments = serde_json::from_value(json!({"repository": "acme/shop"})).unwrap();
    check(
        &adapter.call("deployments", arguments, context).await.unwrap_err(),
        FailureKind::Cancelled,
        &["stopped on request"],
    );
}

#[tokio::test]
async fn wrong_arguments_are_named_before_anything_is_sent() {
    let fake = shop();
    for (tool, arguments, word) in [
        ("commits", json!({"repository": "a b/c"}), "`repository`"),
        ("commits", json!({"repository": "acme/../x"}), "`repository`"),
        ("commits", json!({"ref": "other:main"}), "`ref`"),
        ("commits", json!({"since": "yesterday"}), "`since`"),
        ("commits", json!({"commit": "HEAD~1"}), "`commit`"),
        ("commits", json!({"cursor": "12345678aa"}), "`cursor`"),
        ("compare", json!({"base": "main", "head": "evil:main"}), "`head`"),
        ("compare", json!({}), "`base`"),
        ("pull_requests", json!({"state": "opened"}), "did you mean `open`?"),
        ("workflow_runs", json!({"job": 7}), "`run`"),
        ("workflow_runs", json!({"workflow": "../x y"}), "`workflow`"),
        ("read_file", json!({"path": "x", "start_line": 5, "end_line": 4}), "`end_line`"),
        ("code_search", json!({"query": ""}), "`query`"),
    ] {
        let failure = call(&fake.adapter(), tool, arguments.clone()).await.unwrap_err();
        check(&failure, FailureKind::BadRequest, &[word]);
    }
    assert!(fake.asked().is_empty(), "{:?}", fake.asked());
}

#[test]
fn wrong_settings_are_named() {
    for (config, word) in [
        (GithubConfig::new("ftp://x", None), "ftp"),
        (GithubConfig { repositories: vec!["acme".to_owned()], ..GithubConfig::default() }, "owner/*"),
        (GithubConfig { default_repository: Some("x".to_owned()), ..GithubConfig::default() }, "default_repository"),
    ] {
        let failure = tools_github::Server::new(config).map(|_| ()).unwrap_err();
        check(&failure, FailureKind::BadRequest, &[word]);
    }
}
