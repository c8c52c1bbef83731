//! Telling people what is not done without them, until somebody was told: durable, at the declared places in turn, again and
//! again.
//!
//! Guarantees: what is to be told is kept before it is sent, with where it was tried and what came back; a place that does not
//! take it, or does not answer in time, is tried once more and then left for the next; what no place took is an error for
//! whoever asked, stands in the store, in the log and in [`Overview`], and is tried again by whichever process leads; what
//! was told is not told again; what is not so any more is not told; whoever was told of an incident is told once that it is
//! over. Where the store itself is away people are told all the same, and may be told twice: the key is the same, and a
//! place that knows keys tells it once.
//!
//! Deliberately absent: how a place is reached ([`Delivers`]), the order and the pauses (`domain::escalation`), and when people
//! are told.

mod by_chat;
mod looking;
mod standing;
mod telling;

pub use by_chat::ByChat;
pub use looking::{Overview, Unreached};

use crate::kept::bounded;
use crate::showing::Leads;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::escalation::{Attempt, Escalation, Message, Outcome, Standing, While};
use looking::Seen;
use ports::clock::Clock;
use ports::store::Store;
use ports::store::record;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// How long one place may take.
const PLACE_WAIT: Duration = Duration::from_secs(10);

/// How long whoever asks waits for the places in turn; less than the healing waits.
const ASKED_WAIT: Duration = Duration::from_secs(45);

/// The longest pause that is waited for between two attempts of one asking.
const PAUSE: Duration = Duration::from_secs(3);

/// The declared places of an environment, in their order.
pub type Destinations = Arc<dyn Fn(&str) -> Vec<String> + Send + Sync>;

/// Whether a place can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It was asked, and is there.
    Verified(String),
    /// It can only be found out by telling something.
    Unverifiable(String),
    /// It was asked, and cannot be reached.
    Broken(String),
}

/// The ways to places.
#[async_trait]
pub trait Delivers: Send + Sync {
    /// Tells a place, once under the message's key. Ended from outside when it takes too long.
    async fn deliver(&self, place: &str, message: &Message) -> Outcome;

    /// Takes back what a place took to tell it later, and has not told. What it told stays; answers with whether it told it.
    ///
    /// # Errors
    /// It may still be told.
    async fn take_back(&self, place: &str, message: &Message, now: DateTime<Utc>) -> Result<bool, String>;

    /// Looks whether a place can be reached, without telling anybody anything.
    async fn probe(&self, place: &str) -> Probe;
}

/// What people are told with.
pub struct Parts {
    /// Keeps what is to be told.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The ways to places.
    pub delivers: Arc<dyn Delivers>,
    /// The declared places.
    pub destinations: Destinations,
    /// Whether this process leads.
    pub leads: Leads,
}

/// Tells people.
pub struct Escalator {
    parts: Parts,
    seen: Mutex<Seen>,
}

/// What stands of an escalation, before the next attempt.
enum Next {
    Try {
        attempt: Attempt,
        /// Rounds in which nobody was reached before it.
        rounds: u32,
    },
    Told(String),
    Busy,
    /// It is not so any more.
    Lapsed,
    Over(String),
}

/// What stands after something was kept.
struct Kept {
    /// Whether it is to be told from now on, and was not before.
    is_begun: bool,
    state: Standing,
}

impl Escalator {
    /// Over these parts. Nothing is sent yet.
    pub fn new(parts: Parts) -> Self {
        Self { parts, seen: Mutex::default() }
    }

    /// Tells people, and answers with the place that took it. Told once however often it is asked for.
    ///
    /// # Errors
    /// Nobody was told yet, and why at each place. It is kept, and tried again.
    pub async fn tell(&self, message: Message) -> Result<String, String> {
        let places = self.places(&message.environment)?;
        if let Err(error) = self.keep(&message, &places).await {
            tracing::error!(key = message.key, %error, "what people are to be told could not be kept; it is told all the same");
            return self.tell_unkept(&message, &places).await;
        }
        let answer = self.drive(&message, Instant::now() + ASKED_WAIT).await;
        let answer = answer.and_then(|told| told.ok_or_else(|| "it is not so any more: nobody is told".to_owned()));
        if let Err(why) = &answer {
            tracing::error!(key = message.key, why, "nobody was reached yet; it is tried again");
        }
        answer
    }

    /// Takes over what people are to be told: kept, and told by the next pass. Where it cannot be kept it is told now. `false`
    /// where neither could be done: hand it over again.
    pub async fn hand_over(&self, message: &Message) -> bool {
        let places = (self.parts.destinations)(&message.environment);
        if places.is_empty() {
            tracing::warn!(text = message.text, "nobody is told, because scarlet.escalate_to names no place");
            return true;
        }
        match self.keep(message, &places).await {
            Ok(_) => true,
            Err(_) => self.tell_unkept(message, &places).await.is_ok(),
        }
    }

    /// The declared places, of which there must be one.
    fn places(&self, environment: &str) -> Result<Vec<String>, String> {
        let places = (self.parts.destinations)(environment);
        let missing = || format!("no place is declared for {environment}: set scarlet.escalate_to");
        if places.is_empty() { Err(missing()) } else { Ok(places) }
    }

    async fn keep(&self, message: &Message, places: &[String]) -> Result<Kept, ports::store::error::StoreError> {
        let now = self.parts.clock.now();
        let kept = record::change(&*self.parts.store, &message.key, |found: Option<Escalation>| {
            let next = match found.clone() {
                None => Escalation::new(message.clone(), places.to_vec(), now),
                Some(found) => found.asked_again(message, places, now),
            };
            let was_open = found.as_ref().is_some_and(|found| found.state.is_open());
            let kept = Kept { is_begun: next.state.is_open() && !was_open, state: next.state };
            (Some(next).filter(|next| Some(next) != found.as_ref()), kept)
        });
        bounded(kept).await
    }

    /// Attempts, one after the other, until one was told, all places were tried, or the time is over. Answers with the place;
    /// `None` where it is not so any more.
    async fn drive(&self, message: &Message, deadline: Instant) -> Result<Option<String>, String> {
        loop {
            let (attempt, rounds) = match self.next(message).await? {
                Next::Try { attempt, rounds } => (attempt, rounds),
                Next::Told(place) => return Ok(Some(place)),
                Next::Lapsed => return Ok(None),
                Next::Busy => return Err("another attempt is under way".to_owned()),
                Next::Over(why) => return Err(why),
            };
            let outcome = self.deliver(&attempt.place, message).await;
            let is_told = matches!(outcome, Outcome::Told(_));
            let ended = self.ended(&message.key, &attempt, outcome).await;
            if is_told {
                // Where that could not be kept it is told again under the same key, which is better than never.
                return Ok(Some(attempt.place));
            }
            let ended = ended?;
            let pause = ended.next_at.signed_duration_since(self.parts.clock.now()).to_std().unwrap_or_default();
            if ended.rounds > rounds || pause > PAUSE || Instant::now() + pause >= deadline {
                return Err(ended.failures());
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn next(&self, message: &Message) -> Result<Next, String> {
        let is_so = self.is_so(message).await?;
        if !is_so {
            self.take_back(&message.key).await?;
        }
        let now = self.parts.clock.now();
        // That something is over is told where it was told; all else where it is declared now: a place that was mended.
        let declared = match &message.only_while {
            Some(While::Over(_)) => Vec::new(),
            _ => (self.parts.destinations)(&message.environment),
        };
        let begun = record::change(&*self.parts.store, &message.key, |found: Option<Escalation>| {
            let Some(found) = found else { return (None, Next::Over("it was removed from the store".to_owned())) };
            let found = if declared.is_empty() { found } else { found.at_places(&declared) };
            if found.state == Standing::Told {
                let place = found.told_at().unwrap_or("a place that is not known any more").to_owned();
                return (None, Next::Told(place));
            }
            if let Some(lapsed) = found.lapsed(now).filter(|_| !is_so) {
                return (Some(lapsed), Next::Lapsed);
            }
            match found.begin(now) {
                Some((next, attempt)) => (Some(next), Next::Try { attempt, rounds: found.rounds }),
                None if found.state == Standing::Lapsed => (None, Next::Lapsed),
                None if found.is_busy(now) => (None, Next::Busy),
                None => (None, Next::Over(format!("it is not tried any more: {}", found.failures()))),
            }
        });
        bounded(begun).await.map_err(|error| error.to_string())
    }

    async fn ended(&self, key: &str, attempt: &Attempt, outcome: Outcome) -> Result<Escalation, String> {
        let now = self.parts.clock.now();
        let ended = record::change(&*self.parts.store, key, |found: Option<Escalation>| {
            let next = found.as_ref().map(|found| found.ended(attempt, outcome.clone(), now));
            (next.clone().filter(|next| Some(next) != found.as_ref()), next)
        });
        match bounded(ended).await {
            Ok(Some(escalation)) => Ok(escalation),
            Ok(None) => Err("it was removed from the store".to_owned()),
            Err(error) => {
                tracing::error!(key, %error, "what came of telling people could not be kept");
                Err(error.to_string())
            }
        }
    }

    async fn deliver(&self, place: &str, message: &Message) -> Outcome {
        let wait = PLACE_WAIT.as_secs();
        tokio::time::timeout(PLACE_WAIT, self.parts.delivers.deliver(place, message))
            .await
            .unwrap_or_else(|_| Outcome::Failed(format!("no answer within {wait} s")))
    }

    /// Each place once, in turn.
    async fn tell_unkept(&self, message: &Message, places: &[String]) -> Result<String, String> {
        let mut failed = Vec::new();
        for place in places.iter().take(domain::escalation::PLACES) {
            match self.deliver(place, message).await {
                Outcome::Told(_) => return Ok(place.clone()),
                Outcome::Failed(why) | Outcome::Refused(why) => failed.push(format!("{place}: {why}")),
            }
        }
        let why = failed.join("; ");
        tracing::error!(
            key = message.key,
            why,
            "nobody was reached, and it could not be kept; whoever asked tries again"
        );
        Err(why)
    }
}
