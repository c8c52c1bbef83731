//! The keeping of turns that have ended, and the waiting of those that cannot be kept because the store is away: in
//! memory, in their order, tried again.
//!
//! Bounded in number and size: what has no more room is told as lost at once. What waits is lost with the process; the
//! answer says so. Trying again is safe: each step is known by its id.

use super::keeper::{Keeper, Kept};
use crate::memory::Memory;
use domain::conversation::turn::Turn;
use domain::evidence::Evidence;
use domain::memory::entry::Draft;
use domain::usage::UsageRecord;
use ports::store::error::StoreError;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Turns that wait at most.
const MOST_TURNS: usize = 128;

/// Bytes of their evidence at most.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// A turn that has ended, as far as it is to be kept. A stopped one has a cost and nothing else.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub(super) turn: Option<(Turn, Vec<Evidence>)>,
    pub(super) usage: UsageRecord,
    pub(super) draft: Option<Draft>,
}

impl Finished {
    fn bytes(&self) -> u64 {
        self.usage.usage.tool_bytes
    }

    fn is_of(&self, conversation: &str) -> bool {
        self.turn.as_ref().is_some_and(|(turn, _)| turn.conversation == conversation)
    }
}

/// What of a turn was being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Turn,
    Usage,
    Memory,
}

/// What went wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) part: Part,
    pub(super) error: StoreError,
    /// Whether it waits, or is lost.
    pub(super) waits: bool,
}

/// What became of a finished turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    /// Where it is kept.
    pub(super) kept: Option<Kept>,
    pub(super) trouble: Option<Trouble>,
}

/// Where turns are written to.
pub(super) struct Writer {
    pub(super) keeper: Keeper,
    pub(super) memory: Option<Arc<Memory>>,
    pub(super) deadline: Duration,
}

impl Writer {
    async fn write(&self, finished: &Finished) -> Fate {
        let mut fate = Fate { kept: None, trouble: None };
        let fail = |part: Part, error: StoreError| Some(Trouble { part, error, waits: false });
        if let Some((turn, evidence)) = &finished.turn {
            match self.keeper.keep(turn, evidence).await {
                Ok(kept) => fate.kept = Some(kept),
                Err(error) => return Fate { trouble: fail(Part::Turn, error), ..fate },
            }
        }
        if let Err(error) = self.keeper.record(&finished.usage).await {
            return Fate { trouble: fail(Part::Usage, error), ..fate };
        }
        if let (Some(memory), Some(draft)) = (&self.memory, &finished.draft) {
            let late = || StoreError::Unknown { message: "the store gave no answer in time".to_owned() };
            let remembered = tokio::time::timeout(self.deadline, memory.remember(vec![draft.clone()])).await;
            if let Err(error) = remembered.unwrap_or_else(|_| Err(late())) {
                return Fate { trouble: fail(Part::Memory, error), ..fate };
            }
        }
        fate
    }

    /// Writes what waited: what of it stands already is known by its id.
    async fn write_again(&self, finished: &Finished) -> Fate {
        let Some((turn, _)) = &finished.turn else { return self.write(finished).await };
        match self.keeper.turn(&turn.id).await {
            Ok(None) => self.write(finished).await,
            Ok(Some(stands)) => {
                let fate = self.write(&Finished { turn: None, ..finished.clone() }).await;
                Fate { kept: Some(Kept { number: stands.number, refused: None }), ..fate }
            }
            Err(error) => Fate { kept: None, trouble: Some(Trouble { part: Part::Turn, error, waits: true }) },
        }
    }
}

/// What waits.
#[derive(Default)]
pub(super) struct Waiting {
    queue: Mutex<VecDeque<Finished>>,
    /// Held by whoever writes what waits, so that it is written once and in its order.
    writing: tokio::sync::Mutex<()>,
}

impl Waiting {
    /// Keeps what waits and then this one; it waits as well where the store is away, or slow.
    pub(super) async fn keep(&self, writer: &Writer, finished: Finished, deadline: Instant) -> Fate {
        let fate = tokio::time::timeout_at(deadline, self.attempt(writer, &finished)).await;
        let late = |_| {
            // Whatever of it stands is known by its id when it is tried again.
            let message = "the store gave no answer in time".to_owned();
            Fate {
                kept: None,
                trouble: Some(Trouble { part: Part::Turn, error: StoreError::Unknown { message }, waits: false }),
            }
        };
        self.put_off(finished, fate.unwrap_or_else(late))
    }

    async fn attempt(&self, writer: &Writer, finished: &Finished) -> Fate {
        match self.flush(writer).await {
            // Nothing goes before what waits: turns of one conversation keep their order.
            Some(trouble) => Fate { kept: None, trouble: Some(Trouble { part: Part::Turn, ..trouble }) },
            None => writer.write(finished).await,
        }
    }

    /// Tries everything that waits, and drops what the store will not take. Tells what keeps the rest waiting.
    pub(super) async fn flush(&self, writer: &Writer) -> Option<Trouble> {
        if self.queue().is_empty() {
            return None;
        }
        // Whoever asks waits for another's attempt no longer than for one of their own.
        let Ok(_in_turn) = tokio::time::timeout(writer.deadline, self.writing.lock()).await else {
            let message = "the store is away, and earlier turns wait for it".to_owned();
            return Some(Trouble { part: Part::Turn, error: StoreError::Unavailable { message }, waits: true });
        };
        loop {
            let next = self.queue().front().cloned()?;
            let fate = writer.write_again(&next).await;
            if let Some(trouble) = fate.trouble.filter(|trouble| trouble.error.may_pass()) {
                return Some(trouble);
            }
            // Another may have removed it meanwhile.
            self.queue().retain(|waiting| waiting.usage.id != next.usage.id);
        }
    }

    /// Lets something wait that nobody waits for.
    pub(super) fn put(&self, finished: Finished) {
        let mut queue = self.queue();
        if has_room(&queue, &finished) {
            queue.push_back(finished);
        }
    }

    /// Whether a turn of this conversation waits.
    pub(super) fn holds(&self, conversation: &str) -> bool {
        self.queue().iter().any(|finished| finished.is_of(conversation))
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.queue().len()
    }

    /// Forgets what waits of a conversation.
    pub(super) fn forget(&self, conversation: &str) {
        self.queue().retain(|finished| !finished.is_of(conversation));
    }

    /// Lets it wait where it could not be written and that may pass.
    fn put_off(&self, finished: Finished, mut fate: Fate) -> Fate {
        if let Some(trouble) = fate.trouble.as_mut() {
            let mut queue = self.queue();
            trouble.waits = trouble.error.may_pass() && has_room(&queue, &finished);
            if trouble.waits {
                queue.push_back(finished);
            }
        }
        fate
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Finished>> {
        // Whatever a thread that panicked was doing, each entry is whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_room(queue: &VecDeque<Finished>, finished: &Finished) -> bool {
    let bytes: u64 = queue.iter().map(Finished::bytes).sum();
    queue.len() < MOST_TURNS && bytes.saturating_add(finished.bytes()) <= MOST_BYTES
}
