//! A question on its way, and its ends without an answer.

use crate::golden;
use domain::evidence::{EvidenceId, ToolCall};
use serde_json::json;
use slack_view::progress::{ProgressView, Step, StepState, failed, refused, render, stopped};

fn step(id: u32, state: StepState) -> Step {
    let call = ToolCall::new("kubernetes_list", json!({"kind": "Pod", "namespace": "<!here>", "limit": 5}));
    Step { id: EvidenceId(id), call, state }
}

fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = (1..=12)
        .map(|id| step(id, StepState::Done { returned: u64::from(id % 3), took_ms: u64::from(id) * 90 }))
        .collect();
    steps.push(step(13, StepState::Failed("cluster demo answered 500:\n<html>`x`</html>".into())));
    steps.push(step(14, StepState::Running));
    steps
}

#[test]
fn states_of_a_question() {
    let view = ProgressView { entry: "Ev1", ..ProgressView::default() };
    let steps = steps();
    let notices = ["the model at http://ollama:11434 is away: the playbooks answer".to_owned()];
    golden::message("progress-heard", &render(&view));
    golden::message("progress-queued", &render(&ProgressView { queued: Some(3), ..view }));
    golden::message("progress-thinking", &render(&ProgressView { thinking: Some(2), notices: &notices, ..view }));
    golden::message("progress-looking", &render(&ProgressView { steps: &steps, ..view }));
    let text = "**Two pods** are down [e1]\n\n```\nnot yet closed <x>";
    golden::message("progress-writing", &render(&ProgressView { steps: &steps[..2], text, ..view }));
}

#[test]
fn ends_without_an_answer() {
    golden::message("progress-stopped", &stopped(Some("U123"), &steps()));
    golden::message("progress-failed", &failed("the store answered: disk I/O error <!channel>"));
    golden::message(
        "progress-refused",
        &refused("The channel's tokens of today are used up (100000 of 100000), until 2026-11-21 00:00 UTC."),
    );
}

#[test]
fn whatever_streams_in_the_message_stays_small() {
    let notices: Vec<String> = (0..50).map(|number| format!("{number} {}", "<".repeat(900))).collect();
    let text = "<&>".repeat(30_000);
    let mut steps = steps();
    for step in &mut steps {
        step.state = StepState::Failed("<".repeat(5_000));
    }
    let view = ProgressView { entry: "Ev1", steps: &steps, text: &text, notices: &notices, ..ProgressView::default() };
    let content = render(&view);
    let size = serde_json::to_string(&content.blocks).unwrap().len();
    assert!(content.blocks.len() <= 50 && size < 9_500, "{size}");
}
