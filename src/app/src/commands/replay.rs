//! `replay …`: recorded incidents decided anew, by another policy, autonomy or environment; what would have been done where
//! nothing is; series from files through the detectors.
//!
//! Guarantee: no tool server, no act server and no model is started here, so that nothing can be asked or done.

mod file;
mod report;
mod series;

use super::incidents::newest;
use crate::cli::replay::{Replay as Command, Run};
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::incident::time;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::scarlet::{Room, environments, table_of};
use crate::wiring::state::{self, stop};
use domain::heal::Heal;
use domain::policy::Table;
use domain::recording::Recording;
use domain::replay::Report;
use engine::scarlet::replaying::{WhatIf, replay};
use file::Exported;
use ports::store::Store;
use ports::store::collections::RECORDINGS;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::query::{Direction, Query};
use ports::store::record;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Recordings that are gone through at most, the newest.
const MOST: usize = 200;

/// Runs one of them.
///
/// # Errors
/// The store or a file cannot be read, there is no such recording, or the settings do not know its environment.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    match command {
        Command::List { json } => list(settings, *json).await,
        Command::Run(run) => match &run.series {
            Some(file) => series::run(file, run.rules.as_deref(), run.json),
            None => anew(run, settings).await,
        },
        Command::Report { since, json } => report::run(since, *json, settings).await,
        Command::Export { id } => {
            let store = state::open_existing(settings).await?.store;
            let recording = load(&store, id).await?;
            let outcome = outcome(&store, id).await?;
            output::print(&Exported::of(recording, outcome).text()?)?;
            Ok(Exit::Done)
        }
        Command::Import { file } => {
            let exported = file::read(file)?;
            let store = state::open(settings).await?.store;
            let id = exported.recording.incident.clone();
            match record::save(store.as_ref(), &exported.recording, Expect::Absent).await {
                Ok(_) => output::print(&lines_without_control(&format!("kept the recording of {id}")))?,
                Err(StoreError::Conflict { .. }) => {
                    let text = format!("there is a recording of {id} here already; `replay run --file` needs none");
                    return Err(Stop::new(Exit::Failed, text));
                }
                Err(error) => return Err(stop(error)),
            }
            Ok(Exit::Done)
        }
    }
}

/// Ids of the newest recordings.
async fn ids(store: &Arc<dyn Store>) -> Result<Vec<String>, Stop> {
    let query = Query::of(&RECORDINGS).by("changed_at", Direction::Descending).limited(MOST);
    Ok(store.ids(&query).await.map_err(stop)?.into_iter().map(|(id, _)| id).collect())
}

async fn load(store: &Arc<dyn Store>, id: &str) -> Result<Recording, Stop> {
    let found = record::load::<Recording>(store.as_ref(), id).await.map_err(stop)?;
    let missing = || Stop::new(Exit::Failed, format!("there is no recording of {id}; `replay list` shows them"));
    found.map(|found| found.value).ok_or_else(missing)
}

/// What was done then, as the healing has it.
async fn outcome(store: &Arc<dyn Store>, id: &str) -> Result<Vec<String>, Stop> {
    let heal = record::load::<Heal>(store.as_ref(), id).await.map_err(stop)?;
    let attempts = heal.map(|heal| heal.value.attempts).unwrap_or_default();
    Ok(attempts.iter().map(|one| format!("{} {} ({}): {}", one.action, one.object, one.plan, one.told)).collect())
}

async fn list(settings: &Settings, as_json: bool) -> Result<Exit, Stop> {
    let store = state::open_existing(settings).await?.store;
    let only = settings.focus.environment.as_deref();
    let mut rows = Vec::new();
    for id in ids(&store).await? {
        let recording = load(&store, &id).await?;
        if only.is_none_or(|only| only == recording.environment) {
            rows.push(json!({
                "incident": recording.incident, "environment": recording.environment,
                "changed_at": recording.changed_at, "takes": recording.takes.len(),
                "missing": recording.what_is_missing(),
            }));
            if !as_json {
                let at = time(recording.changed_at, settings.output.time_zone);
                let missing = recording.what_is_missing().map_or(String::new(), |what| format!("; {what}"));
                let line = format!(
                    "{:<8} {at}  {}: {} takes{missing}",
                    recording.incident,
                    recording.environment,
                    recording.takes.len()
                );
                output::print(&lines_without_control(&line))?;
            }
        }
    }
    if as_json {
        output::print(&format!("{:#}", json!({ "recordings": rows })))?;
    } else if rows.is_empty() {
        output::print("nothing is recorded (scarlet.recordings; it begins with the next incident)")?;
    }
    Ok(Exit::Done)
}

/// By which terms everything of one run is decided.
struct Anew<'a> {
    run: &'a Run,
    table: Table,
    policy: String,
    rooms: BTreeMap<String, Room>,
}

impl Anew<'_> {
    async fn report(&self, recording: &Recording, outcome: Vec<String>) -> Result<Report, Stop> {
        let name = self.run.place.as_ref().unwrap_or(&recording.environment);
        let Some(room) = self.rooms.get(name) else {
            let known: Vec<&str> = self.rooms.keys().map(String::as_str).collect();
            let text = format!(
                "{}: the environment {name:?} is not in the settings ({}); name one with --environment",
                recording.incident,
                known.join(", ")
            );
            return Err(Stop::new(Exit::Usage, text));
        };
        let what_if = WhatIf {
            table: self.table.clone(),
            policy: self.policy.clone(),
            environment: name.clone(),
            settings: room.planning.clone(),
            whereabouts: room.whereabouts(),
            autonomy: self.run.autonomy.map(Into::into),
        };
        Ok(replay(recording, &what_if, outcome).await)
    }
}

async fn anew(run: &Run, settings: &Settings) -> Result<Exit, Stop> {
    let file = run.policy.as_deref().or(settings.scarlet.policy.as_deref());
    let (table, policy) = table_of(file)?;
    let anew = Anew { run, table, policy, rooms: environments(settings) };
    let mut reports = Vec::new();
    if let Some(file) = &run.file {
        let exported = file::read(file)?;
        reports.push(anew.report(&exported.recording, exported.outcome).await?);
    } else {
        let store = state::open_existing(settings).await?.store;
        let ids = if run.ids.is_empty() { ids(&store).await? } else { run.ids.clone() };
        for id in ids {
            let recording = load(&store, &id).await?;
            let outcome = outcome(&store, &id).await?;
            reports.push(anew.report(&recording, outcome).await?);
        }
    }
    if run.json {
        output::print(&format!("{:#}", json!({ "replays": reports })))?;
    } else {
        print(&reports)?;
    }
    Ok(if reports.iter().any(Report::has_gaps) { Exit::CouldNotLook } else { Exit::Done })
}

fn print(reports: &[Report]) -> Result<(), Stop> {
    for report in reports {
        output::print(&lines_without_control(&report.told()))?;
    }
    let differ = reports.iter().filter(|report| report.differs()).count();
    let gaps = reports.iter().filter(|report| report.has_gaps()).count();
    output::print(&format!(
        "{} replayed; {differ} decided otherwise; {gaps} with something that cannot be told",
        reports.len()
    ))?;
    Ok(())
}
