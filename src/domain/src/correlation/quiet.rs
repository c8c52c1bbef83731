//! Maintenance and silences: troubles that are put off.
//!
//! Guarantees: a quiet lasts for its windows only; one that cannot be evaluated puts nothing off; it never puts off an end.
//!
//! Deliberately absent: making windows (`calendar`) and reading Alertmanager.

use crate::calendar::{Once, Window, is_open};
use crate::observed::prometheus::SilenceRow;
use crate::signal::Signal;
use crate::signal::matcher::{How, Matcher};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Windows of time in which troubles open no incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// Name of the environment.
    pub environment: String,
    /// Which signals: all of these match. None at all are all of the environment, as in maintenance.
    #[serde(default)]
    pub matchers: Vec<Matcher>,
    /// What it is, with whoever made it: `maintenance of the shop`, `silence 7f3c by anna`.
    pub why: String,
    /// When.
    pub windows: Vec<Window>,
}

impl Quiet {
    /// Whether it puts off the signal.
    pub fn holds(&self, signal: &Signal, now: DateTime<Utc>) -> bool {
        let matches = self.matchers.iter().all(|matcher| matcher.matches(signal));
        self.environment == signal.environment && matches && is_open(&self.windows, now)
    }

    /// A silence of Alertmanager, for the signals of our own sources: they do not come by way of Alertmanager, and a person
    /// who silenced a trouble there meant them too. `None` for one that is over, or that cannot be read whole: what is not
    /// understood silences nothing.
    pub fn of_silence(silence: &SilenceRow, environment: &str) -> Option<Self> {
        let matchers = matchers_of(&silence.matchers)?;
        let is_usable = !matchers.is_empty() && silence.state != "expired";
        let window = Once::new(silence.starts, silence.ends).ok()?;
        let author = silence.author.as_deref().map(|author| format!(" by {author}")).unwrap_or_default();
        is_usable.then(|| Self {
            environment: environment.to_owned(),
            matchers,
            why: format!("silence {}{author}", silence.id),
            windows: vec![Window::Once(window)],
        })
    }
}

/// The first that puts off the signal.
pub(super) fn first<'a>(quiets: &'a [Quiet], signal: &Signal, now: DateTime<Utc>) -> Option<&'a Quiet> {
    quiets.iter().find(|quiet| quiet.holds(signal, now))
}

/// `alertname="HighErrorRate", app=~"check.*"` as matchers of signals.
fn matchers_of(text: &str) -> Option<Vec<Matcher>> {
    let mut rest = text.trim();
    let mut matchers = Vec::new();
    while !rest.is_empty() {
        let (matcher, after) = matcher_of(rest)?;
        matchers.push(matcher);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.is_empty() => {}
            None => return None,
        }
    }
    Some(matchers)
}

/// The first matcher, and what stands behind it.
fn matcher_of(text: &str) -> Option<(Matcher, &str)> {
    let (label, rest) = text.split_at(text.find(['=', '!'])?);
    let operators = [("=~", How::Matches), ("!~", How::MatchesNot), ("!=", How::IsNot), ("=", How::Is)];
    let (how, rest) = operators.into_iter().find_map(|(sign, how)| Some((how, rest.strip_prefix(sign)?)))?;
    let (value, rest) = quoted(rest.trim_start())?;
    let field = if label.trim() == "alertname" { "name".to_owned() } else { format!("label.{}", label.trim()) };
    Some((Matcher { field, how, value }, rest))
}

/// A text in quotes with its escapes undone, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut letters = inner.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, inner.get(at + 1..)?)),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}
