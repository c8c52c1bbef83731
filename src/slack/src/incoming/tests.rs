//! Payloads as Slack sends them, and what is read in them.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn event(event: Value) -> Option<Received> {
    events::read(&json!({ "type": "event_callback", "event_id": "Ev1", "event": event }))
}

#[test]
fn a_mention_and_its_message_are_one() {
    let both = ["app_mention", "message"].map(|kind| {
        event(json!({ "type": kind, "channel": "C1", "ts": "2.0", "thread_ts": "1.0", "user": "U1", "team": "T1",
            "text": "<@UBOT> why?", "event_ts": "2.0" }))
        .unwrap()
    });
    for received in &both {
        assert_eq!(
            (received.id.as_str(), received.lane.as_str(), received.order.as_str()),
            ("message:C1/2.0", "C1/1.0", "2.0")
        );
    }
    assert!(matches!(both[0].body, Body::Mention(_)));
    assert!(matches!(&both[1].body, Body::Message(message) if message.text.as_deref() == Some("<@UBOT> why?")));
}

#[test]
fn a_message_with_metadata_that_is_no_text_keeps_its_text() {
    let received = event(json!({ "type": "message", "channel": "C1", "ts": "2.0", "bot_id": "B7", "text": "alert",
        "metadata": { "event_type": "other", "event_payload": { "number": 7, "deep": { "a": [1] } } } }));
    assert!(matches!(received.unwrap().body, Body::Message(message) if message.text.as_deref() == Some("alert")));
}

#[test]
fn our_own_messages_and_their_edits_are_of_no_interest() {
    let own = json!({ "event_type": "auto_devops_post", "event_payload": { "key": "k" } });
    assert_eq!(event(json!({ "type": "message", "channel": "C1", "ts": "2.0", "text": "x", "metadata": own })), None);
    let inner = json!({ "ts": "2.0", "text": "x", "metadata": own });
    let changed =
        json!({ "type": "message", "subtype": "message_changed", "channel": "C1", "ts": "3.0", "message": inner });
    assert_eq!(event(changed), None);
}

#[test]
fn all_that_an_alert_says_is_read_once() {
    let alert = json!({ "text": "HighErrorRate", "blocks": [
        { "type": "header", "text": { "type": "plain_text", "text": "HighErrorRate" } },
        { "type": "section", "text": { "type": "mrkdwn", "text": "*payments* is failing" },
          "fields": [{ "type": "mrkdwn", "text": "severity: page" }] },
        { "type": "context", "elements": [{ "type": "mrkdwn", "text": "since 10:00" }] },
        { "type": "markdown", "text": "## runbook" },
        { "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [
            { "type": "text", "text": "ask " }, { "type": "user", "user_id": "U1" }] }] },
    ], "attachments": [
        { "title": "5xx", "text": "12 %", "fallback": "5xx 12 %", "fields": [{ "title": "pod", "value": "api-7" }] },
        { "fallback": "only this" },
    ] });
    let wanted = "HighErrorRate\n*payments* is failing\nseverity: page\nsince 10:00\n## runbook\nask <@U1>\n5xx\n12 %\npod: api-7\nonly this";
    assert_eq!(text::of_message(&alert).unwrap(), wanted);
}

#[test]
fn what_is_too_long_is_cut_and_said() {
    let long = "é".repeat(text::MOST + 5);
    let kept = text::bounded(&long);
    assert!(kept.ends_with("\n[5 more characters were left out]"));
    assert_eq!(text::bounded("short"), "short");
}

#[test]
fn events_have_their_lanes() {
    for (name, body, lane) in [
        (
            "reaction:Ev1",
            json!({ "type": "reaction_added", "reaction": "+1::skin-tone-2", "user": "U1",
            "item": { "type": "message", "channel": "C1", "ts": "1.0" }, "event_ts": "5.0" }),
            "C1/1.0#deeds",
        ),
        (
            "home:Ev1",
            json!({ "type": "app_home_opened", "user": "U1", "tab": "home", "event_ts": "5.0" }),
            "user:U1#deeds",
        ),
        (
            "joined:Ev1",
            json!({ "type": "member_joined_channel", "user": "U1", "channel": "C1", "event_ts": "5.0" }),
            "C1#deeds",
        ),
        (
            "assistant:Ev1",
            json!({ "type": "assistant_thread_started", "event_ts": "5.0", "assistant_thread": {
            "user_id": "U1", "channel_id": "D1", "thread_ts": "1.0", "context": { "channel_id": "C1" } } }),
            "D1/1.0#deeds",
        ),
    ] {
        let received = event(body).unwrap();
        assert_eq!((received.id.as_str(), received.lane.as_str(), received.order.as_str()), (name, lane, "5.0"));
        if let Body::Reaction { name, is_added, .. } = received.body {
            assert_eq!((name.as_str(), is_added), ("+1", true));
        }
    }
    assert_eq!(event(json!({ "type": "channel_rename", "channel": "C1", "event_ts": "5.0" })), None);
}

#[test]
fn a_press_is_not_queued_behind_what_it_stops() {
    let press = json!({ "type": "block_actions", "trigger_id": "9.9.a", "user": { "id": "U1", "team_id": "T2" },
        "team": { "id": "T1" }, "container": { "channel_id": "C1", "message_ts": "2.0", "thread_ts": "1.0" },
        "response_url": "https://hooks.slack.com/actions/x",
        "actions": [{ "action_id": "stop", "value": "e1", "action_ts": "3.0" }] });
    let received = interactions::read(&press).unwrap();
    assert_eq!((received.id.as_str(), received.lane.as_str()), ("press:9.9.a", "C1/2.0#deeds"));
    let Body::Press(press) = received.body else { panic!("no press") };
    assert_eq!((press.action.as_str(), press.value.as_str(), press.team.as_deref()), ("stop", "e1", Some("T2")));
    assert_eq!(press.thread.as_deref(), Some("1.0"));
}

#[test]
fn an_order_is_not_queued_behind_a_question_of_the_same_person() {
    for (text, lane) in [
        ("freeze now", "user:U1#deeds"),
        ("FREEZE", "user:U1#deeds"),
        ("", "user:U1#deeds"),
        ("why is payments slow?", "user:U1"),
    ] {
        let command = json!({ "command": "/jamie", "text": text, "user_id": "U1", "channel_id": "C1", "team_id": "T1",
            "trigger_id": "9.9", "response_url": "https://hooks.slack.com/commands/x" });
        let received = commands::read(&command).unwrap();
        assert_eq!((received.id.as_str(), received.lane.as_str()), ("command:9.9", lane), "{text}");
    }
}

/// JSON with members that the readers look at, and foreign values in them.
fn foreign() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        prop::sample::select(vec![
            "message",
            "app_mention",
            "block_actions",
            "view_submission",
            "message_action",
            "reaction_added",
            "rich_text",
            "section",
            "C1",
            "U1",
            "1.0",
            "message_changed"
        ])
        .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "type",
        "event",
        "channel",
        "user",
        "id",
        "ts",
        "text",
        "blocks",
        "elements",
        "attachments",
        "fields",
        "message",
        "item",
        "actions",
        "view",
        "state",
        "values",
        "subtype",
        "event_ts",
        "trigger_id",
        "action_id",
        "container",
        "metadata",
        "assistant_thread",
        "user_id",
        "channel_id",
        "command",
    ]);
    leaf.prop_recursive(6, 80, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_a_reader_panic_and_names_are_bounded(value in foreign()) {
        for received in [events::read(&value), interactions::read(&value), commands::read(&value)].into_iter().flatten() {
            prop_assert!(!received.lane.is_empty() && received.lane.len() <= 256 && received.id.len() <= 256);
        }
        if let Some(text) = text::of_message(&value) {
            prop_assert!(text.chars().count() <= text::MOST + 60);
        }
    }
}
