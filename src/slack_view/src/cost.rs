//! What an answer cost, as a modal.

use crate::evidence::show;
use crate::mrkdwn::blocks::{context, section};
use crate::mrkdwn::{Piece, Style, show as finished};
use domain::answer::{Answer, Brain};
use slack_morphism::prelude::SlackView;

/// The modal of an answer's cost.
pub fn modal(answer: &Answer) -> SlackView {
    let usage = &answer.usage;
    let mut lines = vec![
        ("Answered by", by(answer)),
        (
            "Time",
            format!(
                "{}, {} of it for the model, {} for tools",
                seconds(usage.wall_ms),
                seconds(usage.model_ms),
                seconds(usage.tool_ms)
            ),
        ),
        ("Looks", format!("{} calls of tools, {} kB read", usage.tool_calls, usage.tool_bytes.div_ceil(1_000))),
    ];
    if answer.brain == Brain::Model || usage.model_calls > 0 {
        let tokens = format!(
            "{} requests, {} tokens read, {} written",
            usage.model_calls, usage.prompt_tokens, usage.completion_tokens
        );
        lines.push(("Model", tokens));
    }
    let text: Vec<String> = lines
        .into_iter()
        .map(|(label, value)| {
            finished(&[
                Piece::styled(label, Style::BOLD),
                Piece::words(": "),
                Piece::words(crate::escape::cut(&value, 500)),
            ])
        })
        .collect();
    let note = "Tokens are as the model reports them, and estimated where it does not.";
    show("What it cost", vec![section(text.join("\n")), context(note)])
}

/// Who answered, in a few words: the model's name without where it runs.
pub(crate) fn by(answer: &Answer) -> String {
    match (answer.brain, &answer.model) {
        (Brain::Model, Some(model)) => model.split_once(" at ").map_or(model.as_str(), |(name, _)| name).to_owned(),
        (Brain::Model, None) => "a model".to_owned(),
        (Brain::Playbook, _) => "the playbooks, no model".to_owned(),
    }
}

/// Milliseconds as a person tells them.
pub(crate) fn seconds(milliseconds: u64) -> String {
    match milliseconds {
        0..=999 => format!("{milliseconds} ms"),
        1_000..=99_999 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!("{} min {} s", milliseconds / 60_000, milliseconds % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_do() {
        for (milliseconds, expected) in [(7, "7 ms"), (1_250, "1.2 s"), (99_999, "99.9 s"), (125_000, "2 min 5 s")] {
            assert_eq!(seconds(milliseconds), expected);
        }
    }
}
