//! Sums and budgets.

use super::budgets::{Allowed, Budgets, DayBudget, QuestionBudget, Request, Today, allowed};
use super::*;
use proptest::prelude::*;

fn record(person: &str, place: &str, day_of_month: u32, tokens: u64, brain: Option<Brain>) -> UsageRecord {
    let at = format!("2026-11-{day_of_month:02}T23:59:59Z").parse().unwrap();
    let usage =
        Usage { prompt_tokens: tokens, completion_tokens: 10, model_calls: 2, tool_calls: 3, ..Usage::default() };
    UsageRecord::of("u", "t", person, place, at, &usage, brain)
}

#[test]
fn threads_of_a_channel_are_summed_as_one() {
    let records = [
        record("anna", "slack:C1/100.1", 20, 100, Some(Brain::Model)),
        record("anna", "slack:C1/200.2", 21, 200, Some(Brain::Playbook)),
        record("ben", "terminal", 21, 400, None),
    ];
    let by = |by: By| -> Vec<(String, u64, u64)> {
        sums(&records, by).into_iter().map(|(name, sum)| (name, sum.questions, sum.tokens())).collect()
    };
    assert_eq!(by(By::Person), [("anna".into(), 2, 320), ("ben".into(), 1, 410)]);
    assert_eq!(by(By::Channel), [("slack:C1".into(), 2, 320), ("terminal".into(), 1, 410)]);
    assert_eq!(by(By::Day), [("2026-11-20".into(), 1, 110), ("2026-11-21".into(), 2, 620)]);
    let whole = Sum::of(&records);
    assert_eq!((whole.by_model, whole.by_playbook, whole.model_calls, whole.tool_calls), (1, 1, 6, 9));
}

#[test]
fn a_day_that_is_used_up_leaves_the_playbooks_and_a_bound_of_questions_leaves_nothing() {
    let spent = |questions: u64, tokens: u64| Sum { questions, prompt_tokens: tokens, ..Sum::default() };
    let budgets = Budgets {
        person_day: DayBudget { tokens: Some(1_000), questions: None },
        channel_day: DayBudget { tokens: Some(5_000), questions: Some(20) },
        ..Budgets::default()
    };
    for (person, channel, expected) in [
        (spent(1, 999), spent(1, 999), ""),
        (spent(1, 1_000), spent(1, 1_000), "Your 1000 model tokens of today are used up (1000 so far)"),
        (spent(1, 10), spent(19, 6_000), "This channel's 5000 model tokens of today are used up (6000 so far)"),
        (spent(1, 2_000), spent(20, 0), "This channel's 20 questions of today are asked"),
    ] {
        let told = match allowed(&Today { person: person.clone(), channel: channel.clone() }, &budgets) {
            Allowed::Full => String::new(),
            Allowed::PlaybookOnly { why } => {
                assert!(channel.questions < 20, "a bound of questions is not softened");
                why
            }
            Allowed::Refused { why } => why,
        };
        assert!(told.starts_with(expected) && told.is_empty() == expected.is_empty(), "{told}");
    }
    assert_eq!(
        allowed(&Today { person: spent(u64::MAX, u64::MAX), ..Today::default() }, &Budgets::default()),
        Allowed::Full
    );
}

#[test]
fn a_question_keeps_enough_of_its_tokens_for_the_answer() {
    let budget = QuestionBudget { tokens: Some(10_000), ..QuestionBudget::default() };
    for (spent, next, expected) in [
        (0, 2_000, Request::Affordable),
        (6_000, 2_000, Request::Affordable),
        (6_001, 2_000, Request::Last),
        (8_000, 2_000, Request::Last),
        (8_001, 2_000, Request::TooMuch),
        (20_000, 1, Request::TooMuch),
    ] {
        assert_eq!(budget.request(spent, next), expected, "{spent} {next}");
    }
    assert_eq!(QuestionBudget::default().request(u64::MAX, u64::MAX), Request::Affordable);
}

fn any_record() -> impl Strategy<Value = UsageRecord> {
    let brain = prop_oneof![Just(None), Just(Some(Brain::Model)), Just(Some(Brain::Playbook))];
    ("[a-c]", "[a-c](/[0-9])?", 1..29_u32, 0..1_000_000_u64, brain)
        .prop_map(|(person, place, day, tokens, brain)| record(&person, &place, day, tokens, brain))
}

proptest! {
    #[test]
    fn sums_of_groups_make_the_whole_in_any_order(records in prop::collection::vec(any_record(), 0..40)) {
        let whole = Sum::of(&records);
        let reversed: Vec<UsageRecord> = records.iter().rev().cloned().collect();
        for by in [By::Person, By::Channel, By::Day] {
            let grouped = sums(&records, by);
            prop_assert_eq!(&grouped, &sums(&reversed, by));
            prop_assert_eq!(grouped.values().map(|sum| sum.questions).sum::<u64>(), whole.questions);
            prop_assert_eq!(grouped.values().map(Sum::tokens).sum::<u64>(), whole.tokens());
        }
    }

    #[test]
    fn more_spent_is_never_allowed_more(questions in 0..50_u64, tokens in 0..5_000_u64, more in 0..5_000_u64) {
        let budgets = Budgets {
            person_day: DayBudget { tokens: Some(2_000), questions: Some(30) },
            ..Budgets::default()
        };
        let of = |questions, tokens| {
            let person = Sum { questions, prompt_tokens: tokens, ..Sum::default() };
            match allowed(&Today { person, ..Today::default() }, &budgets) {
                Allowed::Full => 0,
                Allowed::PlaybookOnly { .. } => 1,
                Allowed::Refused { .. } => 2,
            }
        };
        prop_assert!(of(questions, tokens) <= of(questions, tokens + more));
        prop_assert!(of(questions, tokens) <= of(questions + more, tokens));
    }
}
