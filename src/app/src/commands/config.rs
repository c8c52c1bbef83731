//! `config show|schema|check`.

use crate::cli::commands::Config;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::{Loaded, Problems, Request, Surroundings, load, schema, show};
use serde_json::json;

/// Runs one of them.
///
/// # Errors
/// The mistakes in the settings, or that stdout cannot be written.
pub fn run(command: Config, request: &Request, surroundings: &dyn Surroundings) -> Result<Exit, Stop> {
    match command {
        Config::Schema => output::print(&format!("{:#}", schema::schema()))?,
        Config::Show { json: true } => output::print(&format!("{:#}", show::document(&load(request, surroundings)?)))?,
        Config::Show { json: false } => output::print(&show::text(&load(request, surroundings)?))?,
        Config::Check { json } => return check(json, load(request, surroundings)),
    }
    Ok(Exit::Done)
}

fn check(as_json: bool, loaded: Result<Loaded, Problems>) -> Result<Exit, Stop> {
    match loaded {
        Ok(loaded) => {
            // What the settings name is part of them: a service that would refuse to start is told of here.
            let files = crate::wiring::scarlet::check(&loaded.settings);
            checked(as_json, &loaded, files)
        }
        Err(problems) if as_json => {
            output::print(&format!("{:#}", json!({"problems": problems, "notes": [], "files": []})))?;
            Ok(Exit::Usage)
        }
        Err(problems) => Err(problems.into()),
    }
}

fn checked(as_json: bool, loaded: &Loaded, files: Result<(), Stop>) -> Result<Exit, Stop> {
    match files {
        Err(stop) if as_json => {
            let found: Vec<String> = stop.to_string().split("\n\n").map(str::to_owned).collect();
            let problems: Vec<_> = found.into_iter().map(|found| json!({"found": found})).collect();
            output::print(&format!(
                "{:#}",
                json!({"problems": problems, "notes": loaded.notes, "files": loaded.files})
            ))?;
            Ok(Exit::Usage)
        }
        Err(stop) => Err(stop),
        Ok(()) if as_json => {
            output::print(&format!("{:#}", json!({"problems": [], "notes": loaded.notes, "files": loaded.files})))?;
            Ok(Exit::Done)
        }
        Ok(()) => {
            output::print(&correct(loaded))?;
            Ok(Exit::Done)
        }
    }
}

fn correct(loaded: &Loaded) -> String {
    let settings = &loaded.settings;
    let files: Vec<String> = loaded.files.iter().map(|file| file.display().to_string()).collect();
    let read = if files.is_empty() { "no settings file".to_owned() } else { files.join(", ") };
    let mut text = format!(
        "The settings are correct: profile {}, {read}; {} clusters, {} Prometheus servers, {} foreign MCP servers, {}.",
        settings.profile,
        settings.clusters.len(),
        settings.prometheus.len(),
        settings.mcp_servers.len(),
        match &settings.model {
            Some(model) => format!("a model at {}", model.endpoint),
            None => "no model".to_owned(),
        }
    );
    for note in &loaded.notes {
        text.push_str("\nnote: ");
        text.push_str(note);
    }
    text
}
