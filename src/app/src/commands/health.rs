//! `health …`: the declared endpoints of the environments, checked now, or their uptime from the files of `serve`.

use crate::cli::scarlet::Health as Command;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::scarlet::{endpoints, health_folder};
use chrono::{TimeDelta, Utc};
use domain::sense::endpoint::EndpointWatch;
use domain::sense::uptime::{Found, Uptime};
use engine::scarlet::health_log::{HealthLog, Rotation};
use ports::endpoint::EndpointCheck as _;
use serde_json::json;
use std::collections::BTreeMap;
use web::endpoint_check::HttpCheck;

/// Runs one of them.
///
/// # Errors
/// No endpoint is declared, or the files cannot be read.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let declared = endpoints(settings)?;
    if declared.values().all(Vec::is_empty) {
        let text = "no endpoint is declared: name them in the file of environments.NAME.senses, as [[endpoints]]";
        return Err(Stop::new(Exit::Usage, text));
    }
    match command {
        Command::Check { json } => check(&declared, *json).await,
        Command::Report { json } => report(settings, &declared, *json).await,
    }
}

/// Checks each once. Ends with 1 where one is down, with 2 where one could not be checked.
async fn check(declared: &BTreeMap<String, Vec<EndpointWatch>>, as_json: bool) -> Result<Exit, Stop> {
    let checker = HttpCheck::new();
    let all = declared.iter().flat_map(|(environment, endpoints)| endpoints.iter().map(move |one| (environment, one)));
    let asked = all.map(|(environment, one)| {
        let checker = &checker;
        async move { (environment, one, checker.check(one).await) }
    });
    let answers = futures::future::join_all(asked).await;
    let mut exit = Exit::Done;
    for (_, _, answered) in &answers {
        exit = match (answered.found, exit) {
            (Found::Down, _) | (_, Exit::Failed) => Exit::Failed,
            (Found::NotMade, _) => Exit::CouldNotLook,
            (Found::Up, before) => before,
        };
    }
    if as_json {
        let list: Vec<_> = answers
            .iter()
            .map(|(environment, one, answered)| {
                json!({"environment": environment, "endpoint": one.name, "found": answered.found,
                    "status": answered.status, "words": answered.words})
            })
            .collect();
        output::print(&format!("{:#}", json!({ "endpoints": list })))?;
        return Ok(exit);
    }
    for (environment, one, answered) in &answers {
        let found = match answered.found {
            Found::Up => "up",
            Found::Down => "DOWN",
            Found::NotMade => "not checked",
        };
        let status = answered.status.map(|status| format!(" ({status})")).unwrap_or_default();
        let line = format!("{environment:<12}{:<24}{found}{status} {}", one.name, answered.words);
        output::print(lines_without_control(&line).trim_end())?;
    }
    Ok(exit)
}

async fn report(
    settings: &Settings,
    declared: &BTreeMap<String, Vec<EndpointWatch>>,
    as_json: bool,
) -> Result<Exit, Stop> {
    let folder = health_folder(settings)
        .ok_or_else(|| Stop::new(Exit::Usage, "there is no folder with checks: set store.folder"))?;
    let unreadable = |error: std::io::Error| Stop::new(Exit::Unavailable, error.to_string());
    let now = Utc::now();
    let mut document = serde_json::Map::new();
    if !as_json {
        output::print(&format!("{:<12}{:<24}{:>10}{:>10}{:>10}", "", "", "1 h", "24 h", "7 days"))?;
    }
    for (environment, endpoints) in declared.iter().filter(|(_, endpoints)| !endpoints.is_empty()) {
        let log = HealthLog::new(&folder, environment, Rotation::default()).map_err(unreadable)?;
        let pause = |one: &EndpointWatch| TimeDelta::seconds(one.every_seconds.into());
        let every = endpoints.iter().map(|one| (one.name.clone(), pause(one))).collect();
        let figures = log.figures(every, now).await.map_err(unreadable)?;
        if as_json {
            document.insert(environment.clone(), json!(figures));
            continue;
        }
        for one in endpoints {
            let of = figures.get(&one.name).copied().unwrap_or_default();
            let shown = [of.hour, of.day, of.week].map(|uptime| share(&uptime));
            let line = format!("{environment:<12}{:<24}{:>10}{:>10}{:>10}", one.name, shown[0], shown[1], shown[2]);
            output::print(&lines_without_control(&line))?;
        }
    }
    if as_json {
        output::print(&format!("{:#}", serde_json::Value::Object(document)))?;
    }
    Ok(Exit::Done)
}

/// `99.52 %`, or that nothing was checked.
fn share(uptime: &Uptime) -> String {
    uptime.per_mille().map_or_else(|| "unchecked".to_owned(), |share| format!("{:.1} %", f64::from(share) / 10.0))
}
