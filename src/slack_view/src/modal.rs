//! Modals: a channel's settings, a reason, a question about a message; and what comes back from them.
//!
//! Guarantees: what a modal offers can be read back by this module and nothing else can; a value that was not offered is
//! refused with the name of its field.

mod channel;
mod values;

pub use channel::{Offer, channel_settings, read_channel_settings};
pub use values::Unreadable;

use crate::actions::callbacks;
use crate::cards::line;
use crate::cards::{form, plain, section, small};
use domain::incident::Incident;
use serde_json::Value;
use slack_morphism::prelude::*;

/// Characters of a text that a person writes.
const WRITTEN: u64 = 1_000;
/// The field of a reason.
const REASON: &str = "reason";
/// The field of a question.
const QUESTION: &str = "question";

/// The modal that asks why an incident is over.
pub fn resolve(incident: &Incident) -> SlackView {
    let text = format!("*{}*\nIt is marked as resolved for everybody.", line(&incident.title, 1_000));
    let blocks = vec![section(&text), written(REASON, "What ended it?", "rolled back to 4.2.1", None)];
    form(callbacks::RESOLVE, &incident.id, "Resolve", "Resolve", blocks)
}

/// The modal that asks why an incident goes to people.
pub fn escalate(incident: &Incident) -> SlackView {
    let text = format!("*{}*\nIt is handed to people; nothing is done by itself.", line(&incident.title, 1_000));
    let blocks = vec![section(&text), written(REASON, "Why, and to whom?", "payments team: the bank is away", None)];
    form(callbacks::ESCALATE, &incident.id, "Escalate", "Escalate", blocks)
}

/// The modal that asks why the action under way is wanted back.
pub fn undo(incident: &Incident) -> SlackView {
    let text = format!(
        "*{}*\nWhat Scarlet did last is taken back, and the incident is handed to people.",
        line(&incident.title, 1_000)
    );
    let blocks = vec![section(&text), written(REASON, "Why?", "the orders queue grows since", None)];
    form(callbacks::UNDO, &incident.id, "Undo", "Undo", blocks)
}

/// The modal that asks for a question about a message. `private` comes back with it.
pub fn ask_about_message(private: &str, message: &str) -> SlackView {
    let blocks = vec![
        small(&format!("About: {}", line(message, 600))),
        written(QUESTION, "Your question", "what does this mean?", Some("What does this mean, and what should I do?")),
    ];
    form(callbacks::ASK, private, "Ask Jamie", "Ask", blocks)
}

/// The reason that was written.
///
/// # Errors
/// Where the values are not those of [`resolve`], [`escalate`] or [`undo`].
pub fn read_reason(values: &Value) -> Result<String, Unreadable> {
    read_written(values, REASON)
}

/// The question that was written.
///
/// # Errors
/// Where the values are not those of [`ask_about_message`].
pub fn read_question(values: &Value) -> Result<String, Unreadable> {
    read_written(values, QUESTION)
}

fn read_written(values: &Value, field: &'static str) -> Result<String, Unreadable> {
    let mut reader = values::Reader::new(values, &[field]);
    let text = reader.text(field);
    reader.done(text)
}

/// A field for some lines of text, which must be filled.
fn written(field: &str, label: &str, example: &str, initial: Option<&str>) -> SlackBlock {
    let mut input = SlackBlockPlainTextInputElement::new()
        .with_action_id(SlackActionId::new(field.to_owned()))
        .with_multiline(true)
        .with_min_length(1)
        .with_max_length(WRITTEN)
        .with_placeholder(plain(example, 150));
    input.initial_value = initial.map(str::to_owned);
    SlackInputBlock::new(plain(label, 200), input.into()).with_block_id(SlackBlockId::new(field.to_owned())).into()
}
