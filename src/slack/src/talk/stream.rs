//! The assistant pane's own ways of showing work: streamed messages, status, title. Where the workspace lacks them, that
//! is remembered for an hour, and messages are edited instead.
//!
//! A streamed message has no key of ours until it is a post. Where a process dies between starting one and keeping it,
//! the next one takes over the last message of ours in the thread that has no key and no file and is younger than the
//! question. What cannot be known: whether that message is of another question in the same thread that died in the same
//! gap; a lane handles one question at a time, so that this takes two crashes.

use super::ask::Question;
use super::names::answer_key;
use super::{Talk, render};
use crate::api::{ApiError, Chunk, Ts};
use crate::talk::working::Working;
use domain::post::Post;
use ports::progress::TurnEvent;
use ports::store::record::change;
use slack_view::progress;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a method that the workspace lacks is not tried again.
const LACKING: Duration = Duration::from_secs(3_600);

/// Slack's codes for what the workspace, the app or the channel lacks.
const LACKS: [&str; 7] = [
    "unknown_method",
    "missing_scope",
    "feature_not_enabled",
    "not_allowed_token_type",
    "method_deprecated",
    "team_not_found",
    "access_denied",
];

/// Messages of a thread that are looked through for an unfinished one.
const LOOKED_THROUGH: usize = 200;

/// How often it is tried to end a stream, and the pause between.
const ENDINGS: usize = 3;
const ENDING_PAUSE: Duration = Duration::from_secs(1);

/// Characters of a title.
const TITLE_CHARACTERS: usize = 60;

/// Methods that are not tried for a while.
#[derive(Debug, Default)]
pub struct Closed(Mutex<BTreeMap<&'static str, Instant>>);

impl Closed {
    /// Whether a method may be tried.
    fn is_open(&self, method: &str) -> bool {
        let closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        closed.get(method).is_none_or(|until| *until <= Instant::now())
    }

    /// Takes what came back from a method.
    fn note<T>(&self, method: &'static str, outcome: Result<T, ApiError>) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                if error.code().is_some_and(|code| LACKS.contains(&code)) {
                    tracing::info!(method, %error, "this workspace lacks a method; it is tried again in an hour");
                    let mut closed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                    closed.insert(method, Instant::now() + LACKING);
                } else {
                    tracing::debug!(method, %error, "a sign of progress was not shown");
                }
                None
            }
        }
    }
}

/// A message that is streamed, or none.
#[derive(Debug, Default)]
pub struct Stream {
    ts: Option<Ts>,
    waiting: Vec<Chunk>,
}

impl Stream {
    /// None: the message is edited.
    pub fn none() -> Self {
        Self::default()
    }

    /// Takes a sign for the next time that something is appended.
    pub fn take(&mut self, sign: &TurnEvent) {
        if self.ts.is_none() {
            return;
        }
        match (sign, self.waiting.last_mut()) {
            (TurnEvent::Text(part), Some(Chunk::Text(text))) => text.push_str(&render::streamed(part)),
            (TurnEvent::Text(part), _) => self.waiting.push(Chunk::Text(render::streamed(part))),
            // What was appended cannot be taken back until the answer replaces the message.
            (TurnEvent::TextWithdrawn, _) => self.waiting.push(Chunk::Text("\n\n…\n\n".to_owned())),
            (TurnEvent::LookStarted { id, call }, _) => self.waiting.push(Chunk::Step {
                id: id.to_string(),
                title: render::step(call),
                status: "in_progress".to_owned(),
            }),
            (TurnEvent::LookFinished { id, outcome, .. }, _) => self.finish(&id.to_string(), outcome.is_ok()),
            _ => {}
        }
    }

    fn finish(&mut self, id: &str, is_ok: bool) {
        let status = if is_ok { "complete" } else { "error" }.to_owned();
        let known = self.waiting.iter_mut().rev().find_map(|chunk| match chunk {
            Chunk::Step { id: known, status, .. } if known == id => Some(status),
            _ => None,
        });
        match known {
            Some(known) => *known = status,
            None => self.waiting.push(Chunk::Step { id: id.to_owned(), title: render::looked(), status }),
        }
    }
}

impl Talk {
    /// Starts to stream, or takes over what was started before a crash. `None` where messages are edited instead.
    pub(super) async fn start_stream(&self, question: &Question<'_>, thread: &str, attempt: u32) -> Option<Stream> {
        const METHOD: &str = "chat.startStream";
        if attempt > 1
            && let Some(ts) = self.unfinished(question, thread).await
        {
            // It is edited from here on.
            self.end_unfinished(question.channel, &ts).await;
            self.adopt(question, thread, &ts).await;
            return Some(Stream::none());
        }
        if !self.closed.is_open(METHOD) {
            return None;
        }
        let started = self.parts.slack.start_stream(question.channel, thread, question.user, question.team).await;
        let ts = self.closed.note(METHOD, started)?;
        self.adopt(question, thread, &ts).await;
        Some(Stream { ts: Some(ts), waiting: Vec::new() })
    }

    /// Our own message in the thread that is no post and no file.
    async fn unfinished(&self, question: &Question<'_>, thread: &str) -> Option<Ts> {
        let me = self.parts.slack.me().await.ok()?;
        let seen = self.parts.slack.replies(question.channel, thread, LOOKED_THROUGH).await.ok()?;
        let is_it = |seen: &&crate::api::Seen| {
            seen.key.is_none()
                && seen.files.is_empty()
                && seen.ts.as_str() > question.asked_at
                && (seen.bot.as_deref() == Some(&me.bot) || seen.user.as_deref() == Some(&me.user))
        };
        for seen in seen.iter().rev().filter(is_it) {
            // The post of another question, whose key Slack did not take yet, is none of ours. Where that is not to be
            // found out, nothing is taken over.
            if self.parts.outbox.by_message(question.channel, &seen.ts).await.ok()?.is_none() {
                return Some(seen.ts.clone());
            }
        }
        None
    }

    /// Keeps a streamed message as the post of this question.
    async fn adopt(&self, question: &Question<'_>, thread: &str, ts: &str) {
        let key = answer_key(question.entry);
        let wanted =
            serde_json::to_value(progress::render(&Working::default().view(question.entry))).unwrap_or_default();
        let now = self.parts.clock.now();
        let thread = Some(thread.to_owned());
        let post = Post::new(key.as_str(), question.channel, thread, wanted, now).adopting(ts);
        let kept = change(&*self.parts.store, &key, |found: Option<Post>| match found {
            Some(_) => (None, ()),
            None => (Some(post.clone()), ()),
        });
        if let Err(error) = kept.await {
            tracing::warn!(key, %error, "a streamed message is not kept as a post; the answer is posted beside it");
        }
        // From here on the outbox knows it, too.
        let _ = self.parts.outbox.find(&key).await;
    }

    /// Appends what waits. Answers with whether the message is streamed.
    pub(super) async fn append(&self, question: &Question<'_>, stream: &mut Stream) -> bool {
        let Some(ts) = stream.ts.clone() else { return false };
        let chunks = std::mem::take(&mut stream.waiting);
        if chunks.is_empty() {
            return true;
        }
        let appended = self.parts.slack.append_stream(question.channel, &ts, &chunks).await;
        let refused = appended.as_ref().is_err_and(|error| !error.may_pass());
        self.closed.note("chat.appendStream", appended);
        if refused {
            // It is no stream any more, or never took these: edits do the same.
            self.end_stream(question, stream).await;
        }
        !refused
    }

    /// Ends the stream, where there is one; the message can be edited afterwards.
    pub(super) async fn end_stream(&self, question: &Question<'_>, stream: &mut Stream) {
        if let Some(ts) = stream.ts.take() {
            self.end_unfinished(question.channel, &ts).await;
        }
    }

    /// Ends a stream that may have ended already. As long as it goes on, Slack takes no edit of its message, so that the
    /// answer would be lost: what may pass is tried again.
    pub(super) async fn end_unfinished(&self, channel: &str, ts: &str) {
        for _ in 1..ENDINGS {
            match self.parts.slack.stop_stream(channel, ts).await {
                Err(error) if error.may_pass() => {
                    tracing::debug!(channel, ts, %error, "a stream is not ended yet");
                    tokio::time::sleep(ENDING_PAUSE).await;
                }
                ended => {
                    self.closed.note("chat.stopStream", ended);
                    return;
                }
            }
        }
        self.closed.note("chat.stopStream", self.parts.slack.stop_stream(channel, ts).await);
    }

    /// What stands beside our name while we work; an empty text takes it away.
    pub(super) async fn status(&self, channel: &str, thread: &str, status: &str) {
        const METHOD: &str = "assistant.threads.setStatus";
        if self.closed.is_open(METHOD) {
            self.closed.note(METHOD, self.parts.slack.set_status(channel, thread, status).await);
        }
    }

    /// What the thread is called in the list of threads.
    pub(super) async fn title(&self, channel: &str, thread: &str, question: &str) {
        const METHOD: &str = "assistant.threads.setTitle";
        let line = question.lines().next().unwrap_or_default();
        let title: String = line.chars().take(TITLE_CHARACTERS).collect();
        if self.closed.is_open(METHOD) && !title.is_empty() {
            self.closed.note(METHOD, self.parts.slack.set_title(channel, thread, &title).await);
        }
    }
}
