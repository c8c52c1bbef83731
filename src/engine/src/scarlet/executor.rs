//! The executor: everything that Scarlet changes, she changes here (invariants 2, 5, 6 and 9).
//!
//! One action, in order: the guards begin it (freeze, cap, cool-down, chain, once only); the intent is journaled; the object
//! is looked at again and must be as the plan saw it; that the effect begins is journaled; the guards and the lead are
//! asked once more; the act server is called; how it ended is journaled. Its lock stays until whoever verifies it
//! [concludes](Executor::conclude) it.
//!
//! Guarantees: no effect without a granted plan, without its intent and its beginning in the journal, or while the guards
//! do not hold for it; at most one effect for each grant, whatever fails, whoever asks again, and wherever the process
//! dies: a call whose end is not known is never made again, but looked after (`domain::aftermath`). An effect that has
//! begun is not cut: neither by a caller that stops waiting, nor by a stop of the program, which waits for it. Every wait
//! has an end. Only the process that leads does any of this.
//!
//! Deliberately absent: what should be done (`policy`), whether it helped (`verification`), and what follows.

mod ask;
mod deed;
mod ending;
mod eyes;
mod hand;
mod journal;
mod judging;
mod limits;
mod outcome;
mod pulse;
mod recovery;
mod undo;

pub use limits::Limits;
pub use outcome::{Became, Ended, Progress, Recovered, Recovery, Stage};
pub use pulse::JournalPulse;
pub use recovery::NotRecovered;

use deed::{Deed, Way};
use domain::guard::Outcome;
use domain::plan::{Granted, Plan};
use eyes::Eyes;
use hand::InHand;
use journal::Journal;
use ports::clock::Clock;
use ports::guards::{Guarding, Leading, Unguarded};
use ports::hands::Hands;
use ports::store::Store;
use ports::toolbox::Toolboxes;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Between two tries to journal what could not be, while it is drained.
const WRITTEN_AGAIN: Duration = Duration::from_millis(500);

/// What the executor works with.
pub struct Parts {
    /// Keeps the journal.
    pub store: Arc<dyn Store>,
    /// What guards actions.
    pub guards: Arc<dyn Guarding>,
    /// Whether this process leads.
    pub leading: Arc<dyn Leading>,
    /// The read tools. They must give what is there now: an answer out of a cache is taken for none.
    pub tools: Toolboxes,
    /// The act servers.
    pub hands: Arc<dyn Hands>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Is told how each action goes; must not wait.
    pub telling: Arc<dyn Fn(Progress) + Send + Sync>,
}

/// The executor. Clones work on the same.
#[derive(Clone)]
pub struct Executor {
    inner: Arc<Inner>,
}

struct Inner {
    journal: Journal,
    guards: Arc<dyn Guarding>,
    leading: Arc<dyn Leading>,
    eyes: Eyes,
    hands: Arc<dyn Hands>,
    clock: Arc<dyn Clock>,
    telling: Arc<dyn Fn(Progress) + Send + Sync>,
    limits: Limits,
    in_hand: InHand,
    recovering: tokio::sync::Mutex<()>,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Executor {
    /// An executor that has nothing in hand. [`Executor::recover`] is to be called before it is given anything.
    pub fn new(parts: Parts, limits: Limits) -> Self {
        let inner = Inner {
            journal: Journal::new(parts.store, parts.clock.clone(), limits.journal_patience),
            guards: parts.guards,
            leading: parts.leading,
            eyes: Eyes::new(parts.tools, limits.look_deadline),
            hands: parts.hands,
            clock: parts.clock,
            telling: parts.telling,
            limits,
            in_hand: InHand::default(),
            recovering: tokio::sync::Mutex::default(),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether its journal can be written.
    pub fn journal_pulse(&self) -> JournalPulse {
        self.inner.journal.pulse.clone()
    }

    /// The id under which journal and guards know the action of the plan with this digest. A plan has one action, so
    /// that whatever is asked for twice is begun once.
    pub fn action_of(digest: &str) -> String {
        format!("act-{}", digest.get(..32).unwrap_or(digest))
    }

    /// The id of what takes that action back.
    pub fn undo_of(digest: &str) -> String {
        format!("undo-{}", digest.get(..32).unwrap_or(digest))
    }

    /// Carries a granted plan out, once. `chain` are the keys of everything on the object's dependency chain. Whoever
    /// stops waiting does not stop it.
    pub async fn carry_out(&self, granted: Arc<Granted>, chain: BTreeSet<String>) -> Ended {
        let action = Self::action_of(granted.digest());
        self.run(Deed { action, granted, way: Way::Forward { chain } }).await
    }

    /// Takes an action back that is under way: done, and not concluded. An object that is not as the action left it holds
    /// it back; freeze and pause do where another process did the action, or an earlier life of this one
    /// ([`Executor::to_take_back`]); the cap never does.
    pub async fn undo(&self, granted: Arc<Granted>) -> Ended {
        match self.inner.undoing(granted).await {
            Ok(deed) => self.run(deed).await,
            Err(ended) => ended,
        }
    }

    /// Ends an action, or its undo, that was verified: its locks are free then. `false` where nothing of it is under way.
    ///
    /// # Errors
    /// When the guards could not be asked: conclude it again.
    pub async fn conclude(&self, digest: &str, outcome: Outcome) -> Result<bool, Unguarded> {
        let ids = [Self::action_of(digest), Self::undo_of(digest)];
        let guards = self.inner.guards.status().await?;
        let held = guards.under_way().iter().find(|action| ids.contains(&action.id) && action.plan == digest);
        let ended = match held {
            Some(held) => match self.inner.guards.end(&held.id, held.token, outcome).await {
                Ok(()) => true,
                // It ended meanwhile: by its deadline, or by the same wish.
                Err(Unguarded::Refused(_)) => false,
                Err(error) => return Err(error),
            },
            None => false,
        };
        ids.iter().for_each(|id| self.inner.in_hand.let_go(id));
        Ok(ended)
    }

    /// What became of a plan that was handed over, by the journal. Begins nothing.
    ///
    /// # Errors
    /// When the journal could not be read.
    pub async fn became(&self, plan: &Plan) -> Result<Became, ports::store::error::StoreError> {
        self.became_of(&Self::action_of(&plan.digest()), plan).await
    }

    /// What became of the undo of a plan. Begins nothing.
    ///
    /// # Errors
    /// When the journal could not be read.
    pub async fn became_of_undo(&self, plan: &Plan) -> Result<Became, ports::store::error::StoreError> {
        self.became_of(&Self::undo_of(&plan.digest()), plan).await
    }

    /// Begins nothing any more, waits for what is in progress, and journals the ends that could not be journaled before;
    /// true when all of that was done in time. What was not is left for [`Executor::recover`] of the next process.
    pub async fn drain(&self, within: Duration) -> bool {
        self.inner.stopping.cancel();
        self.inner.tasks.close();
        let ended = async {
            self.inner.tasks.wait().await;
            while let Err(error) = self.write_what_is_owed().await {
                if error == NotRecovered::NotLeader {
                    return false;
                }
                tokio::time::sleep(WRITTEN_AGAIN).await;
            }
            true
        };
        tokio::time::timeout(within, ended).await.unwrap_or(false)
    }

    /// In a task of its own, so that nobody cuts it.
    async fn run(&self, deed: Deed) -> Ended {
        if self.inner.stopping.is_cancelled() {
            return Ended::not_begun("this process stops, and begins nothing any more");
        }
        let Some(place) = self.inner.in_hand.take(&deed.action) else {
            return Ended::not_begun("this very action is in progress here already");
        };
        let inner = Arc::clone(&self.inner);
        let task = self.inner.tasks.spawn(async move {
            let ended = inner.run(deed).await;
            drop(place);
            ended
        });
        task.await.unwrap_or_else(|error| Ended::Unknown {
            why: format!("the executor failed by a mistake of its own: {error}; what it had begun is looked after"),
        })
    }
}
