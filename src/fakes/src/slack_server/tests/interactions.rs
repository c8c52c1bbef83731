//! Pressing, submitting, answering; and how it reads.

use super::client::{call, raw};
use super::sockets::Socket;
use super::*;

fn modal() -> Value {
    json!({
        "type": "modal", "callback_id": "resolve", "private_metadata": "i-1",
        "title": {"type": "plain_text", "text": "Resolve"}, "submit": {"type": "plain_text", "text": "Resolve"},
        "blocks": [{
            "type": "input", "block_id": "why", "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }],
    })
}

#[tokio::test]
async fn a_press_carries_the_buttons_value_and_opens_a_modal_once() {
    let server = start().await;
    server.trigger_lasts(SOON);
    let mut socket = Socket::greeted(&server).await;
    let ts = posted(&server, &json!({"channel": "C1", "text": "api is down", "blocks": buttons()})).await;
    assert_eq!(socket.take().await["payload"]["event"]["bot_id"], "B0JAMIE");
    server.press("U1", "C1", &ts, "evidence");
    let press = socket.take().await;
    let payload = &press["payload"];
    assert_eq!((press["type"].as_str(), payload["type"].as_str()), (Some("interactive"), Some("block_actions")));
    assert_eq!(
        (payload["actions"][0]["value"].as_str(), payload["message"]["ts"].as_str()),
        (Some("t-1"), Some(ts.as_str()))
    );
    let open = json!({"trigger_id": payload["trigger_id"], "view": modal()});
    assert_eq!(call(&server, "views.open", &open).await["view"]["state"]["values"], json!({}));
    assert_eq!(call(&server, "views.open", &open).await["error"], "exchanged_trigger_id");
    server.submit_view("U1", &[("text", json!("it was the disk"))]);
    let submitted = socket.next().await.unwrap();
    let view = &submitted["payload"]["view"];
    assert_eq!(view["state"]["values"]["why"]["text"]["value"], "it was the disk");
    assert_eq!((view["callback_id"].as_str(), view["private_metadata"].as_str()), (Some("resolve"), Some("i-1")));
    socket.acknowledge(&submitted, Some(json!({"response_action": "errors", "errors": {"why": "too short"}}))).await;
    server.wait_until("told", SOON, |server| server.view_errors("U1").contains_key("why")).await;
    server.submit_view("U1", &[("text", json!("it was the disk of node 3"))]);
    socket.take().await;
    server.wait_until("closed", SOON, |server| server.views("U1").is_empty()).await;
    server.assert_clean();
}

#[tokio::test]
async fn a_trigger_is_good_for_its_time() {
    let server = start().await;
    server.trigger_lasts(Duration::ZERO);
    let mut socket = Socket::greeted(&server).await;
    server.command("U1", "C1", "/jamie", "help");
    let command = socket.take().await;
    let open = json!({"trigger_id": command["payload"]["trigger_id"], "view": modal()});
    assert_eq!(call(&server, "views.open", &open).await["error"], "expired_trigger_id");
}

#[tokio::test]
async fn a_response_url_is_good_five_times_and_for_one_person() {
    let server = start().await;
    let mut socket = Socket::greeted(&server).await;
    server.command("U1", "C1", "/jamie", "help");
    let command = socket.next().await.unwrap();
    socket.acknowledge(&command, Some(json!({"text": "at once"}))).await;
    server.wait_until("answered", SOON, |server| server.ephemerals("U1").len() == 1).await;
    let url = command["payload"]["response_url"].as_str().unwrap();
    let path = url.split_once("/commands").unwrap().1;
    let head = format!("POST /commands{path} HTTP/1.1\r\ncontent-type: application/json\r\n");
    for _ in 0..5 {
        assert!(raw(&server, &head, r#"{"text": "later"}"#).await.starts_with("HTTP/1.1 200"));
    }
    server.assert_clean();
    assert!(raw(&server, &head, r#"{"text": "too late"}"#).await.starts_with("HTTP/1.1 404"));
    assert_eq!(server.violations().len(), 1);
    assert_eq!((server.ephemerals("U1").len(), server.ephemerals("U2").len(), server.messages("C1").len()), (6, 0, 0));
}

#[tokio::test]
async fn a_channel_reads_as_a_text() {
    let server = start().await;
    let root = server.say("U1", "C1", None, "why is api down?");
    let post = json!({"channel": "C1", "thread_ts": root, "text": "api is down", "blocks": buttons()});
    let ts = posted(&server, &post).await;
    server.react("U2", "C1", &ts, "+1");
    let whisper = json!({"channel": "C1", "user": "U2", "thread_ts": root, "text": "you may not"});
    assert_eq!(call(&server, "chat.postEphemeral", &whisper).await["ok"], true);
    server.post_as_app("C1", "Alertmanager", "", &json!([{"title": "HighErrorRate", "text": "api 5xx"}]), &json!([]));
    let expected = "ada:\n  why is api down?\n    jamie:\n      *api* is down\n      [Evidence]\n      :+1: 1\n    \
                    jamie (only bob sees it):\n      you may not\nAlertmanager:\n  | HighErrorRate\n  | api 5xx";
    assert_eq!(server.transcript("C1"), expected);
}

#[tokio::test]
async fn pressing_what_is_not_there_fails_the_test() {
    let server = start().await;
    let ts = posted(&server, &json!({"channel": "C1", "text": "api is down", "blocks": buttons()})).await;
    let press = std::panic::AssertUnwindSafe(|| server.press("U1", "C1", &ts, "approve"));
    assert!(std::panic::catch_unwind(press).is_err());
}

#[tokio::test]
async fn home_assistant_and_joining_are_told() {
    let server = start().await;
    let mut socket = Socket::greeted(&server).await;
    server.open_home("U1", "home");
    assert_eq!(socket.take().await["payload"]["event"]["type"], "app_home_opened");
    let home = json!({"user_id": "U1", "view": {"type": "home", "blocks": buttons()}});
    assert_eq!(call(&server, "views.publish", &home).await["ok"], true);
    server.press_home("U1", "evidence", None);
    assert_eq!(socket.take().await["payload"]["container"]["type"], "view");
    let (channel, thread) = server.start_assistant_thread("U1", Some("C1"));
    let started = socket.take().await["payload"]["event"]["assistant_thread"].clone();
    assert_eq!(
        (started["thread_ts"].as_str(), started["context"]["channel_id"].as_str()),
        (Some(thread.as_str()), Some("C1"))
    );
    let status = json!({"channel_id": channel, "thread_ts": thread, "status": "is reading logs"});
    assert_eq!(call(&server, "assistant.threads.setStatus", &status).await["ok"], true);
    posted(&server, &json!({"channel": channel, "thread_ts": thread, "text": "done"})).await;
    let shown = server.assistant_thread(&channel, &thread).unwrap();
    assert_eq!((shown.status.as_str(), shown.statuses), ("", vec!["is reading logs".to_owned()]));
    socket.take().await;
    server.join("U2", "C1", Some("U1"));
    assert_eq!(socket.take().await["payload"]["event"]["subtype"], "channel_join");
    assert_eq!(socket.take().await["payload"]["event"]["inviter"], "U1");
    server.assert_clean();
}

#[tokio::test]
async fn silence_and_waiting_fail_when_they_do_not_hold() {
    let server = start().await;
    let since = server.say("U1", "C1", None, "hello");
    server.assert_silence("C1", &since, Duration::from_millis(20)).await;
    posted(&server, &json!({"channel": "C1", "text": "I am here"})).await;
    let server = std::sync::Arc::new(server);
    let silent = server.clone();
    let silence = tokio::spawn(async move { silent.assert_silence("C1", &since, Duration::from_millis(20)).await });
    assert!(silence.await.is_err());
    let waiting = tokio::spawn(async move { server.wait_until("never", Duration::from_millis(20), |_| false).await });
    assert!(waiting.await.is_err());
}

#[tokio::test]
async fn menus_and_shortcuts_carry_what_they_are_about() {
    let server = start().await;
    let mut socket = Socket::greeted(&server).await;
    let option = |word: &str| json!({"text": {"type": "plain_text", "text": word}, "value": word});
    let menu = json!([{"type": "actions", "elements": [
        {"type": "static_select", "action_id": "voice", "options": [option("dry"), option("warm")]}]}]);
    let ts = posted(&server, &json!({"channel": "C1", "text": "choose", "blocks": menu})).await;
    socket.take().await;
    server.choose("U1", "C1", &ts, "voice", "warm");
    let chosen = socket.take().await["payload"]["actions"][0].clone();
    assert_eq!(
        (chosen["type"].as_str(), chosen["selected_option"]["value"].as_str()),
        (Some("static_select"), Some("warm"))
    );
    let alert = server.post_as_app("C1", "Alertmanager", "", &json!([{"text": "api 5xx"}]), &json!([]));
    assert_eq!(socket.take().await["payload"]["event"]["subtype"], "bot_message");
    server.shortcut("U2", "C1", &alert, "ask_jamie");
    let payload = socket.take().await["payload"].clone();
    assert_eq!(
        (payload["type"].as_str(), payload["callback_id"].as_str()),
        (Some("message_action"), Some("ask_jamie"))
    );
    assert_eq!(payload["message"]["attachments"][0]["text"], "api 5xx");
    assert!(payload["response_url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    server.assert_clean();
}

#[tokio::test]
async fn edits_and_deletions_are_told_with_what_was_before() {
    let server = start().await;
    let mut socket = Socket::greeted(&server).await;
    let ts = server.say("U1", "C1", None, "frist");
    socket.take().await;
    server.edit("C1", &ts, "first");
    let event = socket.take().await["payload"]["event"].clone();
    assert_eq!(
        (event["subtype"].as_str(), event["message"]["text"].as_str()),
        (Some("message_changed"), Some("first"))
    );
    assert_eq!(event["previous_message"]["text"], "frist");
    assert!(server.react("U2", "C1", &ts, "eyes") && !server.react("U2", "C1", &ts, "eyes"));
    let event = socket.take().await["payload"]["event"].clone();
    assert_eq!((event["type"].as_str(), event["item"]["ts"].as_str()), (Some("reaction_added"), Some(ts.as_str())));
    assert!(server.unreact("U2", "C1", &ts, "eyes") && !server.unreact("U2", "C1", &ts, "eyes"));
    assert_eq!(socket.take().await["payload"]["event"]["type"], "reaction_removed");
    server.delete("C1", &ts);
    assert_eq!(socket.take().await["payload"]["event"]["deleted_ts"], ts);
    assert!(server.messages("C1").is_empty());
}
