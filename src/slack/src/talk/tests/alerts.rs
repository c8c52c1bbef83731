//! Alerts that other apps post: answered unasked where the channel wants it, and only there.

use super::house::House;
use crate::incoming::{Message, Received};
use crate::talk::kept::ALERTS_AN_HOUR;
use crate::testing::{answer, message, noon, received_message, told};
use chrono::Timelike as _;
use domain::answer::{EvidenceView, Hypothesis};
use domain::channel::{ChannelSettings, QuietHours};
use domain::evidence::EvidenceId;
use domain::object::ObjectRef;

const ALERT: &str = "[FIRING:1] CheckoutDown (critical) namespace=shop";

fn posted(channel: &str, number: usize, text: &str) -> Received {
    let message = Message {
        user: None,
        bot: Some("B2".into()),
        subtype: Some("bot_message".into()),
        ..message(channel, &format!("1700.{number:06}"), "U1", text)
    };
    received_message(message)
}

fn worth_it() -> domain::answer::Answer {
    let mut answer = answer("checkout cannot reach its database.");
    answer.evidence.push(EvidenceView {
        id: EvidenceId(1),
        tool: "kubernetes_list".into(),
        source: Some("kubernetes demo".into()),
        arguments: serde_json::Map::new(),
        window: None,
        returned: 1,
        total: None,
        truncated: false,
        error: None,
        excerpt: "checkout".into(),
        failure: None,
        partly: false,
    });
    answer.hypotheses.push(Hypothesis {
        cause: ObjectRef { kind: "Deployment".into(), namespace: Some("shop".into()), name: "checkout".into() },
        summary: "its database is gone".into(),
        confidence: 0.9,
        evidence: vec![EvidenceId(1)],
    });
    answer
}

async fn opted_in(quiet: Option<QuietHours>) -> House {
    let house = House::new();
    let settings =
        ChannelSettings { channel: "slack:C1".into(), answers_alerts: true, quiet, ..ChannelSettings::default() };
    house.settle(settings).await;
    house.conversations.answers(Ok(told("t", worth_it())));
    house
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_answered_once_where_the_channel_wants_it() {
    let house = opted_in(None).await;
    let alert = posted("C1", 1, ALERT);
    house.handled(&house.replica(), &alert).await;
    house.handled(&house.replica(), &alert).await;
    assert!(house.answer(&alert).contains("database"));
    let asked = house.conversations.asked();
    assert_eq!(asked[0].question, "What is wrong here, and why?");
    assert_eq!(asked[0].quoted.as_deref(), Some(ALERT));
    let posts = house.slack.calls_of("chat.postMessage");
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].at.as_deref(), Some("1700.000001"), "in its thread");
}

#[tokio::test(start_paused = true)]
async fn silence_where_silence_is_due() {
    let hour = u16::try_from(noon().hour()).unwrap() * 60;
    let quiet = QuietHours { from: hour, to: hour + 60, zone: "UTC".into() };
    for (name, channel, text, quiet) in [
        ("a channel that did not opt in", "C2", ALERT, None),
        ("no alert", "C1", "Deployed checkout 4.2.1", None),
        ("quiet hours", "C1", ALERT, Some(quiet)),
    ] {
        let house = opted_in(quiet).await;
        house.handled(&house.replica(), &posted(channel, 1, text)).await;
        assert!(house.conversations.asked().is_empty(), "{name}");
        assert!(house.slack.calls_of("chat.postMessage").is_empty(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_adds_nothing_is_not_told() {
    let house = opted_in(None).await;
    house.conversations.answers(Ok(told("t", answer("I do not know."))));
    house.handled(&house.replica(), &posted("C1", 1, ALERT)).await;
    assert_eq!(house.conversations.asked().len(), 1);
    assert!(house.slack.calls_of("chat.postMessage").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_alerts_is_answered_a_few_times() {
    let house = opted_in(None).await;
    let names = ["Cart", "Checkout", "Payment", "Search", "Login", "Mail", "Stock", "Price", "Order", "Image"];
    for (number, name) in names.iter().enumerate() {
        house.handled(&house.replica(), &posted("C1", number, &format!("[FIRING:1] {name}Down (critical)"))).await;
    }
    assert_eq!(house.conversations.asked().len(), ALERTS_AN_HOUR);
}
