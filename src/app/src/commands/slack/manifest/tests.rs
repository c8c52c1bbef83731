//! The manifest against what the program calls and reads, and against Slack's limits for its fields.

use super::*;
use serde_json::Value;
use std::collections::BTreeSet;

/// The methods that the crate `slack` calls stand in the documentation of its trait, each as `family.method`.
const API: &str = include_str!("../../../../../slack/src/api.rs");

/// The events that it reads stand in the documentation of what comes in, each by its name.
const INCOMING: &str = include_str!("../../../../../slack/src/incoming.rs");

/// The routes that it serves.
const HTTP: &str = include_str!("../../../../../slack/src/http.rs");

/// The pages of the methods at docs.slack.dev: what a bot's token needs for each. Histories need one for each sort of
/// conversation.
const SCOPES_OF_METHODS: &[(&str, &[&str])] = &[
    ("auth.test", &[]),
    ("chat.postMessage", &["chat:write"]),
    ("chat.update", &["chat:write"]),
    ("chat.postEphemeral", &["chat:write"]),
    ("chat.startStream", &["chat:write"]),
    ("chat.appendStream", &["chat:write"]),
    ("chat.stopStream", &["chat:write"]),
    ("conversations.replies", &["channels:history", "groups:history", "im:history", "mpim:history"]),
    ("conversations.history", &["channels:history", "groups:history", "im:history", "mpim:history"]),
    ("conversations.open", &["im:write"]),
    ("files.getUploadURLExternal", &["files:write"]),
    ("files.completeUploadExternal", &["files:write"]),
    ("users.info", &["users:read"]),
    ("usergroups.list", &["usergroups:read"]),
    ("views.open", &[]),
    ("views.publish", &[]),
    ("assistant.threads.setStatus", &["assistant:write"]),
    ("assistant.threads.setTitle", &["assistant:write"]),
    ("assistant.threads.setSuggestedPrompts", &["assistant:write"]),
];

/// The pages of the events: what each needs, and what it is called in the code.
const SCOPES_OF_EVENTS: &[(&str, &str, &[&str])] = &[
    ("app_home_opened", "app_home_opened", &[]),
    ("app_mention", "app_mention", &["app_mentions:read"]),
    ("assistant_thread_context_changed", "assistant_thread_context_changed", &["assistant:write"]),
    ("assistant_thread_started", "assistant_thread_started", &["assistant:write"]),
    ("member_joined_channel", "member_joined_channel", &["channels:read", "groups:read"]),
    ("message.channels", "message", &["channels:history"]),
    ("message.groups", "message", &["groups:history"]),
    ("message.im", "message", &["im:history"]),
    ("message.mpim", "message", &["mpim:history"]),
    ("reaction_added", "reaction_added", &["reactions:read"]),
    ("reaction_removed", "reaction_removed", &["reactions:read"]),
];

/// The slash command and the shortcut.
const SCOPE_OF_FEATURES: &str = "commands";

fn parsed(way_in: &WayIn<'_>) -> Value {
    serde_yaml_ng::from_str(&of(way_in)).unwrap()
}

fn texts(manifest: &Value, pointer: &str) -> BTreeSet<String> {
    let list = manifest.pointer(pointer).and_then(Value::as_array).unwrap();
    let found: BTreeSet<String> = list.iter().map(|one| one.as_str().unwrap().to_owned()).collect();
    assert_eq!(found.len(), list.len(), "{pointer} names one twice");
    found
}

/// What stands between backticks in the comments of a source.
fn quoted(source: &str) -> BTreeSet<&str> {
    let comments = source.lines().map(str::trim_start).filter(|line| line.starts_with("//"));
    comments.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// Names of methods among them: `family.method`, and such that are no module or file.
fn methods() -> BTreeSet<&'static str> {
    let families = ["auth.", "chat.", "conversations.", "reactions.", "files.", "users.", "usergroups.", "views."];
    let is_method = |name: &&str| families.iter().chain(&["assistant."]).any(|family| name.starts_with(family));
    quoted(API).into_iter().filter(is_method).collect()
}

#[test]
fn every_scope_is_used_and_every_call_has_its_scope() {
    let granted = texts(&parsed(&WayIn::Socket), "/oauth_config/scopes/bot");
    let called = methods();
    assert!(called.len() > 15, "the documentation of the trait names its methods: {called:?}");
    let mut needed: BTreeSet<&str> = [SCOPE_OF_FEATURES].into();
    for method in &called {
        let known = SCOPES_OF_METHODS.iter().find(|(name, _)| name == method);
        needed.extend(known.unwrap_or_else(|| panic!("{method}: which scope does it need?")).1);
    }
    // A file is shared by two methods that the trait has as one.
    needed.insert("files:write");
    for (_, _, scopes) in SCOPES_OF_EVENTS {
        needed.extend(*scopes);
    }
    let granted: BTreeSet<&str> = granted.iter().map(String::as_str).collect();
    assert_eq!(granted, needed, "left: asked for, right: used");
}

#[test]
fn every_event_that_is_read_is_subscribed_to_and_no_other() {
    let subscribed = texts(&parsed(&WayIn::Socket), "/settings/event_subscriptions/bot_events");
    let names = quoted(INCOMING);
    let read = SCOPES_OF_EVENTS.iter().filter(|(_, name, _)| names.contains(name));
    let read: BTreeSet<String> = read.map(|(event, _, _)| (*event).to_owned()).collect();
    assert_eq!(subscribed, read, "left: subscribed to, right: read");
}

#[test]
fn every_scope_says_what_it_is_for() {
    let lines: Vec<&str> =
        BUILT_IN.lines().skip_while(|line| *line != "    bot:").take_while(|line| *line != "settings:").collect();
    let scopes: Vec<_> = lines.windows(2).filter(|pair| pair[1].starts_with("      - ")).collect();
    assert_eq!(scopes.len(), texts(&parsed(&WayIn::Socket), "/oauth_config/scopes/bot").len());
    for pair in scopes {
        assert!(pair[0].starts_with("      # "), "{} stands under {}", pair[1], pair[0]);
    }
}

#[test]
fn the_fields_are_within_slacks_limits() {
    // docs.slack.dev/reference/app-manifest: characters of each field.
    let limits: &[(&str, usize, usize)] = &[
        ("/display_information/name", 1, 35),
        ("/display_information/description", 1, 140),
        ("/display_information/long_description", 174, 4_000),
        ("/features/bot_user/display_name", 1, 80),
        ("/features/assistant_view/assistant_description", 1, 300),
        ("/features/shortcuts/0/name", 1, 24),
        ("/features/shortcuts/0/callback_id", 1, 255),
        ("/features/shortcuts/0/description", 1, 150),
        ("/features/slash_commands/0/command", 2, 32),
        ("/features/slash_commands/0/description", 1, 2_000),
        ("/features/slash_commands/0/usage_hint", 1, 1_000),
    ];
    let manifest = parsed(&WayIn::Socket);
    for (pointer, least, most) in limits {
        let length = manifest.pointer(pointer).and_then(Value::as_str).unwrap().chars().count();
        assert!((least..=most).contains(&&length), "{pointer}: {length} characters, not {least} to {most}");
    }
    let counted = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_array).unwrap().len();
    assert!(counted("/features/assistant_view/suggested_prompts") <= 4);
    assert!(counted("/settings/event_subscriptions/bot_events") <= 100);
    assert!(counted("/oauth_config/scopes/bot") <= 255);
}

#[test]
fn the_shortcut_is_the_one_that_is_heard() {
    let manifest = parsed(&WayIn::Socket);
    let callback = manifest.pointer("/features/shortcuts/0/callback_id").and_then(Value::as_str);
    assert_eq!(callback, Some(slack_view::actions::callbacks::ASK_SHORTCUT));
}

#[test]
fn over_http_three_addresses_are_there_and_no_socket() {
    let socket = parsed(&WayIn::Socket);
    assert_eq!(socket.pointer("/settings/socket_mode_enabled"), Some(&Value::Bool(true)));
    let addresses = [
        ("/settings/event_subscriptions/request_url", "https://jamie.example:8443/ops/slack/events"),
        ("/settings/interactivity/request_url", "https://jamie.example:8443/ops/slack/interactivity"),
        ("/features/slash_commands/0/url", "https://jamie.example:8443/ops/slack/commands"),
    ];
    let mut http = parsed(&WayIn::Http("https://jamie.example:8443/ops"));
    for (pointer, wanted) in addresses {
        assert_eq!(socket.pointer(pointer), None, "{pointer}");
        assert_eq!(http.pointer(pointer).and_then(Value::as_str), Some(wanted), "{pointer}");
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        http.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().remove(key);
    }
    *http.pointer_mut("/settings/socket_mode_enabled").unwrap() = Value::Bool(true);
    assert_eq!(http, socket, "nothing else differs");
    assert_eq!(of(&WayIn::Http("https://x")).matches('#').count(), BUILT_IN.matches('#').count(), "comments stay");
}

#[test]
fn the_addresses_are_those_that_are_served() {
    for path in [EVENTS, INTERACTIVITY, COMMANDS] {
        assert!(HTTP.contains(&format!(".route({path:?}, post(")), "{path} is not served");
    }
}

#[test]
fn the_tests_own_slack_grants_what_the_manifest_asks_for() {
    let manifest = parsed(&WayIn::Socket);
    let known: BTreeSet<String> = fakes::slack_server::ALL_SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
    let asked = texts(&manifest, "/oauth_config/scopes/bot");
    assert!(asked.is_subset(&known), "unknown there: {:?}", asked.difference(&known));
    let events: BTreeSet<String> = fakes::slack_server::ALL_EVENTS.iter().map(|event| (*event).to_owned()).collect();
    assert_eq!(texts(&manifest, "/settings/event_subscriptions/bot_events"), events);
}
