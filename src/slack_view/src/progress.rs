//! A question that is being worked on: the sign that it was heard, its place in the queue, steps that fill in, the text so
//! far; and how it ended where there is no answer.
//!
//! Guarantees: small enough to be sent every second; a step that failed is seen as failed; each end says what to do next.

use crate::actions;
use crate::content::Content;
use crate::cost::seconds;
use crate::escape;
use crate::evidence::arguments;
use crate::markdown::{self, Part};
use crate::mrkdwn::blocks::{TEXT, button, context, danger, section};
use crate::mrkdwn::{self, Line, Piece, Style};
use crate::split;
use domain::evidence::{EvidenceId, ToolCall};
use slack_morphism::prelude::SlackBlock;

/// Steps that are shown, the newest; those before are counted.
const MOST_STEPS: usize = 10;
/// Characters of a step's arguments, and of why it failed.
const MOST_ARGUMENTS: usize = 80;
/// Characters of a failure or a notice.
const MOST_REASON: usize = 160;
/// Characters of the text so far.
const MOST_TEXT: usize = 2_400;
/// Notices that are shown, the newest.
const MOST_NOTICES: usize = 5;

/// How far a look is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// It is out.
    Running,
    /// It came back.
    Done {
        /// Items that it brought.
        returned: u64,
        /// Milliseconds that it took.
        took_ms: u64,
    },
    /// It failed, and why.
    Failed(String),
}

/// One look.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its id in the evidence.
    pub id: EvidenceId,
    /// What is asked.
    pub call: ToolCall,
    /// How far it is.
    pub state: StepState,
}

/// A question that is being worked on.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProgressView<'a> {
    /// Its id in the lane: what the stop button carries.
    pub entry: &'a str,
    /// Its place before the model (1 is next), while it waits.
    pub queued: Option<usize>,
    /// The model's step, once it thinks.
    pub thinking: Option<usize>,
    /// The looks, in their order.
    pub steps: &'a [Step],
    /// The text so far, Markdown.
    pub text: &'a str,
    /// What the person should know, such as that the model is away.
    pub notices: &'a [String],
}

/// The message while it goes on.
pub fn render(view: &ProgressView<'_>) -> Content {
    let state = state(view);
    let mut blocks = vec![section(mrkdwn::show(&[Piece::styled(state.as_str(), Style::ITALIC)]))];
    let steps = steps(view.steps);
    if !steps.is_empty() {
        // The newest are the last; one object holds all but hostile ones.
        blocks.extend(split::pack(&steps, TEXT).into_iter().next_back().map(section));
    }
    let hidden = view.notices.len().saturating_sub(MOST_NOTICES);
    for notice in view.notices.iter().skip(hidden) {
        let notice = escape::cut(&escape::one_line(notice), MOST_REASON);
        blocks.push(context(mrkdwn::show(&[Piece::words(format!("Note: {notice}"))])));
    }
    if !view.text.trim().is_empty() {
        let text = escape::cut(view.text.trim(), MOST_TEXT);
        blocks.extend(split::pack(&markdown::read(&text), TEXT).into_iter().next().map(section));
    }
    let stop = danger(button(actions::STOP, "Stop", view.entry));
    blocks.push(crate::mrkdwn::blocks::actions(vec![stop]));
    Content { text: escape::line(&state), blocks }
}

fn state(view: &ProgressView<'_>) -> String {
    let running = view.steps.iter().filter(|step| step.state == StepState::Running).count();
    match (view.queued, view.thinking) {
        _ if !view.text.trim().is_empty() => "Writing the answer …".to_owned(),
        _ if running == 1 => "Looking at one thing …".to_owned(),
        _ if running > 1 => format!("Looking at {running} things …"),
        (Some(0 | 1), _) => "The model is busy: your question is next.".to_owned(),
        (Some(place), _) => format!("The model is busy: your question is at place {place} in the queue."),
        (None, Some(step)) if step > 1 => format!("Thinking, step {step} …"),
        (None, Some(_)) => "Thinking …".to_owned(),
        (None, None) => "On it …".to_owned(),
    }
}

fn steps(steps: &[Step]) -> Vec<Part> {
    let hidden = steps.len().saturating_sub(MOST_STEPS);
    let (before, shown) = steps.split_at(hidden);
    let mut parts = Vec::new();
    if hidden > 0 {
        let failed = before.iter().filter(|step| matches!(step.state, StepState::Failed(_))).count();
        let failed = if failed == 0 { String::new() } else { format!(", {failed} of them failed") };
        parts.push(Part::line(vec![Piece::words(format!("{hidden} earlier looks{failed}"))], false));
    }
    parts.extend(shown.iter().map(|step| Part::line(tell(step), false)));
    parts
}

/// One look on one line.
fn tell(step: &Step) -> Line {
    let sign = match step.state {
        StepState::Running => "… ",
        StepState::Done { .. } => "✓ ",
        StepState::Failed(_) => "✗ ",
    };
    let mut line =
        vec![Piece::words(format!("{sign}{} ", step.id)), Piece::words(step.call.tool.replacen('_', " ", 1))];
    let arguments = escape::cut(&arguments(&step.call.arguments), MOST_ARGUMENTS);
    if !arguments.is_empty() {
        line.push(Piece::words(" "));
        line.push(Piece::styled(arguments, Style::CODE));
    }
    match &step.state {
        StepState::Running => {}
        StepState::Done { returned: 1, took_ms } => line.push(Piece::words(format!(": 1 item, {}", seconds(*took_ms)))),
        StepState::Done { returned, took_ms } => {
            line.push(Piece::words(format!(": {returned} items, {}", seconds(*took_ms))));
        }
        StepState::Failed(why) => {
            line.push(Piece::words(format!(": could not look: {}", escape::cut(&escape::one_line(why), MOST_REASON))));
        }
    }
    line
}

/// The message of a question that a person stopped; `by` is their Slack id where it is known.
pub fn stopped(by: Option<&str>, steps: &[Step]) -> Content {
    let mut line = vec![Piece::styled("Stopped", Style::BOLD)];
    if let Some(by) = by {
        line.extend([Piece::words(" by "), Piece::person(by)]);
    }
    line.push(Piece::words(format!(
        " after {}. There is no answer. Ask again in this thread whenever you like.",
        match steps.len() {
            1 => "1 look".to_owned(),
            count => format!("{count} looks"),
        }
    )));
    end(&line)
}

/// The message of a question that has no answer because something broke; `why` is for the person who can act.
pub fn failed(why: &str) -> Content {
    end(&[
        Piece::styled("I have no answer: something went wrong on my side.", Style::BOLD),
        Piece::words(format!(
            "\n{}\nYour question was not lost: ask it again in this thread. If it happens again, tell whoever runs me.",
            escape::cut(why.trim(), MOST_END)
        )),
    ])
}

/// The message of a question that a budget refuses; `why` says which, and until when.
pub fn refused(why: &str) -> Content {
    end(&[
        Piece::styled("I may not answer this now: a budget is used up.", Style::BOLD),
        Piece::words(format!(
            "\n{}\nAsk again then, or ask whoever runs me to raise the budget.",
            escape::cut(why.trim(), MOST_END)
        )),
    ])
}

/// Characters of a reason.
const MOST_END: usize = 1_000;

fn end(line: &[Piece]) -> Content {
    let text = escape::cut(&mrkdwn::plain(line), TEXT / 6);
    let blocks: Vec<SlackBlock> =
        split::pack(&[Part::line(line.to_vec(), false)], TEXT).into_iter().map(section).collect();
    Content { text: escape::line(&text), blocks }
}
