//! Every way in: sockets and signed requests; a mention, a follow-up, a direct message, a command, a shortcut, the pane.

use super::world::{ANNA, DAN, DIRECT, GUEST, JAMIE, OPS, PATIENCE, SILENCE, STRANGER, Wanted, Way, World, answers};
use fakes::slack_server::{Signed, SlackServer};
use serde_json::json;

/// The estate's fault: a configuration without which checkout does not start.
const CAUSE: &str = "checkout";

async fn every_way(way: Way) {
    let world = World::start(Wanted { way, ..Wanted::default() }).await;
    // A mention is answered in its thread, a follow-up there without one.
    let asked = world.slack.say(ANNA, OPS, None, &format!("{JAMIE} what is wrong with checkout?"));
    let first = world.answer(OPS, &asked, 1).await;
    assert!(first.reads().contains(CAUSE), "{}", first.reads());
    assert_eq!(first.thread.as_deref(), Some(asked.as_str()));
    world.slack.say(DAN, OPS, Some(&asked), "and its logs?");
    let second = world.answer(OPS, &asked, 2).await;
    assert!(second.reads().contains("logs of Deployment shop/checkout"), "{}", second.reads());
    // Directly, without a mention.
    let direct = world.slack.say(ANNA, DIRECT, None, "any alerts?");
    world.answer(DIRECT, &direct, 1).await;
    // By a command: the question stands in the channel, the answer in its thread.
    world.slack.command(DAN, OPS, "/jamie", "question who uses the memory?");
    let is_asked = |slack: &SlackServer| {
        slack.messages(OPS).into_iter().find(|message| message.reads().contains("who uses the memory?"))
    };
    world.slack.wait_until("the question stands in the channel", PATIENCE, |slack| is_asked(slack).is_some()).await;
    let question = is_asked(&world.slack).unwrap();
    world.answer(OPS, &question.ts, 1).await;
    // By the shortcut on a message of another app, which is read.
    let alert = "[FIRING:1] KubeDeploymentReplicasMismatch namespace=shop deployment=checkout";
    let alert = world.slack.post_as_app(OPS, "Alertmanager", alert, &json!([]), &json!([]));
    world.slack.shortcut(DAN, OPS, &alert, "ask_jamie");
    world.slack.wait_until("the modal is open", PATIENCE, |slack| !slack.views(DAN).is_empty()).await;
    world.slack.submit_view(DAN, &[]);
    let about = world.answer(OPS, &alert, 1).await;
    assert!(about.reads().contains("shop/checkout"), "{}", about.reads());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_asking_is_answered_over_sockets() {
    every_way(Way::Socket).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_asking_is_answered_over_signed_requests() {
    every_way(Way::Http).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pane_suggests_streams_and_ends_with_the_bound_answer() {
    for streaming in [true, false] {
        let world = World::start(Wanted { streaming, ..Wanted::default() }).await;
        let (channel, thread) = world.slack.start_assistant_thread(ANNA, Some(OPS));
        let of = |slack: &SlackServer| slack.assistant_thread(&channel, &thread);
        world
            .slack
            .wait_until("prompts are suggested", PATIENCE, |slack| {
                of(slack).is_some_and(|pane| !pane.prompts.is_empty())
            })
            .await;
        world.slack.say(ANNA, &channel, Some(&thread), "what is wrong with checkout?");
        let answer = world.answer(&channel, &thread, 1).await;
        assert!(answer.reads().contains(CAUSE), "{}", answer.reads());
        let starts = world.slack.calls("chat.startStream").len();
        if streaming {
            let (appended, stopped) = (world.slack.calls("chat.appendStream"), world.slack.calls("chat.stopStream"));
            assert!(starts == 1 && !appended.is_empty() && stopped.len() == 1, "{starts} streams");
        } else {
            assert!(starts <= 1, "what the workspace has not is tried once, not {starts} times");
        }
        let is_titled =
            |slack: &SlackServer| of(slack).is_some_and(|pane| pane.title.is_some() && pane.status.is_empty());
        world.slack.wait_until("it has a title, and no status is left behind", PATIENCE, is_titled).await;
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_meant_to_hear_jamie_hears_nothing() {
    let world = World::usual().await;
    // Talk among people, other apps, and a thread that is nobody's question.
    let talk = world.slack.say(DAN, OPS, None, "lunch?");
    world.slack.say(ANNA, OPS, Some(&talk), "is checkout down?");
    world.slack.post_as_app(OPS, "Alertmanager", "[FIRING:1] CheckoutDown", &json!([]), &json!([]));
    world.slack.assert_silence(OPS, &talk, SILENCE).await;
    // Guests and people of other organisations are told quietly that this is not for them, and nothing of the estate.
    for person in [GUEST, STRANGER] {
        let asked = world.slack.say(person, OPS, None, &format!("{JAMIE} what is wrong with checkout?"));
        world.slack.wait_until("they are told quietly", PATIENCE, |slack| !slack.ephemerals(person).is_empty()).await;
        for (_, told) in world.slack.ephemerals(person) {
            assert!(!told.reads().contains("shop"), "{}", told.reads());
        }
        world.slack.assert_silence(OPS, &asked, SILENCE).await;
    }
    assert!(answers(&world.slack, OPS, &talk).is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_wrong_or_old_signature_does_nothing() {
    let world = World::start(Wanted { way: Way::Http, ..Wanted::default() }).await;
    let host = world.address().to_string();
    let event = json!({"type": "event_callback", "team_id": "T0ACME", "api_app_id": "A0JAMIE", "event_id": "Ev1",
        "event_time": 1_750_000_000, "event": {"type": "app_mention", "channel": OPS, "user": ANNA,
        "text": format!("{JAMIE} hello"), "ts": "1750000000.000100", "event_ts": "1750000000.000100"}});
    let signed = |secret: &str| Signed::now(secret, "/slack/events", "application/json", event.to_string());
    let forged = signed("not-the-secret").send(&host).await.unwrap();
    assert_eq!((forged.status, forged.body.contains("hello")), (401, false), "{}", forged.body);
    let mut altered = signed(&world.slack.signing_secret);
    altered.body = altered.body.replace("hello", "help!");
    assert_eq!(altered.send(&host).await.unwrap().status, 401);
    world.slack.assert_silence(OPS, "0", SILENCE).await;
    world.end().await;
}
