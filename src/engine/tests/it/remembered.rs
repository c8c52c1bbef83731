//! What memory brings to a turn: shown with its date, never evidence, never more than the first request may hold.

use crate::house::{House, ask, ask_as, last_request, remembered_by_anna};
use crate::world::{now, targets, tool};
use domain::answer::{Brain, ClaimKind};
use domain::envelope::{Failure, FailureKind};
use domain::memory::entry::{Draft, Kind};
use fakes::toolbox::read_tool;
use fakes::{ScriptedModel, ScriptedToolbox, Step};
use serde_json::{Value, json};
use std::sync::Arc;

fn page(kind: Kind, text: &str) -> Draft {
    Draft {
        kind,
        title: "A scrape target is down".into(),
        text: text.into(),
        names: vec!["TargetDown".into()],
        source: "runbooks/prometheus-target-down.md".into(),
        person: None,
        created_at: now() - chrono::Duration::days(40),
    }
}

const PAGE: &str = "When a target is down [e1], node 127.0.0.1:9101 lost its exporter 7 times. Start it again.";

#[tokio::test(start_paused = true)]
async fn what_a_model_repeats_from_memory_is_never_a_fact() {
    let house = House::new();
    house.memory.remember(vec![page(Kind::Runbook, PAGE)]).await.unwrap();
    // From memory alone; with a mark of a look that never was; with a mark of a look that does not hold it.
    let said = "The exporter of `Node worker-7` is lost. It was lost 7 times [e9]. \
                **Node `worker-7` lost its exporter 7 times** [e1]. The root cause is `Deployment shop/exporter`.";
    let model = Arc::new(ScriptedModel::new([Step::call("prometheus_targets", json!({})), Step::say(said)]));
    let conversations = house.open(Some(Arc::clone(&model)), targets());
    let told = ask(&conversations, "why is a scrape target down?", None).await.unwrap();
    let answer = told.answer;
    assert_eq!(answer.brain, Brain::Model);
    assert!(answer.claims.len() >= 3, "{:?}", answer.claims);
    assert!(answer.claims.iter().all(|claim| claim.kind == ClaimKind::Hypothesis), "{:?}", answer.claims);
    assert!(answer.hypotheses.iter().all(|hypothesis| hypothesis.confidence < 0.5), "{:?}", answer.hypotheses);
    assert!(answer.answer.contains("Cited and never looked at: e9"), "{}", answer.answer);
    let shown = "From memory, not seen now:\n- runbook “A scrape target is down”, 2026-10-11 (runbooks/";
    assert!(answer.answer.contains(shown), "{}", answer.answer);
    assert_eq!((answer.memory[0].kind.as_str(), answer.memory.len()), ("runbook", 1));
    assert!(answer.evidence.iter().all(|view| view.tool == "prometheus_targets"), "memory is no evidence");
    let request = last_request(&model);
    assert!(request.contains("When a target is down, node 127.0.0.1:9101"), "without its marks: {request}");
    assert!(request.contains("it has no id and cannot be cited"), "{request}");
}

#[tokio::test(start_paused = true)]
async fn the_playbooks_name_the_page_with_its_date_as_well() {
    let house = House::new();
    house.memory.remember(vec![page(Kind::Runbook, PAGE)]).await.unwrap();
    let conversations = house.open(None, targets());
    let told = ask(&conversations, "which scrape target is down?", None).await.unwrap();
    let shown = "- runbook “A scrape target is down”, 2026-10-11 (runbooks/prometheus-target-down.md)";
    assert!(told.answer.answer.ends_with(shown), "{}", told.answer.answer);
    assert!(told.answer.claims.iter().all(|claim| claim.kind == ClaimKind::Fact), "{:?}", told.answer.claims);
}

#[tokio::test(start_paused = true)]
async fn an_answered_question_is_remembered_elsewhere_and_not_in_its_own_conversation() {
    let house = House::new();
    let conversations = house.open(None, targets());
    let question = "which scrape targets are down?";
    ask(&conversations, question, Some("c-1")).await.unwrap();
    let again = ask(&conversations, question, Some("c-1")).await.unwrap();
    assert_eq!(again.answer.memory, []);
    house.clock.advance(chrono::Duration::days(2));
    let elsewhere = ask_as(&conversations, question, "ben", "portal:ben", None).await.unwrap();
    assert_eq!(elsewhere.answer.memory, [], "what another asked in private was brought up");
    let elsewhere = ask_as(&conversations, question, "anna", "portal:anna", None).await.unwrap();
    let memory = elsewhere.answer.memory.first().unwrap();
    assert_eq!((memory.title.as_str(), memory.kind.as_str()), (question, "turn"));
    assert_eq!(memory.date, now());
    assert!(memory.source.starts_with("conversations/c-1?turn="), "{}", memory.source);
}

#[tokio::test(start_paused = true)]
async fn a_question_about_everything_brings_up_no_page_that_merely_mentions_its_words() {
    let house = House::new();
    house.memory.ingest_runbooks(engine::memory::builtin_runbooks()).await.unwrap();
    for question in
        ["how is my cluster?", "any alerts?", "what changed in the last hour?", "what is wrong with checkout?"]
    {
        let recalled = house.memory.recall_for(question, "anna", 600).await.unwrap();
        let titles: Vec<&str> = recalled.iter().map(|recalled| recalled.title.as_str()).collect();
        assert_eq!(titles, [""; 0], "{question}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_of_what_was_found_is_named_although_the_question_named_nothing() {
    let house = House::new();
    house.memory.ingest_runbooks(engine::memory::builtin_runbooks()).await.unwrap();
    let pages = house.memory.pages_for("Pod shop/checkout-1 is in CrashLoopBackOff, 7 restarts").await.unwrap();
    assert_eq!(pages.first().map(|page| page.title.as_str()), Some("A pod keeps crashing and restarting"));
    assert_eq!(house.memory.pages_for("All 12 Deployments are as they should be.").await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_found_no_fact_is_not_remembered() {
    let house = House::new();
    let model = ScriptedModel::new([Step::say("It must be `Deployment shop/checkout`.")]);
    let conversations = house.open(Some(Arc::new(model)), targets());
    let told = ask(&conversations, "what is wrong with checkout?", None).await.unwrap();
    assert_eq!(told.answer.claims.len(), 1);
    assert_eq!(remembered_by_anna(&house, "what is wrong with checkout?").await, []);
}

#[tokio::test(start_paused = true)]
async fn a_look_of_an_earlier_turn_is_no_evidence_of_this_one() {
    let house = House::new();
    house.memory.remember(vec![page(Kind::Runbook, PAGE)]).await.unwrap();
    let model = Arc::new(ScriptedModel::new([
        Step::call("prometheus_targets", json!({})),
        Step::say("**The scrape target node 127.0.0.1:9101 is down** [e1]."),
        Step::say("node 127.0.0.1:9101 is still down [t1.e1].\nnode 127.0.0.1:9101 is still down [e1]."),
    ]));
    let conversations = house.open(Some(Arc::clone(&model)), targets());
    let first = ask(&conversations, "which scrape target is down?", Some("c-1")).await.unwrap();
    assert_eq!(first.answer.claims[0].kind, ClaimKind::Fact);
    let second = ask(&conversations, "and now?", Some("c-1")).await.unwrap();
    let kinds: Vec<ClaimKind> = second.answer.claims.iter().map(|claim| claim.kind).collect();
    assert_eq!(kinds, [ClaimKind::Hypothesis, ClaimKind::Hypothesis], "{}", second.answer.answer);
    let request = last_request(&model);
    assert!(request.contains("is down** [t1.e1]"), "{request}");
    assert!(!request.contains("From memory, not seen now"), "what was remembered was not said: {request}");
}

#[tokio::test(start_paused = true)]
async fn the_first_request_keeps_its_budget_whatever_is_remembered() {
    const WORDS: &str = "Reads what the cluster says about scrape targets that are down, in many words and columns. ";
    for (schema_words, is_shown) in [(1, true), (8, true), (24, false)] {
        let house = House::new();
        let long = format!("{PAGE} {}", "Look at the scrape target and its exporter again. ".repeat(400));
        for number in 0..5 {
            let mut draft = page(Kind::Runbook, &long);
            draft.source = format!("runbooks/{number}.md");
            house.memory.remember(vec![draft]).await.unwrap();
        }
        let schema = json!({"type": "object", "properties": {"query": {"type": "string", "description": WORDS.repeat(schema_words)}}});
        let tools = (0..7).map(|number| read_tool(&format!("prometheus_target{number}"), WORDS, schema.clone()));
        let model = Arc::new(ScriptedModel::new([Step::say("I do not know.")]));
        let toolbox = ScriptedToolbox::new(tools.chain([tool("prometheus_targets")]).collect());
        let conversations = house.open(Some(Arc::clone(&model)), toolbox);
        let told = ask(&conversations, "why is a scrape target down?", None).await.unwrap();
        assert_eq!(told.answer.memory.len(), 3);
        let request = &model.requests()[0];
        let wire = format!("{:?}{}", request.messages, serde_json::to_string(&request.tools.iter().map(|tool| json!({"type": "function", "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters}})).collect::<Vec<_>>()).unwrap());
        let tokens = domain::tokens::estimate(&wire);
        assert_eq!(wire.contains("From memory"), is_shown, "{schema_words}");
        assert!(tokens <= 2_500 || !is_shown, "{schema_words}: {tokens}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_in_part_was_remembered_as_if_it_were_all() {
    let house = House::new();
    let away = Failure::new(FailureKind::Unreachable, "prometheus refused the connection");
    let toolbox = targets().on("prometheus_query", Value::Null, Err(away));
    let model = ScriptedModel::new([
        Step::calls([("prometheus_targets", json!({})), ("prometheus_query", json!({"query": "up"}))]),
        Step::say("**The scrape target node 127.0.0.1:9101 is down** [e1]."),
    ]);
    let conversations = house.open(Some(Arc::new(model)), toolbox);
    ask(&conversations, "which scrape target is down?", None).await.unwrap();
    let remembered = remembered_by_anna(&house, "which scrape target is down?").await;
    let text = &remembered.first().unwrap().text;
    assert_eq!(text.matches("Could not look at: prometheus_query.").count(), 2, "{text}");
    for part in text.split("\n\n") {
        assert!(part.starts_with("Could not look at: "), "a part that is shown alone: {part}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_turns_of_the_conversation_itself_left_no_room_for_other_memories() {
    let house = House::new();
    house.memory.remember(vec![page(Kind::Runbook, PAGE)]).await.unwrap();
    for number in 0..4 {
        let mut own = page(Kind::Turn, PAGE);
        own.title = format!("is scrape target {number} down?");
        own.source = format!("conversations/c-1?turn={number}");
        own.person = Some("anna".into());
        own.created_at = now();
        house.memory.remember(vec![own]).await.unwrap();
    }
    let conversations = house.open(None, targets());
    let told = ask(&conversations, "which scrape target is down?", Some("c-1")).await.unwrap();
    let titles: Vec<&str> = told.answer.memory.iter().map(|memory| memory.title.as_str()).collect();
    assert_eq!(titles, ["A scrape target is down"]);
}
