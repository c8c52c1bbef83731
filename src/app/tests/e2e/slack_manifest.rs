//! `slack manifest`: what a newcomer pastes at Slack, for this deployment.

use crate::process::{CANARY, Home};
use serde_json::Value;

const ADDRESSES: [&str; 3] = [
    "/settings/event_subscriptions/request_url",
    "/settings/interactivity/request_url",
    "/features/slash_commands/0/url",
];

fn parsed(text: &str) -> Value {
    serde_yaml_ng::from_str(text).unwrap()
}

async fn printed(home: &Home, arguments: &[&str]) -> Value {
    let ended = home.run(&[&["slack", "manifest"], arguments].concat()).await.code(0);
    assert_eq!(ended.err, "", "{ended}");
    parsed(&ended.out)
}

fn is_over_http(manifest: &Value, address: &str) -> bool {
    let is_socket = manifest.pointer("/settings/socket_mode_enabled") == Some(&Value::Bool(true));
    let found = ADDRESSES.map(|pointer| manifest.pointer(pointer).and_then(Value::as_str));
    let is_there = found.iter().all(|url| url.is_some_and(|url| url.starts_with(address)));
    assert_eq!(is_socket, found.iter().all(Option::is_none), "either a socket or addresses: {manifest:#}");
    !is_socket && is_there
}

fn bot() -> String {
    format!("xoxb-{CANARY}-1")
}

#[tokio::test]
async fn without_any_set_up_it_needs_no_public_address() {
    let home = Home::new();
    assert!(!is_over_http(&printed(&home, &[]).await, "https"));
    assert!(!home.state().exists(), "nothing is kept by it");
    let file = include_str!("../../../../config/slack-manifest.yaml");
    assert_eq!(home.run(&["slack", "manifest"]).await.code(0).out, file);
}

#[tokio::test]
async fn the_tokens_of_the_deployment_decide_unless_it_is_said_otherwise() {
    let socket = Home::new().env("SLACK_BOT_TOKEN", bot()).env("SLACK_APP_TOKEN", format!("xapp-{CANARY}"));
    assert!(!is_over_http(&printed(&socket, &[]).await, "https"));
    let asked = printed(&socket, &["--request-url", "https://jamie.example/"]).await;
    assert!(is_over_http(&asked, "https://jamie.example/slack/"));

    let http = Home::new().env("SLACK_BOT_TOKEN", bot()).env("SLACK_SIGNING_SECRET", format!("{CANARY}-signing"));
    let ended = http.run(&["slack", "manifest"]).await.code(64);
    ended.err_has(&["--request-url", "slack.public_url"]);
    let named = http.env("AUTO_DEVOPS__SLACK__PUBLIC_URL", "https://ops.example/jamie");
    assert!(is_over_http(&printed(&named, &[]).await, "https://ops.example/jamie/slack/"));
}

#[tokio::test]
async fn an_address_that_slack_would_not_take_is_refused() {
    let home = Home::new();
    for url in ["http://jamie.example", "jamie.example", "https://ann:x@jamie.example", "https://jamie.example/?a=b"] {
        home.run(&["slack", "manifest", "--request-url", url]).await.code(64).err_has(&["https://HOST"]);
    }
    let ended = home.env("AUTO_DEVOPS__SLACK__PUBLIC_URL", "http://x").run(&["slack", "manifest"]).await.code(64);
    ended.err_has(&["slack.public_url", "https://HOST"]);
}

#[tokio::test]
async fn mistakes_of_the_slack_section_are_told_and_no_token_is() {
    let home = Home::new()
        .env("SLACK_BOT_TOKEN", format!("xoxp-{CANARY}"))
        .env("AUTO_DEVOPS__SLACK__CHANNEL", "#incidents")
        .env("AUTO_DEVOPS__SLACK__ADMINS", "ann,U0BOB");
    let ended = home.run(&["config", "check"]).await.code(64);
    ended.err_has(&[
        "slack.bot_token",
        "begins with xoxb-",
        "neither app_token nor signing_secret",
        "\"#incidents\"",
        "\"ann\"",
    ]);
    let well = Home::new().env("SLACK_BOT_TOKEN", bot()).env("SLACK_APP_TOKEN", format!("xapp-{CANARY}"));
    well.run(&["config", "show"]).await.code(0).out_has(&["slack.bot_token = \"[secret]\"", "slack.app_token"]);
}
