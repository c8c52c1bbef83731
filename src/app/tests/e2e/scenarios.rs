//! Each scenario of the estate: the playbook brain names the object at the root of it first.
//!
//! The transcripts are goldens (`UPDATE_EXPECT=1` writes them anew); the scenarios that are answered wrongly are
//! listed here and shown, not hidden.

use crate::estate_turns::Bench;
use domain::answer::{Answer, ClaimKind};
use estate::scenarios::Scenario;
use expect_test::expect_file;

/// Scenarios of which the root cause is not named first, with the reason.
const WRONG: &[(&str, &str)] = &[];

/// The question that a person would ask in a scenario.
fn question(scenario: Scenario) -> String {
    let (_, name) = scenario.affected[0];
    match scenario.name {
        "slow-database" => "why is checkout slow?".to_owned(),
        "certificate-expiring" | "disk-filling" | "node-not-ready" => "what is wrong with my cluster?".to_owned(),
        _ => format!("what is wrong with {name}?"),
    }
}

fn first_cause(answer: &Answer) -> String {
    answer.hypotheses.first().map_or("none".to_owned(), |hypothesis| hypothesis.cause.to_string())
}

fn root(scenario: Scenario) -> String {
    let cause = scenario.cause;
    if cause.namespace.is_empty() {
        format!("{} {}", cause.kind, cause.name)
    } else {
        format!("{} {}/{}", cause.kind, cause.namespace, cause.name)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_cause_is_named_first_in_every_scenario() {
    let mut wrong = Vec::new();
    for scenario in Scenario::all() {
        let question = question(scenario);
        let answer = Bench::new(Some(scenario)).ask(&question).await;
        let found = first_cause(&answer);
        if found != root(scenario) {
            wrong.push((scenario.name, found.clone()));
        }
        let transcript =
            format!("> {question}\n\n{}\n\nnamed first: {found}\nroot cause:  {}\n", answer.answer, root(scenario));
        expect_file![format!("transcripts/{}.md", scenario.name)].assert_eq(&transcript);
        // Every statement of the playbooks binds to its evidence; one that does not is a fault of the playbook.
        let unbound: Vec<&str> = answer
            .claims
            .iter()
            .filter(|claim| claim.kind == ClaimKind::Hypothesis)
            .map(|claim| claim.text.as_str())
            .collect();
        assert_eq!(
            unbound,
            Vec::<&str>::new(),
            "{}: statements of the playbooks bind to their evidence",
            scenario.name
        );
    }
    let names: Vec<&str> = wrong.iter().map(|(name, _)| *name).collect();
    let listed: Vec<&str> = WRONG.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, listed, "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_names_the_root_cause_too() {
    let mut wrong = Vec::new();
    for scenario in Scenario::all() {
        let answer = Bench::new(Some(scenario)).ask("how is my cluster?").await;
        if first_cause(&answer) != root(scenario) {
            wrong.push((scenario.name, first_cause(&answer)));
        }
    }
    assert_eq!(wrong, [], "the scenarios of which the overview names another cause first");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_blamed_in_the_healthy_world() {
    let mut bench = Bench::new(None);
    for question in [
        "how is my cluster?",
        "what is wrong with checkout?",
        "why is frontend slow?",
        "any alerts?",
        "is the orders db ok?",
        "what is wrong with payments?",
    ] {
        let answer = bench.ask(question).await;
        assert_eq!(first_cause(&answer), "none", "{question}: {}", answer.answer);
        expect_file![format!("transcripts/healthy-{}.md", question.trim_end_matches('?').replace(' ', "-"))]
            .assert_eq(&format!("> {question}\n\n{}\n", answer.answer));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_common_questions_are_answered_and_bind() {
    let mut bench = Bench::new(Scenario::named("oom-after-rollout"));
    let mut transcript = String::new();
    for question in [
        "what changed in the last hour?",
        "who uses the memory?",
        "how many pods are there in shop?",
        "which image does recommendation run?",
        "compare recommendation before and after the deploy",
        "and its logs?",
        "which targets are down?",
        "are we running out of disk space?",
        "is the cart in data ok?",
        "what is wrong with billing?",
        "what is wrong with search?",
        "what can you do?",
    ] {
        let answer = bench.ask(question).await;
        transcript.push_str(&format!("> {question}\n\n{}\n\n", answer.answer));
        assert!(!answer.could_not_look(), "{question}: {}", answer.answer);
        let unbound = answer.claims.iter().filter(|claim| claim.kind == ClaimKind::Hypothesis);
        assert_eq!(unbound.count(), 0, "{question}: {}", answer.answer);
    }
    expect_file!["transcripts/common-questions.md"].assert_eq(&transcript);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_disk_is_foretold_and_shifts_of_metrics_are_dated() {
    let mut transcript = String::new();
    for (scenario, question) in [
        ("disk-filling", "when will the disk be full?"),
        ("disk-filling", "when will search-index be full?"),
        ("disk-filling", "when will the disk of worker-1 be full?"),
        ("error-burst", "what changed in payments in the last hour?"),
    ] {
        let answer = Bench::new(Scenario::named(scenario)).ask(question).await;
        transcript.push_str(&format!("> {question} ({scenario})\n\n{}\n\n", answer.answer));
        assert!(!answer.could_not_look(), "{question}: {}", answer.answer);
        let unbound = answer.claims.iter().filter(|claim| claim.kind == ClaimKind::Hypothesis);
        assert_eq!(unbound.count(), 0, "{question}: {}", answer.answer);
    }
    expect_file!["transcripts/trends.md"].assert_eq(&transcript);
}
