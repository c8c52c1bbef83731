//! Senses: what a look at a source means, and what of it is news.
//!
//! A sense looks at one source again and again. A detector (one file a sort of source) reads the typed result of one
//! look as [`Looked`]: the troubles that are there, and what the look was blind to. [`observe`] holds that against what was
//! there before and makes the signals.
//!
//! Guarantees: a look that failed changes nothing but the status and makes no signal; a trouble is told as over only after
//! it was missing in two looks in a row that succeeded and could have seen it; what is told again has the same
//! fingerprint, place and beginning; what is remembered is bounded, and what found no room is counted in the status.
//!
//! Deliberately absent: when to look, how to look, and what a signal means for an incident.

pub mod about;
pub mod alerts;
pub mod cluster;
pub mod declared;
pub mod endpoint;
pub mod forecast;
pub mod logs;
pub mod rule;
pub mod series;
pub mod standing;
mod state;
pub mod traces;
pub mod uptime;

pub use state::{Known, State, Telling, observe};

use crate::envelope::Envelope;
use crate::incident::Severity;
use crate::object::ObjectRef;
use crate::signal::{Source, fingerprint};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Letters of a text that came from outside.
const TEXT_LETTERS: usize = 500;
/// Labels of one trouble, and letters of a label's value.
const LABELS: usize = 32;
const LABEL_LETTERS: usize = 200;

/// Whose troubles they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Name of the environment, as in the settings.
    pub environment: String,
    /// The sense, by its sort and its name in the settings.
    pub source: Source,
}

/// One trouble, as one look saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// What tells it from the other troubles of this sense; the same at every look.
    pub key: String,
    /// What all signals of it share: [`fingerprint`].
    pub fingerprint: String,
    /// What kind of trouble: a name of ours or of a rule, never free text.
    pub name: String,
    /// How bad.
    pub severity: Severity,
    /// The object that typed fields or the settings name.
    #[serde(default)]
    pub object: Option<ObjectRef>,
    /// The service that typed fields or the settings name.
    #[serde(default)]
    pub service: Option<String>,
    /// Labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// In words; may hold text that came from outside.
    #[serde(default)]
    pub text: String,
    /// The measured value.
    #[serde(default)]
    pub value: Option<f64>,
    /// The PromQL expression that raised it.
    #[serde(default)]
    pub query: Option<String>,
    /// Since when, by the source.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// For so many seconds it must be there before it is told.
    #[serde(default)]
    pub wait_seconds: u32,
    /// What a later look is held against: the pattern of lines, the bound beyond which a value is a trouble.
    #[serde(default)]
    pub reference: Option<Reference>,
}

/// What a later look is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// A pattern of log lines, `<*>` where they differ.
    Pattern(String),
    /// The value from which it is a trouble, fixed when it began.
    Bound(f64),
}

impl Trouble {
    /// A trouble of a kind, told apart and identified by these labels.
    pub fn new(origin: &Origin, name: &str, severity: Severity, labels: &BTreeMap<String, String>) -> Self {
        let print = fingerprint(&origin.environment, name, labels.iter().map(|(a, b)| (a.as_str(), b.as_str())));
        Self {
            key: print.clone(),
            fingerprint: print,
            name: name.to_owned(),
            severity,
            object: None,
            service: None,
            labels: bounded(labels),
            text: String::new(),
            value: None,
            query: None,
            since: None,
            wait_seconds: 0,
            reference: None,
        }
    }

    /// The same with words, cut to a bounded length and without control characters.
    #[must_use]
    pub fn saying(self, text: &str) -> Self {
        Self { text: shown(text), ..self }
    }
}

/// What the absence of a trouble in a look says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blind {
    /// The look was whole: what is not in it is not there.
    No,
    /// Nothing at all is said of what is not in it.
    Wholly,
    /// Nothing is said of the troubles with these keys.
    To(BTreeSet<String>),
}

impl Blind {
    /// Whether the look could not have seen this one.
    pub fn hides(&self, key: &str) -> bool {
        match self {
            Self::No => false,
            Self::Wholly => true,
            Self::To(keys) => keys.contains(key),
        }
    }
}

/// What one look saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// The troubles that are there.
    pub troubles: Vec<Trouble>,
    /// What absence means.
    pub blind: Blind,
    /// What could not be looked at, in words for people.
    pub not_looked: Vec<String>,
}

impl Looked {
    /// A look that saw everything.
    pub fn whole(troubles: Vec<Trouble>) -> Self {
        Self { troubles, blind: Blind::No, not_looked: Vec::new() }
    }

    /// The same, as the envelope around the result allows: where something was left out or could not be looked at, absence
    /// says nothing.
    #[must_use]
    pub fn within(mut self, envelope: &Envelope) -> Self {
        if envelope.truncated {
            self.not_looked.push("the result was longer than is read: what is not in it may be there".to_owned());
        }
        self.not_looked.extend(envelope.not_looked.iter().take(5).map(|text| shown(text)));
        if envelope.truncated || !envelope.not_looked.is_empty() {
            self.blind = Blind::Wholly;
        }
        self
    }

    /// The same without the troubles of other namespaces, where an environment has only these; empty means all. What names no
    /// namespace, by its object or its labels, stays.
    #[must_use]
    pub fn belonging_to(mut self, namespaces: &BTreeSet<String>) -> Self {
        let is_own = |name: &String| namespaces.is_empty() || namespaces.contains(name);
        let of = |trouble: &Trouble| {
            let of_object = trouble.object.as_ref().and_then(|object| object.namespace.clone());
            of_object.or_else(|| trouble.labels.get("namespace").cloned())
        };
        self.troubles.retain(|trouble| of(trouble).is_none_or(|name| is_own(&name)));
        self
    }
}

fn bounded(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let cut = |text: &String| text.chars().filter(|letter| !letter.is_control()).take(LABEL_LETTERS).collect();
    labels.iter().take(LABELS).map(|(name, value)| (cut(name), cut(value))).collect()
}

fn shown(text: &str) -> String {
    let spaced = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    spaced.take(TEXT_LETTERS).collect()
}

#[cfg(test)]
mod tests;
