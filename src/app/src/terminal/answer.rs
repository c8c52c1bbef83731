//! The answer as text: its Markdown, then the evidence and the cost in short.

use super::markdown::{render, without_control};
use domain::answer::{Answer, Brain, EvidenceView};
use serde_json::Value;

/// The whole answer for a person.
pub fn text(answer: &Answer, colour: bool) -> String {
    let mut out = render(&answer.answer, colour);
    if !answer.evidence.is_empty() {
        out.push_str("\n\nEvidence:\n");
        for view in &answer.evidence {
            out.push_str(&without_control(&evidence(view)));
            out.push('\n');
        }
    }
    out.push('\n');
    out.push_str(&cost(answer));
    out
}

fn evidence(view: &EvidenceView) -> String {
    let arguments = view
        .arguments
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "limit" | "budget_tokens" | "max_tokens"))
        .map(|(name, value)| format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect::<Vec<_>>()
        .join(" ");
    let outcome = match (&view.error, view.total) {
        (Some(error), _) => format!("failed: {error}"),
        (None, Some(total)) if total > view.returned => format!("{} of {total}", view.returned),
        (None, _) => format!("{} items", view.returned),
    };
    let source = view.source.as_ref().map_or(String::new(), |source| format!(" @ {source}"));
    format!("  {:<4} {} {arguments}{source} → {outcome}", format!("[{}]", view.id), view.tool)
}

fn cost(answer: &Answer) -> String {
    let usage = &answer.usage;
    let by = match (&answer.brain, &answer.model) {
        (Brain::Model, Some(model)) => {
            format!("by {model}, {} + {} tokens", usage.prompt_tokens, usage.completion_tokens)
        }
        _ => "by the playbooks, no model".to_owned(),
    };
    format!(
        "{by}; {} looks, {} kB, {:.2} s",
        usage.tool_calls,
        usage.tool_bytes.div_ceil(1000),
        usage.wall_ms as f64 / 1000.0
    )
}

/// The stable document of `--json`.
pub fn document(answer: &Answer) -> Value {
    serde_json::to_value(answer).unwrap_or(Value::Null)
}
