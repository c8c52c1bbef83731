//! The ports of whoever looks and plans, over a recording.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::action::ActCall;
use domain::chain::{Anchor, Entry, Line, Report};
use domain::conversation::kept::Outcome as Seen;
use domain::effect::EffectClass;
use domain::envelope::{Envelope, Failure};
use domain::evidence::ToolCall;
use domain::guard::{Guards, Outcome, Request, Started};
use domain::learning::{DOCUMENT, Learning};
use domain::observed::acted::Acted;
use domain::recording::{Rehearsed, Take, asked, not_recorded};
use ports::clock::Clock;
use ports::guards::{Guarding, Leading, Unguarded};
use ports::hands::Rehearses;
use ports::store::collection::Collection;
use ports::store::collections::LESSONS;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::record::Record as _;
use ports::store::{Log, Store, StoreHealth};
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome, Toolbox};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// A clock that stands.
pub(super) struct Fixed(pub(super) DateTime<Utc>);

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }
}

/// Answers by what was asked, in their order; the last one stays, for who asks once more than then.
struct Answers<T> {
    left: Mutex<BTreeMap<String, VecDeque<T>>>,
    missing: Mutex<BTreeSet<String>>,
}

impl<T: Clone> Answers<T> {
    fn of(recorded: impl Iterator<Item = (String, T)>) -> Self {
        let mut left: BTreeMap<String, VecDeque<T>> = BTreeMap::new();
        for (key, answer) in recorded {
            left.entry(key).or_default().push_back(answer);
        }
        Self { left: Mutex::new(left), missing: Mutex::default() }
    }

    fn answer(&self, key: &str) -> Option<T> {
        let mut left = lock(&self.left);
        let answers = left.get_mut(key);
        let answer = answers.and_then(|one| if one.len() > 1 { one.pop_front() } else { one.front().cloned() });
        drop(left);
        if answer.is_none() {
            lock(&self.missing).insert(key.to_owned());
        }
        answer
    }

    fn missing(&self) -> Vec<String> {
        lock(&self.missing).iter().cloned().collect()
    }
}

/// The read tools of then.
pub(super) struct RecordedTools {
    tools: BTreeSet<String>,
    answers: Answers<Result<Envelope, Failure>>,
}

impl RecordedTools {
    pub(super) fn of(take: &Take) -> Self {
        let recorded = take.looks.iter().filter_map(|look| {
            let result = match look.outcome.clone()? {
                Seen::Seen(envelope) => Ok(envelope),
                Seen::Failed(failure) => Err(failure),
            };
            Some((look.call.key(), result))
        });
        Self { tools: take.tools.clone(), answers: Answers::of(recorded) }
    }

    pub(super) fn not_recorded(&self) -> Vec<String> {
        self.answers.missing()
    }
}

#[async_trait]
impl Toolbox for RecordedTools {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        let described = |name: &String| ToolDescription {
            name: name.clone(),
            server: name.split('_').next().unwrap_or_default().to_owned(),
            description: String::new(),
            input_schema: serde_json::json!({"type": "object"}),
            effect: EffectClass::R0,
        };
        self.tools.iter().map(described).collect()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        Vec::new()
    }

    async fn call(&self, call: ToolCall, _cancel: CancellationToken) -> ToolOutcome {
        let key = asked(call).key();
        let result = self.answers.answer(&key).unwrap_or_else(|| Err(not_recorded(&key)));
        ToolOutcome { result, cached: false, bytes: 0 }
    }
}

/// The rehearsals of then. There is no way to a deed from here.
pub(super) struct RecordedRehearsals(Answers<Result<Acted, Failure>>);

impl RecordedRehearsals {
    pub(super) fn of(rehearsals: &[Rehearsed]) -> Self {
        Self(Answers::of(rehearsals.iter().map(|one| (rehearsal_key(&one.call), one.answer.clone()))))
    }

    pub(super) fn not_recorded(&self) -> Vec<String> {
        self.0.missing()
    }
}

fn rehearsal_key(call: &ActCall) -> String {
    let arguments = serde_json::Value::Object(call.arguments.clone());
    format!("rehearsal of {} {} {arguments}", call.server, call.tool)
}

#[async_trait]
impl Rehearses for RecordedRehearsals {
    async fn rehearsed(&self, _environment: &str, call: &ActCall, _reason: &str) -> Result<Acted, Failure> {
        let key = rehearsal_key(call);
        self.0.answer(&key).unwrap_or_else(|| Err(not_recorded(&key)))
    }
}

/// The guards of then. Nothing begins by them.
#[derive(Clone)]
pub(super) struct RecordedGuards {
    pub(super) guards: Option<Guards>,
    pub(super) led: bool,
}

fn nothing_begins<T>() -> Result<T, Unguarded> {
    Err(Unguarded::Unavailable("this is a replay: nothing begins and nothing ends".to_owned()))
}

#[async_trait]
impl Guarding for RecordedGuards {
    async fn begin(&self, _request: &Request) -> Result<Started, Unguarded> {
        nothing_begins()
    }

    async fn end(&self, _action: &str, _token: u64, _outcome: Outcome) -> Result<(), Unguarded> {
        nothing_begins()
    }

    async fn holds(&self, _action: &str, _token: u64) -> Result<(), Unguarded> {
        nothing_begins()
    }

    async fn status(&self) -> Result<Guards, Unguarded> {
        let missing = || Unguarded::Unavailable("not recorded: how the guards stood".to_owned());
        self.guards.clone().ok_or_else(missing)
    }
}

impl Leading for RecordedGuards {
    /// Zero, under which nothing ever began.
    fn token(&self) -> Option<u64> {
        self.led.then_some(0)
    }
}

/// A store that holds what was learned then, and takes nothing.
pub(super) struct WhatWasLearned(pub(super) Option<Learning>);

fn nothing_kept<T>() -> Result<T, StoreError> {
    Err(StoreError::Denied { message: "this is a replay: nothing is kept, and nothing else is there".to_owned() })
}

#[async_trait]
impl Store for WhatWasLearned {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        if collection != &LESSONS || id != DOCUMENT {
            return nothing_kept();
        }
        let missing = || StoreError::Unavailable { message: "not recorded: what was learned".to_owned() };
        let document = self.0.as_ref().ok_or_else(missing)?.document()?;
        Ok(Some(Stored { id: id.to_owned(), version: 1, document }))
    }

    async fn write(&self, _write: Write) -> Result<u64, StoreError> {
        nothing_kept()
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        writes.iter().map(|_| nothing_kept()).collect()
    }

    async fn page(&self, _query: &Query) -> Result<Page, StoreError> {
        nothing_kept()
    }

    async fn count(&self, _query: &Query) -> Result<u64, StoreError> {
        nothing_kept()
    }

    async fn search(&self, _query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        nothing_kept()
    }

    async fn append(&self, _log: Log, _entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        nothing_kept()
    }

    async fn anchor(&self, _log: Log) -> Result<Anchor, StoreError> {
        nothing_kept()
    }

    async fn read(&self, _log: Log, _after: u64, _limit: usize) -> Result<Vec<Line>, StoreError> {
        nothing_kept()
    }

    async fn adopt(&self, _log: Log, _lines: Vec<Line>) -> Result<Anchor, StoreError> {
        nothing_kept()
    }

    async fn verify(&self, _log: Log) -> Result<Report, StoreError> {
        nothing_kept()
    }

    async fn cut(&self, _log: Log, _up_to: u64) -> Result<u64, StoreError> {
        nothing_kept()
    }

    async fn sweep(&self, _limit: usize) -> Result<u64, StoreError> {
        nothing_kept()
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        nothing_kept()
    }
}

/// The value behind a lock. Nothing in here can leave it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
