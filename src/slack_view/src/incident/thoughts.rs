//! What changed around the onset of an incident, and what a model made of it, in its living message.
//!
//! What a model said is foreign text as much as a log line is: on one line, escaped, cut; and told apart from what was seen.

use crate::cards::{line, moment, section, small};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::hypothesis::{Thought, Thoughts, standing_word};
use domain::incident::Changed;
use slack_morphism::prelude::SlackBlock;

/// Changes that the message itself shows.
const SHOWN_CHANGES: usize = 4;

/// The changes nearest to the incident's own objects, oldest first.
pub(super) fn changes(changes: &[Changed], zone: Tz, now: DateTime<Utc>) -> Option<SlackBlock> {
    let mut shown: Vec<&Changed> = changes.iter().collect();
    shown.sort_by_key(|change| !change.is_near);
    shown.truncate(SHOWN_CHANGES);
    shown.sort_by_key(|change| change.at);
    let lines = shown.iter().map(|change| {
        let mark = if change.is_near { "" } else { " (elsewhere)" };
        format!("• {} {}: {}{mark}", moment(change.at, zone, now), change.sort.name(), line(&change.text, 300))
    });
    let lines: Vec<String> = lines.collect();
    let rest = changes.len().saturating_sub(SHOWN_CHANGES);
    let rest = if rest > 0 { format!("\n_{rest} more with `incidents show`_") } else { String::new() };
    (!lines.is_empty()).then(|| section(&format!("*What changed around then*\n{}{rest}", lines.join("\n"))))
}

/// The hypotheses with how they stand and what would confirm them, and the explanation.
pub(super) fn thoughts(thoughts: Option<&Thoughts>) -> Vec<SlackBlock> {
    let Some(thoughts) = thoughts.filter(|thoughts| !thoughts.is_empty()) else { return Vec::new() };
    let mut lines: Vec<String> = thoughts.hypotheses.iter().map(hypothesis).collect();
    lines.extend(thoughts.explanation.iter().map(|sentence| format!("_Explanation:_ {}", line(sentence, 350))));
    let head = format!("*What the model thinks* ({}); nothing is done by it", line(&thoughts.model, 100));
    let mut blocks = vec![section(&format!("{head}\n{}", lines.join("\n")))];
    if !thoughts.dropped.is_empty() {
        blocks.push(small(&format!("{} of what it said were left out", thoughts.dropped.len())));
    }
    blocks
}

fn hypothesis(thought: &Thought) -> String {
    let Thought { cause, object, standing, confirmed_by, because, .. } = thought;
    format!(
        "• *{}*: {}: {}\n   {}; would confirm it: {}",
        standing_word(*standing),
        line(&object.to_string(), 150),
        line(cause, 250),
        line(because, 200),
        line(confirmed_by, 200)
    )
}

#[cfg(test)]
mod tests {
    use crate::incident::{Links, render};
    use chrono_tz::Tz;
    use domain::incident::Incident;
    use serde_json::json;

    #[test]
    fn what_a_model_says_pings_nobody_and_is_told_apart() {
        let text = include_str!("../../tests/fixtures/incident_open.json");
        let mut incident: Incident = serde_json::from_str(text).unwrap();
        let evil = "<!channel> <https://evil.example|ok> \u{202e}x";
        incident.thoughts = serde_json::from_value(json!({
            "at": "2026-11-20T03:05:00Z", "model": evil, "explanation": [evil], "dropped": [evil],
            "hypotheses": [{"cause": evil, "object": {"kind": "Node", "name": "worker-3"}, "symptom": "crash",
                "confirmed_by": evil, "refuted_by": evil, "standing": "open", "because": evil}],
        }))
        .unwrap();
        incident.changes = serde_json::from_value(json!([
            {"at": "2026-11-20T03:05:00Z", "sort": "rollout", "text": evil, "is_near": true}
        ]))
        .unwrap();
        let content = render(&incident, &Links::default(), Tz::UTC);
        let told = serde_json::to_string(&content.blocks).unwrap();
        assert!(!told.contains("<!") && !told.contains("<https") && !told.contains('\u{202e}'), "{told}");
        assert!(told.contains("*unconfirmed*: Node worker-3") && told.contains("nothing is done by it"), "{told}");
        assert!(told.contains("*What changed around then*"), "{told}");
    }
}
