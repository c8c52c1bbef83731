//! A message: whether it is a question, and by whom; then it is asked.

use super::names::{answer_key, answered_entry, person_of, place_of};
use super::question::{Reading, is_direct, read, reply_to};
use super::{Talk, ask, later, text, words};
use crate::api::Me;
use crate::inbox::Later;
use crate::incoming::{Message, Received};
use domain::conversation::{Conversation, address};
use domain::person::{Person, Right, Standing};
use ports::store::record::load;
use std::collections::BTreeMap;

/// What a mention without words asks where it points at something.
pub const ABOUT: &str = "What is wrong here, and why?";

/// So often a thread is read for earlier questions before one is answered: a process may have died over the first look.
const LOOKS_BACK: u32 = 3;

/// Messages of a thread that are looked through for an answer of ours.
const LOOKED_THROUGH: usize = 200;

/// What the keys of messages begin with below which a command is answered.
pub const ASKED: &str = "asked:";

impl Talk {
    pub(super) async fn message(
        &self,
        received: &Received,
        message: &Message,
        is_mention: bool,
        attempt: u32,
    ) -> Result<(), Later> {
        let me = self.me().await?;
        let Some(message) = self.with_text(message, &me).await? else { return Ok(()) };
        match read(&message, is_mention, &me) {
            Reading::Silence => Ok(()),
            Reading::OtherApp => self.alert(received, &message).await,
            Reading::Question => self.in_order(received, &message, &me, attempt).await,
            Reading::IfOurs => match reply_to(&message) {
                Some(thread) if self.is_ours(&message.channel, thread).await? => {
                    self.in_order(received, &message, &me, attempt).await
                }
                _ => Ok(()),
            },
        }
    }

    /// The message with its text, which is fetched where it came without; `None` where it is gone.
    async fn with_text(&self, message: &Message, me: &Me) -> Result<Option<Message>, Later> {
        if message.text.is_some() || message.user.as_deref() == Some(&me.user) {
            return Ok(Some(message.clone()));
        }
        match self.parts.slack.message(&message.channel, &message.ts).await {
            Ok(Some(seen)) => Ok(Some(Message { text: Some(seen.text), ..message.clone() })),
            Ok(None) => Ok(None),
            Err(error) if error.may_pass() => Err(later(&error)),
            Err(error) => {
                tracing::warn!(channel = message.channel, %error, "a message came without its text and cannot be read");
                Ok(None)
            }
        }
    }

    /// Whether we answered in this thread before. A thread below a message of ours that told something unasked, such as
    /// an incident, is not: people talk there.
    async fn is_ours(&self, channel: &str, thread: &str) -> Result<bool, Later> {
        let id = address::of_thread(&place_of(channel, thread));
        match load::<Conversation>(&*self.parts.store, &id).await {
            Ok(Some(_)) => return Ok(true),
            Ok(None) => {}
            // A store that is away keeps nobody from an answer: what stands in the thread tells as much.
            Err(error) if error.may_pass() => return self.is_answered_in(channel, thread).await,
            Err(error) => return Err(later(&error)),
        }
        let first = answer_key(&format!("message:{channel}/{thread}"));
        if self.parts.outbox.find(&first).await.map_err(|error| later(&error))?.is_some() {
            return Ok(true);
        }
        let root = self.parts.outbox.by_message(channel, thread).await.map_err(|error| later(&error))?;
        Ok(root.is_some_and(|post| post.id.starts_with(ASKED)))
    }

    /// Whether an answer of ours stands in this thread, or what a command asked at its begin. Only our own messages have
    /// keys.
    async fn is_answered_in(&self, channel: &str, thread: &str) -> Result<bool, Later> {
        let seen = match self.parts.slack.replies(channel, thread, LOOKED_THROUGH).await {
            Ok(seen) => seen,
            Err(error) if error.may_pass() => return Err(later(&error)),
            Err(error) => {
                tracing::debug!(channel, thread, %error, "a thread cannot be read");
                return Ok(false);
            }
        };
        let is_sign = |key: &str| answered_entry(key).is_some() || key.starts_with(ASKED);
        Ok(seen.iter().any(|seen| seen.key.as_deref().is_some_and(is_sign)))
    }

    /// Answers a question after those of its thread that were asked before it.
    async fn in_order(&self, received: &Received, message: &Message, me: &Me, attempt: u32) -> Result<(), Later> {
        if attempt <= LOOKS_BACK {
            self.after_what_came_before(message, me).await?;
        }
        self.question(received, message, me, attempt).await
    }

    async fn question(&self, received: &Received, message: &Message, me: &Me, attempt: u32) -> Result<(), Later> {
        let Some(user) = &message.user else { return Ok(()) };
        let Some(person) = self.person(user, message.team.as_deref()).await? else { return Ok(()) };
        let thread = message.thread.as_deref().unwrap_or(&message.ts);
        if !person.may(Right::Ask) {
            self.turn_away(&person, user, &message.channel, message.thread.as_deref()).await;
            return Ok(());
        }
        let raw = message.text.as_deref().unwrap_or_default();
        let asked = text::plain(raw, &me.user, &self.names(raw, me).await);
        let quoted = self.quoted(message, raw, me).await?;
        let asked = match (asked.is_empty(), &quoted) {
            (false, _) => asked,
            (true, Some(_)) => ABOUT.to_owned(),
            (true, None) => {
                let key = answer_key(&received.id);
                let put = self.parts.outbox.put(&key, &message.channel, Some(thread), &words::help()).await;
                return put.map(drop).map_err(|error| later(&error));
            }
        };
        let question = ask::Question {
            entry: &received.id,
            channel: &message.channel,
            way: ask::Way::Thread { thread, is_pane: is_direct(message) && message.thread.is_some() },
            text: &asked,
            quoted: quoted.as_deref(),
            person: &person,
            user,
            team: message.team.as_deref().unwrap_or(&me.team),
            asked_at: &message.ts,
        };
        self.ask(&question, attempt).await
    }

    /// Tells somebody without a role that this is not for them: once, and only them. Programs are told nothing.
    pub(super) async fn turn_away(&self, person: &Person, user: &str, channel: &str, thread: Option<&str>) {
        if person.standing == Standing::Bot {
            return;
        }
        if self.first_time(&format!("not-for:{}:{channel}", person_of(user))).await {
            self.whisper(channel, user, thread, &words::not_for_you()).await;
        }
    }

    /// The names of those who are mentioned, where Slack tells them.
    async fn names(&self, raw: &str, me: &Me) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for user in text::mentions(raw) {
            if user == me.user {
                continue;
            }
            if let Ok(person) = self.parts.people.person(&user, None).await {
                names.insert(user, person.name);
            }
        }
        names
    }
}
