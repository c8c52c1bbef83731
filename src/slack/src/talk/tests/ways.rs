//! The command and the shortcut on a message.

use super::house::House;
use crate::api::{ApiError, Seen};
use crate::incoming::{Body, Received};
use crate::testing::{ScriptedSlack, message, received};
use serde_json::json;
use slack_view::actions::callbacks;

fn command(text: &str, user: &str) -> Received {
    received(
        "command:1",
        Body::Command {
            command: "/jamie".into(),
            text: text.into(),
            user: user.into(),
            team: Some("T1".into()),
            channel: "C1".into(),
            response_url: "https://hooks.slack.example/commands/1".into(),
            trigger: "trigger.1".into(),
        },
    )
}

#[tokio::test(start_paused = true)]
async fn a_command_is_told_in_the_channel_and_answered_below() {
    let house = House::new();
    let received = command("question is <!here> fine?", "U1");
    for _ in 0..2 {
        house.handled(&house.replica(), &received).await;
    }
    let standing = house.slack.standing("C1");
    assert_eq!(standing.len(), 2, "{standing:#?}");
    assert!(standing[0].text.contains("anna") && standing[0].text.contains("asked"));
    assert_eq!(standing[1].thread.as_ref(), Some(&standing[0].ts));
    assert!(standing[1].text.contains("All is well"));
    assert!(house.slack.calls_of("response_url").is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_we_are_not_a_command_is_answered_to_the_person() {
    let house = House::new();
    house.slack.fail_always("conversations.history", ScriptedSlack::refusal("conversations.history", "not_in_channel"));
    house.handled(&house.replica(), &command("how is it?", "U1")).await;
    let told = house.slack.calls_of("response_url");
    assert!(told.last().unwrap().said.contains("All is well"));
    assert!(house.slack.standing("C1").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_command_of_somebody_without_a_role_is_refused_quietly() {
    let house = House::new();
    house.handled(&house.replica(), &command("how is it?", "UG")).await;
    assert!(house.conversations.asked().is_empty());
    assert!(house.slack.standing("C1").is_empty());
    assert_eq!(house.slack.calls_of("response_url").len(), 1);
}

fn shortcut(user: &str) -> Received {
    received(
        "shortcut:1",
        Body::Shortcut {
            shortcut: callbacks::ASK_SHORTCUT.into(),
            user: user.into(),
            team: Some("T1".into()),
            message: message("C1", "1600.000001", "U2", "FIRING: CheckoutDown"),
            trigger: "trigger.1".into(),
            response_url: Some("https://hooks.slack.example/actions/1".into()),
        },
    )
}

fn submitted() -> Received {
    let private = json!({"channel": "C1", "message": "1600.000001", "thread": "1600.000001"}).to_string();
    let values = json!({"question": {"question": {"type": "plain_text_input", "value": "what does this mean?"}}});
    let body =
        Body::Submitted { view: callbacks::ASK.into(), private, values, user: "U1".into(), team: Some("T1".into()) };
    received("submitted:1", body)
}

fn alert() -> Seen {
    Seen {
        ts: "1600.000001".into(),
        thread: None,
        user: None,
        bot: Some("B2".into()),
        text: "FIRING: CheckoutDown".into(),
        key: None,
        files: Vec::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn the_shortcut_opens_a_modal_that_carries_the_message() {
    for (user, opens) in [("U1", 1), ("UG", 0)] {
        let house = House::new();
        house.handled(&house.replica(), &shortcut(user)).await;
        let opened = house.slack.calls_of("views.open");
        assert_eq!(opened.len(), opens, "{user}");
        assert!(opened.iter().all(|call| call.said.contains("1600.000001")));
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_modal_asks_is_answered_below_the_message() {
    let house = House::new();
    house.slack.message_is("C1", alert());
    for _ in 0..2 {
        house.handled(&house.replica(), &submitted()).await;
    }
    let asked = house.conversations.asked();
    assert_eq!(asked[0].question, "what does this mean?");
    assert_eq!(asked[0].quoted.as_deref(), Some("FIRING: CheckoutDown"));
    let below: Vec<_> =
        house.slack.standing("C1").into_iter().filter(|seen| seen.thread.as_deref() == Some("1600.000001")).collect();
    assert_eq!(below.len(), 1);
    assert!(below[0].text.contains("All is well"));
}

#[tokio::test(start_paused = true)]
async fn where_we_are_not_the_person_is_told_how_to_invite_us() {
    const METHOD: &str = "conversations.replies";
    for code in ["not_in_channel", "channel_not_found"] {
        let house = House::new();
        house.slack.fail_next(METHOD, ScriptedSlack::refusal(METHOD, code));
        house.handled(&house.replica(), &submitted()).await;
        assert!(house.conversations.asked().is_empty(), "{code}");
        let told = house.slack.standing("DU1");
        assert_eq!(told.len(), 1, "{code}");
        assert!(told[0].text.contains("/invite"), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_a_command_was_lost_when_slack_was_not_reached() {
    let unknown = ApiError::Unknown { method: "response_url".into(), why: "cut".into() };
    let away = ApiError::Unreachable { method: "response_url".into(), why: "no route".into() };
    for (error, told) in [(away, 2), (unknown, 1)] {
        let house = House::new();
        let refusal = ScriptedSlack::refusal("conversations.history", "not_in_channel");
        house.slack.fail_always("conversations.history", refusal);
        house.slack.fail_next("response_url", error);
        house.handled(&house.replica(), &command("how is it?", "U1")).await;
        assert_eq!(house.slack.calls_of("response_url").len(), told, "what may have arrived is not told twice");
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_where_we_may_not_post_got_no_answer() {
    let house = House::new();
    house.slack.fail_always("chat.postMessage", ScriptedSlack::refusal("chat.postMessage", "is_archived"));
    house.handled(&house.replica(), &command("how is it?", "U1")).await;
    assert!(house.slack.calls_of("response_url").last().unwrap().said.contains("All is well"));
}
