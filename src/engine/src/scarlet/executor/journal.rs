//! What the journal is told of actions, and what it tells of them.
//!
//! An intent holds the whole plan with its digest: what is read back counts only where the digest is still the plan's, so
//! that a text which was redacted on its way into the journal is not taken for the plan. Reading is page by page; of a
//! whole journal only what is open, or asked for, is kept.

use super::Executor;
use super::deed::Deed;
use super::pulse::JournalPulse;
use crate::kept::bounded;
use chrono::{DateTime, TimeDelta, Utc};
use domain::aftermath::Before;
use domain::audit::{Actor, Kind, OpenAction, OpenActions, Outcome, Record, Stage};
use domain::backoff::{Backoff, draw};
use domain::chain::Line;
use domain::plan::{By, DIGEST_DETAIL, Plan};
use ports::clock::Clock;
use ports::store::error::StoreError;
use ports::store::{Log, Store};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Records of a page.
const PAGE: usize = 500;

/// The clocks of those who wrote the journal may differ by this much.
const CLOCKS: TimeDelta = TimeDelta::minutes(10);

/// Between two tries of an end that must be written.
const PAUSES: Backoff =
    Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(5), longest_wish: Duration::ZERO };

// Structs of texts, numbers and lists always have a JSON form: what is written below is never a default.
const PLAN: &str = "plan";
const BEFORE: &str = "before";
const AFTER: &str = "after";

/// The journal.
pub(super) struct Journal {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    patience: Duration,
    pub(super) pulse: JournalPulse,
}

/// Everything that the journal tells of one action.
#[derive(Debug, Clone)]
pub(super) struct Story {
    /// Sequence number of its intent.
    pub(super) sequence: u64,
    pub(super) intent: Record,
    pub(super) begun: Option<Record>,
    pub(super) end: Option<Record>,
}

impl Story {
    /// The plan, where it is still as it was.
    pub(super) fn plan(&self) -> Option<Plan> {
        let plan: Plan = serde_json::from_value(self.intent.details.get(PLAN)?.clone()).ok()?;
        let digest = self.intent.details.get(DIGEST_DETAIL).and_then(Value::as_str)?;
        (plan.digest() == digest).then_some(plan)
    }

    /// What was seen right before the call.
    pub(super) fn before(&self) -> Option<Before> {
        self.begun.as_ref().and_then(|begun| seen(begun, BEFORE))
    }

    /// What was seen right after it.
    pub(super) fn after(&self) -> Option<Before> {
        self.end.as_ref().and_then(|end| seen(end, AFTER))
    }

    /// Whether it took another action back.
    pub(super) fn is_undo(&self) -> bool {
        self.intent.details.contains_key("undoes")
    }

    /// As an action that began and has no end yet.
    pub(super) fn as_begun(&self) -> Option<OpenAction> {
        Some(OpenAction {
            action: self.intent.action.clone()?,
            stage: Stage::Begun,
            sequence: self.sequence,
            since: self.begun.as_ref()?.at,
            on: self.intent.on.clone(),
        })
    }
}

/// What is read of a whole journal.
#[derive(Default)]
pub(super) struct Survey {
    /// Without an end, the oldest first.
    pub(super) open: Vec<OpenAction>,
    /// Of those that are open or were asked for.
    pub(super) stories: BTreeMap<String, Story>,
}

/// What was seen, as a record holds it.
fn seen(record: &Record, name: &str) -> Option<Before> {
    record.details.get(name).and_then(|value| serde_json::from_value(value.clone()).ok())
}

impl Journal {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, patience: Duration) -> Self {
        Self { store, clock, patience, pulse: JournalPulse::default() }
    }

    fn record(&self, kind: Kind, deed: &Deed) -> Record {
        let plan = deed.granted.plan();
        Record::new(self.clock.now(), kind, Actor::Scarlet)
            .of_action(deed.action.clone())
            .on(plan.object.to_string())
            .with(DIGEST_DETAIL, deed.granted.digest())
            .with("environment", plan.environment.clone())
            .with("incident", plan.incident.clone())
    }

    /// That an action is going to be done.
    pub(super) async fn intend(&self, deed: &Deed, token: u64) -> Result<(), StoreError> {
        let by = match deed.granted.by() {
            By::Policy(row) => format!("policy {row}"),
            By::Approval(id) => format!("approval {id}"),
            By::Journal(action) => format!("journal {action}"),
        };
        let record = self.record(Kind::ActionIntent, deed).because(deed.granted.plan().reason.clone());
        let record = record
            .with(PLAN, serde_json::to_value(deed.granted.plan()).unwrap_or_default())
            .with("token", token)
            .with("by", by);
        let record = match deed.undoes() {
            Some(undone) => record.with("undoes", undone),
            None => record,
        };
        self.write(&record).await
    }

    /// That its effect begins now.
    pub(super) async fn begin(&self, deed: &Deed, before: &Before) -> Result<(), StoreError> {
        let record =
            self.record(Kind::ActionBegun, deed).with(BEFORE, serde_json::to_value(before).unwrap_or_default());
        self.write(&record.with("call", serde_json::to_value(deed.call()).unwrap_or_default())).await
    }

    /// How it ended.
    pub(super) fn ended(&self, deed: &Deed, outcome: Outcome) -> Record {
        self.record(Kind::ActionEnded, deed).ended(outcome)
    }

    /// That it was given up before its effect.
    pub(super) fn abandoned(&self, deed: &Deed, why: &str) -> Record {
        self.record(Kind::ActionAbandoned, deed).ended(Outcome::Refused(why.to_owned()))
    }

    /// The end of an action of which only the journal knows.
    pub(super) fn end_of(&self, action: &str, story: Option<&Story>, kind: Kind, outcome: Outcome) -> Record {
        let record = Record::new(self.clock.now(), kind, Actor::Scarlet).of_action(action).ended(outcome);
        let record = record.because("found without an end, and looked after");
        let Some(story) = story else { return record };
        let mut record = Record { on: story.intent.on.clone(), ..record };
        for name in [DIGEST_DETAIL, "environment", "incident"] {
            if let Some(value) = story.intent.details.get(name) {
                record = record.with(name, value.clone());
            }
        }
        record
    }

    /// An end, with what was seen after it.
    pub(super) fn with_after(record: Record, after: &Before) -> Record {
        record.with(AFTER, serde_json::to_value(after).unwrap_or_default())
    }

    /// Appends once.
    pub(super) async fn write(&self, record: &Record) -> Result<(), StoreError> {
        let written = bounded(self.store.append(Log::Journal, vec![record.entry()])).await.map(|_| ());
        self.pulse.felt(&written);
        written
    }

    /// Appends, again and again while the store is away, as long as the patience lasts.
    pub(super) async fn write_surely(&self, record: &Record) -> Result<(), StoreError> {
        let until = Instant::now() + self.patience;
        let mut failures: u32 = 0;
        loop {
            match self.write(record).await {
                Err(error) if error.may_pass() && Instant::now() < until => {
                    failures = failures.saturating_add(1);
                    tokio::time::sleep(PAUSES.wait(failures, draw(u64::from(failures), 1))).await;
                }
                written => return written,
            }
        }
    }

    async fn page(&self, after: u64) -> Result<Vec<Line>, StoreError> {
        bounded(self.store.read(Log::Journal, after, PAGE)).await
    }

    /// What the whole journal tells: of what is open, and of these.
    pub(super) async fn survey(&self, wanted: &BTreeSet<String>) -> Result<Survey, StoreError> {
        let (mut open, mut stories, mut after) = (OpenActions::default(), BTreeMap::new(), 0);
        loop {
            let lines = self.page(after).await?;
            let Some(last) = lines.last() else { break };
            after = last.sequence;
            for line in &lines {
                open.see(line);
                let ended = tell(&mut stories, line);
                stories.retain(|action, _| ended.as_ref() != Some(action) || wanted.contains(action));
            }
        }
        Ok(Survey { open: open.list(), stories })
    }

    /// What the journal tells of one action, which was planned at this time. Read from its end backwards.
    pub(super) async fn story(&self, action: &str, planned_at: DateTime<Utc>) -> Result<Option<Story>, StoreError> {
        let count = bounded(self.store.anchor(Log::Journal)).await?.count;
        let page = u64::try_from(PAGE).unwrap_or(u64::MAX);
        let (mut from, earliest) = (count, planned_at.checked_sub_signed(CLOCKS).unwrap_or(planned_at));
        // From where the first record can be, forward to the end.
        while from > 0 {
            from = from.saturating_sub(page);
            let lines = self.page(from).await?;
            if lines.first().is_none_or(|line| line.at < earliest) {
                break;
            }
        }
        let mut stories = BTreeMap::new();
        loop {
            let lines = self.page(from).await?;
            let Some(last) = lines.last() else { break };
            from = last.sequence;
            for line in lines.iter().filter(|line| is_of(line, action)) {
                tell(&mut stories, line);
            }
        }
        Ok(stories.remove(action))
    }
}

fn is_of(line: &Line, action: &str) -> bool {
    Record::of(line).is_some_and(|record| record.action.as_deref() == Some(action))
}

/// Adds a record to the story of its action. Answers with the action where it is ended.
fn tell(stories: &mut BTreeMap<String, Story>, line: &Line) -> Option<String> {
    let kind = Kind::of(&line.kind);
    let is_ours = matches!(kind, Kind::ActionIntent | Kind::ActionBegun | Kind::ActionEnded | Kind::ActionAbandoned);
    let record = Record::of(line).filter(|_| is_ours)?;
    let action = record.action.clone()?;
    match kind {
        Kind::ActionIntent => {
            let story = Story { sequence: line.sequence, intent: record, begun: None, end: None };
            stories.entry(action).or_insert(story);
            None
        }
        Kind::ActionBegun => {
            if let Some(story) = stories.get_mut(&action) {
                story.begun = Some(record);
            }
            None
        }
        _ => {
            if let Some(story) = stories.get_mut(&action) {
                story.end = Some(record);
            }
            Some(action)
        }
    }
}

impl Executor {
    /// What takes an action back that was begun before this process started: of the plan as it is kept elsewhere, or as the
    /// journal tells it. `None` where the journal does not tell that this very plan was begun, or nothing takes it back.
    ///
    /// # Errors
    /// When the journal could not be read.
    pub async fn to_take_back(&self, plan: Plan) -> Result<Option<domain::plan::Granted>, StoreError> {
        let action = Self::action_of(&plan.digest());
        let Some(story) = self.inner.journal.story(&action, plan.made_at).await? else { return Ok(None) };
        let Some(open) = story.as_begun() else { return Ok(None) };
        Ok(domain::plan::Granted::to_take_back(plan, &open, &story.intent))
    }
}
