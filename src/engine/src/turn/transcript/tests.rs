//! Fitting: never over the room, never half an exchange, nothing put away without its ids.

use super::*;
use domain::answer::{Answer, Brain, Usage};
use domain::disclosure::Disclosure;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

fn answered(number: u32, content: String) -> Answered {
    let arguments = json!({"query": format!("up + {number}")});
    let call = CallRequest {
        id: format!("call_{number}"),
        tool: "prometheus_query".into(),
        arguments: Ok(arguments.as_object().cloned().unwrap()),
    };
    Answered { call, content: format!("[e{number}] {content}"), id: Some(EvidenceId(number)) }
}

fn conversation(turns: u32) -> Conversation {
    let mut conversation = Conversation::default();
    for number in 1..=turns {
        let answer = Answer {
            answer: format!("**Verdict {number}** [e1]\n{}", "y".repeat(300)),
            brain: Brain::Model,
            model: None,
            claims: Vec::new(),
            evidence: Vec::new(),
            hypotheses: Vec::new(),
            proposals: Vec::new(),
            memory: Vec::new(),
            conversation: None,
            usage: Usage::default(),
        };
        conversation.add(&format!("question {number}?"), &answer, &Disclosure::default(), None);
    }
    conversation
}

fn transcript<'a>(conversation: &'a Conversation, question: &'a str, sizes: &[Vec<usize>]) -> Transcript<'a> {
    let mut number = 0;
    let mut answer = |size: &usize| {
        number += 1;
        answered(number, "z".repeat(*size))
    };
    let exchanges = sizes
        .iter()
        .map(|sizes| Exchange { text: String::new(), answered: sizes.iter().map(&mut answer).collect() })
        .collect();
    Transcript {
        system: "You are Jamie.".into(),
        conversation,
        memory: "From memory: a runbook".into(),
        question: question.to_owned(),
        exchanges,
        is_urged: false,
    }
}

fn size(messages: &[Message]) -> usize {
    messages.iter().map(room::of_message).sum()
}

/// Calls without their answers, and answers without their calls.
fn torn(messages: &[Message]) -> Vec<String> {
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let mut torn = Vec::new();
    for message in messages {
        match message {
            Message::Tool { call_id, .. } if open.remove(call_id.as_str()) => {}
            Message::Tool { call_id, .. } => torn.push(call_id.clone()),
            other => {
                torn.extend(std::mem::take(&mut open).into_iter().map(str::to_owned));
                if let Message::Assistant { calls, .. } = other {
                    open.extend(calls.iter().map(|call| call.id.as_str()));
                }
            }
        }
    }
    torn.extend(open.into_iter().map(str::to_owned));
    torn
}

fn text(messages: &[Message]) -> String {
    messages.iter().map(traced).collect()
}

#[test]
fn with_room_everything_is_sent_in_turns_of_person_and_model() {
    let conversation = conversation(2);
    let fitted = transcript(&conversation, "and now?", &[vec![10], vec![10, 10]]).fit(&[], 10_000).unwrap();
    let roles: String = fitted
        .messages
        .iter()
        .map(|message| match message {
            Message::System(_) => 's',
            Message::User(_) => 'u',
            Message::Assistant { .. } => 'a',
            Message::Tool { .. } => 't',
        })
        .collect();
    assert_eq!(roles, "suauauatatt");
    assert!(text(&fitted.messages).contains("\nuser: From memory: a runbook\n\nand now?"), "{:?}", fitted.messages);
    assert_eq!(fitted.cut_characters, 0);
}

#[test]
fn the_conversation_is_folded_before_what_was_just_seen_is_put_away() {
    let conversation = conversation(12);
    let transcript = transcript(&conversation, "and now?", &[vec![400], vec![400]]);
    let fitted = transcript.fit(&[], 700).unwrap();
    let told = text(&fitted.messages);
    assert!(told.contains("earlier turns left out"), "{told}");
    assert_eq!(fitted.messages.iter().filter(|message| matches!(message, Message::Tool { .. })).count(), 2);
}

#[test]
fn the_oldest_exchanges_are_put_away_whole_with_their_ids() {
    let conversation = Conversation::default();
    let sizes = vec![vec![800, 800], vec![800], vec![800]];
    let fitted = transcript(&conversation, "what?", &sizes).fit(&[], 600).unwrap();
    let told = text(&fitted.messages);
    assert!(told.contains("- [e1, e2]: prometheus_query {\"query\":\"up + 1\"}; prometheus_query"), "{told}");
    assert!(!told.contains("[e1] z") && !told.contains("[e2] z") && told.contains("[e4] z"), "{told}");
    assert_eq!(torn(&fitted.messages), Vec::<String>::new());
}

#[test]
fn a_question_longer_than_the_window_loses_its_middle_and_keeps_what_it_asks() {
    let conversation = Conversation::default();
    let question = format!("what does this log mean?\n{}\nand what now?", "ä".repeat(40_000));
    let fitted = transcript(&conversation, &question, &[vec![2_000]]).fit(&[], 2_000).unwrap();
    let told = text(&fitted.messages);
    assert!(told.contains("what does this log mean?") && told.contains("and what now?"));
    assert!(fitted.cut_characters > 30_000 && told.contains(&format!("({} characters", fitted.cut_characters)));
    assert!(told.contains(&"z".repeat(1_900)), "what was seen is not starved by what was pasted");
}

#[test]
fn a_window_that_holds_nothing_is_told_with_what_it_would_take() {
    let conversation = Conversation::default();
    let least = transcript(&conversation, "what?", &[vec![4_000]]).fit(&[], 10).unwrap_err();
    assert!((20..200).contains(&least), "{least}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_fitted_request_keeps_room_pairs_order_and_ids(
        sizes in prop::collection::vec(prop::collection::vec(0..1_500_usize, 1..8), 0..8),
        turns in 0..10_u32,
        question in "[a-zä ?]{1,600}",
        room in 150..6_000_usize,
        is_urged: bool,
    ) {
        let conversation = conversation(turns);
        let transcript = Transcript { is_urged, ..transcript(&conversation, &question, &sizes) };
        match transcript.fit(&[], room) {
            Err(least) => prop_assert!(least > room),
            Ok(fitted) => {
                prop_assert!(size(&fitted.messages) <= room);
                prop_assert_eq!(torn(&fitted.messages), Vec::<String>::new());
                let told = text(&fitted.messages);
                let mut seen = 0;
                for exchange in &transcript.exchanges {
                    for answered in &exchange.answered {
                        let id = answered.id.unwrap();
                        let place = told.find(&format!("[{id}] z"))
                            .or_else(|| told.find(&format!("{id},"))).or_else(|| told.find(&format!("{id}]")));
                        prop_assert!(place.is_some(), "{id} is lost in {told}");
                    }
                    let kept = exchange.answered.first().and_then(|answered| told.find(&format!("tool {}:", answered.call.id)));
                    prop_assert!(kept.is_none_or(|place| place >= seen), "the order of the exchanges");
                    seen = kept.unwrap_or(seen);
                }
                let newest = transcript.exchanges.last().into_iter().flat_map(|exchange| &exchange.answered);
                for answered in newest {
                    prop_assert!(told.contains(&format!("tool {}:", answered.call.id)), "the newest exchange stays");
                }
            }
        }
    }
}
