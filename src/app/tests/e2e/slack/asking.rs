//! While it works and afterwards: steps, stopping, evidence, cost, feedback, charts, hostile texts, alerts unasked.

use super::world::{ANNA, CLEO, DAN, JAMIE, OPS, PATIENCE, SILENCE, Wanted, World, answers};
use domain::channel::ChannelSettings;
use domain::conversation::turn::{Thumb, Turn};
use fakes::slack_server::SlackServer;
use fakes::{Script, ServerStep};
use ports::store::collections::TURNS;
use ports::store::query::Query;
use ports::store::record::{self, Records};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_scripted_models_answer_is_bound_and_shown_with_its_evidence() {
    let script = Script::steps([
        ServerStep::call("kubernetes_list", json!({"kind": "Deployment", "namespace": "shop"})),
        ServerStep::text("**`Deployment shop/checkout` is not ready** [e1]\n\n- It has 4711 restarts [e1]"),
    ]);
    let world = World::start(Wanted { model: Some(script), ..Wanted::default() }).await;
    let asked = world.slack.say(ANNA, OPS, None, &format!("{JAMIE} is the shop fine?"));
    let answer = world.answer(OPS, &asked, 1).await;
    let text = answer.reads();
    assert!(text.contains("shop/checkout"), "{text}");
    assert!(text.contains("(unconfirmed)"), "4711 is in no result: {text}");
    world.slack.press(ANNA, OPS, &answer.ts, "evidence");
    world.slack.wait_until("the evidence opens", PATIENCE, |slack| !slack.views(ANNA).is_empty()).await;
    let view = world.slack.views(ANNA).pop().unwrap();
    let shown = SlackServer::read_view(&view);
    assert!(shown.contains("kubernetes list") || shown.contains("kubernetes_list"), "{shown}");
    world.slack.close_view(ANNA);
    world.slack.press(DAN, OPS, &answer.ts, "cost");
    world.slack.wait_until("the cost opens", PATIENCE, |slack| !slack.views(DAN).is_empty()).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thumbs_are_kept_with_the_turn() {
    let world = World::usual().await;
    let asked = world.slack.say(ANNA, OPS, None, &format!("{JAMIE} any alerts?"));
    let answer = world.answer(OPS, &asked, 1).await;
    world.slack.press(ANNA, OPS, &answer.ts, "helpful");
    world.slack.react(DAN, OPS, &answer.ts, "thumbsdown");
    let store = world.store().await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let turns: Records<Turn> = record::page(store.as_ref(), &Query::of(&TURNS)).await.unwrap();
        let turn = &turns.records[0].value;
        let mut words: Vec<_> = turn.feedback.iter().map(|word| (word.person.as_str(), word.thumb)).collect();
        words.sort_by_key(|(person, _)| *person);
        if words == [("slack:U0ANNA", Thumb::Up), ("slack:U0DAN", Thumb::Down)] {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{words:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_is_stopped_by_its_asker_or_a_responder_only() {
    let script = Script::answering(|_| ServerStep::After(Duration::from_secs(120), Box::new(ServerStep::text("late"))));
    let world = World::start(Wanted { model: Some(script), ..Wanted::default() }).await;
    let asked = world.slack.say(ANNA, OPS, None, &format!("{JAMIE} is the shop fine?"));
    let working =
        |slack: &SlackServer| slack.thread(OPS, &asked).into_iter().find(|message| message.reads().contains("[Stop"));
    world.slack.wait_until("it works", PATIENCE, |slack| working(slack).is_some()).await;
    let message = working(&world.slack).unwrap();
    world.slack.press(DAN, OPS, &message.ts, "stop");
    world.slack.wait_until("Dan is told that he may not", PATIENCE, |slack| !slack.ephemerals(DAN).is_empty()).await;
    assert!(working(&world.slack).is_some(), "{}", world.slack.transcript(OPS));
    world.slack.press(CLEO, OPS, &message.ts, "stop");
    world
        .slack
        .wait_until("it says that it was stopped", PATIENCE, |slack| {
            let said = slack.message(OPS, &message.ts).map(|message| message.reads().to_lowercase());
            said.is_some_and(|said| said.contains("stopped"))
        })
        .await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_of_a_model_ping_nobody_and_link_nowhere() {
    let hostile =
        "**<!channel> <@U0GUEST> look at <https://evil.example|your login>** https://evil.example\n\n```\n<!here>\n";
    let world =
        World::start(Wanted { model: Some(Script::steps([ServerStep::text(hostile)])), ..Wanted::default() }).await;
    let asked = world.slack.say(ANNA, OPS, None, &format!("{JAMIE} <!channel> is the shop fine?"));
    let answer = world.answer(OPS, &asked, 1).await;
    assert!(answer.reads().contains("&lt;!channel&gt;"), "{}", answer.reads());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_answered_unasked_once_where_the_channel_wants_it() {
    let world = World::usual().await;
    world
        .keep(&ChannelSettings { channel: format!("slack:{OPS}"), answers_alerts: true, ..ChannelSettings::default() })
        .await;
    let text = "[FIRING:1] KubeDeploymentReplicasMismatch";
    let attachments =
        json!([{"fallback": "alert", "title": "Deployment not ready", "text": "deployment=checkout namespace=shop"}]);
    let alert = world.slack.post_as_app(OPS, "Alertmanager", text, &attachments, &json!([]));
    let answer = world.answer(OPS, &alert, 1).await;
    assert!(
        answer.reads().contains("shop/checkout") && answer.reads().contains("/jamie settings"),
        "{}",
        answer.reads()
    );
    // The same alert again within the hour, a resolved one, and one about nothing here.
    for text in [text, "[RESOLVED] KubeDeploymentReplicasMismatch", "build 7 of the website is ready"] {
        let posted = world.slack.post_as_app(OPS, "Alertmanager", text, &attachments, &json!([]));
        world.slack.assert_silence(OPS, &posted, SILENCE).await;
        assert!(answers(&world.slack, OPS, &posted).is_empty());
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_metrics_comes_as_one_picture_with_words_for_it() {
    let world = World::usual().await;
    let asked = world.slack.say(ANNA, OPS, None, &format!("{JAMIE} why is checkout slow?"));
    world.answer(OPS, &asked, 1).await;
    world.slack.wait_until("a picture is there", PATIENCE, |slack| !slack.files().is_empty()).await;
    let files = world.slack.files();
    assert_eq!(files.len(), 1, "{:?}", files.iter().map(|file| &file.name).collect::<Vec<_>>());
    assert!(files[0].bytes.starts_with(b"\x89PNG"), "{}", files[0].name);
    assert!(files[0].alt.as_deref().is_some_and(|alt| alt.len() > 20), "{:?}", files[0].alt);
    world.end().await;
}
