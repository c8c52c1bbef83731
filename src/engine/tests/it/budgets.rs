//! Budgets of a day and of a question, and what is told when one is used up.

use crate::house::{House, State, ask, ask_as};
use crate::world::{ask as ask_jamie, settings, targets, tool};
use domain::answer::Brain;
use domain::usage::budgets::{Budgets, DayBudget, QuestionBudget};
use domain::usage::{By, sums};
use engine::conversations::UsageOf;
use fakes::{ScriptedModel, ScriptedToolbox, Step};
use ports::conversations::AskError;
use ports::model::Message;
use serde_json::json;
use std::sync::Arc;

const SAID: &str = "1 target is down [e1].";

fn looks_and_says() -> [Step; 2] {
    [Step::call("prometheus_targets", json!({})), Step::say(SAID)]
}

#[tokio::test(start_paused = true)]
async fn when_the_days_tokens_are_used_up_the_playbooks_answer_and_say_so_until_midnight() {
    let mut house = House::new();
    house.budgets.person_day = DayBudget { tokens: Some(100), questions: None };
    let steps = [looks_and_says(), looks_and_says(), looks_and_says()].concat();
    let model = Arc::new(ScriptedModel::new(steps));
    let conversations = house.open(Some(Arc::clone(&model)), targets());
    let question = "which targets are down?";
    let brain = |told: &ports::conversations::Told| told.answer.brain;
    let first = ask(&conversations, question, None).await.unwrap();
    assert_eq!(brain(&first), Brain::Model);
    let second = ask(&conversations, question, None).await.unwrap();
    assert_eq!(brain(&second), Brain::Playbook);
    assert_eq!(model.requests().len(), 2, "the model is not asked");
    let spent = first.answer.usage.prompt_tokens + first.answer.usage.completion_tokens;
    let why = format!("Your 100 model tokens of today are used up ({spent} so far), so the playbooks answered");
    assert!(second.answer.answer.contains(&why), "{}", second.answer.answer);
    assert!(second.answer.answer.contains("1 of 3 targets is down"), "{}", second.answer.answer);
    let of_ben = ask_as(&conversations, question, "ben", "terminal", None).await.unwrap();
    assert_eq!(brain(&of_ben), Brain::Model, "a person's budget is their own");
    house.clock.advance(chrono::Duration::hours(21));
    assert_eq!(brain(&ask(&conversations, question, None).await.unwrap()), Brain::Model, "a new day");

    let records = conversations.keeper().usage(&UsageOf::default()).await.unwrap();
    let by_day = sums(&records, By::Day);
    let told: Vec<(&str, u64, u64)> =
        by_day.iter().map(|(day, sum)| (day.as_str(), sum.questions, sum.by_model)).collect();
    assert_eq!(told, [("2026-11-20", 3, 2), ("2026-11-21", 1, 1)]);
    let of = UsageOf { person: Some("anna".into()), from: Some("2026-11-21".into()), ..UsageOf::default() };
    assert_eq!(conversations.keeper().usage(&of).await.unwrap().len(), 1);
    let until = UsageOf { from: Some("2026-11-19".into()), to: Some("2026-11-20".into()), ..UsageOf::default() };
    assert_eq!(conversations.keeper().usage(&until).await.unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_channel_has_one_budget_over_its_threads_and_a_bound_of_questions_refuses() {
    let mut house = House::new();
    house.budgets.channel_day = DayBudget { tokens: None, questions: Some(2) };
    let conversations = house.open(None, targets());
    let question = "which targets are down?";
    for thread in ["slack:C1/1", "slack:C1/2"] {
        ask_as(&conversations, question, "anna", thread, None).await.unwrap();
    }
    let refused = ask_as(&conversations, question, "ben", "slack:C1/3", None).await.unwrap_err();
    assert!(matches!(&refused, AskError::Refused { why } if why.starts_with("This channel's 2 questions of today")));
    ask_as(&conversations, question, "ben", "slack:C2/1", None).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_cannot_be_looked_at_does_not_fail_open() {
    for (budget, expected) in [
        (DayBudget { tokens: Some(1_000_000), questions: None }, Brain::Playbook),
        (DayBudget::default(), Brain::Model),
    ] {
        let mut house = House::new();
        house.budgets = Budgets { person_day: budget, ..Budgets::default() };
        let model = Arc::new(ScriptedModel::new(looks_and_says()));
        let conversations = house.open(Some(model), targets());
        house.store.set(State::Away);
        let told = ask(&conversations, "which targets are down?", None).await.unwrap();
        assert_eq!(told.answer.brain, expected);
        let why = "What was spent today could not be looked at, so the playbooks answered: mongodb";
        assert_eq!(told.answer.answer.contains(why), expected == Brain::Playbook, "{}", told.answer.answer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_budget_of_a_day_was_counted_from_zero_where_the_store_could_not_be_opened() {
    for (budget, expected) in [
        (DayBudget { tokens: Some(1_000_000), questions: None }, Brain::Playbook),
        (DayBudget::default(), Brain::Model),
    ] {
        for budgets in [
            Budgets { person_day: budget, ..Budgets::default() },
            Budgets { channel_day: budget, ..Budgets::default() },
        ] {
            let mut house = House::new();
            (house.budgets, house.unknown_spending) = (budgets, Some("the store is damaged".into()));
            let conversations = house.open(Some(Arc::new(ScriptedModel::new(looks_and_says()))), targets());
            let told = ask(&conversations, "which targets are down?", None).await.unwrap();
            assert_eq!(told.answer.brain, expected);
            let why = "What was spent today is not known, so the playbooks answered: the store is damaged.";
            assert_eq!(told.answer.answer.contains(why), expected == Brain::Playbook, "{}", told.answer.answer);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nears_its_tokens_gets_no_more_tools_and_one_over_them_the_playbooks() {
    let mut calls = 0;
    let model = Arc::new(ScriptedModel::answering(move |request| {
        calls += 1;
        if request.tools.is_empty() {
            Step::say(SAID)
        } else {
            Step::call("prometheus_query", json!({"query": format!("up + {calls}")}))
        }
    }));
    let toolbox = || Arc::new(targets().on_any("prometheus_query", json!("x".repeat(1_000))));
    let with = |tokens| {
        let mut settings = settings();
        settings.budget = QuestionBudget { tokens: Some(tokens), ..QuestionBudget::default() };
        settings
    };
    let told = ask_jamie("is it up?", Some(Arc::clone(&model)), toolbox(), with(6_000)).await.answer.unwrap();
    let spent = told.usage.prompt_tokens + told.usage.completion_tokens;
    assert_eq!(told.brain, Brain::Model);
    assert!(spent <= 6_000 && told.usage.model_calls > 1, "{:?}", told.usage);
    assert!(model.requests().last().unwrap().tools.is_empty());

    let told =
        ask_jamie("which targets are down?", Some(Arc::clone(&model)), toolbox(), with(900)).await.answer.unwrap();
    assert_eq!((told.brain, told.usage.model_calls), (Brain::Playbook, 0));
    assert!(told.answer.contains("The 900 model tokens that one question may cost"), "{}", told.answer);
}

#[tokio::test(start_paused = true)]
async fn calls_and_bytes_over_a_questions_budget_are_not_made_and_told() {
    for (budget, told_why) in [
        (QuestionBudget { tool_calls: Some(2), ..QuestionBudget::default() }, "the turn had made its 2 looks"),
        (QuestionBudget { tool_bytes: Some(1_500), ..QuestionBudget::default() }, "the turn had read its 1500 bytes"),
    ] {
        let model = Arc::new(ScriptedModel::answering(|request| {
            let answered = request.messages.iter().filter(|message| matches!(message, Message::Tool { .. })).count();
            match answered {
                4 => Step::say("Enough."),
                made => Step::call("prometheus_query", json!({"query": format!("up + {made}")})),
            }
        }));
        let toolbox = Arc::new(
            ScriptedToolbox::new(vec![tool("prometheus_query")]).on_any("prometheus_query", json!("x".repeat(1_000))),
        );
        let settings = engine::turn::TurnSettings { budget, ..settings() };
        let answer = ask_jamie("is it up?", Some(model), Arc::clone(&toolbox), settings).await.answer.unwrap();
        assert_eq!(toolbox.calls().len(), 2);
        assert!(answer.answer.contains(told_why) && answer.could_not_look(), "{}", answer.answer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_may_take_no_longer_than_its_seconds() {
    let settings = engine::turn::TurnSettings {
        budget: QuestionBudget { seconds: Some(4), ..QuestionBudget::default() },
        ..settings()
    };
    let toolbox = Arc::new(targets().slow("prometheus_targets", std::time::Duration::from_secs(3_600)));
    let started = tokio::time::Instant::now();
    let answer = ask_jamie("which targets are down?", None, toolbox, settings).await.answer.unwrap();
    assert!(answer.could_not_look());
    assert!(started.elapsed() <= std::time::Duration::from_secs(5));
}
