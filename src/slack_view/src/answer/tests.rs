//! Rules of the answer's message that goldens alone would not hold.

use super::*;
use crate::text_view;
use domain::answer::{Brain, EvidenceView, Usage};
use domain::envelope::FailureKind;
use domain::evidence::EvidenceId;
use proptest::prelude::*;

fn answer(text: &str) -> Answer {
    Answer {
        answer: text.to_owned(),
        brain: Brain::Playbook,
        model: None,
        claims: Vec::new(),
        evidence: Vec::new(),
        hypotheses: Vec::new(),
        proposals: Vec::new(),
        memory: Vec::new(),
        conversation: None,
        usage: Usage::default(),
    }
}

fn view(answer: &Answer, brevity: Brevity) -> AnswerView<'_> {
    let spoken = &answer.answer;
    AnswerView { answer, turn: "t-1", spoken, brevity, zone: Tz::UTC, asker: Some("U1"), links: &[], charts: 0 }
}

#[test]
fn what_could_not_be_looked_at_survives_every_form() {
    let text =
        format!("**ok**\n\nWhy:\n{}\nI could not look:\n- loki: refused [e2]", "- a long reason\n".repeat(2_000));
    let answer = answer(&text);
    for brevity in [Brevity::Short, Brevity::Full] {
        let shown = text_view::message(&render(&view(&answer, brevity)).content);
        assert!(shown.contains("*I could not look:*\n• loki: refused [e2]"), "{shown}");
        assert!(shown.contains("(I could not look at everything)"), "{shown}");
    }
}

#[test]
fn a_failed_look_that_the_text_keeps_silent_about_is_told() {
    let mut answer = answer("**all is well**");
    answer.evidence.push(EvidenceView {
        id: EvidenceId(1),
        tool: "loki_query".into(),
        source: None,
        arguments: serde_json::Map::new(),
        window: None,
        returned: 0,
        total: None,
        truncated: false,
        error: Some("connection refused".into()),
        excerpt: String::new(),
        failure: Some(FailureKind::Unreachable),
        partly: false,
    });
    let shown = text_view::message(&render(&view(&answer, Brevity::Short)).content);
    assert!(shown.contains("*I could not look:*\n• loki_query: connection refused [e1]"), "{shown}");
}

#[test]
fn a_greeting_does_not_stand_before_the_verdict() {
    let answer = answer("Right then.\n\n**Two pods are down** [e1]\n\n- a");
    let shown = text_view::blocks(&render(&view(&answer, Brevity::Full)).content.blocks);
    assert!(shown.starts_with("<@U1> *Two pods are down* [e1]\n\nRight then.\n\n• a"), "{shown}");
}

#[test]
fn marks_within_a_verdict_do_not_tear_its_bold() {
    let answer = answer("Checkout waits (unconfirmed) [e1]. Pod cart-1 restarted [e2].");
    let shown = text_view::blocks(&render(&view(&answer, Brevity::Full)).content.blocks);
    assert!(shown.starts_with("<@U1> *Checkout waits _(unconfirmed)_ [e1]. Pod cart-1 restarted* [e2].\n"), "{shown}");
}

#[test]
fn a_title_is_the_verdict_only_where_it_says_something() {
    for (text, expected) in [
        ("Two pods are down.\n\n## Why\n\n- a", "<@U1> *Two pods are down.*\n\n*Why*"),
        ("## Summary\n\nTwo pods are down.", "<@U1> *Two pods are down.*\n\n*Summary*"),
        ("# Two pods are down\n\nThey lack memory.", "<@U1> *Two pods are down*\n\nThey lack memory."),
        ("- a\n- b", "<@U1> \n\n• a\n• b"),
    ] {
        let answer = answer(text);
        let shown = text_view::blocks(&render(&view(&answer, Brevity::Full)).content.blocks);
        assert!(shown.starts_with(expected), "{shown}");
    }
}

#[test]
fn a_short_answer_with_nothing_behind_it_has_no_button_for_the_whole() {
    let (bare, more) = (answer("**ok**"), answer("**ok**\n\n- more"));
    for (answer, expected) in [(&bare, false), (&more, true)] {
        let shown = text_view::blocks(&render(&view(answer, Brevity::Short)).content.blocks);
        assert_eq!(shown.contains("[Whole answer]"), expected, "{shown}");
    }
}

#[test]
fn what_does_not_fit_is_whole_in_the_file() {
    let text = format!("**ok**\n\n{}", (0..900).map(|number| format!("- item {number} <b>\n")).collect::<String>());
    let answer = answer(&text);
    let rendered = render(&view(&answer, Brevity::Full));
    let file = rendered.file.expect("a file");
    assert_eq!(file.name, "answer-t-1.md");
    assert!(file.content.starts_with(text.trim_end()), "{}", file.content);
    let shown = text_view::message(&rendered.content);
    assert!(shown.contains("the whole of it is in the file `answer-t-1.md` in this thread"), "{shown}");
}

/// Characters of all texts of some blocks, and the longest of them.
fn texts(value: &serde_json::Value, found: &mut Vec<usize>) {
    match value {
        serde_json::Value::Object(members) => members.iter().for_each(|(name, member)| match member.as_str() {
            Some(text) if name == "text" => found.push(length(text)),
            _ => texts(member, found),
        }),
        serde_json::Value::Array(members) => members.iter().for_each(|member| texts(member, found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_answer_is_within_slacks_limits(
        line in prop_oneof![Just("<&".repeat(400)), "(\\PC|[<>&`*_]){0,200}"], repeated in 0usize..200, is_short: bool, title in "I could not look:|Why:",
    ) {
        let text = format!("{line}\n\n{title}\n{}", format!("- {line}\n").repeat(repeated));
        let mut answer = answer(&text);
        answer.memory = (0..8).map(|_| domain::answer::Recollection {
            title: line.repeat(4),
            kind: "turn".into(),
            date: chrono::DateTime::UNIX_EPOCH,
            source: line.clone(),
        }).collect();
        let links = vec![Link { label: line.clone(), url: format!("https://x.example/{}", "y".repeat(900)) }; 8];
        let brevity = if is_short { Brevity::Short } else { Brevity::Full };
        let rendered = render(&AnswerView { links: &links, ..view(&answer, brevity) });
        let blocks = serde_json::to_value(&rendered.content.blocks).unwrap();
        let mut found = Vec::new();
        texts(&blocks, &mut found);
        prop_assert!(rendered.content.blocks.len() <= crate::mrkdwn::blocks::BLOCKS);
        prop_assert!(found.iter().all(|length| (1..=TEXT).contains(length)), "{:?}", found);
        prop_assert!(found.iter().sum::<usize>() <= MESSAGE_BLOCKS, "{:?}", found);
        prop_assert!(length(&rendered.content.text) <= crate::mrkdwn::blocks::MESSAGE);
        let shown = text_view::message(&rendered.content);
        let foreign = shown.replace("<@U1>", "").replace("<https://x.example/", "");
        prop_assert!(!foreign.contains("<"), "{}", foreign);
    }
}
