//! Requests that are too long for the model, and what is done about them.

use crate::world::{ask, settings, targets};
use domain::answer::Brain;
use fakes::{ScriptedModel, Step};
use ports::model::{Capabilities, Message, ModelError, ModelEvent, Reply, TokenCount};
use ports::progress::TurnEvent;
use serde_json::json;
use std::sync::Arc;

fn window(context_tokens: u64) -> Result<Capabilities, ModelError> {
    Ok(Capabilities { tools: true, context_tokens: Some(context_tokens) })
}

fn size(messages: &[Message]) -> usize {
    format!("{messages:?}").len() / 4
}

#[tokio::test(start_paused = true)]
async fn a_question_longer_than_the_window_is_answered_from_its_ends_and_says_so() {
    let pasted = "2026-11-20 ERROR connection refused\n".repeat(2_000);
    let question = format!("which targets are down?\n{pasted}\nand why?");
    let model = Arc::new(
        ScriptedModel::new([Step::call("prometheus_targets", json!({})), Step::say("1 target is down [e1].")])
            .with_capabilities(window(4_096)),
    );
    let answer = ask(&question, Some(Arc::clone(&model)), Arc::new(targets()), settings()).await.answer.unwrap();
    assert_eq!(answer.brain, Brain::Model);
    assert!(answer.answer.contains("characters of its middle were left out"), "{}", answer.answer);
    for request in model.requests() {
        assert!(size(&request.messages) < 4_096, "{}", size(&request.messages));
    }
    let seen = format!("{:?}", model.requests()[1].messages);
    assert!(
        seen.contains("which targets are down?") && seen.contains("and why?") && seen.contains("connection refused")
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_the_server_finds_too_long_is_made_shorter_and_sent_again() {
    let too_long = || Step::Fail(ModelError::ContextTooLong("4096 tokens at most".into()));
    let question = format!("which targets are down? {}", "x ".repeat(20_000));
    let model = Arc::new(ScriptedModel::new([too_long(), too_long(), Step::say("I cannot tell.")]));
    let answer = ask(&question, Some(Arc::clone(&model)), Arc::new(targets()), settings()).await.answer.unwrap();
    assert_eq!((answer.brain, answer.usage.model_calls), (Brain::Model, 3));
    let sizes: Vec<usize> = model.requests().iter().map(|request| size(&request.messages)).collect();
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");

    let stubborn = Arc::new(ScriptedModel::new([too_long(), too_long(), too_long()]));
    let answer = ask("which targets are down?", Some(stubborn), Arc::new(targets()), settings()).await.answer.unwrap();
    assert_eq!(answer.brain, Brain::Playbook);
    assert!(answer.answer.contains("the conversation is too long for the model"), "{}", answer.answer);
}

#[tokio::test(start_paused = true)]
async fn a_window_too_small_for_any_request_leaves_the_answer_to_the_playbooks() {
    let model = ScriptedModel::new([]).with_capabilities(window(900));
    let told = ask("which targets are down?", Some(Arc::new(model)), Arc::new(targets()), settings()).await;
    let answer = told.answer.unwrap();
    assert_eq!(answer.brain, Brain::Playbook);
    assert!(answer.answer.contains("its window has room for about"), "{}", answer.answer);
    assert!(told.events.iter().any(|event| matches!(event, TurnEvent::Notice(_))));
}

#[tokio::test(start_paused = true)]
async fn what_the_server_counts_decides_how_much_is_sent() {
    // The server counts twice what the house estimates: results of the past must go sooner.
    let mut asked = 0;
    let model = Arc::new(
        ScriptedModel::answering(move |request| {
            asked += 1;
            let real = 2 * size(&request.messages) as u64;
            let tokens = TokenCount { prompt: real, completion: 10, estimated: false };
            let calls = match asked {
                ..8 => vec![ports::model::CallRequest {
                    id: format!("call_{asked}"),
                    tool: "prometheus_query".into(),
                    arguments: Ok(json!({"query": format!("up + {asked}")}).as_object().cloned().unwrap()),
                }],
                _ => Vec::new(),
            };
            let text = if calls.is_empty() { "Enough.".to_owned() } else { String::new() };
            Step::Events(vec![Ok(ModelEvent::Done(Reply { text, calls, tokens, repairs: Vec::new() }))])
        })
        .with_capabilities(window(4_096)),
    );
    let toolbox = Arc::new(targets().on_any("prometheus_query", json!("y".repeat(2_000))));
    ask("is it up?", Some(Arc::clone(&model)), toolbox, settings()).await.answer.unwrap();
    assert_eq!(model.violations(), Vec::<String>::new());
    let requests = model.requests();
    for request in requests.iter().skip(1) {
        assert!(2 * size(&request.messages) <= 4_096 + 400, "{}", size(&request.messages));
    }
    let last = format!("{:?}", requests.last().unwrap().messages);
    assert!(last.contains("put away for want of room") && last.contains("[e1]: prometheus_query"), "{last}");
}
