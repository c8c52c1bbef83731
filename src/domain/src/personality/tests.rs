//! What is said around answers, and on which occasion.

use super::*;
use crate::answer::{Answer, Brain, Claim, ClaimKind, EvidenceView, Hypothesis, Usage};
use crate::envelope::FailureKind;
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use proptest::prelude::*;
use serde_json::Map;
use std::collections::BTreeSet;

const OCCASIONS: [Occasion; 5] =
    [Occasion::AllWell, Occasion::TroubleFound, Occasion::CouldNotLook, Occasion::NothingFound, Occasion::Plain];

fn view(returned: u64, failure: Option<FailureKind>) -> EvidenceView {
    EvidenceView {
        id: EvidenceId(1),
        tool: "kubernetes_list".to_owned(),
        source: None,
        arguments: Map::new(),
        window: None,
        returned,
        total: None,
        truncated: false,
        error: failure.map(|kind| format!("{kind:?}")),
        excerpt: String::new(),
        failure,
        partly: false,
    }
}

fn answer(first: &str, evidence: Vec<EvidenceView>) -> Answer {
    let claim = Claim { text: first.to_owned(), kind: ClaimKind::Fact, evidence: vec![EvidenceId(1)] };
    Answer {
        answer: first.to_owned(),
        brain: Brain::Playbook,
        model: None,
        claims: vec![claim],
        evidence,
        hypotheses: Vec::new(),
        proposals: Vec::new(),
        memory: Vec::new(),
        conversation: None,
        usage: Usage::default(),
    }
}

#[test]
fn the_occasion_of_an_answer() {
    let cases = [
        (
            "I find nothing wrong with the cluster: all 12 checks pass and no alert is firing",
            12,
            None,
            Occasion::AllWell,
        ),
        ("No alert is firing or pending", 0, None, Occasion::AllWell),
        ("No target is down: Prometheus scrapes 8", 8, None, Occasion::AllWell),
        ("I find nothing wrong with checkout, but the node is not ready", 3, None, Occasion::Plain),
        ("Nothing wrong with it except the disk", 3, None, Occasion::Plain),
        ("All 12 checks pass for the cluster, and yet 3 alerts are firing", 12, None, Occasion::Plain),
        ("2 alerts are firing", 2, None, Occasion::Plain),
        ("I see no change to checkout", 0, None, Occasion::NothingFound),
        ("There is no such thing", 0, Some(FailureKind::NotFound), Occasion::NothingFound),
        ("I find nothing wrong with it", 0, Some(FailureKind::Timeout), Occasion::CouldNotLook),
        ("I find nothing wrong with it", 0, Some(FailureKind::Unreachable), Occasion::CouldNotLook),
    ];
    for (first, returned, failure, expected) in cases {
        assert_eq!(Occasion::of(&answer(first, vec![view(returned, failure)])), expected, "{first}");
    }
}

#[test]
fn an_answer_with_a_cause_is_trouble_whatever_its_first_words() {
    let mut answer = answer("I find nothing wrong with checkout: 3 of 3 pods are ready", vec![view(3, None)]);
    answer.hypotheses.push(Hypothesis {
        cause: ObjectRef::cluster("Node", "worker-1"),
        summary: "the node is gone".to_owned(),
        confidence: 0.8,
        evidence: vec![EvidenceId(1)],
    });
    assert_eq!(Occasion::of(&answer), Occasion::TroubleFound);
}

#[test]
fn a_guess_is_never_good_news() {
    let mut answer = answer("checkout is healthy", vec![view(3, None)]);
    answer.claims[0].kind = ClaimKind::Hypothesis;
    assert_eq!(Occasion::of(&answer), Occasion::Plain);
}

#[test]
fn a_kept_answer_with_a_failed_look_is_not_merry() {
    let mut failed = view(0, Some(FailureKind::Timeout));
    failed.failure = None;
    assert_eq!(Occasion::of(&answer("No alert is firing or pending", vec![failed])), Occasion::CouldNotLook);
}

#[test]
fn an_answer_without_any_look_found_nothing_because_nothing_was_looked_for() {
    assert_eq!(Occasion::of(&answer("I answer from live data", Vec::new())), Occasion::Plain);
}

#[test]
fn no_line_states_anything() {
    for occasion in OCCASIONS {
        let (openings, closings) = lines::of(occasion);
        for line in openings.iter().chain(closings) {
            assert!(!line.contains(|c: char| c.is_ascii_digit() || "`*_<>&@#".contains(c)), "{line}");
            assert!(line.len() <= 60 && !line.contains('\n'), "{line}");
            let states = ["healthy", "fine", "broken", "down", "wrong", "bad", "green", "red", "ok", "all"];
            let lower = line.to_lowercase();
            let mut words = lower.split(|c: char| !c.is_alphabetic());
            assert!(!words.any(|word| states.contains(&word)), "{line}");
        }
    }
}

#[test]
fn every_line_is_said_some_time_and_now_and_then_none() {
    for occasion in OCCASIONS {
        let said: Vec<Around> =
            (0..500).map(|turn| around(Voice::Friendly, occasion, seed(&format!("t{turn}")))).collect();
        let lines: BTreeSet<&str> =
            said.iter().flat_map(|around| around.opening.into_iter().chain(around.closing)).collect();
        let (openings, closings) = lines::of(occasion);
        assert_eq!(lines.len(), openings.len() + closings.len(), "{occasion:?}");
        assert!(said.contains(&Around::default()), "{occasion:?}");
    }
}

#[test]
fn nothing_is_said_below_a_code_block_that_is_not_closed() {
    let answer = "Logs:\n```\npanic";
    for seed in 0..100 {
        assert!(spoken(Voice::Friendly, Occasion::TroubleFound, answer, seed).ends_with(answer));
    }
}

#[test]
fn nothing_is_said_around_an_empty_answer() {
    assert!((0..100).all(|seed| spoken(Voice::Friendly, Occasion::Plain, " \n", seed) == " \n"));
}

proptest! {
    #[test]
    fn the_answer_stands_unchanged_in_what_is_spoken(
        answer in any::<String>(),
        occasion in prop::sample::select(&OCCASIONS[..]),
        seed in any::<u64>(),
    ) {
        prop_assert_eq!(&spoken(Voice::Neutral, occasion, &answer, seed), &answer);

        let said = spoken(Voice::Friendly, occasion, &answer, seed);
        let around = around(Voice::Friendly, occasion, seed);
        let before = around.opening.map(|line| format!("{line}\n\n")).unwrap_or_default();
        let after = around.closing.map(|line| format!("\n\n{line}")).unwrap_or_default();
        let whole = format!("{before}{answer}{after}");
        let without_closing = format!("{before}{answer}");
        prop_assert!(said == whole || said == without_closing || said == answer);
        prop_assert_eq!(said, spoken(Voice::Friendly, occasion, &answer, seed));
    }
}
