//! Telling people, until somebody was told: what is told, where it was tried, what came back, and what comes next.
//!
//! Guarantees: the declared places are tried in their order, each more than once before the next; where none took it that is
//! said ([`Standing::Nobody`]) and all are tried again, with longer and longer pauses under a cap; one attempt at a time, until
//! its time is over; what was told is not told again, whoever asks; a success that comes late counts; what is not so any
//! more is not told ([`While`]); what ended untold begins anew where somebody asks for it again. All functions change a
//! value; the caller compares and swaps.
//!
//! Deliberately absent: how a place is reached, what people are told about, and looking whether it still is so.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Attempts at one place before the next.
const TRIES: u32 = 2;

/// Between two attempts at one place.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// After a round in which nobody was told; doubled each time.
const FIRST_ROUND_PAUSE: TimeDelta = TimeDelta::seconds(15);

/// The longest pause between two rounds.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// How long one attempt may take before another may begin.
pub const ATTEMPT: TimeDelta = TimeDelta::seconds(30);

/// After this it is not tried any more, and that is said.
pub const GIVEN_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// Attempts that are kept, the newest.
const KEPT: usize = 20;

/// Bytes of an answer that are kept.
const ANSWER: usize = 500;

/// Places of one escalation at most.
pub const PLACES: usize = 5;

/// Where people are told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// A channel of Slack by its id.
    Slack(String),
    /// A declared webhook that tells people.
    Webhook(String),
}

impl Destination {
    /// What [`Destination::parse`] accepts, in words.
    pub const ACCEPTED: &'static str = "a channel by its id, such as slack:C0123456789, or a webhook of the purpose notification, such as webhook:pager";

    /// Reads `slack:C0123456789` or `webhook:NAME`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        let is_channel = name.starts_with(['C', 'G'])
            && name.len() > 1
            && name.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
        let is_name = !name.is_empty()
            && name.len() <= 63
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'));
        match kind {
            "slack" if is_channel => Some(Self::Slack(name.to_owned())),
            "webhook" if is_name => Some(Self::Webhook(name.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slack(channel) => write!(out, "slack:{channel}"),
            Self::Webhook(name) => write!(out, "webhook:{name}"),
        }
    }
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is being told.
    Sending,
    /// Somebody was told.
    Told,
    /// Nobody was reached; it is tried again.
    Nobody,
    /// Nobody was reached for so long that it is not tried any more.
    GivenUp,
    /// Nobody was reached before it was not so any more.
    Lapsed,
}

impl Standing {
    /// Its name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Told => "told",
            Self::Nobody => "nobody",
            Self::GivenUp => "given_up",
            Self::Lapsed => "lapsed",
        }
    }

    /// Whether something is still to be done.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Sending | Self::Nobody)
    }
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The place took it, and this is what it said.
    Told(String),
    /// It did not, or did not say so; trying again may help.
    Failed(String),
    /// It will not: the next place is tried at once.
    Refused(String),
}

/// One attempt that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// When it was over.
    pub at: DateTime<Utc>,
    /// Where.
    pub place: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// While what something is told. Where it is not so any more, nobody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum While {
    /// The approval of this id waits for people.
    Waits(String),
    /// The incident of this id is not over.
    Open(String),
    /// The incident of this id is over.
    Over(String),
}

/// What people are to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The same however often it is asked for: `INC-7.escalation.0`.
    pub key: String,
    /// What it is about: the same when it begins and when it is over.
    pub about: String,
    /// Of which environment.
    pub environment: String,
    /// In Markdown.
    pub text: String,
    /// Whether it tells that something is over.
    #[serde(default)]
    pub is_over: bool,
    /// While what it is told; `None` where it is told whatever becomes of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_while: Option<While>,
}

/// An attempt that may be made now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number.
    pub number: u32,
    /// Where.
    pub place: String,
}

/// One escalation, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// What is told.
    pub message: Message,
    /// The places, in their order.
    pub places: Vec<String>,
    /// How far it came: a field that stores can look for.
    pub state: Standing,
    /// Which place is next.
    pub place: usize,
    /// Attempts at it.
    pub tries_here: u32,
    /// Rounds in which nobody was reached.
    pub rounds: u32,
    /// Attempts ever; the number of the last one.
    pub tries: u32,
    /// Until when the last attempt may be under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy_until: Option<DateTime<Utc>>,
    /// The newest attempts, oldest first.
    #[serde(default)]
    pub tried: Vec<Tried>,
    /// When it may be tried next.
    pub next_at: DateTime<Utc>,
    /// Since when it is to be told.
    pub opened_at: DateTime<Utc>,
    /// When it was asked for again last after it had been given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<DateTime<Utc>>,
    /// When anything changed last.
    pub changed_at: DateTime<Utc>,
}

impl Escalation {
    /// Something that nobody was told yet.
    pub fn new(message: Message, places: Vec<String>, now: DateTime<Utc>) -> Self {
        let mut places = places;
        places.truncate(PLACES);
        Self {
            message,
            places,
            state: Standing::Sending,
            place: 0,
            tries_here: 0,
            rounds: 0,
            tries: 0,
            busy_until: None,
            tried: Vec::new(),
            next_at: now,
            opened_at: now,
            again_at: None,
            changed_at: now,
        }
    }

    /// The same when somebody asks for it once more: what ended untold begins anew. What had been given up is something
    /// that nobody was told all along, and is known as that.
    #[must_use]
    pub fn asked_again(self, message: &Message, places: &[String], now: DateTime<Utc>) -> Self {
        match self.state {
            Standing::Sending | Standing::Told | Standing::Nobody => self.at_places(places),
            // The numbers of attempts go on: the late end of an old one is not taken for that of a new one.
            Standing::Lapsed => Self { tries: self.tries, ..Self::new(message.clone(), places.to_vec(), now) },
            Standing::GivenUp => Self {
                state: Standing::Nobody,
                tries: self.tries,
                tried: self.tried,
                opened_at: self.opened_at,
                again_at: Some(now),
                ..Self::new(message.clone(), places.to_vec(), now)
            },
        }
    }

    /// The same where it is not so any more: nobody is told. `None` where there is nothing to end: it was told, has ended, or
    /// is just being told.
    pub fn lapsed(&self, now: DateTime<Utc>) -> Option<Self> {
        let is_idle = self.state.is_open() && !self.is_busy(now);
        let changed_at = self.changed_at.max(now);
        is_idle.then(|| Self { state: Standing::Lapsed, changed_at, ..self.clone() })
    }

    /// Whether an attempt may be under way.
    pub fn is_busy(&self, now: DateTime<Utc>) -> bool {
        self.busy_until.is_some_and(|until| now < until)
    }

    /// The same for the places that are declared now: begun anew where they are others.
    #[must_use]
    pub fn at_places(mut self, places: &[String]) -> Self {
        let declared: Vec<String> = places.iter().take(PLACES).cloned().collect();
        if self.state.is_open() && self.places != declared {
            self.places = declared;
            (self.place, self.tries_here) = (0, 0);
        }
        self
    }

    /// Begins an attempt. `None` where there is nothing to do: it was told, was given up, or another attempt is under way.
    /// Whether its time has come ([`Escalation::next_at`]) is the caller's to ask: who wants it now may have it now.
    pub fn begin(&self, now: DateTime<Utc>) -> Option<(Self, Attempt)> {
        let place = self.places.get(self.place).filter(|_| self.state.is_open() && !self.is_busy(now))?.clone();
        let mut next = self.clone();
        next.tries = next.tries.saturating_add(1);
        let until = later(now, ATTEMPT);
        (next.busy_until, next.next_at) = (Some(until), until);
        next.changed_at = next.changed_at.max(now);
        let number = next.tries;
        Some((next, Attempt { number, place }))
    }

    /// An attempt is over. The late end of an attempt that another has followed counts only where people were told, and
    /// then also where others were before: they are to hear of its end too.
    #[must_use]
    pub fn ended(&self, attempt: &Attempt, outcome: Outcome, now: DateTime<Utc>) -> Self {
        let mut next = self.clone();
        let is_last = attempt.number == self.tries && self.busy_until.is_some();
        let is_told = matches!(outcome, Outcome::Told(_));
        if !is_told && (self.state == Standing::Told || !is_last) {
            return next;
        }
        let is_refused = matches!(outcome, Outcome::Refused(_));
        next.tried.push(Tried { at: now, place: attempt.place.clone(), outcome: shortened(outcome) });
        let surplus = next.tried.len().saturating_sub(KEPT);
        next.tried.drain(..surplus);
        next.busy_until = None;
        next.changed_at = next.changed_at.max(now);
        if is_told {
            next.state = Standing::Told;
            next.next_at = now;
            return next;
        }
        next.tries_here = next.tries_here.saturating_add(1);
        next.next_at = later(now, PAUSE);
        if is_refused || next.tries_here >= TRIES {
            next.go_on(now);
        }
        next
    }

    /// To the next place, or from the last one to the next round.
    fn go_on(&mut self, now: DateTime<Utc>) {
        self.tries_here = 0;
        self.place = self.place.saturating_add(1);
        self.next_at = now;
        if self.place < self.places.len() {
            return;
        }
        self.place = 0;
        self.rounds = self.rounds.saturating_add(1);
        self.state = Standing::Nobody;
        let factor = 1_i32.checked_shl(self.rounds.saturating_sub(1).min(10)).unwrap_or(i32::MAX);
        let pause = FIRST_ROUND_PAUSE.checked_mul(factor).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        self.next_at = later(now, pause);
        if now.signed_duration_since(self.again_at.unwrap_or(self.opened_at)) >= GIVEN_UP_AFTER {
            self.state = Standing::GivenUp;
        }
    }

    /// Where people were told; the last of the places that took it.
    pub fn told_at(&self) -> Option<&str> {
        self.told_places().last()
    }

    /// Every place that took it, the first one first. More than one only where the end of an attempt came late.
    pub fn told_places(&self) -> impl Iterator<Item = &str> {
        let told = self.tried.iter().filter(|tried| matches!(tried.outcome, Outcome::Told(_)));
        told.map(|tried| tried.place.as_str())
    }

    /// The newest failure of each place, in the order of the places: `slack:C1: no answer; webhook:pager: 503`.
    pub fn failures(&self) -> String {
        let of = |place: &String| {
            self.tried.iter().rev().find(|tried| tried.place == *place).and_then(|tried| match &tried.outcome {
                Outcome::Told(_) => None,
                Outcome::Failed(why) | Outcome::Refused(why) => Some(format!("{place}: {why}")),
            })
        };
        let told: Vec<String> = self.places.iter().filter_map(of).collect();
        if told.is_empty() { "no place was tried yet".to_owned() } else { told.join("; ") }
    }
}

fn shortened(outcome: Outcome) -> Outcome {
    let cut = |text: String| match text.char_indices().find(|(at, letter)| at + letter.len_utf8() > ANSWER) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    };
    match outcome {
        Outcome::Told(text) => Outcome::Told(cut(text)),
        Outcome::Failed(text) => Outcome::Failed(cut(text)),
        Outcome::Refused(text) => Outcome::Refused(cut(text)),
    }
}

fn later(now: DateTime<Utc>, wait: TimeDelta) -> DateTime<Utc> {
    now.checked_add_signed(wait).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
