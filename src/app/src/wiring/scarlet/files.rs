//! The files that Scarlet's settings name, and what only all of them together can get wrong: looked at before anything
//! begins, so that every mistake is told in one run and a service that cannot start has done nothing.

use super::{receiver, rooms, sensing, table};
use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use crate::settings::types::scarlet::ReceiverSettings;
use std::collections::BTreeMap;

/// Looks at the files of senses and mappings and at the decision table.
///
/// # Errors
/// Everything that is wrong with any of them: exit 64.
pub fn check(settings: &Settings) -> Result<(), Stop> {
    if !settings.scarlet.is_enabled {
        return Ok(());
    }
    let rooms = rooms::rooms(settings);
    let mut mistakes: Vec<String> = doubled(&settings.scarlet.receivers);
    let mut note = |stop: Stop| mistakes.push(stop.to_string());
    for (name, environment) in &settings.environments {
        if let Some(Err(stop)) = environment.senses.as_deref().map(|file| sensing::read_for(settings, name, file)) {
            note(stop);
        }
    }
    for (name, declared) in &settings.scarlet.receivers {
        if let Err(stop) = receiver(name, declared, &rooms) {
            note(stop);
        }
    }
    if let Err(stop) = table(settings) {
        note(stop);
    }
    if mistakes.is_empty() { Ok(()) } else { Err(Stop::new(Exit::Usage, mistakes.join("\n\n"))) }
}

/// Receivers of Alertmanager's webhooks have the path of their environment: of two only one could be reached.
fn doubled(receivers: &BTreeMap<String, ReceiverSettings>) -> Vec<String> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (name, declared) in receivers.iter().filter(|(_, declared)| declared.mapping.is_none()) {
        match first.get(declared.environment.as_str()) {
            Some(other) => mistakes.push(format!(
                "receivers.{other} and receivers.{name} would both be POST /webhooks/alertmanager/{}: name one of them",
                declared.environment
            )),
            None => drop(first.insert(&declared.environment, name)),
        }
    }
    mistakes
}
