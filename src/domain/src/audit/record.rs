//! One record of the trail or the journal, and its form in the chain.

use super::actor::Actor;
use super::kind::Kind;
use super::personal::Beside;
use crate::chain::{Entry, Line, canonical_json};
use crate::redaction;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Characters of one text at most.
const TEXT_CHARS: usize = 4_000;

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As was meant.
    Done,
    /// It was not allowed, and this is why.
    Refused(String),
    /// It was tried, and this is why it failed.
    Failed(String),
    /// Whether it was done is not known, and this is why.
    Unknown(String),
}

/// One record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: Kind,
    /// Who did it.
    pub who: Actor,
    /// On what: an object, a setting, a plan.
    pub on: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// How it ended, where it has.
    pub outcome: Option<Outcome>,
    /// The action that it is part of.
    pub action: Option<String>,
    /// Personal data beside the chain.
    pub personal: Option<Beside>,
    /// What else there is to know, without personal data; members that another version of the program wrote, too.
    pub details: Map<String, Value>,
}

/// The body of a record in the chain.
#[derive(Serialize, Deserialize)]
struct Body {
    #[serde(default)]
    who: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    /// The id of the personal data; its hash is a member of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    personal: Option<String>,
    #[serde(flatten)]
    details: Map<String, Value>,
}

impl Record {
    /// A record that says no more than this.
    pub fn new(at: DateTime<Utc>, kind: Kind, who: Actor) -> Self {
        let details = Map::new();
        Self { at, kind, who, on: None, why: None, outcome: None, action: None, personal: None, details }
    }

    /// Of this action: what [`super::open_actions`] knows it by.
    #[must_use]
    pub fn of_action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// On this.
    #[must_use]
    pub fn on(mut self, what: impl Into<String>) -> Self {
        self.on = Some(what.into());
        self
    }

    /// For this reason.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Ended so.
    #[must_use]
    pub fn ended(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// With personal data beside the chain.
    #[must_use]
    pub fn beside(mut self, personal: Beside) -> Self {
        self.personal = Some(personal);
        self
    }

    /// With one more thing to know. A name that records have anyway (`who`, `on`...) is left as the record has it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }

    /// The entry of the chain: without secrets, long texts cut.
    pub fn entry(&self) -> Entry {
        let mut details = Value::Object(self.details.clone());
        redaction::redact_value(&mut details);
        let mut body = match details {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let own = Body {
            who: self.who.clone(),
            on: self.on.as_deref().map(clean),
            why: self.why.as_deref().map(clean),
            outcome: self.outcome.as_ref().map(Outcome::clean),
            action: self.action.clone(),
            personal: self.personal.as_ref().map(|beside| beside.id.clone()),
            details: Map::new(),
        };
        // Strings alone always have a JSON form.
        if let Ok(Value::Object(own)) = serde_json::to_value(own) {
            MEMBERS.iter().for_each(|member| drop(body.remove(*member)));
            body.extend(own);
        }
        let personal = self.personal.as_ref().map(|beside| beside.hash.clone());
        Entry { at: self.at, kind: self.kind.name().to_owned(), body: Value::Object(body), personal }
    }

    /// The record that a line of the chain holds. `None` where its body has another shape than records have: see
    /// [`shown`].
    pub fn of(line: &Line) -> Option<Self> {
        let body = Body::deserialize(&line.body).ok()?;
        let personal = body.personal.zip(line.personal.clone()).map(|(id, hash)| Beside { id, hash });
        let Body { who, on, why, outcome, action, details, .. } = body;
        Some(Self { at: line.at, kind: Kind::of(&line.kind), who, on, why, outcome, action, personal, details })
    }
}

/// The members that a body has of its own.
const MEMBERS: &[&str] = &["who", "on", "why", "outcome", "action", "personal"];

impl Outcome {
    fn clean(&self) -> Self {
        match self {
            Self::Done => Self::Done,
            Self::Refused(why) => Self::Refused(clean(why)),
            Self::Failed(why) => Self::Failed(clean(why)),
            Self::Unknown(why) => Self::Unknown(clean(why)),
        }
    }
}

fn clean(text: &str) -> String {
    redaction::redacted_head(text, TEXT_CHARS)
}

/// A line of the chain for a person's eyes, on one line: also of a kind or shape that this version does not know. Control
/// characters are left to whoever prints it.
pub fn shown(line: &Line) -> String {
    let at = line.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let head = format!("{} {at} {}", line.sequence, line.kind);
    let Some(record) = Record::of(line) else { return format!("{head} {}", canonical_json(&line.body)) };
    let mut told = vec![head];
    let who = record.who.to_string();
    told.extend((!who.is_empty()).then(|| format!("by {who}")));
    told.extend(record.on.map(|on| format!("on {on}")));
    told.extend(record.action.map(|action| format!("(action {action})")));
    told.extend(record.why.map(|why| format!("because {why}")));
    told.extend(record.outcome.map(|outcome| match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Refused(why) => format!("refused: {why}"),
        Outcome::Failed(why) => format!("failed: {why}"),
        Outcome::Unknown(why) => format!("outcome unknown: {why}"),
    }));
    told.extend((!record.details.is_empty()).then(|| canonical_json(&Value::Object(record.details))));
    told.join(" ")
}
