//! Actions whose effect nobody knows, by the journal, and the automatic actions of the hour, by the guards.

use super::Inspects;
use crate::kept::bounded;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::audit::{Outcome, Record};
use domain::incident::Incident;
use domain::self_watch::{Finding, Level, Matter, Sight, cap};
use ports::guards::Guarding;
use ports::store::{Log, Store, record};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Records of the journal that are read at once, and pages of one look.
const PAGE: usize = 500;
const PAGES: usize = 8;

/// Where a process begins to read: so many records before the end.
const BACK: u64 = 2_000;

/// Unknown actions that are remembered, the newest.
const REMEMBERED: usize = 100;

/// One that belongs to no incident is told for so long.
const TOLD_FOR: TimeDelta = TimeDelta::hours(24);

/// An action whose effect nobody knows.
struct Unknown {
    action: String,
    at: DateTime<Utc>,
    environment: String,
    incident: Option<String>,
    on: String,
    why: String,
}

#[derive(Default)]
struct Read {
    after: Option<u64>,
    unknown: Vec<Unknown>,
}

/// The ends of actions in the journal.
pub struct UnknownActions {
    store: Arc<dyn Store>,
    read: Mutex<Read>,
}

impl UnknownActions {
    /// Of this journal.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, read: Mutex::default() }
    }

    async fn found(&self, now: DateTime<Utc>) -> Sight {
        let mut read = self.read.lock().await;
        self.read_on(&mut read).await?;
        let mut findings = Vec::new();
        for unknown in &read.unknown {
            if self.concerns(unknown, now).await? {
                findings.push(Finding {
                    matter: Matter::UnknownAction,
                    subject: unknown.action.clone(),
                    environment: unknown.environment.clone(),
                    level: Level::Bad,
                    text: format!(
                        "nobody knows whether the action {} on {} had an effect, look at it: {}",
                        unknown.action,
                        unknown.on,
                        unknown.why.trim_end_matches('.')
                    ),
                });
            }
        }
        Ok(findings)
    }

    /// While its incident is open; without one for a day.
    async fn concerns(&self, unknown: &Unknown, now: DateTime<Utc>) -> Result<bool, String> {
        if let Some(incident) = &unknown.incident {
            let found = bounded(record::load::<Incident>(&*self.store, incident)).await;
            if let Some(found) = found.map_err(|error| error.to_string())? {
                return Ok(found.value.is_open());
            }
        }
        Ok(now.signed_duration_since(unknown.at) < TOLD_FOR)
    }

    async fn read_on(&self, read: &mut Read) -> Result<(), String> {
        let unread = |error: ports::store::error::StoreError| format!("the journal could not be read: {error}");
        let mut after = match read.after {
            Some(after) => after,
            None => bounded(self.store.anchor(Log::Journal)).await.map_err(unread)?.count.saturating_sub(BACK),
        };
        for _ in 0..PAGES {
            let lines = bounded(self.store.read(Log::Journal, after, PAGE)).await.map_err(unread)?;
            let is_end = lines.len() < PAGE;
            for line in &lines {
                after = line.sequence;
                read.unknown.extend(Record::of(line).and_then(unknown));
            }
            read.after = Some(after);
            if is_end {
                break;
            }
        }
        let surplus = read.unknown.len().saturating_sub(REMEMBERED);
        read.unknown.drain(..surplus);
        Ok(())
    }
}

fn unknown(record: Record) -> Option<Unknown> {
    let Some(Outcome::Unknown(why)) = record.outcome else { return None };
    let detail = |name: &str| record.details.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(Unknown {
        environment: detail("environment").unwrap_or_default(),
        incident: detail("incident"),
        action: record.action?,
        at: record.at,
        on: record.on.unwrap_or_else(|| "an object that the journal does not name".to_owned()),
        why,
    })
}

#[async_trait]
impl Inspects for UnknownActions {
    fn matters(&self) -> &'static [Matter] {
        &[Matter::UnknownAction]
    }

    async fn look(&self, now: DateTime<Utc>) -> BTreeMap<Matter, Sight> {
        BTreeMap::from([(Matter::UnknownAction, self.found(now).await)])
    }
}

/// How many actions each environment begins by itself.
pub struct Caps {
    /// The guards.
    pub guards: Arc<dyn Guarding>,
    /// How many it may within an hour, by environment.
    pub caps: BTreeMap<String, u32>,
}

impl Caps {
    async fn found(&self, now: DateTime<Utc>) -> Sight {
        let guards = self.guards.status().await.map_err(|error| error.to_string())?;
        let finding = |(environment, most): (&String, &u32)| {
            let starts = guards.automatic_starts(environment);
            let recent = starts.iter().filter(|start| now.signed_duration_since(**start) < TimeDelta::hours(1)).count();
            let begun = u32::try_from(recent).unwrap_or(u32::MAX);
            Finding {
                matter: Matter::CapReached,
                subject: "cap".to_owned(),
                environment: environment.clone(),
                level: cap(begun, *most),
                text: format!("{environment} began {begun} actions by itself within an hour, and may begin {most}"),
            }
        };
        Ok(self.caps.iter().map(finding).collect())
    }
}

#[async_trait]
impl Inspects for Caps {
    fn matters(&self) -> &'static [Matter] {
        &[Matter::CapReached]
    }

    async fn look(&self, now: DateTime<Utc>) -> BTreeMap<Matter, Sight> {
        BTreeMap::from([(Matter::CapReached, self.found(now).await)])
    }
}
