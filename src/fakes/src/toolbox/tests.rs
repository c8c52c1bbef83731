//! The scripted toolbox answers what it was told to, and nothing else.

use super::*;
use serde_json::json;

fn toolbox() -> ScriptedToolbox {
    let tools = vec![read_tool("kubernetes_list", "Lists.", json!({"type": "object"}))];
    ScriptedToolbox::new(tools)
        .on("kubernetes_list", json!({"kind": "Pod"}), Ok(Envelope::whole(json!(["a"]), 1)))
        .on_any("prometheus_targets", json!([1, 2]))
}

#[tokio::test]
async fn a_row_answers_calls_that_hold_its_arguments() {
    let toolbox = toolbox();
    let call = ToolCall::new("kubernetes_list", json!({"kind": "Pod", "namespace": "shop"}));
    let outcome = toolbox.call(call.clone(), CancellationToken::new()).await;
    assert_eq!(outcome.result.map(|envelope| envelope.data), Ok(json!(["a"])));
    assert_eq!(toolbox.calls(), [call]);
}

#[tokio::test]
async fn an_unexpected_call_says_so() {
    let toolbox = toolbox();
    let call = ToolCall::new("kubernetes_list", json!({"kind": "Node"}));
    let failure = toolbox.call(call, CancellationToken::new()).await.result.unwrap_err();
    assert!(failure.message.contains("no answer for kubernetes_list {\"kind\":\"Node\"}"), "{failure}");
    assert_eq!(toolbox.unexpected().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_call_can_be_stopped() {
    let toolbox = toolbox().slow("prometheus_targets", Duration::from_secs(60));
    let cancel = CancellationToken::new();
    let call = toolbox.call(ToolCall::new("prometheus_targets", json!({})), cancel.clone());
    let stop = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(call, stop);
    assert_eq!(outcome.result.unwrap_err().kind, FailureKind::Cancelled);
}
