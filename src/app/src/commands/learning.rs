//! `learning …`: what was learned of actions: shown, written to a file, read from one, forgotten.
//!
//! Guarantee: what changes what was learned stands in the audit trail before it is done, because earned autonomy rests on
//! it. Deliberately absent: editing single figures.

use super::confirm;
use crate::cli::scarlet::Learning as Command;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::person;
use crate::wiring::state::{self, stop};
use chrono::Utc;
use domain::audit::{Kind, Record as AuditRecord};
use domain::learning::{DOCUMENT, Learning, Scope};
use ports::store::record;
use ports::store::{Log, Store};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// A file that is larger was not written by `learning export`.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Runs one of them.
///
/// # Errors
/// The store cannot be read or written, or a file is not what it should be.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let store = state::open_existing(settings).await?.store;
    match command {
        Command::Show { json } => show(&load(&store).await?, settings.focus.environment.as_deref(), *json),
        Command::Export { file } => export(&load(&store).await?, file),
        Command::Import { file, yes } => {
            let learned = read(file)?;
            confirm::removal("what was learned here; the file takes its place", *yes)?;
            replace(&store, &format!("learning imported from {}", file.display()), |_| learned.clone()).await
        }
        Command::Reset { symptom, thresholds, yes } => {
            let scope = match (symptom, thresholds, &settings.focus.environment) {
                (Some(symptom), _, _) => Scope::Symptom(symptom.clone()),
                (None, true, _) => Scope::Thresholds,
                (None, false, Some(environment)) => Scope::Environment(environment.clone()),
                (None, false, None) => Scope::All,
            };
            confirm::removal(&format!("what was learned: {}", told(&scope)), *yes)?;
            replace(&store, &format!("learning forgotten: {}", told(&scope)), |before| before.reset(&scope)).await
        }
    }
}

async fn load(store: &Arc<dyn Store>) -> Result<Learning, Stop> {
    let found = record::load::<Learning>(store.as_ref(), DOCUMENT).await.map_err(stop)?;
    Ok(found.map(|found| found.value).unwrap_or_default())
}

fn show(learning: &Learning, environment: Option<&str>, as_json: bool) -> Result<Exit, Stop> {
    let mut rows = learning.table();
    rows.retain(|row| environment.is_none_or(|name| name == row.environment));
    let thresholds = learning.threshold_table();
    if as_json {
        output::print(&format!("{:#}", json!({ "actions": rows, "thresholds": thresholds })))?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output::print("no action was verified yet: every one starts at a history of 50 %")?;
    } else {
        output::print(&format!(
            "{:<26}{:<18}{:<12}{:>7}{:>8}{:>8}{:>9}{:>7}  autonomy",
            "trouble", "action", "environment", "value", "helped", "failed", "unknown", "history"
        ))?;
    }
    for row in rows {
        let best = if row.is_best { "*" } else { "" };
        output::print(&lines_without_control(&format!(
            "{:<26}{:<18}{:<12}{:>7}{:>8}{:>8}{:>9}{:>6}%  {}",
            row.symptom,
            format!("{}{best}", row.action),
            row.environment,
            row.value_per_mille,
            row.successes,
            row.failures,
            row.unknown,
            row.history_per_mille / 10,
            row.why
        )))?;
    }
    for row in thresholds {
        output::print(&lines_without_control(&format!(
            "the detector {}: threshold times {:.3} ({} confirmed, {} false, {} missed)",
            row.detector,
            f64::from(row.factor_per_mille) / 1_000.0,
            row.confirmed,
            row.false_alarms,
            row.missed
        )))?;
    }
    Ok(Exit::Done)
}

fn export(learning: &Learning, file: &Path) -> Result<Exit, Stop> {
    let text = format!("{:#}\n", json!(learning.export()));
    if file == Path::new("-") {
        output::print(&text)?;
        return Ok(Exit::Done);
    }
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(file);
    let written = made.and_then(|mut made| std::io::Write::write_all(&mut made, text.as_bytes()));
    written.map_err(|error| {
        Stop::new(Exit::Failed, format!("{} could not be written (it must not exist): {error}", file.display()))
    })?;
    Ok(Exit::Done)
}

fn read(file: &Path) -> Result<Learning, Stop> {
    let unusable = |why: String| Stop::new(Exit::Usage, format!("{}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| unusable(error.to_string()))?.len();
    if size > MOST_BYTES {
        return Err(unusable(format!("{size} bytes are more than `learning export` writes ({MOST_BYTES})")));
    }
    let text = std::fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
    let export = serde_json::from_str(&text).map_err(|error| unusable(format!("no export of learning: {error}")))?;
    Learning::import(export).map_err(|error| unusable(error.to_string()))
}

/// Tells the trail, then swaps.
async fn replace(
    store: &Arc<dyn Store>,
    what: &str,
    next: impl Fn(&Learning) -> Learning + Send + Sync,
) -> Result<Exit, Stop> {
    let signed = person::signature(what);
    let mut told = AuditRecord::new(Utc::now(), Kind::SettingsChanged, signed.who).on("learning").because(what);
    if let Some(personal) = &signed.personal {
        record::save(store.as_ref(), personal, ports::store::document::Expect::Absent).await.map_err(stop)?;
        told = told.beside(personal.beside());
    }
    store.append(Log::Audit, vec![told.entry()]).await.map_err(stop)?;
    record::change(store.as_ref(), DOCUMENT, |found: Option<Learning>| (Some(next(&found.unwrap_or_default())), ()))
        .await
        .map_err(stop)?;
    output::print(what)?;
    Ok(Exit::Done)
}

fn told(scope: &Scope) -> String {
    match scope {
        Scope::All => "everything".to_owned(),
        Scope::Symptom(symptom) => format!("of {symptom}"),
        Scope::Environment(environment) => format!("in {environment}"),
        Scope::Thresholds => "the thresholds of detectors".to_owned(),
    }
}
