//! One question from its first sign to its answer.
//!
//! Handling it again after a crash at any point ends the same: the message is found by its key, the turn is told again by
//! its id, the message becomes the same, files are looked for before they are uploaded.

use super::names::{answer_key, person_of, place_of, turn_of};
use super::runs::Guard;
use super::working::Working;
use super::{AGAIN, Talk, channel, kept, later, render, stream, words};
use crate::api::ApiError;
use crate::inbox::Later;
use domain::conversation::address;
use domain::person::Person;
use domain::post::Sending;
use ports::conversations::{AskError, Asking, Place, Told, TurnError};
use ports::progress::{Progress, TurnEvent};
use slack_view::content::Content;
use slack_view::progress;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Messages of a thread that are looked through for an answer from before, while the store is away.
const LOOKED_THROUGH: usize = 1_000;

/// Signs that wait to be shown; what does not fit is dropped.
const SIGNS: usize = 256;

/// How often the message is edited at most while the turn goes on.
const EDIT: Duration = Duration::from_secs(1);

/// Between two looks whether an answer is there, and how long the next of its thread waits for it: longer than the
/// outbox takes to find out what became of a message that was being sent when a process died.
const THERE: Duration = Duration::from_millis(500);
const ORDERED: Duration = Duration::from_secs(100);

/// Where an answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way<'a> {
    /// Into a thread; in the assistant pane with status and title.
    Thread {
        /// Its first message.
        thread: &'a str,
        /// Whether it is the assistant pane.
        is_pane: bool,
    },
    /// To the person only, where we are not in the channel. It is told twice where a process dies between telling it
    /// and keeping that it did: nobody can look for it.
    Respond {
        /// The secret address.
        url: &'a str,
    },
}

/// A question that shall be answered.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The id of what came in.
    pub entry: &'a str,
    /// The channel.
    pub channel: &'a str,
    /// Where the answer goes.
    pub way: Way<'a>,
    /// The question.
    pub text: &'a str,
    /// What it points at.
    pub quoted: Option<&'a str>,
    /// Who asks.
    pub person: &'a Person,
    /// Their id at Slack.
    pub user: &'a str,
    /// Their workspace.
    pub team: &'a str,
    /// The `ts` of the message that asks, or of the one that the answer stands below.
    pub asked_at: &'a str,
}

impl Question<'_> {
    fn thread(&self) -> Option<&str> {
        match self.way {
            Way::Thread { thread, .. } => Some(thread),
            Way::Respond { .. } => None,
        }
    }

    /// The thread as the conversation knows it; an answer for one person has one of its own.
    fn place(&self) -> String {
        place_of(self.channel, self.thread().unwrap_or(self.entry))
    }

    /// The pane's thread.
    fn pane(&self) -> Option<&str> {
        match self.way {
            Way::Thread { thread, is_pane: true } => Some(thread),
            Way::Thread { .. } | Way::Respond { .. } => None,
        }
    }
}

impl Talk {
    /// Answers a question.
    pub(super) async fn ask(&self, question: &Question<'_>, attempt: u32) -> Result<(), Later> {
        let asker = person_of(question.user);
        let run = kept::begin(&*self.parts.store, question.entry, &asker, self.parts.clock.now()).await;
        let stopped = run.unwrap_or_else(|error| {
            tracing::warn!(entry = question.entry, %error, "the question cannot be stopped from other processes");
            kept::Run::unkept(question.entry, &asker, self.parts.clock.now())
        });
        let guard = self.runs.begin(question.entry, &asker, &self.stop);
        let mut stream = self.sign(question, attempt).await?;
        if let Some(by) = stopped.stopped_by {
            return self.settle(question, &mut stream, &progress::stopped(Some(&by), &[])).await;
        }
        let preferences = self.preferences_of(question.user).await;
        let zone = preferences.zone_or(question.person.zone.as_deref());
        let place = match self.settings_of(question.channel).await {
            Ok(settings) => channel::place(&settings, zone),
            Err(error) if attempt < 2 => return Err(later(&error)),
            Err(error) => {
                tracing::warn!(channel = question.channel, %error, "the channel's settings are not known");
                return self.settle(question, &mut stream, &words::settings_unknown()).await;
            }
        };
        let (outcome, working) = self.turn(question, &place, &guard, &mut stream).await;
        match outcome {
            Ok(told) => {
                let look = render::Look { manner: &self.parts.manner, preferences: &preferences, zone };
                self.tell(question, &mut stream, &told, &look, attempt).await
            }
            Err(AskError::Refused { why }) => self.settle(question, &mut stream, &progress::refused(&why)).await,
            Err(AskError::Turn(TurnError::EmptyQuestion)) => self.settle(question, &mut stream, &words::help()).await,
            Err(AskError::Turn(TurnError::Cancelled)) => match guard.stopped_by() {
                Some(by) => {
                    let content = progress::stopped(Some(&by), &working.steps);
                    self.settle(question, &mut stream, &content).await
                }
                // Nobody stopped it: this process ends. The lane keeps it for another.
                None => Err(Later { after: Duration::ZERO, why: "the process stops".to_owned() }),
            },
        }
    }

    /// The immediate sign, once. Answers with the streamed message where it is one.
    async fn sign(&self, question: &Question<'_>, attempt: u32) -> Result<stream::Stream, Later> {
        let Some(thread) = question.thread() else { return Ok(stream::Stream::none()) };
        let key = answer_key(question.entry);
        if let Some(pane) = question.pane() {
            self.status(question.channel, pane, "is looking…").await;
        }
        // What stands there from before a crash may be the answer already: it is not made a sign again.
        let (before, is_kept) = match self.parts.outbox.find(&key).await {
            Ok(before) => (before, true),
            Err(error) if error.may_pass() && self.surely_new(question, thread, attempt).await? => (None, false),
            Err(error) => return Err(later(&error)),
        };
        if let Some(before) = before {
            if let (Some(_), Some(ts)) = (question.pane(), &before.message) {
                self.end_unfinished(question.channel, ts).await;
            }
            return Ok(stream::Stream::none());
        }
        // A stream that cannot be kept as a post would stand beside its answer.
        if is_kept
            && question.pane().is_some()
            && let Some(stream) = self.start_stream(question, thread, attempt).await
        {
            return Ok(stream);
        }
        let content = progress::render(&Working::default().view(question.entry));
        let put = self.parts.outbox.put(&key, question.channel, Some(thread), &content).await;
        put.map(|_| stream::Stream::none()).map_err(|error| later(&error))
    }

    /// Whether nothing stands there from before, while the store cannot tell: a store that is away keeps nobody from an
    /// answer, and doubles none.
    async fn surely_new(&self, question: &Question<'_>, thread: &str, attempt: u32) -> Result<bool, Later> {
        if attempt == 1 {
            return Ok(true);
        }
        let key = answer_key(question.entry);
        let seen = self.parts.slack.replies(question.channel, thread, LOOKED_THROUGH).await;
        Ok(!seen.map_err(|error| later(&error))?.iter().any(|seen| seen.key.as_ref() == Some(&key)))
    }

    /// The turn, shown while it goes on.
    async fn turn(
        &self,
        question: &Question<'_>,
        place: &Place,
        guard: &Guard,
        stream: &mut stream::Stream,
    ) -> (Result<Told, AskError>, Working) {
        let (sender, receiver) = mpsc::channel(SIGNS);
        let (thread, turn) = (question.place(), turn_of(question.entry));
        let conversation = address::of_thread(&thread);
        let asking = Asking {
            question: question.text,
            quoted: question.quoted,
            person: &question.person.id,
            channel: &thread,
            conversation: Some(&conversation),
            turn: Some(&turn),
            place,
        };
        let is_over = CancellationToken::new();
        let ask = async {
            let progress = Progress::into_channel(sender);
            let outcome = self.parts.conversations.ask(asking, progress, guard.cancel.clone()).await;
            is_over.cancel();
            outcome
        };
        // What is being shown is not cut off: a late edit must not come behind the answer.
        tokio::join!(ask, self.show(question, receiver, stream, &is_over))
    }

    /// Shows what a turn tells, at most once a second, until it is over.
    async fn show(
        &self,
        question: &Question<'_>,
        mut signs: mpsc::Receiver<TurnEvent>,
        stream: &mut stream::Stream,
        is_over: &CancellationToken,
    ) -> Working {
        let (mut working, mut is_new) = (Working::default(), false);
        let mut tick = interval(EDIT);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = is_over.cancelled() => return working,
                _ = tick.tick(), if is_new => {
                    is_new = false;
                    self.show_once(question, &working, stream).await;
                }
                sign = signs.recv() => match sign {
                    Some(sign) => {
                        stream.take(&sign);
                        is_new |= working.take(sign);
                    }
                    // Nothing more comes; what is new is shown unless the answer is faster.
                    None => {
                        is_over.cancelled().await;
                        return working;
                    }
                },
            }
        }
    }

    async fn show_once(&self, question: &Question<'_>, working: &Working, stream: &mut stream::Stream) {
        if question.thread().is_none() || self.append(question, stream).await {
            return;
        }
        let content = progress::render(&working.view(question.entry));
        self.parts.outbox.sketch(&answer_key(question.entry), &content).await;
    }

    /// The answer, and what belongs to it.
    async fn tell(
        &self,
        question: &Question<'_>,
        stream: &mut stream::Stream,
        told: &Told,
        look: &render::Look<'_>,
        attempt: u32,
    ) -> Result<(), Later> {
        let rendered = render::answer(told, look);
        self.stand(question, stream, &rendered.content).await?;
        if let Some(thread) = question.thread() {
            let missing = self.upload_all(question, thread, &rendered.files).await;
            if let Some(why) = missing.filter(|_| attempt < 3) {
                return Err(Later { after: AGAIN, why });
            }
        }
        if let Some(pane) = question.pane().filter(|_| told.number == Some(1)) {
            self.title(question.channel, pane, question.text).await;
        }
        self.over(question).await;
        Ok(())
    }

    /// What stands there in the end instead of an answer.
    async fn settle(
        &self,
        question: &Question<'_>,
        stream: &mut stream::Stream,
        content: &Content,
    ) -> Result<(), Later> {
        self.stand(question, stream, content).await?;
        self.over(question).await;
        Ok(())
    }

    async fn stand(
        &self,
        question: &Question<'_>,
        stream: &mut stream::Stream,
        content: &Content,
    ) -> Result<(), Later> {
        if let Way::Respond { url } = question.way {
            return self.respond_surely(question, url, content).await;
        }
        self.end_stream(question, stream).await;
        // Where the sign was not kept, because the store was away, this posts the answer.
        let key = answer_key(question.entry);
        let put = self.parts.outbox.put(&key, question.channel, question.thread(), content).await;
        match put.map_err(|error| later(&error))? {
            Some(_) => Ok(()),
            None => self.until_there(&key).await,
        }
    }

    /// Answers the person only, again where it is sure that the answer did not arrive. Where that is not sure, it is not
    /// told twice.
    async fn respond_surely(&self, question: &Question<'_>, url: &str, content: &Content) -> Result<(), Later> {
        match self.parts.slack.respond(url, content).await {
            Ok(()) => Ok(()),
            Err(error @ (ApiError::Unreachable { .. } | ApiError::Limited { .. })) => Err(later(&error)),
            Err(error) => {
                tracing::warn!(entry = question.entry, %error, "an answer to a command may not have arrived");
                Ok(())
            }
        }
    }

    /// Waits until a message that Slack does not take now is there: the next answer of its thread must not stand above
    /// it. Not for ever: where Slack is away for long, the outbox sends it when it can, and order is worth less than an
    /// answer.
    async fn until_there(&self, key: &str) -> Result<(), Later> {
        let is_there = async {
            loop {
                match self.parts.outbox.find(key).await {
                    Ok(Some(post)) if !matches!(post.sending, Sending::Waiting | Sending::Trying) => return,
                    // Without the store nobody knows; the answer itself is kept in memory.
                    Err(_) => return,
                    Ok(_) => tokio::time::sleep(THERE).await,
                }
            }
        };
        tokio::select! {
            () = self.stop.cancelled() => {}
            _ = tokio::time::timeout(ORDERED, is_there) => {}
        }
        Ok(())
    }

    async fn over(&self, question: &Question<'_>) {
        if let Some(pane) = question.pane() {
            self.status(question.channel, pane, "").await;
        }
        if let Err(error) = kept::end(&*self.parts.store, question.entry).await {
            tracing::debug!(entry = question.entry, %error, "it is not kept that the answer stands");
        }
    }
}
