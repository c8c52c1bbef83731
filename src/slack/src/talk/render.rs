//! From what was answered to what `slack_view` draws: the voice, how much is shown, links, files.

mod pictures;

use super::Manner;
use crate::api::Upload;
use bytes::Bytes;
use chrono_tz::Tz;
use domain::conversation::address;
use domain::conversation::turn::Turn;
use domain::evidence::ToolCall;
use domain::personality::{Occasion, seed, spoken};
use domain::preferences::{Preferences, Voice};
use ports::conversations::Told;
use slack_morphism::prelude::SlackView;
use slack_view::alert_note::{self, AlertNote};
use slack_view::answer::{self, AnswerView, Link};
use slack_view::content::Content;
use slack_view::escape;
use slack_view::{cost as cost_view, evidence as evidence_view};

/// Characters of a turn's id in the names of its files.
const NAME_CHARACTERS: usize = 12;

/// Characters of a streamed step.
const STEP_CHARACTERS: usize = 100;

/// For whom something is shown.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// What the settings say.
    pub manner: &'a Manner,
    /// What the reader prefers.
    pub preferences: &'a Preferences,
    /// The reader's time zone.
    pub zone: Option<Tz>,
}

impl Look<'_> {
    fn voice(&self) -> Voice {
        self.preferences.voice.unwrap_or(self.manner.voice)
    }

    fn zone(&self) -> Tz {
        self.zone.unwrap_or(Tz::UTC)
    }
}

/// An answer as it goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The message.
    pub content: Content,
    /// What is uploaded beside it.
    pub files: Vec<Upload>,
}

/// The message of an answer, with its charts and what did not fit.
pub fn answer(told: &Told, look: &Look<'_>) -> Rendered {
    let mut files = pictures::of(&told.evidence, look.zone(), file_mark(&told.turn));
    let said = spoken(look.voice(), Occasion::of(&told.answer), &told.answer.answer, seed(&told.turn));
    let rendered = answer::render(&AnswerView {
        answer: &told.answer,
        turn: &told.turn,
        spoken: &said,
        brevity: look.preferences.brevity.unwrap_or_default(),
        zone: look.zone(),
        asker: None,
        links: &links(look.manner, told.answer.conversation.as_deref()),
        charts: files.len(),
    });
    files.extend(rendered.file.map(|file| Upload {
        name: file.name,
        title: file.title,
        alt: None,
        bytes: Bytes::from(file.content),
    }));
    Rendered { content: rendered.content, files }
}

/// The note under an alert that nobody asked about: in no voice.
pub fn alert(told: &Told, channel: &str, manner: &Manner, zone: Option<Tz>) -> Content {
    let note = AlertNote {
        answer: &told.answer,
        turn: &told.turn,
        spoken: &told.answer.answer,
        zone: zone.unwrap_or(Tz::UTC),
        channel,
        links: &links(manner, told.answer.conversation.as_deref()),
    };
    alert_note::render(&note).content
}

/// The modal of what a kept turn rests on.
pub fn evidence(turn: &Turn, look: &Look<'_>) -> SlackView {
    evidence_view::modal(&turn.answer, look.zone())
}

/// The modal of what a kept turn cost.
pub fn cost(turn: &Turn) -> SlackView {
    cost_view::modal(&turn.answer)
}

/// The modal of the whole answer of a kept turn.
pub fn whole(turn: &Turn, look: &Look<'_>) -> SlackView {
    answer::modal(&AnswerView {
        answer: &turn.answer,
        turn: &turn.id,
        spoken: &turn.answer.answer,
        brevity: Default::default(),
        zone: look.zone(),
        asker: None,
        links: &links(look.manner, Some(&turn.conversation)),
        charts: 0,
    })
}

/// A part of a streamed answer. Slack reads it as Markdown: what pings or links there is taken apart, and the answer that
/// replaces it is rendered with care.
pub fn streamed(part: &str) -> String {
    escape::markdown(part)
}

/// A step of a streamed answer. The name of a tool is what a model wrote: only what names are made of is shown.
pub fn step(call: &ToolCall) -> String {
    let is_of_name = |letter: &char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let name: String = call.tool.chars().filter(is_of_name).take(STEP_CHARACTERS).collect();
    if name.is_empty() { looked() } else { name.replacen('_', " ", 1) }
}

/// A step of which only the end is known.
pub fn looked() -> String {
    "Looked".to_owned()
}

/// The same for a turn each time: by it a file is found again in its thread.
fn file_mark(turn: &str) -> &str {
    turn.get(..NAME_CHARACTERS).unwrap_or(turn)
}

fn links(manner: &Manner, conversation: Option<&str>) -> Vec<Link> {
    let base = |address: &String| address.trim_end_matches('/').to_owned();
    let portal = manner.portal.as_ref().zip(conversation).map(|(portal, id)| Link {
        label: "Open in the portal".to_owned(),
        url: format!("{}/{}/{id}", base(portal), address::FOLDER),
    });
    let grafana = manner.grafana.as_ref().map(|grafana| Link { label: "Grafana".to_owned(), url: base(grafana) });
    portal.into_iter().chain(grafana).collect()
}
