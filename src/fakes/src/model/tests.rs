//! The scripted model holds its callers to the protocol.

use super::*;
use ports::model::{Message, OfferedTool};
use serde_json::json;

fn request(messages: Vec<Message>) -> ModelRequest {
    ModelRequest { messages, tools: vec![], max_tokens: 100 }
}

fn user(text: &str) -> Message {
    Message::User(text.to_owned())
}

async fn collect(model: &ScriptedModel, request: ModelRequest) -> Vec<Result<ModelEvent, ModelError>> {
    model.ask(request, CancellationToken::new()).collect().await
}

#[tokio::test]
async fn says_and_calls_in_the_order_of_the_script() {
    let model = ScriptedModel::new([Step::call("a", json!({"x": 1})), Step::say("two words")]).must_be_used_up();
    let events = collect(&model, request(vec![user("hello")])).await;
    let Some(Ok(ModelEvent::Done(reply))) = events.last() else { panic!("{events:?}") };
    assert_eq!(reply.calls[0].id, "call_1");
    let answered = vec![
        user("hello"),
        Message::Assistant { text: String::new(), calls: reply.calls.clone() },
        Message::Tool { call_id: "call_1".into(), content: "1".into() },
    ];
    let events = collect(&model, request(answered)).await;
    assert_eq!(events.len(), 3, "{events:?}");
    assert_eq!(events[0], Ok(ModelEvent::Text("two ".into())));
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
#[should_panic(expected = "unanswered at the end")]
async fn an_unanswered_call_is_a_breach() {
    let call = CallRequest { id: "call_1".into(), tool: "a".into(), arguments: Ok(Map::new()) };
    let model = ScriptedModel::new([Step::say("x")]);
    let messages = vec![user("q"), Message::Assistant { text: String::new(), calls: vec![call] }];
    collect(&model, request(messages)).await;
}

#[tokio::test]
#[should_panic(expected = "came after the script's 1 steps")]
async fn one_request_too_many_is_a_breach() {
    let model = ScriptedModel::new([Step::say("x")]);
    collect(&model, request(vec![user("q")])).await;
    collect(&model, request(vec![user("q")])).await;
}

#[tokio::test]
#[should_panic(expected = "offers 1 tools instead of none")]
async fn the_last_request_can_be_held_to_offer_no_tools() {
    let model = ScriptedModel::new([Step::say("x")]).last_request_without_tools();
    let tool = OfferedTool { name: "a".into(), description: String::new(), parameters: json!({}) };
    collect(&model, ModelRequest { tools: vec![tool], ..request(vec![user("q")]) }).await;
}

#[test]
#[should_panic(expected = "2 steps of the script were never asked for")]
fn leftover_steps_fail_when_asked() {
    drop(ScriptedModel::new([Step::say("x"), Step::Stall]).must_be_used_up());
}

#[tokio::test(start_paused = true)]
async fn a_stalled_model_ends_when_cancelled() {
    let model = ScriptedModel::new([Step::Stall.after(Duration::from_secs(5))]);
    let cancel = CancellationToken::new();
    let mut events = model.ask(request(vec![user("q")]), cancel.clone());
    let nothing = tokio::time::timeout(Duration::from_secs(3600), events.next()).await;
    assert!(nothing.is_err());
    cancel.cancel();
    assert_eq!(events.next().await, Some(Err(ModelError::Cancelled)));
    assert_eq!(events.next().await, None);
}
