//! One question and its answer, as they are kept.

use super::fold::Past;
use crate::answer::Answer;
use crate::disclosure::Disclosure;
use crate::object::ObjectRef;
use crate::redaction::{redact_in_place, redact_value};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a person thought of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thumb {
    /// It helped.
    Up,
    /// It did not.
    Down,
}

/// One person's word on an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// Who.
    pub person: String,
    /// Which way.
    pub thumb: Thumb,
    /// Why, where they wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Unique; the owner of its evidence.
    pub id: String,
    /// The conversation that it belongs to.
    pub conversation: String,
    /// Its place there, from 1; 0 as long as it has none.
    pub number: u32,
    /// Who asked.
    pub person: String,
    /// Where it was asked, which need not be where the conversation began.
    pub channel: String,
    /// What was asked, without secrets.
    pub question: String,
    /// What was answered. The evidence in it is what was shown; the whole of it is kept under this turn's id.
    pub answer: Answer,
    /// Whether something that the answer needed could not be looked at: a stored answer does not tell it by itself.
    pub could_not_look: bool,
    /// What it was about.
    #[serde(default)]
    pub subject: Option<ObjectRef>,
    /// The rule under which the model was shown what it answered from.
    #[serde(default)]
    pub disclosure: Disclosure,
    /// Ids of the memory entries that were recalled for it.
    #[serde(default)]
    pub recalled: Vec<String>,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// When it was answered.
    pub answered_at: DateTime<Utc>,
    /// What people thought of it: each once, the last word counts.
    #[serde(default)]
    pub feedback: Vec<Feedback>,
}

/// Who asked what, where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The turn's id.
    pub id: String,
    /// The conversation's id.
    pub conversation: String,
    /// Who.
    pub person: String,
    /// Where.
    pub channel: String,
    /// What.
    pub question: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Turn {
    /// A turn that has ended and has no number yet. Secrets that the person wrote, and the answer or a call repeated,
    /// are taken out; those of tool results stopped at the tool's door.
    pub fn of(asked: Asked, mut answer: Answer, disclosure: Disclosure, answered_at: DateTime<Utc>) -> Self {
        let could_not_look = answer.could_not_look();
        redact_in_place(&mut answer.answer);
        answer.claims.iter_mut().for_each(|claim| redact_in_place(&mut claim.text));
        answer.hypotheses.iter_mut().for_each(|hypothesis| redact_in_place(&mut hypothesis.summary));
        answer.evidence.iter_mut().for_each(|view| redact_arguments(&mut view.arguments));
        let mut question = asked.question;
        redact_in_place(&mut question);
        Self {
            id: asked.id,
            conversation: asked.conversation,
            number: 0,
            person: asked.person,
            channel: asked.channel,
            question,
            answer,
            could_not_look,
            subject: None,
            disclosure,
            recalled: Vec::new(),
            asked_at: asked.at,
            answered_at,
            feedback: Vec::new(),
        }
    }

    /// The turn as a model under this rule may be sent it again.
    pub fn past(&self, rule: &Disclosure) -> Past {
        Past::under(rule, self.number, &self.question, &self.answer, &self.disclosure)
    }

    /// Takes a person's word; one before it is replaced. Answers with the one before.
    pub fn take(&mut self, feedback: Feedback) -> Option<Feedback> {
        let before = self.feedback.iter().position(|known| known.person == feedback.person);
        let before = before.map(|at| self.feedback.remove(at));
        self.feedback.push(feedback);
        before
    }
}

/// Takes secrets out of the arguments of a call.
pub(super) fn redact_arguments(arguments: &mut Map<String, Value>) {
    let mut value = Value::Object(std::mem::take(arguments));
    redact_value(&mut value);
    if let Value::Object(redacted) = value {
        *arguments = redacted;
    }
}
