//! Whether what the plan says can be shown to people and written to logs as it is, and whether it says anything.

use super::hold::Objections;
use crate::plan::Plan;
use serde_json::Value;

/// Lines of a difference at most.
const MOST_LINES: usize = 500;

/// Bytes of all that the plan says.
const MOST_BYTES: usize = 256 * 1024;

pub(super) fn review(plan: &Plan, said: &mut Objections) {
    let diff = &plan.rehearsal.diff;
    said.unless(
        diff.iter().any(|line| !line.trim().is_empty()),
        "the rehearsal shows no difference: nothing would be done",
    );
    said.unless(diff.len() <= MOST_LINES, format!("the difference has more than {MOST_LINES} lines"));
    said.unless(!plan.success_check.conditions.is_empty(), "nothing says how it is seen whether it helped");
    match serde_json::to_value(plan) {
        Ok(whole) => {
            said.unless(is_plain_throughout(&whole), "a text of the plan holds control characters");
            said.unless(whole.to_string().len() <= MOST_BYTES, format!("the plan is longer than {MOST_BYTES} bytes"));
        }
        Err(error) => said.say(format!("the plan cannot be written down: {error}")),
    }
}

/// Whether a text is on one line and holds nothing that a terminal or a chat would act upon: no plan passes with another.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(acts)
}

/// Whether every text and every name of a member is plain.
fn is_plain_throughout(value: &Value) -> bool {
    match value {
        Value::String(text) => is_plain(text),
        Value::Array(items) => items.iter().all(is_plain_throughout),
        Value::Object(members) => members.iter().all(|(name, value)| is_plain(name) && is_plain_throughout(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Control characters, and those that turn the direction of text or cannot be seen.
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
