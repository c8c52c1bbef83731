//! The model brain: what it is offered, what it may do wrong, and what comes of its claims.

use crate::world::{ask, ask_until, settings, targets, tool};
use domain::answer::{Brain, ClaimKind};
use domain::disclosure::Disclosure;
use domain::envelope::{Failure, FailureKind};
use fakes::{ScriptedModel, ScriptedToolbox, Step};
use ports::model::{Message, ModelError};
use ports::progress::TurnEvent;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const ANSWER: &str = "**1 target is down: node 127.0.0.1:9101** [e1]. The reason is `connection refused` [e1]. It lost 77 requests [e1].";

#[tokio::test(start_paused = true)]
async fn a_turn_calls_a_tool_and_binds_each_claim() {
    let model = Arc::new(
        ScriptedModel::new([Step::call("prometheus_targets", json!({})), Step::say(ANSWER)]).must_be_used_up(),
    );
    let told = ask("which targets are down?", Some(Arc::clone(&model)), Arc::new(targets()), settings()).await;
    let answer = told.answer.unwrap();
    assert_eq!(answer.brain, Brain::Model);
    assert_eq!(answer.usage.model_calls, 2);
    assert_eq!(answer.usage.tool_calls, 1);
    let kinds: Vec<ClaimKind> = answer.claims.iter().map(|claim| claim.kind).collect();
    assert_eq!(kinds, [ClaimKind::Fact, ClaimKind::Fact, ClaimKind::Hypothesis], "{}", answer.answer);
    assert!(answer.answer.contains("77 requests [e1]. (unconfirmed)"), "{}", answer.answer);
    assert!(told.events.iter().any(|event| matches!(event, TurnEvent::Text(_))));
    assert_eq!(model.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn the_same_call_twice_is_answered_from_the_turns_own_results() {
    let steps = [
        Step::call("prometheus_targets", json!({})),
        Step::call("prometheus_targets", json!({})),
        Step::say("Nothing new."),
    ];
    let toolbox = Arc::new(targets());
    let told =
        ask("which targets are down?", Some(Arc::new(ScriptedModel::new(steps))), Arc::clone(&toolbox), settings())
            .await;
    assert_eq!(toolbox.calls().len(), 1);
    assert_eq!(told.answer.unwrap().evidence.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_calls_a_tool_that_does_not_exist_thirty_times_is_led_to_an_answer() {
    let model = Arc::new(ScriptedModel::answering(|request| {
        if request.tools.is_empty() {
            Step::say("I could not find out.")
        } else {
            Step::calls((0..30).map(|_| ("prometheus_target_list", json!({}))))
        }
    }));
    let toolbox = Arc::new(targets());
    let told = ask("which targets are down?", Some(Arc::clone(&model)), Arc::clone(&toolbox), settings()).await;
    assert_eq!(told.answer.unwrap().answer, "I could not find out.");
    assert!(toolbox.calls().is_empty());
    let requests = model.requests();
    assert_eq!(requests.len(), 4, "three fruitless steps, then one without tools");
    let told_nearest = requests[1]
        .messages
        .iter()
        .any(|message| matches!(message, Message::Tool { content, .. } if content.contains("prometheus_targets")));
    assert!(told_nearest);
    assert_eq!(model.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_model_that_never_stops_calling_answers_in_the_last_step() {
    let mut calls = 0;
    let model = Arc::new(ScriptedModel::answering(move |request| {
        calls += 1;
        if request.tools.is_empty() {
            Step::say("Enough.")
        } else {
            Step::call("prometheus_query", json!({"query": format!("up + {calls}")}))
        }
    }));
    let toolbox = Arc::new(targets().on_any("prometheus_query", json!(1)));
    let told = ask("is it up?", Some(Arc::clone(&model)), toolbox, settings()).await;
    assert_eq!(told.answer.unwrap().answer, "Enough.");
    assert_eq!(model.requests().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn when_the_model_fails_the_playbooks_answer_and_say_so() {
    let failures = [
        Step::Fail(ModelError::Unreachable("http://127.0.0.1:11434 refused".into())),
        Step::SayThenFail("Half an ans".into(), ModelError::BadAnswer("it stopped".into())),
        Step::Events(vec![]),
        Step::say("   "),
        Step::Stall,
    ];
    for step in failures {
        let shown = format!("{step:?}");
        let told =
            ask("which targets are down?", Some(Arc::new(ScriptedModel::new([step]))), Arc::new(targets()), settings())
                .await;
        let answer = told.answer.unwrap();
        assert_eq!(answer.brain, Brain::Playbook, "{shown}");
        assert!(answer.answer.contains("1 of 3 targets is down"), "{shown}: {}", answer.answer);
        assert!(answer.answer.contains("The model (scripted at fakes) gave no answer"), "{shown}: {}", answer.answer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_cannot_be_probed_leaves_the_answer_to_the_playbooks() {
    let model = ScriptedModel::new([]).with_capabilities(Err(ModelError::Unreachable("no route".into())));
    let told = ask("which targets are down?", Some(Arc::new(model)), Arc::new(targets()), settings()).await;
    assert_eq!(told.answer.unwrap().brain, Brain::Playbook);
}

#[tokio::test(start_paused = true)]
async fn a_slow_model_is_left_at_the_turns_deadline_and_never_later_than_the_grace() {
    let started = tokio::time::Instant::now();
    let model = ScriptedModel::new([Step::say("late").after(Duration::from_secs(600))]);
    let told = ask("which targets are down?", Some(Arc::new(model)), Arc::new(targets()), settings()).await;
    assert_eq!(told.answer.unwrap().brain, Brain::Playbook);
    assert!(started.elapsed() <= Duration::from_secs(41), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_is_told_in_the_answer_of_a_model_that_keeps_silent_about_it() {
    let failure = Failure::new(FailureKind::Unreachable, "prometheus http://127.0.0.1:9 refused the connection");
    let toolbox =
        ScriptedToolbox::new(vec![tool("prometheus_targets")]).on("prometheus_targets", Value::Null, Err(failure));
    let model =
        ScriptedModel::new([Step::call("prometheus_targets", json!({})), Step::say("All targets are healthy [e1].")]);
    let answer =
        ask("which targets are down?", Some(Arc::new(model)), Arc::new(toolbox), settings()).await.answer.unwrap();
    assert!(answer.could_not_look());
    assert!(answer.answer.contains("I could not look"), "{}", answer.answer);
    assert_eq!(answer.claims[0].kind, ClaimKind::Hypothesis, "a failed look supports nothing");
}

#[tokio::test(start_paused = true)]
async fn what_may_not_leave_the_house_is_neither_called_nor_shown() {
    let rows = json!({"columns": ["namespace", "name"], "rows": [["hr", "payroll"], ["shop", "cart"]]});
    let toolbox = Arc::new(
        ScriptedToolbox::new(vec![tool("kubernetes_list"), tool("loki_query")]).on_any("kubernetes_list", rows),
    );
    let model = Arc::new(ScriptedModel::new([
        Step::calls([
            ("kubernetes_list", json!({})),
            ("kubernetes_list", json!({"namespace": "hr"})),
            ("loki_query", json!({})),
        ]),
        Step::say("Done."),
    ]));
    let mut settings = settings();
    settings.disclosure = Disclosure { sources: Some(vec!["kubernetes".into()]), denied_namespaces: vec!["h*".into()] };
    ask("what is wrong with payroll?", Some(Arc::clone(&model)), Arc::clone(&toolbox), settings).await.answer.unwrap();
    assert_eq!(toolbox.calls().len(), 1);
    let requests = model.requests();
    assert!(requests[0].tools.iter().all(|tool| tool.name != "loki_query"));
    let seen: String = requests[1]
        .messages
        .iter()
        .filter_map(|message| match message {
            Message::Tool { content, .. } => Some(content.clone()),
            _ => None,
        })
        .collect();
    assert!(seen.contains("cart") && !seen.contains("payroll"), "{seen}");
}

#[tokio::test(start_paused = true)]
async fn a_long_conversation_is_kept_within_the_models_context() {
    let big = json!((0..400).map(|n| format!("row {n} with some words in it")).collect::<Vec<_>>());
    let mut calls = 0;
    let model = Arc::new(
        ScriptedModel::answering(move |request| {
            calls += 1;
            if request.tools.is_empty() || calls > 12 {
                Step::say("Enough.")
            } else {
                Step::call("prometheus_query", json!({"query": format!("up + {calls}")}))
            }
        })
        .with_capabilities(Ok(ports::model::Capabilities { tools: true, context_tokens: Some(4_096) })),
    );
    let toolbox = Arc::new(targets().on_any("prometheus_query", big));
    ask("is it up?", Some(Arc::clone(&model)), toolbox, settings()).await.answer.unwrap();
    for request in model.requests() {
        let tokens: usize = request.messages.iter().map(|message| format!("{message:?}").len().div_ceil(4)).sum();
        assert!(tokens < 4_096, "{tokens}");
    }
    assert_eq!(model.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_the_turn_at_once() {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        stop.cancel();
    });
    let started = tokio::time::Instant::now();
    let told = ask_until(
        "is it up?",
        Some(Arc::new(ScriptedModel::new([Step::Stall]))),
        Arc::new(targets()),
        settings(),
        cancel,
    )
    .await;
    assert!(told.answer.is_err());
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn the_model_is_offered_no_tool_that_changes_anything() {
    let mut writes = tool("kubernetes_scale");
    writes.effect = domain::effect::EffectClass::W1;
    let toolbox = Arc::new(ScriptedToolbox::new(vec![tool("kubernetes_list"), writes]));
    let model = Arc::new(ScriptedModel::new([
        Step::call("find_tools", json!({"about": "scale a deployment"})),
        Step::call("kubernetes_scale", json!({"replicas": 0})),
        Step::say("I cannot change anything."),
    ]));
    ask("scale checkout to zero", Some(Arc::clone(&model)), Arc::clone(&toolbox), settings()).await.answer.unwrap();
    assert!(model.requests().iter().all(|request| request.tools.iter().all(|tool| tool.name != "kubernetes_scale")));
    assert!(toolbox.calls().is_empty(), "the call never reaches the toolbox");
}

#[tokio::test(start_paused = true)]
async fn a_prompt_whose_reply_never_came_cost_nothing() {
    let asked = |step: Step| async move {
        let model = Arc::new(ScriptedModel::new([step]));
        ask("which targets are down?", Some(model), Arc::new(targets()), settings()).await.answer.unwrap()
    };
    for step in [
        Step::Stall,
        Step::SayThenFail("1 target".to_owned(), ModelError::BadAnswer("cut off".to_owned())),
        Step::Fail(ModelError::Timeout("no token came".to_owned())),
    ] {
        let answer = asked(step).await;
        assert_eq!(answer.brain, Brain::Playbook);
        assert!(answer.usage.prompt_tokens > 200, "{:?}", answer.usage);
    }
    for error in [ModelError::Unreachable("refused".to_owned()), ModelError::Busy("full".to_owned())] {
        assert_eq!(asked(Step::Fail(error)).await.usage.prompt_tokens, 0, "nobody read it");
    }
}
