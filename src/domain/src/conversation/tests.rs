//! Keeping and folding of conversations.

use super::fold::{Past, fold};
use super::kept::KeptEvidence;
use super::turn::{Asked, Feedback, Thumb, Turn};
use super::*;
use crate::answer::{Answer, Brain, Claim, ClaimKind, Usage};
use crate::disclosure::Disclosure;
use crate::envelope::Envelope;
use crate::evidence::{Evidence, EvidenceId, ToolCall};
use crate::tokens;
use proptest::prelude::*;
use serde_json::json;

fn at(minute: u32) -> DateTime<Utc> {
    format!("2026-11-21T08:{minute:02}:00Z").parse().unwrap()
}

fn claim(text: &str, kind: ClaimKind, ids: &[u32]) -> Claim {
    Claim { text: text.to_owned(), kind, evidence: ids.iter().copied().map(EvidenceId).collect() }
}

fn past(number: u32, question: &str, answer: &str, looks: u32) -> Past {
    Past {
        number,
        question: question.to_owned(),
        answer: answer.to_owned(),
        claims: vec![
            claim("checkout crashes with exit code 1", ClaimKind::Fact, &[1, 2]),
            claim("the rollout may have caused it", ClaimKind::Hypothesis, &[]),
        ],
        looks: (1..=looks).map(EvidenceId).collect(),
    }
}

fn answered(text: &str, brain: Brain) -> Answer {
    Answer {
        answer: text.to_owned(),
        brain,
        model: None,
        claims: vec![
            claim("Deployment hr/payroll is down", ClaimKind::Fact, &[1]),
            claim("cart is up", ClaimKind::Fact, &[1]),
        ],
        evidence: Vec::new(),
        hypotheses: Vec::new(),
        proposals: Vec::new(),
        memory: Vec::new(),
        conversation: None,
        usage: Usage::default(),
    }
}

fn turn(brain: Brain, disclosure: Disclosure) -> Turn {
    Turn {
        id: "t".into(),
        conversation: "c".into(),
        number: 3,
        person: "anna".into(),
        channel: "terminal".into(),
        question: "what is wrong?".into(),
        answer: answered("**Deployment hr/payroll is down** [e1]\n- cart is up [e1]", brain),
        could_not_look: false,
        subject: None,
        disclosure,
        recalled: Vec::new(),
        asked_at: at(1),
        answered_at: at(2),
        feedback: Vec::new(),
    }
}

#[test]
fn a_turn_that_is_kept_twice_is_counted_once() {
    let mut conversation = Conversation::begun("c", "terminal", "anna", "what is wrong with checkout?\nlogs: …", at(1));
    assert_eq!(conversation.title, "what is wrong with checkout?");
    let subject = ObjectRef::namespaced("Deployment", "shop", "checkout");
    assert_eq!(conversation.count("a", Some(&subject), at(2)), 1);
    assert_eq!(conversation.count("a", Some(&subject), at(2)), 1);
    assert_eq!(conversation.count("b", None, at(1)), 2);
    assert_eq!(conversation.updated_at, at(2), "time does not go back");
    assert_eq!(conversation.subject, Some(subject), "a turn without a subject leaves the one before");
}

#[test]
fn a_title_holds_no_secret() {
    let conversation = Conversation::begun(
        "c",
        "terminal",
        "anna",
        "why does ghp_0123456789abcdefghijklmnopqrstuvwxyz not work?",
        at(1),
    );
    assert!(!conversation.title.contains("ghp_0123"), "{}", conversation.title);
}

#[test]
fn a_secret_that_a_person_pasted_is_kept_nowhere() {
    const SECRET: &str = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    let call = ToolCall::new("loki_query", json!({"query": format!("{{app=\"x\"}} |= \"{SECRET}\"")}));
    let look = Evidence { id: EvidenceId(1), call: call.clone(), result: Ok(Envelope::whole(json!([]), 0)) };
    let mut answer = answered(&format!("**{SECRET} is logged nowhere** [e1]"), Brain::Model);
    answer.claims = vec![claim(&format!("{SECRET} is logged nowhere"), ClaimKind::Fact, &[1])];
    let asked = Asked {
        id: "t".into(),
        conversation: "c".into(),
        person: "anna".into(),
        channel: "terminal".into(),
        question: format!("is {SECRET} logged?"),
        at: at(1),
    };
    let turn = Turn::of(asked, answer, Disclosure::default(), at(2));
    let kept = KeptEvidence::of("t", "anna", at(2), look);
    for stored in [serde_json::to_string(&turn).unwrap(), serde_json::to_string(&kept).unwrap()] {
        assert!(!stored.contains("ghp_") && stored.contains("[redacted]"), "{stored}");
    }
    assert_eq!(kept.id(), "t.e1");
    assert_eq!(kept.into_evidence().call.tool, call.tool);
}

#[test]
fn what_was_stored_reads_back_as_it_was() {
    let turn = turn(Brain::Playbook, Disclosure { sources: Some(vec!["kubernetes".into()]), ..Disclosure::default() });
    let text = serde_json::to_string(&turn).unwrap();
    assert_eq!(serde_json::from_str::<Turn>(&text).unwrap(), turn);
}

#[test]
fn a_short_conversation_is_sent_whole_and_its_ids_name_their_turn() {
    let sent = fold(&[past(3, "why?", "**It crashes** [e1, e12]. See (e2).", 12)], 0, 1_000);
    assert_eq!(sent.summary, "");
    assert_eq!(sent.whole[0].answer, "**It crashes** [t3.e1, t3.e12]. See (t3.e2).");
}

#[test]
fn the_oldest_are_counted_the_older_summarised_the_newest_whole() {
    let history: Vec<Past> = (1..=30)
        .map(|number| {
            past(number, "what is wrong with checkout?", &format!("**It crashes** [e1]\n{}", "x".repeat(600)), 3)
        })
        .collect();
    let sent = fold(&history, 12, 1_200);
    let numbers: Vec<u32> = sent.whole.iter().map(|whole| whole.number).collect();
    assert_eq!(numbers, [26, 27, 28, 29, 30]);
    assert_eq!(sent.summarised.last(), Some(&25));
    assert_eq!(sent.left_out as usize, 12 + 25 - sent.summarised.len());
    assert!(sent.summary.contains(&format!("{} earlier turns left out.", sent.left_out)), "{}", sent.summary);
    assert!(sent.summary.contains("Fact: checkout crashes with exit code 1 [t25.e1, t25.e2]"), "{}", sent.summary);
    assert!(
        sent.summary.contains("Guess, not confirmed: the rollout may have caused it\n"),
        "a guess is told as one: {}",
        sent.summary
    );
    assert!(sent.tokens() <= 1_200);
}

#[test]
fn a_last_answer_that_is_longer_than_the_window_is_summarised_and_not_cut() {
    let sent = fold(&[past(1, "logs?", &format!("**A lot was logged** [e1]\n{}", "x".repeat(40_000)), 1)], 0, 500);
    assert!(sent.whole.is_empty());
    assert_eq!(sent.summarised, [1]);
    assert!(sent.summary.contains("Answered: **A lot was logged** [t1.e1]"), "{}", sent.summary);
}

#[test]
fn a_model_under_a_rule_is_sent_only_what_was_seen_under_the_same_rule() {
    let rule = Disclosure { sources: None, denied_namespaces: vec!["hr".into()] };
    let sent = |turn: Turn| format!("{:?}", turn.past(&rule));
    for (brain, disclosure, seen) in [
        (Brain::Playbook, rule.clone(), false),
        (Brain::Model, Disclosure::default(), false),
        (Brain::Model, rule.clone(), true),
    ] {
        let told = sent(turn(brain, disclosure));
        assert!(!told.contains("payroll"), "{told}");
        assert_eq!(told.contains("cart is up"), seen, "{told}");
        assert!(told.contains("what is wrong?"));
    }
    assert!(format!("{:?}", turn(Brain::Playbook, rule).past(&Disclosure::default())).contains("payroll"));
}

#[test]
fn the_last_word_of_a_person_counts() {
    let mut turn = turn(Brain::Model, Disclosure::default());
    let word = |person: &str, thumb| Feedback { person: person.into(), thumb, comment: None, at: at(5) };
    assert_eq!(turn.take(word("anna", Thumb::Up)), None);
    assert_eq!(turn.take(word("ben", Thumb::Up)), None);
    assert_eq!(turn.take(word("anna", Thumb::Down)).map(|before| before.thumb), Some(Thumb::Up));
    let said: Vec<(String, Thumb)> = turn.feedback.iter().map(|word| (word.person.clone(), word.thumb)).collect();
    assert_eq!(said, [("ben".into(), Thumb::Up), ("anna".into(), Thumb::Down)]);
}

fn any_past() -> impl Strategy<Value = (String, String, u32, usize)> {
    ("[aä e1.\\[\\]]{0,200}", "[aä e1.\\[\\]\n]{0,900}", 0..60_u32, 0..12_usize)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_fold_keeps_budget_order_and_ids(
        turns in prop::collection::vec(any_past(), 0..14),
        earlier in 0..40_u32,
        budget in 0..3_000_usize,
    ) {
        let history: Vec<Past> = turns.iter().zip(earlier + 1..).map(|((question, answer, looks, claims), number)| {
            let mut past = past(number, question, answer, *looks);
            past.claims = (0..*claims).map(|n| claim(question, if n % 2 == 0 { ClaimKind::Fact } else { ClaimKind::Hypothesis }, &[1])).collect();
            past
        }).collect();
        let sent = fold(&history, earlier, budget);
        prop_assert!(sent.tokens() <= budget, "{} of {budget}", sent.tokens());
        prop_assert_eq!(sent.left_out as usize + sent.summarised.len() + sent.whole.len(), history.len() + earlier as usize);
        let told: Vec<u32> = sent.summarised.iter().copied().chain(sent.whole.iter().map(|whole| whole.number)).collect();
        let newest: Vec<u32> = history.iter().map(|past| past.number).skip(history.len() - told.len()).collect();
        prop_assert_eq!(&told, &newest, "the newest, in their order");
        let mut dropped = 0;
        let mut place = 0;
        for past in history.iter().filter(|past| sent.summarised.contains(&past.number)) {
            let begins = format!("Turn {}. Asked:", past.number);
            let found = sent.summary[place..].find(&begins);
            prop_assert!(found.is_some(), "{begins} in order in {}", sent.summary);
            place += found.unwrap_or_default();
            let named = |id: &&EvidenceId| {
                let id = format!("t{}.{id}", past.number);
                sent.summary[place..].match_indices(&id).any(|(at, _)| !sent.summary[place + at + id.len()..].starts_with(|c: char| c.is_ascii_digit()))
            };
            let missing = past.looks.iter().filter(|id| !named(id)).count();
            prop_assert!(missing == 0 || sent.summary.contains("more"));
            dropped += missing;
        }
        prop_assert!(dropped <= sent.ids_dropped, "{dropped} missing, {} told", sent.ids_dropped);
        if sent.left_out > 0 && budget >= 64 {
            prop_assert!(sent.summary.contains("left out"), "{}", sent.summary);
        }
        prop_assert!(tokens::estimate(&sent.summary) <= budget);
    }
}
