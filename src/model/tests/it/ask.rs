//! Replies: streaming, calls, repair, text protocol, dialects, headers.

use super::*;
use serde_json::Value;

#[tokio::test]
async fn text_streams_and_tokens_are_the_servers() {
    let server = server([ServerStep::text("Two targets are down.")]).await;
    let client = client(settings(&server));
    let heard = ask(&client).await;
    assert_eq!(heard.text, "Two targets are down.");
    let reply = heard.reply();
    assert_eq!(reply.text, "Two targets are down.");
    assert!(!reply.tokens.estimated && reply.tokens.prompt > 0, "{:?}", reply.tokens);
    assert_eq!(reply.repairs, Vec::<String>::new());
    let sent = &server.chats()[0];
    assert_eq!(sent["temperature"], 0.0);
    assert_eq!(sent["max_tokens"], 200);
    assert_eq!(sent["tools"][0]["function"]["name"], "kubernetes_list");
    assert_eq!(sent["messages"][0], json!({"role": "system", "content": "You help."}));
}

#[tokio::test]
async fn calls_and_their_answers_go_round() {
    let server =
        server([ServerStep::call("kubernetes_list", json!({"kind": "Pod"})), ServerStep::text("2 pods.")]).await;
    let client = client(settings(&server));
    let first = ask(&client).await.reply();
    assert_eq!(first.calls.len(), 1);
    let mut request = request();
    request.messages.push(Message::Assistant { text: first.text, calls: first.calls.clone() });
    request.messages.push(Message::Tool { call_id: first.calls[0].id.clone(), content: "2".into() });
    request.tools.clear();
    let second = ask_with(&client, request, CancellationToken::new()).await.reply();
    assert_eq!(second.text, "2 pods.");
    let sent = &server.chats()[1];
    assert!(sent.get("tools").is_none());
    assert_eq!(sent["messages"][2]["content"], Value::Null);
    assert_eq!(sent["messages"][2]["tool_calls"][0]["function"]["arguments"], "{\"kind\":\"Pod\"}");
    assert_eq!(sent["messages"][3]["tool_call_id"], first.calls[0].id.as_str());
}

#[tokio::test]
async fn broken_chunks_of_small_models_are_mended() {
    let step = ServerStep::Raw(vec![
        ": keep-alive\r\n\r\n".into(),
        "data: {\"choices\":[{\"delta\":{\"role\":\"\",\"content\":null,\"reasoning\":\"hm\"}}]}\r\n\r\n".into(),
        "data: {garbage\n\n".into(),
        "data: {\"choices\":[{\"delta\":{\"content\":\"<think>x</th\"}}]}\n\nda".into(),
        "ta: {\"choices\":[{\"delta\":{\"content\":\"ink>I look.\\n<tool_call>{'name': 'kubernetes_list',\"}}]}\n\n".into(),
        "data: {\"choices\":[{\"delta\":{\"content\":\" 'arguments': {'limit': '5',}}\"},\"finish_reason\":\"stop\"}]}\n\n".into(),
    ]);
    let server = ModelServer::start(Script::steps([step])).await;
    let heard = ask(&client(settings(&server))).await;
    assert_eq!((heard.text.as_str(), heard.thinking.as_str()), ("I look.", "hmx"));
    let reply = heard.reply();
    assert_eq!(reply.calls[0].arguments.as_ref().map(|members| json!(members)), Ok(json!({"limit": 5})));
    assert!(reply.tokens.estimated);
    assert!(reply.repairs.iter().any(|note| note.contains("no JSON")), "{:?}", reply.repairs);
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let body = json!({"choices": [{"message": {"content": "All is\nwell."}, "finish_reason": "stop"}]});
    let text = serde_json::to_string_pretty(&body).unwrap();
    let server = server([ServerStep::Body("application/json; charset=utf-8".into(), text)]).await;
    assert_eq!(ask(&client(settings(&server))).await.reply().text, "All is\nwell.");
}

#[tokio::test]
async fn a_closing_mark_is_enough_without_a_reason_to_finish() {
    let chunk = json!({"choices": [{"delta": {"content": "ok"}}]});
    let server = server([ServerStep::chunks([chunk])]).await;
    assert_eq!(ask(&client(settings(&server))).await.reply().text, "ok");
}

#[tokio::test]
async fn a_connection_that_stays_open_after_the_reply_holds_nothing_up() {
    let chunk = json!({"choices": [{"delta": {"content": "ok"}, "finish_reason": "stop"}]});
    let server = server([ServerStep::Slow(vec![]), ServerStep::text("x")]).await;
    let mut settings = settings(&server);
    settings.idle_deadline = Duration::from_millis(300);
    let client = client(settings);
    assert_eq!(ask(&client).await.reply().text, "");
    drop(server);
    let raw = ServerStep::Raw(vec![format!("data: {chunk}\n\n")]);
    let server = ModelServer::start(Script::steps([raw])).await;
    let mut settings = super::settings(&server);
    settings.idle_deadline = Duration::from_millis(300);
    assert_eq!(ask(&super::client(settings)).await.reply().text, "ok");
}

#[tokio::test]
async fn a_model_without_tools_gets_them_in_the_instructions() {
    let answer = "<tool_call>{\"name\": \"kubernetes_list\", \"arguments\": {\"kind\": \"Pod\"}}</tool_call>";
    let script = Script::steps([ServerStep::text(answer), ServerStep::text("2 pods.")]).tools(false);
    let server = ModelServer::start(script).await;
    let client = client(settings(&server));
    let first = ask(&client).await.reply();
    assert_eq!((first.text.as_str(), first.calls.len()), ("", 1), "{first:?}");
    assert!(first.repairs.iter().any(|note| note.contains("takes no tools")), "{:?}", first.repairs);
    let mut request = request();
    request.messages.push(Message::Assistant { text: String::new(), calls: first.calls.clone() });
    request.messages.push(Message::Tool { call_id: first.calls[0].id.clone(), content: "2".into() });
    let second = ask_with(&client, request, CancellationToken::new()).await.reply();
    assert_eq!(second.text, "2 pods.");
    // The refusal is learned once: two requests reached the script, and one before was refused.
    let all = server.requests().into_iter().filter(|request| request.path.ends_with("/chat/completions")).count();
    assert_eq!(all, 3);
    let sent = server.requests().pop().map(|request| request.body).unwrap();
    assert!(sent.get("tools").is_none());
    assert!(sent["messages"][0]["content"].as_str().unwrap().contains("- kubernetes_list: Lists objects."));
    assert!(sent["messages"][3]["content"].as_str().unwrap().starts_with("<tool_response"));
}

#[tokio::test]
async fn the_dialect_is_learned_from_refusals() {
    let refusal = |message: &str| ServerStep::error(400, json!({"error": {"message": message}}).to_string());
    let server = server([
        refusal("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        refusal("'temperature' does not support 0 with this model."),
        ServerStep::text("ok"),
    ])
    .await;
    let client = client(settings(&server));
    assert_eq!(ask(&client).await.reply().text, "ok");
    let sent = server.chats().pop().unwrap();
    assert!(sent.get("max_tokens").is_none() && sent.get("temperature").is_none());
    assert_eq!(sent["max_completion_tokens"], 200);
}

#[tokio::test]
async fn headers_are_ours_and_only_ours() {
    let server = ModelServer::start(Script::steps([ServerStep::text("ok")]).api_key("sk-1234567")).await;
    let mut settings = settings(&server);
    settings.api_key = Some(domain::secret::Secret::new("sk-1234567"));
    settings.headers = vec![("X-Tenant".into(), domain::secret::Secret::new("blue"))];
    assert_eq!(ask(&client(settings)).await.reply().text, "ok");
    let headers = server.requests()[0].headers.clone();
    let values =
        |name: &str| headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect::<Vec<_>>();
    assert_eq!(values("authorization"), ["Bearer sk-1234567"]);
    assert_eq!(values("x-tenant"), ["blue"]);
    assert_eq!(values("openai-beta"), Vec::<String>::new());
}

#[tokio::test]
async fn no_key_means_no_authorization() {
    let server = server([ServerStep::text("ok")]).await;
    assert_eq!(ask(&client(settings(&server))).await.reply().text, "ok");
    assert!(server.requests()[0].headers.iter().all(|(name, _)| name != "authorization"));
}
