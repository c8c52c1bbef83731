//! One life of one process: from its start to its crash. After the crash nothing that it had begun goes on.
//!
//! A crash cuts a process at a wait: every port that a process uses waits through [`Life::while_alive`], which never
//! answers again once the life is over. Tasks that nobody holds are left hanging so, as they would be gone with a process.

use crate::chronicle::Chronicle;
use domain::audit::Kind;
use domain::chain::Entry;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// Where a crash is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// At the so-manieth operation on the store.
    Store,
    /// At the so-manieth append to the journal of this point in an action's life.
    Journal(Point),
    /// At the so-manieth call of an act server.
    Act,
}

/// What the journal is told of an action: the points at which a crash leaves it in another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// That it is going to be done.
    Intent,
    /// That its effect begins.
    Begun,
    /// How it ended.
    Ended,
    /// That it was given up.
    Abandoned,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Intent, Self::Begun, Self::Ended, Self::Abandoned];

    /// The point that entries of the journal are about.
    pub fn of(entries: &[Entry]) -> Option<Self> {
        entries.iter().find_map(|entry| match Kind::of(&entry.kind) {
            Kind::ActionIntent => Some(Self::Intent),
            Kind::ActionBegun => Some(Self::Begun),
            Kind::ActionEnded => Some(Self::Ended),
            Kind::ActionAbandoned => Some(Self::Abandoned),
            _ => None,
        })
    }

    /// Its name, as the journal has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intent => "action.intent",
            Self::Begun => "action.begun",
            Self::Ended => "action.ended",
            Self::Abandoned => "action.abandoned",
        }
    }
}

impl Spot {
    /// The sort of fault that a crash here is counted as.
    pub fn sort(self, is_after: bool) -> String {
        let when = if is_after { "after" } else { "before" };
        match self {
            Self::Store => format!("crash {when} an operation of the store"),
            Self::Journal(point) => format!("crash {when} the journal has {}", point.name()),
            Self::Act => format!("crash {when} an act call leaves"),
        }
    }
}

/// A planned crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// Where.
    pub spot: Spot,
    /// At the so-manieth, 1 for the first.
    pub at: u64,
    /// After it was done, and before anybody was told; otherwise before.
    pub is_after: bool,
}

/// What a crash does to what is about to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Lives,
    /// The process dies before it.
    DiesBefore,
    /// It is done, and the process dies before it hears so.
    DiesAfter,
}

/// One life.
#[derive(Debug)]
pub struct Life {
    name: String,
    dead: CancellationToken,
    crash: Mutex<Option<Crash>>,
    chronicle: Arc<Chronicle>,
}

impl Life {
    /// A life that is lived until it is ended, or until its planned crash.
    pub fn begin(name: impl Into<String>, crash: Option<Crash>, chronicle: Arc<Chronicle>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), dead: CancellationToken::new(), crash: Mutex::new(crash), chronicle })
    }

    /// `A3`: the third life of process A.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Counts one thing of a sort. What it answers is to be obeyed.
    pub fn fate_at(&self, spot: Spot) -> Fate {
        let mut planned = self.crash.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(crash) = planned.as_mut().filter(|crash| crash.spot == spot) else { return Fate::Lives };
        crash.at = crash.at.saturating_sub(1);
        if crash.at > 0 {
            return Fate::Lives;
        }
        let is_after = crash.is_after;
        *planned = None;
        if is_after { Fate::DiesAfter } else { Fate::DiesBefore }
    }

    /// Ends it.
    pub fn die(&self, sort: &str, why: &str) {
        if !self.dead.is_cancelled() {
            self.chronicle.injected(sort, &self.name, why);
            self.dead.cancel();
        }
    }

    /// Ends it, and never answers.
    pub async fn die_here<T>(&self, sort: &str, why: &str) -> T {
        self.die(sort, why);
        std::future::pending().await
    }

    /// Ends it without a word, when the simulation is over.
    pub fn end(&self) {
        self.dead.cancel();
    }

    /// Whether it is lived.
    pub fn is_alive(&self) -> bool {
        !self.dead.is_cancelled()
    }

    /// Waits for its end.
    pub async fn ended(&self) {
        self.dead.cancelled().await;
    }

    /// The answer, where the life lasts until it comes; otherwise never.
    pub async fn while_alive<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            () = self.dead.cancelled() => std::future::pending().await,
            answer = work => answer,
        }
    }
}
