//! Understanding a question: what is asked, about what, and about when.
//!
//! Pure: names are resolved against an inventory that the caller read from live objects, times against a "now" and a
//! time zone that the caller passes. Nothing here guesses silently: when two objects fit, both are returned.

pub mod intent;
pub mod names;
pub mod quoted;
pub mod time;
pub mod words;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use intent::Intent;
use time::TimeScope;

/// A question as far as its own words tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// As it was typed.
    pub text: String,
    /// What is asked.
    pub intent: Intent,
    /// When it is about.
    pub time: TimeScope,
    /// All words but those of the time, in order.
    pub words: Vec<String>,
    /// Those of them that may name an object: no pure grammar.
    pub mentions: Vec<String>,
    /// The words of the text that the person pointed at; see [`quoted`].
    pub quoted: Vec<String>,
}

impl Question {
    /// Reads a question. `now` and `zone` are what "yesterday" and "02:40" mean to the person.
    pub fn read(text: &str, now: DateTime<Utc>, zone: Tz) -> Self {
        let (time, rest) = time::extract(text, now, zone);
        let words = words::split(&rest);
        let intent = intent::classify(&words);
        let mentions = words::mentions(&words);
        Self { text: text.to_owned(), intent, time, words, mentions, quoted: Vec::new() }
    }

    /// The same question about a text that the person pointed at. One that asks nothing in particular, or how things are,
    /// asks what is wrong there.
    #[must_use]
    pub fn about(mut self, text: &str) -> Self {
        self.quoted = quoted::words(text);
        if matches!(self.intent, Intent::Unknown | Intent::Health) {
            self.intent = Intent::Wrong;
        }
        self
    }
}
