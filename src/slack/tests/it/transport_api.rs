//! Every method of the port on the wire, as Slack takes it; limits, and what becomes of a call that fails.

use crate::transport::{Noting, PATIENCE, client, content, inbox, server, settings, store};
use bytes::Bytes;
use domain::secret::Secret;
use slack::api::client::{Client, Settings};
use slack::api::{ApiError, Chunk, Slack, Upload};
use slack::incoming::Body;
use slack::socket::{self, Socket};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn messages_are_written_read_and_changed() {
    let server = server().await;
    let slack = client(&server);
    let root = server.say("U1", "C1", None, "why?");
    let ts = slack.post("k", "C1", Some(&root), &content("because")).await.unwrap();
    slack.update("k", "C1", &ts, &content("because of that")).await.unwrap();
    let replies = slack.replies("C1", &root, 10).await.unwrap();
    let read: Vec<(&str, Option<&str>)> =
        replies.iter().map(|seen| (seen.text.as_str(), seen.key.as_deref())).collect();
    assert_eq!(read, [("why?", None), ("because of that", Some("k"))]);
    assert_eq!(slack.message("C1", &ts).await.unwrap().unwrap().key.as_deref(), Some("k"));
    assert_eq!(slack.message("C1", &root).await.unwrap().unwrap().user.as_deref(), Some("U1"));
    assert_eq!(slack.message("C1", "1699999999.000100").await.unwrap(), None);
    slack.whisper("C1", "U1", None, &content("only you")).await.unwrap();
    let history = slack.history("C1", None, 10).await.unwrap();
    assert_eq!(history.into_iter().map(|seen| seen.text).collect::<Vec<_>>(), ["why?"]);
    server.assert_clean();
}

#[tokio::test]
async fn all_pages_are_read_up_to_the_number_that_is_asked_for() {
    let server = server().await;
    let slack = client(&server);
    let root = server.say("U1", "C1", None, "0");
    for number in 1..=250 {
        server.say("U2", "C1", Some(&root), &number.to_string());
    }
    let replies = slack.replies("C1", &root, 1_000).await.unwrap();
    assert_eq!(replies.len(), 251);
    assert_eq!(replies.last().unwrap().text, "250");
    assert_eq!(slack.replies("C1", &root, 210).await.unwrap().len(), 210);
    server.assert_clean();
}

#[tokio::test]
async fn people_groups_files_and_panes_are_reached() {
    let server = server().await;
    let slack = client(&server);
    let me = slack.me().await.unwrap();
    assert!(!me.user.is_empty() && !me.bot.is_empty() && !me.team.is_empty());
    let anna = slack.user("U1").await.unwrap();
    assert_eq!((anna.name.as_str(), anna.team.as_str(), anna.is_bot), ("anna", me.team.as_str(), false));
    let groups = slack.groups().await.unwrap();
    assert_eq!((groups[0].id.as_str(), groups[0].users.as_slice()), ("S1", ["U2".to_owned()].as_slice()));
    assert_eq!(slack.direct("U1").await.unwrap(), server.direct("U1"));
    let root = server.say("U1", "C1", None, "why?");
    let bytes = Bytes::from_static(b"\x89PNG");
    let file = Upload { name: "cpu.png".to_owned(), title: "CPU".to_owned(), alt: Some("it rises".to_owned()), bytes };
    slack.upload("C1", Some(&root), &file).await.unwrap();
    assert_eq!(server.files().len(), 1);
    let (channel, thread) = server.start_assistant_thread("U1", Some("C1"));
    slack.set_status(&channel, &thread, "looks at pods").await.unwrap();
    slack.set_title(&channel, &thread, "payments").await.unwrap();
    slack.suggest(&channel, &thread, &[("Status".to_owned(), "How is payments?".to_owned())]).await.unwrap();
    server.assert_clean();
}

#[tokio::test]
async fn a_429_closes_its_own_channel_until_its_time_and_no_other_method() {
    let server = server().await;
    let slack = client(&server);
    server.limit_next("chat.postMessage", 1);
    slack.post("a", "C1", None, &content("a")).await.unwrap();
    slack.post("b", "C2", None, &content("b")).await.unwrap();
    assert_eq!(server.calls("chat.postMessage").len(), 3);
    assert_eq!(server.early_calls(), Vec::<String>::new());
    server.assert_clean();
}

#[tokio::test]
async fn a_limit_longer_than_the_deadline_is_told_at_once() {
    let server = server().await;
    let slack = client(&server);
    server.limit_next("users.info", 60);
    let error = slack.user("U1").await.unwrap_err();
    assert!(matches!(error, ApiError::Limited { retry_after, .. } if retry_after > Duration::from_secs(50)), "{error}");
    assert!(matches!(slack.user("U1").await, Err(ApiError::Limited { .. })));
    assert_eq!(server.calls("users.info").len(), 1, "the gate is closed");
}

#[tokio::test]
async fn an_error_tells_whether_the_call_may_have_had_its_effect() {
    let server = server().await;
    let slack = client(&server);
    server.lose_answer("chat.postMessage");
    let lost = slack.post("k", "C1", None, &content("a")).await.unwrap_err();
    assert!(matches!(lost, ApiError::Unknown { .. }), "{lost}");
    assert_eq!(server.messages("C1").len(), 1);

    server.be_away(true);
    assert!(matches!(slack.user("U1").await, Err(ApiError::Unknown { .. })), "a 503 does not tell");
    server.be_away(false);

    let slow = Settings { deadline: Duration::from_millis(50), ..settings(&server, &server.bot_token) };
    server.delay_calls(Duration::from_millis(500));
    assert!(matches!(Client::new(&slow).unwrap().user("U1").await, Err(ApiError::Unknown { .. })));

    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = Settings::new(&format!("http://127.0.0.1:{port}/api"), Secret::new("xoxb-hidden"));
    let error = Client::new(&nobody).unwrap().user("U1").await.unwrap_err();
    assert!(matches!(error, ApiError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_no_token() {
    let server = server().await;
    let slack = client(&server);
    server.grant("users:read", false);
    let error = slack.user("U1").await.unwrap_err();
    assert_eq!(error.code(), Some("missing_scope"));
    assert!(error.to_string().contains("users:read"), "{error}");
    server.grant("users:read", true);
    let wrong = Client::new(&settings(&server, "xoxb-wrong-token")).unwrap();
    let error = wrong.user("U1").await.unwrap_err();
    assert_eq!(error.code(), Some("invalid_auth"));
    assert!(!error.to_string().contains("wrong-token"), "{error}");
}

#[tokio::test]
async fn a_response_address_of_somebody_else_is_not_called() {
    let server = server().await;
    let slack = client(&server);
    for url in ["http://169.254.169.254/latest", "https://hooks.slack.com.evil.example/x", "file:///etc/passwd", ""] {
        let error = slack.respond(url, &content("a")).await.unwrap_err();
        assert_eq!(error.code(), Some("invalid_url"), "{url}");
    }
}

#[tokio::test]
async fn streams_and_responses_are_written() {
    let server = server().await;
    let slack = client(&server);
    let (channel, thread) = server.start_assistant_thread("U1", None);
    let team = slack.me().await.unwrap().team;
    let ts = slack.start_stream(&channel, &thread, "U1", &team).await.unwrap();
    let step = Chunk::Step { id: "1".to_owned(), title: "Looks".to_owned(), status: "in_progress".to_owned() };
    slack.append_stream(&channel, &ts, &[step, Chunk::Text("It is *up*.".to_owned())]).await.unwrap();
    slack.stop_stream(&channel, &ts).await.unwrap();
    slack.update("k", &channel, &ts, &content("It is up.")).await.unwrap();
    assert_eq!(server.message(&channel, &ts).unwrap().text, "It is up.");

    let (handler, stop) = (Arc::new(Noting::default()), CancellationToken::new());
    let inbox = inbox(store(), &handler, &stop);
    let socket = Socket::new(socket::Settings::new(settings(&server, &server.app_token), 5), inbox);
    tokio::spawn(async move { socket.run(stop).await });
    server.wait_until("a socket is up", PATIENCE, |server| server.connections() > 0).await;
    server.command("U1", "C1", "/jamie", "status");
    let url = || {
        handler.handled.lock().unwrap().iter().find_map(|received| match &received.body {
            Body::Command { response_url, .. } => Some(response_url.clone()),
            _ => None,
        })
    };
    server.wait_until("the command came", PATIENCE, |_| url().is_some()).await;
    let response_url = url().unwrap();
    slack.respond(&response_url, &content("all is well")).await.unwrap();
    assert_eq!(server.ephemerals("U1").len(), 1);
    server.assert_clean();
}
