//! Conversations over surfaces, and what happens to them when the store is away.

use crate::house::{House, State, ask, ask_as, ask_told, last_request, remembered_by_anna};
use crate::world::{targets, tool};
use domain::answer::Brain;
use domain::conversation::address;
use domain::conversation::turn::{Feedback, Thumb};
use domain::object::ObjectRef;
use engine::conversations::UsageOf;
use fakes::{ScriptedModel, ScriptedToolbox, Step};
use ports::conversations::{AskError, TurnError};
use ports::model::{Capabilities, Message};
use ports::progress::TurnEvent;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const CRASHES: &str = "**The root cause is `Deployment shop/checkout`**, which crashes [e1].";

/// A cluster with one workload that crashes.
fn cluster() -> ScriptedToolbox {
    let rows = json!({"columns": ["object", "namespace", "name", "status"],
        "rows": [["Deployment shop/checkout", "shop", "checkout", "crashes"]]});
    ScriptedToolbox::new(vec![tool("kubernetes_list")]).on_any("kubernetes_list", json!({"table": rows}))
}

fn model(steps: impl IntoIterator<Item = Step>) -> Option<Arc<ScriptedModel>> {
    Some(Arc::new(ScriptedModel::new(steps)))
}

fn one_look() -> [Step; 2] {
    [Step::call("kubernetes_list", json!({"kind": "Deployment"})), Step::say(CRASHES)]
}

#[tokio::test(start_paused = true)]
async fn a_question_in_another_surface_knows_what_was_said_and_what_it_was_about() {
    let house = House::new();
    let thread = "slack:C123/1699.42";
    let in_slack = house.open(model(one_look()), cluster());
    let id = address::of_thread(thread);
    let told = ask_as(&in_slack, "what is wrong with checkout?", "anna", thread, Some(&id)).await.unwrap();
    assert_eq!((told.answer.conversation.as_deref(), told.number), (Some(id.as_str()), Some(1)));

    let link = format!("https://ops.example/conversations/{id}");
    let second = Arc::new(ScriptedModel::new([Step::say("I have not looked again.")]));
    let in_terminal = house.open(Some(Arc::clone(&second)), cluster());
    let told = ask_as(&in_terminal, "since when?", "ben", "terminal", Some(&link)).await.unwrap();
    assert_eq!(told.number, Some(2));
    let request = last_request(&second);
    assert!(request.contains("what is wrong with checkout?") && request.contains("which crashes [t1.e1]"), "{request}");

    // A portal without a model: the playbooks know the subject that the model's answer had.
    let logs = ScriptedToolbox::new(vec![tool("kubernetes_logs")])
        .on_any("kubernetes_logs", json!({"previous": false, "streams": [], "patterns": [], "lines": []}));
    let in_portal = house.open(None, logs);
    let told = ask_as(&in_portal, "and its logs?", "ben", "portal:ben", Some(&id)).await.unwrap();
    assert!(told.answer.answer.contains("The logs of Deployment shop/checkout"), "{}", told.answer.answer);

    let stored = in_portal.keeper().open(&id, 10).await.unwrap().unwrap();
    assert_eq!(stored.conversation.channel, thread);
    assert_eq!(stored.conversation.title, "what is wrong with checkout?");
    assert_eq!(stored.conversation.subject, Some(ObjectRef::namespaced("Deployment", "shop", "checkout")));
    let turns: Vec<(u32, &str, &str)> =
        stored.turns.iter().map(|turn| (turn.number, turn.person.as_str(), turn.channel.as_str())).collect();
    assert_eq!(turns, [(1, "anna", thread), (2, "ben", "terminal"), (3, "ben", "portal:ben")]);
}

#[tokio::test(start_paused = true)]
async fn evidence_is_kept_whole_and_not_as_it_was_shown() {
    let house = House::new();
    let rows: Vec<_> = (0..2_000).map(|row| json!(["shop", format!("checkout-{row}")])).collect();
    let toolbox = ScriptedToolbox::new(vec![tool("kubernetes_list")])
        .on_any("kubernetes_list", json!({"columns": ["namespace", "name"], "rows": rows}));
    let conversations = house.open(model(one_look()), toolbox);
    let told = ask(&conversations, "what is wrong with checkout?", None).await.unwrap();
    let kept = conversations.keeper().evidence(&told.turn).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].result.as_ref().unwrap().data["rows"].as_array().unwrap().len(), 2_000);
    assert!(told.answer.evidence[0].excerpt.len() < 700);
}

#[tokio::test(start_paused = true)]
async fn turns_of_two_surfaces_at_once_both_land_in_an_order() {
    let house = House::new();
    let surfaces: Vec<_> = (0..6).map(|_| house.open(None, targets())).collect();
    let questions = surfaces.iter().map(|surface| ask(surface, "which targets are down?", Some("c-1")));
    let told = futures::future::join_all(questions).await;
    let mut numbers: Vec<Option<u32>> = told.iter().map(|told| told.as_ref().unwrap().number).collect();
    numbers.sort();
    assert_eq!(numbers, (1..=6).map(Some).collect::<Vec<_>>());
    let stored = surfaces[0].keeper().open("c-1", 10).await.unwrap().unwrap();
    assert_eq!(stored.conversation.turns, 6);
    assert_eq!(stored.turns.iter().map(|turn| turn.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_long_conversation_is_folded_into_the_models_window() {
    let house = House::new();
    let said = format!("{CRASHES}\n\ncheckout is in shop [e1]. {}", "There is more to say about it. ".repeat(40));
    let mut asked = 0;
    let window = Capabilities { tools: true, context_tokens: Some(4_096) };
    let model = Arc::new(
        ScriptedModel::answering(move |_| {
            asked += 1;
            if asked % 2 == 1 { Step::call("kubernetes_list", json!({"kind": "Deployment"})) } else { Step::say(&said) }
        })
        .with_capabilities(Ok(window)),
    );
    let conversations = house.open(Some(Arc::clone(&model)), cluster());
    for number in 0..60 {
        ask(&conversations, &format!("question {number} about checkout?"), Some("c-1")).await.unwrap();
    }
    assert_eq!(model.violations(), Vec::<String>::new());
    for request in model.requests() {
        let bytes: usize = request.messages.iter().map(|message| format!("{message:?}").len()).sum();
        assert!(bytes / 4 < 4_096 - 800, "{bytes}");
    }
    let last = last_request(&model);
    assert!(last.contains("earlier turns left out"), "{last}");
    assert!(last.contains("Answered: **The root cause is `Deployment shop/checkout`**, which crashes [t5"), "{last}");
    assert!(last.contains("Fact: checkout is in shop [t5"), "{last}");
    assert!(last.contains("question 58 about checkout?") && !last.contains("question 2 about"), "{last}");
}

#[tokio::test(start_paused = true)]
async fn with_the_store_away_the_answer_comes_and_the_turn_is_kept_once_when_it_is_back() {
    let house = House::new();
    let said = [one_look(), one_look()].concat();
    let second = Arc::new(ScriptedModel::new(said.into_iter().chain([Step::say("It still does.")])));
    let conversations = house.open(Some(Arc::clone(&second)), cluster());
    house.store.set(State::Away);
    let told = ask(&conversations, "what is wrong with checkout?", Some("c-1")).await.unwrap();
    assert!(told.answer.answer.contains("which crashes [e1]"), "{}", told.answer.answer);
    let notice = "This conversation could not be kept: mongodb db:27017 refused the connection. It waits in memory";
    assert!(told.answer.answer.contains(notice), "{}", told.answer.answer);
    assert!(told.answer.answer.contains("Memory could not be searched"), "{}", told.answer.answer);
    assert_eq!((told.answer.conversation, told.number), (None, None));

    // The conversation goes on, from what this process holds.
    ask(&conversations, "and now?", Some("c-1")).await.unwrap();
    assert!(last_request(&second).contains("what is wrong with checkout?"));
    assert_eq!(conversations.settle().await, 2, "it is still away");

    house.store.set(State::Up);
    let told = ask(&conversations, "and now?", Some("c-1")).await.unwrap();
    assert!(!told.answer.answer.contains("could not"), "{}", told.answer.answer);
    assert_eq!((told.number, conversations.settle().await), (Some(3), 0));
    let stored = conversations.keeper().open("c-1", 10).await.unwrap().unwrap();
    let asked: Vec<&str> = stored.turns.iter().map(|turn| turn.question.as_str()).collect();
    assert_eq!(asked, ["what is wrong with checkout?", "and now?", "and now?"]);
    assert_eq!(conversations.keeper().evidence(&stored.turns[0].id).await.unwrap().len(), 1);
    assert_eq!(conversations.keeper().usage(&UsageOf::default()).await.unwrap().len(), 3);
    assert!(!remembered_by_anna(&house, "what is wrong with checkout?").await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_full_or_hangs_or_refuses_a_part_is_told_and_keeps_no_answer_from_coming() {
    for (state, expected, number) in [
        (State::Full, "This conversation could not be kept: the disk of /state is full.", None),
        (State::Hanging, "This conversation could not be kept: the store gave no answer in time.", None),
        (State::NoEvidence, "A part of the evidence could not be kept: ", Some(1)),
    ] {
        let house = House::new();
        let conversations = house.open(None, targets());
        house.store.set(state);
        let started = tokio::time::Instant::now();
        let (told, events) = ask_told(&conversations, "which targets are down?").await;
        assert!(told.answer.answer.contains("1 of 3 targets is down"), "{state:?}");
        assert!(told.answer.answer.contains(expected), "{state:?}: {}", told.answer.answer);
        assert_eq!(told.number, number, "{state:?}");
        assert!(events.iter().any(|event| matches!(event, TurnEvent::Notice(notice) if notice.starts_with(expected))));
        assert!(started.elapsed() <= Duration::from_secs(4), "{state:?}: {:?}", started.elapsed());
        assert_eq!(conversations.settle().await, usize::from(state == State::Hanging), "{state:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_stopped_turn_cost_is_recorded() {
    let house = House::new();
    let slow = Step::say("never read").after(Duration::from_secs(10));
    let steps = [Step::call("kubernetes_list", json!({})), slow];
    let conversations = house.open(model(steps), cluster());
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        stop.cancel();
    });
    let place = ports::conversations::Place::default();
    let asking = ports::conversations::Asking {
        question: "what is wrong?",
        quoted: None,
        turn: None,
        person: "anna",
        channel: "terminal",
        conversation: Some("c-1"),
        place: &place,
    };
    let ended = conversations.ask(asking, ports::progress::Progress::silent(), cancel).await;
    assert_eq!(ended, Err(AskError::Turn(TurnError::Cancelled)));
    assert_eq!(conversations.settle().await, 0);
    let usage = conversations.keeper().usage(&UsageOf::default()).await.unwrap();
    assert_eq!(usage.len(), 1);
    assert_eq!((usage[0].brain, usage[0].usage.model_calls, usage[0].usage.tool_calls), (None, 2, 1));
    assert!(usage[0].usage.prompt_tokens > 0);
    assert_eq!(conversations.keeper().open("c-1", 1).await.unwrap(), None, "a stopped turn is none");
}

#[tokio::test(start_paused = true)]
async fn recent_conversations_come_with_the_last_used_first() {
    let house = House::new();
    let conversations = house.open(None, targets());
    for (conversation, person) in [("c-1", "anna"), ("c-2", "anna"), ("c-3", "ben"), ("c-1", "ben")] {
        house.clock.advance(chrono::Duration::minutes(1));
        ask_as(&conversations, "which targets are down?", person, "terminal", Some(conversation)).await.unwrap();
    }
    let ids = |found: Vec<domain::conversation::Conversation>| -> Vec<String> {
        found.into_iter().map(|conversation| conversation.id).collect()
    };
    let keeper = conversations.keeper();
    assert_eq!(ids(keeper.recent("anna", 10).await.unwrap()), ["c-1", "c-2"]);
    assert_eq!(ids(keeper.recent("ben", 10).await.unwrap()), ["c-1", "c-3"], "where ben joined as well");
    assert_eq!(ids(keeper.recent("ben", 1).await.unwrap()), ["c-1"]);
    assert_eq!(ids(keeper.of_channel("terminal", 2).await.unwrap()), ["c-1", "c-3"]);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_conversation_leaves_nothing_but_what_it_cost() {
    let house = House::new();
    let said = [one_look(), one_look()].concat();
    let conversations = house.open(model(said), cluster());
    let told = ask(&conversations, "what is wrong with checkout?", Some("c-1")).await.unwrap();
    ask(&conversations, "what is wrong with checkout?", Some("c-2")).await.unwrap();
    let removed = conversations.delete("c-1").await.unwrap();
    assert_eq!((removed.turns, removed.evidence), (vec![told.turn.clone()], 1));
    let keeper = conversations.keeper();
    assert_eq!(keeper.open("c-1", 10).await.unwrap(), None);
    assert_eq!(keeper.turn(&told.turn).await.unwrap(), None);
    assert_eq!(keeper.evidence(&told.turn).await.unwrap(), []);
    assert_eq!(keeper.usage(&UsageOf::default()).await.unwrap().len(), 2);
    let remembered = remembered_by_anna(&house, "what is wrong with checkout?").await;
    assert!(remembered.iter().all(|memory| memory.source.starts_with("conversations/c-2")), "{remembered:?}");
    assert_eq!(remembered.len(), 1);
    assert!(keeper.open("c-2", 10).await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn feedback_is_kept_with_the_turn_and_moves_what_was_remembered_for_it() {
    let house = House::new();
    let said = [one_look(), one_look()].concat();
    let conversations = house.open(model(said), cluster());
    ask(&conversations, "what is wrong with checkout?", Some("c-1")).await.unwrap();
    let told = ask(&conversations, "what is wrong with checkout?", Some("c-2")).await.unwrap();
    assert_eq!(told.answer.memory.len(), 1, "the first conversation is remembered in the second");
    let word = |thumb| Feedback { person: "ben".into(), thumb, comment: None, at: crate::world::now() };
    for thumb in [Thumb::Up, Thumb::Up, Thumb::Down] {
        assert!(conversations.feedback(&told.turn, word(thumb)).await.unwrap());
    }
    assert!(!conversations.feedback("no-such-turn", word(Thumb::Up)).await.unwrap());
    let turn = conversations.keeper().turn(&told.turn).await.unwrap().unwrap();
    assert_eq!(turn.feedback, [word(Thumb::Down)]);
    let query = ports::store::query::Query::of(&ports::store::collections::MEMORY);
    let entries: ports::store::record::Records<domain::memory::entry::Entry> =
        ports::store::record::page(house.store.as_ref(), &query).await.unwrap();
    let counts: Vec<(u32, u32)> =
        entries.records.iter().map(|entry| (entry.value.helpful, entry.value.unhelpful)).collect();
    assert_eq!(counts, [(1, 1), (1, 1)], "the recalled one and the turn's own, each thumb once");
}

#[tokio::test(start_paused = true)]
async fn what_anna_said_under_another_rule_is_not_sent_to_a_restricted_model() {
    let mut house = House::new();
    let free = house.open(model(one_look()), cluster());
    ask(&free, "what is wrong with checkout?", Some("c-1")).await.unwrap();
    house.settings.disclosure =
        domain::disclosure::Disclosure { sources: Some(vec!["prometheus".into()]), denied_namespaces: Vec::new() };
    let model = Arc::new(ScriptedModel::new([Step::say("I cannot tell.")]));
    let restricted = house.open(Some(Arc::clone(&model)), cluster());
    let told = ask(&restricted, "since when?", Some("c-1")).await.unwrap();
    assert_eq!(told.answer.brain, Brain::Model);
    let request = last_request(&model);
    assert!(request.contains("what is wrong with checkout?") && !request.contains("crashes"), "{request}");
    assert!(model.requests()[0].messages.iter().any(|message| matches!(message, Message::Assistant { .. })));
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_while_the_store_hangs_do_not_wait_for_each_other() {
    let house = House::new();
    let surfaces = house.open(None, targets());
    house.store.set(State::Hanging);
    ask(&surfaces, "which targets are down?", None).await.unwrap();
    let started = tokio::time::Instant::now();
    let questions = (0..20).map(|_| ask(&surfaces, "which targets are down?", None));
    let told = futures::future::join_all(questions).await;
    assert!(told.iter().all(|told| told.as_ref().unwrap().answer.answer.contains("could not be kept")));
    assert!(started.elapsed() <= Duration::from_secs(20), "{:?}", started.elapsed());
    house.store.set(State::Up);
    assert_eq!(surfaces.settle().await, 0);
    assert_eq!(surfaces.keeper().recent("anna", 100).await.unwrap().len(), 21);
}
