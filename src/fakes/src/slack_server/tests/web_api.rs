//! What the Web API refuses, and how.

use super::client::{body, call, get, raw, send};
use super::*;

#[tokio::test]
async fn tokens_are_checked_for_kind_and_value() {
    let server = start().await;
    let (bot, app) = (server.bot_token.clone(), server.app_token.clone());
    let cases = [
        ("auth.test", None, Some("not_authed")),
        ("auth.test", Some("xoxb-wrong"), Some("invalid_auth")),
        ("auth.test", Some(bot.as_str()), None),
        ("apps.connections.open", Some(app.as_str()), None),
        ("apps.connections.open", Some(bot.as_str()), Some("not_allowed_token_type")),
        ("chat.postMessage", Some(app.as_str()), Some("not_allowed_token_type")),
    ];
    for (method, token, expected) in cases {
        let answer = body(&send(&server, method, token, "application/json", "{}").await);
        assert_eq!(answer["error"].as_str(), expected, "{method} {answer}");
    }
}

#[tokio::test]
async fn a_call_without_its_scope_is_refused_with_what_it_needs() {
    let server = SlackServer::start(workspace().without_scope("chat:write").without_scope("im:history")).await;
    let refused = call(&server, "chat.postMessage", &json!({"channel": "C1", "text": "hello"})).await;
    assert_eq!((refused["error"].as_str(), refused["needed"].as_str()), (Some("missing_scope"), Some("chat:write")));
    assert!(refused["provided"].as_str().unwrap().contains("channels:history"), "{refused}");
    let of_direct = get(&server, "conversations.history", "channel=D1").await;
    assert_eq!(of_direct["needed"], "im:history");
    assert_eq!(get(&server, "conversations.history", "channel=C1").await["ok"], true);
    server.assert_clean();
}

#[tokio::test]
async fn what_no_client_sends_is_a_violation() {
    let server = start().await;
    let cases = [
        ("chat.postMessage", json!({"channel": "C1", "text": "a", "colour": "red"}), "invalid_arguments"),
        ("chat.postMessage", json!({"text": "a"}), "invalid_arguments"),
        ("chat.postMessage", json!({"channel": "C1", "text": 5}), "invalid_arguments"),
        ("chat.postMessage", json!({"channel": "C1", "text": "a", "token": "xoxb"}), "invalid_arguments"),
        ("chat.postMessage", json!({"channel": "C1", "text": "a".repeat(40_001)}), "msg_too_long"),
        ("chat.postMessage", json!({"channel": "C1", "blocks": [{"type": "sektion"}]}), "invalid_blocks"),
        ("chat.postMessage", json!({"channel": "C1", "text": "a", "thread_ts": "7"}), "invalid_thread_ts"),
        (
            "chat.postMessage",
            json!({"channel": "C1", "text": "a", "metadata": {"event_type": "a"}}),
            "invalid_metadata_format",
        ),
        (
            "chat.postMessage",
            json!({"channel": "C1", "text": "a", "metadata": {"event_type": "a", "event_payload": {"k": "v".repeat(16_000)}}}),
            "metadata_too_large",
        ),
        ("users.info", json!({"user": "U1"}), "invalid_arguments"),
        ("users.list", json!({}), "unknown_method"),
    ];
    for (number, (method, arguments, code)) in cases.iter().enumerate() {
        let answer = call(&server, method, arguments).await;
        assert_eq!(answer["error"], *code, "{method} {answer}");
        assert_eq!(server.violations().len(), number + 1, "{method} {code}: {:?}", server.violations());
    }
    let clean = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.assert_clean()));
    assert!(clean.is_err(), "violations must fail a test");
}

#[tokio::test]
async fn what_may_happen_to_any_client_is_refused_and_no_violation() {
    let server = SlackServer::start(workspace().with_place(Channel {
        id: "C2".to_owned(),
        name: "others".to_owned(),
        kind: Kind::Public,
        members: ["U1".to_owned()].into(),
        is_external: false,
        is_archived: false,
    }))
    .await;
    let theirs = server.say("U1", "C1", None, "hello");
    let missing = "1750000000.000000";
    let cases = [
        ("chat.postMessage", json!({"channel": "C9", "text": "a"}), "channel_not_found"),
        ("chat.postMessage", json!({"channel": "C2", "text": "a"}), "not_in_channel"),
        ("chat.postMessage", json!({"channel": "C1"}), "no_text"),
        ("chat.postMessage", json!({"channel": "C1", "text": "a", "thread_ts": missing}), "thread_not_found"),
        ("chat.update", json!({"channel": "C1", "ts": missing, "text": "a"}), "message_not_found"),
        ("chat.update", json!({"channel": "C1", "ts": theirs, "text": "a"}), "cant_update_message"),
        ("chat.delete", json!({"channel": "C1", "ts": theirs}), "cant_delete_message"),
        ("chat.postEphemeral", json!({"channel": "C1", "user": "U9", "text": "a"}), "user_not_in_channel"),
        ("chat.appendStream", json!({"channel": "C1", "ts": missing, "markdown_text": "a"}), "message_not_found"),
        ("reactions.add", json!({"channel": "C1", "timestamp": missing, "name": "eyes"}), "message_not_found"),
        ("reactions.remove", json!({"channel": "C1", "timestamp": theirs, "name": "eyes"}), "no_reaction"),
        ("conversations.open", json!({"users": ["U9"]}), "user_not_found"),
        ("views.open", json!({"trigger_id": "1.2.3", "view": {"type": "modal"}}), "invalid_trigger_id"),
        ("views.publish", json!({"user_id": "U9", "view": {"type": "home", "blocks": []}}), "user_not_found"),
    ];
    for (method, arguments, code) in cases {
        let answer = call(&server, method, &arguments).await;
        assert_eq!(answer["error"], code, "{method} {arguments} {answer}");
    }
    assert_eq!(get(&server, "users.info", "user=U9").await["error"], "user_not_found");
    let add = json!({"channel": "C1", "timestamp": theirs, "name": "eyes"});
    assert_eq!(call(&server, "reactions.add", &add).await["ok"], true);
    assert_eq!(call(&server, "reactions.add", &add).await["error"], "already_reacted");
    server.assert_clean();
}

#[tokio::test]
async fn a_stream_goes_through_its_states() {
    let server = start().await;
    let root = server.say("U1", "C1", None, "why?");
    let to = json!({"channel": "C1", "thread_ts": root, "recipient_user_id": "U1", "recipient_team_id": "T0ACME"});
    let started = call(&server, "chat.startStream", &to).await;
    let of = |more: Value| {
        let mut arguments = json!({"channel": "C1", "ts": started["ts"]});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let step = json!({"type": "task_update", "id": "1", "title": "Reading logs", "status": "in_progress"});
    let chunks = json!({"chunks": [step, {"type": "markdown_text", "text": "It is "}]});
    assert_eq!(call(&server, "chat.appendStream", &of(chunks)).await["ok"], true);
    let update = call(&server, "chat.update", &of(json!({"text": "a"}))).await;
    assert_eq!(update["error"], "streaming_state_conflict");
    assert_eq!(call(&server, "chat.stopStream", &of(json!({"markdown_text": "down."}))).await["ok"], true);
    let late = call(&server, "chat.appendStream", &of(json!({"markdown_text": "more"}))).await;
    assert_eq!(late["error"], "message_not_in_streaming_state");
    assert_eq!(server.thread("C1", &root)[1].reads(), "It is down.\nstep in_progress: Reading logs");
    server.assert_clean();
    let wrong = call(&server, "chat.startStream", &json!({"channel": "C1", "thread_ts": root})).await;
    assert_eq!(wrong["error"], "missing_recipient_user_id");
    let bad =
        json!({"channel": "C1", "ts": started["ts"], "chunks": [{"type": "task_update", "id": "1", "status": "done"}]});
    call(&server, "chat.appendStream", &bad).await;
    assert_eq!(server.violations().len(), 1, "the stream is over: the state is told before the chunks are read");
}

#[tokio::test]
async fn replies_come_in_pages_with_metadata_where_asked_for() {
    let server = start().await;
    let root = server.say("U1", "C1", None, "why?");
    for number in 0..5 {
        let metadata = json!({"event_type": "auto_devops_post", "event_payload": {"key": format!("k{number}")}});
        posted(&server, &json!({"channel": "C1", "thread_ts": root, "text": "a", "metadata": metadata})).await;
    }
    let (mut cursor, mut keys, mut pages) = (String::new(), Vec::new(), 0);
    loop {
        let query = format!("channel=C1&ts={root}&limit=2&include_all_metadata=true&cursor={cursor}");
        let page = get(&server, "conversations.replies", &query).await;
        assert_eq!(page["ok"], true, "{page}");
        let messages = page["messages"].as_array().unwrap();
        keys.extend(
            messages.iter().filter_map(|one| one["metadata"]["event_payload"]["key"].as_str().map(str::to_owned)),
        );
        pages += 1;
        cursor = page["response_metadata"]["next_cursor"].as_str().unwrap().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!((pages, keys), (3, ["k0", "k1", "k2", "k3", "k4"].map(str::to_owned).to_vec()));
    let plain = get(&server, "conversations.replies", &format!("channel=C1&ts={root}")).await;
    assert!(plain["messages"][1].get("metadata").is_none(), "{plain}");
    assert_eq!(plain["messages"][0]["reply_count"], 5);
    assert_eq!(get(&server, "conversations.history", "channel=C1").await["messages"].as_array().unwrap().len(), 1);
    server.assert_clean();
}

#[tokio::test]
async fn a_file_is_uploaded_and_shared() {
    let server = start().await;
    let asked = get(&server, "files.getUploadURLExternal", "filename=cpu.png&length=4&alt_txt=CPU").await;
    let url = asked["upload_url"].as_str().unwrap();
    let path = url.split_once("/upload").unwrap().1;
    let share = json!({"files": [{"id": asked["file_id"], "title": "CPU"}], "channel_id": "C1"});
    assert_eq!(call(&server, "files.completeUploadExternal", &share).await["error"], "file_not_found");
    let head = format!("POST /upload{path} HTTP/1.1\r\ncontent-type: image/png\r\n");
    assert!(raw(&server, &head, "PNG!").await.contains("OK - 4"));
    assert_eq!(call(&server, "files.completeUploadExternal", &share).await["ok"], true);
    let files = server.files();
    assert_eq!(
        (files[0].name.as_str(), files[0].title.as_str(), files[0].bytes.as_slice()),
        ("cpu.png", "CPU", &b"PNG!"[..])
    );
    assert!(server.transcript("C1").contains("file cpu.png"), "{}", server.transcript("C1"));
    server.assert_clean();
    raw(&server, &head, "PNG!").await;
    assert_eq!(server.violations().len(), 1, "an upload URL is good once");
}

#[tokio::test]
async fn faults_come_as_told_and_only_then() {
    let server = start().await;
    let post = json!({"channel": "C1", "text": "a"}).to_string();
    let token = Some(server.bot_token.clone());
    let once = async || send(&server, "chat.postMessage", token.as_deref(), "application/json", &post).await;
    server.lose_answer("chat.postMessage");
    assert_eq!(once().await, "", "the connection is closed without an answer");
    assert_eq!(server.messages("C1").len(), 1, "and the call has taken effect");
    server.limit_next("chat.postMessage", 60);
    let limited = once().await.to_ascii_lowercase();
    assert!(limited.starts_with("http/1.1 429") && limited.contains("retry-after: 60"), "{limited}");
    assert!(once().await.starts_with("HTTP/1.1 429"), "limited until its time is over");
    assert_eq!(server.messages("C1").len(), 1);
    server.be_away(true);
    assert!(once().await.starts_with("HTTP/1.1 503"));
    server.be_away(false);
    server.refuse_next("auth.test", "account_inactive");
    assert_eq!(call(&server, "auth.test", &json!({})).await["error"], "account_inactive");
    assert_eq!(call(&server, "auth.test", &json!({})).await["ok"], true);
}

#[tokio::test]
async fn the_same_share_of_calls_is_limited_for_the_same_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let server = start().await;
        server.limit(30, 0);
        let mut limited = Vec::new();
        for _ in 0..40 {
            limited.push(call(&server, "auth.test", &json!({})).await["error"] == "ratelimited");
        }
        runs.push(limited);
    }
    let count = runs[0].iter().filter(|is_limited| **is_limited).count();
    assert_eq!(runs[0], runs[1]);
    assert!((4..=20).contains(&count), "{count} of 40");
}

#[tokio::test]
async fn what_notifies_or_links_is_seen() {
    let server = start().await;
    let verbatim =
        |text: &str| json!([{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": true}}]);
    let silent = [
        json!({"channel": "C1", "text": "see &lt;!channel&gt;", "blocks": verbatim("&lt;@U1&gt; http://a.b")}),
        json!({"channel": "C1", "text": "plain words"}),
    ];
    for body in silent {
        posted(&server, &body).await;
    }
    assert_eq!(server.pings(), Vec::<String>::new());
    server.allow_ping("<https://portal.example/");
    posted(&server, &json!({"channel": "C1", "text": "<https://portal.example/i/1|open>"})).await;
    assert_eq!(server.pings(), Vec::<String>::new());
    let loud = [
        json!({"channel": "C1", "text": "<!channel> look"}),
        json!({"channel": "C1", "text": "see http://evil.example"}),
        json!({"channel": "C1", "text": "a", "blocks": verbatim("<@U1>")}),
        json!({"channel": "C1", "text": "a", "blocks": verbatim("<https://evil.example|api>")}),
        json!({"channel": "C1", "text": "a", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "http://evil.example"}}]}),
        json!({"channel": "C1", "text": "a", "link_names": true}),
        json!({"channel": "C1", "text": "a", "blocks": [{"type": "rich_text", "elements": [
            {"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}]}]}),
    ];
    for (number, body) in loud.iter().enumerate() {
        posted(&server, body).await;
        assert_eq!(server.pings().len(), number + 1, "{body}: {:?}", server.pings());
    }
}

#[tokio::test]
async fn an_update_changes_what_its_page_says() {
    let server = start().await;
    let metadata = json!({"event_type": "auto_devops_post", "event_payload": {"key": "answer:1"}});
    let post = json!({"channel": "C1", "text": "short", "blocks": buttons(), "metadata": metadata});
    let ts = posted(&server, &post).await;
    let update = async |more: Value| {
        let mut arguments = json!({"channel": "C1", "ts": ts});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&server, "chat.update", &arguments).await
    };
    assert_eq!(update(json!({"text": "new", "blocks": [{"type": "divider"}]})).await["ok"], true);
    let message = server.message("C1", &ts).unwrap();
    assert_eq!((message.key(), message.edits, message.edited.clone()), (Some("answer:1"), 1, None));
    assert_eq!(message.reads(), "---");
    assert_eq!(update(json!({"text": "only a text"})).await["ok"], true);
    let message = server.message("C1", &ts).unwrap();
    assert_eq!((message.reads().as_str(), message.blocks.len()), ("only a text", 0));
    assert!(message.edited.is_some());
    server.assert_clean();
    assert_eq!(update(json!({"text": "a", "unfurl_links": false})).await["error"], "invalid_arguments");
}

#[tokio::test]
async fn a_share_of_calls_breaks_and_spared_methods_do_not() {
    let server = start().await;
    server.break_calls(100);
    server.spare("auth.test");
    assert_eq!(call(&server, "auth.test", &json!({})).await["ok"], true);
    let post = json!({"channel": "C1", "text": "a"});
    assert_eq!(call(&server, "chat.postMessage", &post).await["error"], "internal_error");
    assert_eq!(server.messages("C1").len(), 0, "a broken call has no effect");
    assert_eq!(server.calls("chat.postMessage")[0].status, 503);
    assert_eq!(server.calls("").len(), 2);
}

#[tokio::test]
async fn people_and_groups_are_told_as_they_are() {
    let workspace = workspace()
        .with(User { is_restricted: true, ..User::new("U3", "guest") })
        .with(User { external_team: Some("T0OTHER".to_owned()), ..User::new("U4", "stranger") })
        .with(User { is_deleted: true, ..User::new("U5", "gone") });
    let server = SlackServer::start(workspace).await;
    let user = async |id: &str| get(&server, "users.info", &format!("user={id}")).await["user"].clone();
    assert_eq!(user("U1").await["tz"], "Europe/London");
    assert_eq!(user("U3").await["is_restricted"], true);
    let stranger = user("U4").await;
    assert_eq!((stranger["is_stranger"].as_bool(), stranger["team_id"].as_str()), (Some(true), Some("T0OTHER")));
    assert_eq!(user("U5").await["deleted"], true);
    let groups = get(&server, "usergroups.list", "include_users=true").await;
    assert_eq!(
        (groups["usergroups"][0]["handle"].as_str(), &groups["usergroups"][0]["users"]),
        (Some("sre"), &json!(["U1"]))
    );
    let gone = call(&server, "conversations.open", &json!({"users": "U5"})).await;
    assert_eq!(gone["error"], "user_disabled");
    assert_eq!(call(&server, "conversations.open", &json!({"users": ["U1"]})).await["channel"]["id"], "D1");
    server.assert_clean();
}

#[tokio::test]
async fn what_the_workspace_has_not_is_refused() {
    let server = SlackServer::start(Workspace { streaming: false, assistant: false, ..workspace() }).await;
    let root = server.say("U1", "D1", None, "why?");
    let start = json!({"channel": "D1", "thread_ts": root});
    assert_eq!(call(&server, "chat.startStream", &start).await["error"], "feature_not_enabled");
    let status = json!({"channel_id": "D1", "thread_ts": root, "status": "is thinking"});
    assert_eq!(call(&server, "assistant.threads.setStatus", &status).await["error"], "feature_not_enabled");
    server.assert_clean();
}

#[tokio::test]
async fn chunks_that_slack_does_not_know_are_violations() {
    let server = start().await;
    let root = server.say("U1", "D1", None, "why?");
    let started = call(&server, "chat.startStream", &json!({"channel": "D1", "thread_ts": root})).await;
    let chunks = [
        json!({"type": "text", "text": "a"}),
        json!({"type": "markdown_text"}),
        json!({"type": "markdown_text", "text": "a", "style": "b"}),
        json!({"type": "task_update", "id": "1", "title": "a", "status": "done"}),
        json!({"type": "task_update", "id": "1", "title": "a".repeat(257), "status": "complete"}),
        json!({"type": "task_update", "title": "a", "status": "complete"}),
    ];
    for chunk in chunks {
        let body = json!({"channel": "D1", "ts": started["ts"], "chunks": [chunk]});
        assert_eq!(call(&server, "chat.appendStream", &body).await["error"], "invalid_chunks", "{body}");
    }
    let both = json!({"channel": "D1", "ts": started["ts"], "markdown_text": "a", "chunks": []});
    call(&server, "chat.appendStream", &both).await;
    assert_eq!(server.violations().len(), 7);
}

#[tokio::test]
async fn a_post_is_limited_in_its_channel_only() {
    let server = start().await;
    let post = async |channel: &str| call(&server, "chat.postMessage", &json!({"channel": channel, "text": "a"})).await;
    server.limit_next("chat.postMessage", 60);
    assert_eq!(post("C1").await["error"], "ratelimited");
    assert_eq!(post("D1").await["ok"], true);
    assert_eq!(post("C1").await["error"], "ratelimited");
}
