//! Conversations across surfaces: the turn with what was said before and what is remembered, and the keeping of it.
//!
//! Whoever asks (terminal, Slack, portal) asks here: [`Conversations::ask`] looks whether the day's budget allows it,
//! opens the conversation, recalls what memory has, lets Jamie answer, and keeps turn, evidence and cost.
//!
//! Guarantees: a store that is away, slow or full never keeps an answer from coming; what could not be kept is told in
//! the answer, waits in memory where it may pass, and is tried again in its order. Where a day's budget is set and what
//! was spent cannot be looked at, the playbooks answer: a budget does not fail open.

mod held;
mod keeper;
mod memories;
mod pages;
mod waiting;

pub use keeper::{Keeper, Kept, Opened, Removed, UsageOf};

use crate::conversation::{Conversation, HELD};
use crate::memory::Memory;
use crate::recalled;
use crate::turn::{Answered, Asked, Ended, Jamie};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::answer::Answer;
use domain::conversation::address;
use domain::conversation::turn::{Asked as AskedTurn, Feedback, Turn};
use domain::evidence::Evidence;
use domain::memory::recalled::Recalled;
use domain::redaction::redacted_head;
use domain::usage::UsageRecord;
use domain::usage::budgets::{Allowed, Budgets, allowed};
use held::Held;
use ports::clock::Clock;
use ports::conversations::{AskError, Asking, Conversations as Port, Told, TurnError};
use ports::progress::{Progress, TurnEvent};
use ports::store::Store;
use ports::store::error::StoreError;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use waiting::{Fate, Finished, Part, Waiting, Writer};

/// What all that stands around an answer may take together, before it and after it: a store that is slow costs this once.
const AROUND: Duration = Duration::from_secs(3);

/// Characters of a text that a question points at.
const QUOTED_CHARACTERS: usize = 4_000;

/// Makes ids: letters, digits, `-` and `_`, at most 64, never the same twice. Drawn at the rim, as all chance is.
pub type IdSource = Arc<dyn Fn() -> String + Send + Sync>;

/// What the service is made of.
pub struct Parts {
    /// Who answers.
    pub jamie: Arc<Jamie>,
    /// Where things are kept.
    pub store: Arc<dyn Store>,
    /// How long one operation of the store may take.
    pub store_deadline: Duration,
    /// What is remembered; none where answers shall not use it.
    pub memory: Option<Arc<Memory>>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Ids of conversations, turns and records.
    pub ids: IdSource,
    /// What answers may cost. The part for one question is the turn's own setting.
    pub budgets: Budgets,
    /// Why what was spent before is not known, where it is not: then a day's budget leaves the playbooks only.
    pub unknown_spending: Option<String>,
}

/// A turn as it begins.
struct Begun {
    conversation: String,
    turn: String,
    at: DateTime<Utc>,
}

/// What a question meets.
struct Before {
    allowed: Allowed,
    conversation: Conversation,
    recalled: Vec<Recalled>,
    notices: Vec<String>,
    /// What is left for what comes after the answer.
    left: Duration,
}

/// What a question meets: the answer that it had already, or what is known before one.
enum Met {
    Answered(Box<Told>),
    Before(Box<Before>),
}

/// The service.
pub struct Conversations {
    parts: Parts,
    writer: Writer,
    held: Held,
    waiting: Waiting,
}

impl Conversations {
    /// The service over its parts. Nothing is read yet.
    pub fn new(parts: Parts) -> Self {
        let deadline = parts.store_deadline;
        let keeper = Keeper::new(Arc::clone(&parts.store), deadline);
        let writer = Writer { keeper, memory: parts.memory.clone(), deadline };
        Self { parts, writer, held: Held::default(), waiting: Waiting::default() }
    }

    /// What is kept, to look at and to remove.
    pub fn keeper(&self) -> &Keeper {
        &self.writer.keeper
    }

    /// Answers a question in its conversation.
    ///
    /// # Errors
    /// Only when there is nothing to answer, the person stopped it, or a budget refuses it.
    pub async fn ask(
        &self,
        asking: Asking<'_>,
        progress: Progress,
        cancel: CancellationToken,
    ) -> Result<Told, AskError> {
        let question = asking.question.trim();
        if question.is_empty() {
            return Err(TurnError::EmptyQuestion.into());
        }
        let quoted = asking.quoted.map(|quoted| redacted_head(quoted, QUOTED_CHARACTERS));
        let begun = Begun {
            conversation: asking.conversation.map_or_else(|| (self.parts.ids)(), id_of),
            turn: asking.turn.map_or_else(|| (self.parts.ids)(), str::to_owned),
            at: self.parts.clock.now(),
        };
        let before = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(TurnError::Cancelled.into()),
            before = self.before(&asking, &begun, quoted.as_deref()) => before,
        };
        let before = match before {
            Met::Before(before) => *before,
            Met::Answered(told) => return Ok(*told),
        };
        let without_model = match &before.allowed {
            Allowed::Full => None,
            Allowed::PlaybookOnly { why } => Some(why.as_str()),
            Allowed::Refused { why } => return Err(AskError::Refused { why: why.clone() }),
        };
        let (conversation, recalled) = (&before.conversation, before.recalled.as_slice());
        let quoted = quoted.as_deref();
        let asked = Asked { question, quoted, place: asking.place, conversation, recalled, without_model };
        let ended = self.parts.jamie.turn(asked, progress.clone(), cancel).await;
        let usage = self.cost(&asking, &begun, &ended);
        match ended.outcome {
            Ok(answered) => {
                let (told, notices) = self.finish(&asking, begun, before, answered, usage).await;
                notices.into_iter().for_each(|notice| progress.tell(TurnEvent::Notice(notice)));
                Ok(told)
            }
            Err(error) => {
                // What was spent before it was stopped was spent; who stops a turn does not wait for the store.
                self.waiting.put(Finished { turn: None, usage, draft: None });
                Err(error.into())
            }
        }
    }

    fn cost(&self, asking: &Asking<'_>, begun: &Begun, ended: &Ended) -> UsageRecord {
        let brain = ended.outcome.as_ref().ok().map(|answered| answered.answer.brain);
        let (id, now) = ((self.parts.ids)(), self.parts.clock.now());
        UsageRecord::of(&id, &begun.turn, asking.person, asking.channel, now, &ended.usage, brain)
    }

    /// Keeps an answered turn, and tells in the answer what of it could not be kept.
    async fn finish(
        &self,
        asking: &Asking<'_>,
        begun: Begun,
        before: Before,
        answered: Answered,
        usage: UsageRecord,
    ) -> (Told, Vec<String>) {
        let Before { mut conversation, mut recalled, mut notices, left, .. } = before;
        let deadline = Instant::now() + left;
        let Answered { mut answer, subject, evidence } = answered;
        recalled.extend(self.pages_for(&mut answer, &recalled, deadline).await);
        let (question, disclosure) = (asking.question.trim(), self.parts.jamie.disclosure());
        conversation.add(question, &answer, disclosure, subject.clone());
        self.held.hold(&begun.conversation, conversation);
        let asked = AskedTurn {
            id: begun.turn.clone(),
            conversation: begun.conversation.clone(),
            person: asking.person.to_owned(),
            channel: asking.channel.to_owned(),
            question: question.to_owned(),
            at: begun.at,
        };
        let mut turn = Turn::of(asked, answer.clone(), disclosure.clone(), usage.at);
        turn.answer.conversation = Some(begun.conversation.clone());
        turn.subject = subject;
        turn.recalled = recalled.into_iter().map(|memory| memory.id).collect();
        let draft = memories::draft(&turn);
        let fate = self
            .waiting
            .keep(&self.writer, Finished { turn: Some((turn, evidence.clone())), usage, draft }, deadline)
            .await;
        notices.extend(notice(&fate));
        let number = fate.kept.map(|kept| kept.number);
        answer.conversation = number.is_some().then(|| begun.conversation.clone());
        notices.iter().for_each(|notice| answer.answer.push_str(&format!("\n\n_{notice}_")));
        (Told { answer, conversation: begun.conversation, turn: begun.turn, number, evidence }, notices)
    }

    /// The pages that are written for what the answer found, named under it: an answer that tells of CrashLoopBackOff has
    /// its page although the question named none. Memory that is away costs the page only.
    async fn pages_for(&self, answer: &mut Answer, known: &[Recalled], deadline: Instant) -> Vec<Recalled> {
        let Some(memory) = &self.parts.memory else { return Vec::new() };
        let found = pages::found(answer);
        if found.is_empty() {
            return Vec::new();
        }
        let named = timeout_at(deadline, memory.pages_for(&found)).await;
        let Ok(Ok(mut named)) = named else { return Vec::new() };
        named.retain(|page| known.iter().all(|known| known.id != page.id));
        named.truncate(recalled::MOST.saturating_sub(known.len()));
        recalled::add(answer, &named);
        named
    }

    /// Takes a person's word on a turn, which also moves what was remembered for it. Answers with whether there is such
    /// a turn.
    ///
    /// # Errors
    /// When it is not kept, or not wholly.
    pub async fn feedback(&self, turn: &str, feedback: Feedback) -> Result<bool, StoreError> {
        let thumb = feedback.thumb;
        let Some((turn, before)) = self.keeper().feedback(turn, feedback).await? else { return Ok(false) };
        let is_new = before.is_none_or(|before| before.thumb != thumb);
        if let Some(memory) = self.parts.memory.as_ref().filter(|_| is_new) {
            memories::tell(memory, &turn, thumb).await?;
        }
        Ok(true)
    }

    /// Removes a conversation with its turns, their evidence and what was remembered of them; what it cost stays.
    ///
    /// # Errors
    /// When something is not removed, or may not be; asking again goes on.
    pub async fn delete(&self, id: &str) -> Result<Removed, StoreError> {
        self.held.forget(id);
        self.waiting.forget(id);
        if let Some(memory) = &self.parts.memory
            && let Some(opened) = self.keeper().open(id, HELD).await?
        {
            for turn in self.keeper().turn_ids(&opened.conversation.id).await? {
                memory.forget(&memories::id_of(id, &turn)).await?;
            }
        }
        self.keeper().delete(id).await
    }

    /// Tries again what waits to be kept; to be called from time to time, and before the process ends. Answers with how
    /// many still wait.
    pub async fn settle(&self) -> usize {
        let _ = self.waiting.flush(&self.writer).await;
        self.waiting.len()
    }

    /// Looks at budget, conversation, memory, and whether the turn was answered before, at the same time.
    async fn before(&self, asking: &Asking<'_>, begun: &Begun, quoted: Option<&str>) -> Met {
        let (id, started) = (&begun.conversation, Instant::now());
        let (answered, allowed, (conversation, trouble), (recalled, forgotten)) = tokio::join!(
            self.answered_before(asking.turn),
            self.allowed(asking, begun.at),
            self.opened(id, asking.conversation.is_some()),
            self.recalled(asking, quoted, id)
        );
        if let Some(told) = answered {
            return Met::Answered(Box::new(told));
        }
        let notices = trouble.into_iter().chain(forgotten).collect();
        let left = AROUND.saturating_sub(started.elapsed());
        Met::Before(Box::new(Before { allowed, conversation, recalled, notices, left }))
    }

    /// What was answered under this id already, where a surface hands over a question again. What cannot be looked at is
    /// answered anew: an answer twice is better than none.
    async fn answered_before(&self, turn: Option<&str>) -> Option<Told> {
        let turn = in_time(self.keeper().turn(turn?)).await.ok().flatten()?;
        let evidence = in_time(self.keeper().evidence(&turn.id)).await.unwrap_or_default();
        let number = Some(turn.number);
        Some(Told { answer: turn.answer, conversation: turn.conversation, turn: turn.id, number, evidence })
    }

    async fn allowed(&self, asking: &Asking<'_>, now: DateTime<Utc>) -> Allowed {
        let budgets = &self.parts.budgets;
        if !budgets.person_day.is_set() && !budgets.channel_day.is_set() {
            return Allowed::Full;
        }
        if let Some(why) = &self.parts.unknown_spending {
            return Allowed::PlaybookOnly {
                why: format!("What was spent today is not known, so the playbooks answered: {why}."),
            };
        }
        match in_time(self.keeper().today(asking.person, asking.channel, budgets, now)).await {
            Ok(today) => allowed(&today, budgets),
            Err(error) => Allowed::PlaybookOnly {
                why: format!("What was spent today could not be looked at, so the playbooks answered: {error}."),
            },
        }
    }

    /// The conversation as far as it is known, and what could not be looked at.
    async fn opened(&self, id: &str, is_known: bool) -> (Conversation, Option<String>) {
        if !is_known {
            return (Conversation::default(), None);
        }
        if self.waiting.holds(id)
            && let Some(held) = self.held.get(id)
        {
            return (held, None);
        }
        match in_time(self.keeper().open(id, HELD)).await {
            Ok(Some(opened)) => {
                let rule = self.parts.jamie.disclosure();
                (Conversation::stored(&opened.conversation, &opened.turns, rule), None)
            }
            Ok(None) => (Conversation::default(), None),
            Err(error) => match self.held.get(id) {
                Some(held) => (held, None),
                None => {
                    let notice = format!("What was said before in this conversation could not be read: {error}.");
                    (Conversation::default(), Some(notice))
                }
            },
        }
    }

    /// What memory has of a question, and what could not be looked at. A conversation's own turns are not recalled.
    async fn recalled(&self, asking: &Asking<'_>, quoted: Option<&str>, id: &str) -> (Vec<Recalled>, Option<String>) {
        let Some(memory) = &self.parts.memory else { return (Vec::new(), None) };
        let is_own = |source: &str| memories::is_of(source, id);
        let about = [Some(asking.question), quoted].into_iter().flatten().collect::<Vec<_>>().join("\n");
        match in_time(memory.recall_but(&about, asking.person, recalled::TOKENS, is_own)).await {
            Ok(recalled) => (recalled, None),
            Err(error) => (Vec::new(), Some(format!("Memory could not be searched: {error}."))),
        }
    }
}

#[async_trait]
impl Port for Conversations {
    async fn ask(&self, asking: Asking<'_>, progress: Progress, cancel: CancellationToken) -> Result<Told, AskError> {
        Self::ask(self, asking, progress, cancel).await
    }

    async fn feedback(&self, turn: &str, feedback: Feedback) -> Result<bool, StoreError> {
        Self::feedback(self, turn, feedback).await
    }

    async fn turn(&self, id: &str) -> Result<Option<(Turn, Vec<Evidence>)>, StoreError> {
        let Some(turn) = self.keeper().turn(id).await? else { return Ok(None) };
        let evidence = self.keeper().evidence(id).await?;
        Ok(Some((turn, evidence)))
    }

    async fn recent(&self, person: &str, most: usize) -> Result<Vec<domain::conversation::Conversation>, StoreError> {
        self.keeper().recent(person, most).await
    }
}

/// Waits no longer than everything around an answer may take.
async fn in_time<T>(wait: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let late =
        || StoreError::Unavailable { message: format!("the store gave no answer within {} s", AROUND.as_secs()) };
    timeout(AROUND, wait).await.unwrap_or_else(|_| Err(late()))
}

/// The id of what a person wrote or a surface knows: a link to a conversation, or its id.
fn id_of(conversation: &str) -> String {
    address::read(conversation).unwrap_or_else(|| conversation.to_owned())
}

/// What the person is told of how their turn was kept.
fn notice(fate: &Fate) -> Option<String> {
    if let Some(trouble) = &fate.trouble {
        let what = match trouble.part {
            Part::Turn => "This conversation could not be kept",
            Part::Usage => "What this answer cost could not be recorded",
            Part::Memory => "This answer could not be remembered",
        };
        let waits = if trouble.waits {
            " It waits in memory and is tried again; if the program ends before that, it is lost."
        } else {
            ""
        };
        return Some(format!("{what}: {}.{waits}", trouble.error));
    }
    let refused = fate.kept.as_ref()?.refused.as_ref()?;
    Some(format!("A part of the evidence could not be kept: {refused}."))
}
