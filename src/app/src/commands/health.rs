//! `health …`: the declared endpoints of the environments, checked now, or their uptime from the files of `serve`.

use crate::cli::scarlet::Health as Command;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::scarlet::{alert_lines, endpoints, health_folder};
use crate::wiring::state;
use chrono::{DateTime, TimeDelta, Utc};
use domain::self_watch::{DOCUMENT, Watch};
use domain::sense::endpoint::EndpointWatch;
use domain::sense::uptime::{Found, Uptime};
use engine::scarlet::health_log::{HealthLog, Rotation};
use ports::endpoint::EndpointCheck as _;
use ports::store::record;
use serde_json::json;
use std::collections::BTreeMap;
use web::endpoint_check::HttpCheck;

/// Where no service has looked for alerts yet: that is not the same as none.
const NOBODY_LOOKED: &str = "alerts: not known, the service (`serve`) has not looked yet";

/// Runs one of them.
///
/// # Errors
/// No endpoint is declared, or the files cannot be read.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let declared = endpoints(settings)?;
    let is_report = matches!(command, Command::Report { .. });
    if declared.values().all(Vec::is_empty) && !is_report {
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
    let without = || Stop::new(Exit::Usage, "there is no folder with checks: set store.folder");
    let unreadable = |error: std::io::Error| Stop::new(Exit::Unavailable, error.to_string());
    let now = Utc::now();
    let mut document = serde_json::Map::new();
    if !as_json && declared.values().any(|endpoints| !endpoints.is_empty()) {
        output::print(&format!("{:<12}{:<24}{:>10}{:>10}{:>10}", "", "", "1 h", "24 h", "7 days"))?;
    }
    for (environment, endpoints) in declared.iter().filter(|(_, endpoints)| !endpoints.is_empty()) {
        let folder = health_folder(settings).ok_or_else(without)?;
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
    let alerts = alerts(settings).await;
    if as_json {
        let told = match &alerts {
            Ok(Some((looked_at, alerts))) => json!({"looked_at": looked_at, "standing": alerts}),
            Ok(None) => json!({"could_not_look": NOBODY_LOOKED}),
            Err(stop) => json!({"could_not_look": stop.to_string()}),
        };
        document.insert("alerts".to_owned(), told);
        output::print(&format!("{:#}", serde_json::Value::Object(document)))?;
    } else {
        match &alerts {
            Ok(Some((looked_at, alerts))) => {
                let at = looked_at.format("%Y-%m-%d %H:%M UTC");
                output::print(&format!("{} alerts at {at}, when the service looked last", alerts.len()))?;
                for alert in alerts {
                    output::print(&lines_without_control(&format!("alert: {alert}")))?;
                }
            }
            Ok(None) => output::print(NOBODY_LOOKED)?,
            Err(stop) => output::print(&format!("alerts could not be looked at: {stop}"))?,
        }
    }
    Ok(if matches!(alerts, Ok(Some(_))) { Exit::Done } else { Exit::CouldNotLook })
}

/// What Scarlet found about herself and the estate and is not over, as the service keeps it, and when she looked last.
async fn alerts(settings: &Settings) -> Result<Option<(DateTime<Utc>, Vec<String>)>, Stop> {
    let kept = state::open_existing(settings).await?;
    let found = record::load::<Watch>(kept.store.as_ref(), DOCUMENT).await;
    let found = found.map_err(|error| Stop::new(Exit::Unavailable, error.to_string()))?;
    let watch = found.map(|found| found.value).unwrap_or_default();
    Ok(watch.looked_at.map(|looked_at| (looked_at, alert_lines(&watch))))
}

/// `99.52 %`, or that nothing was checked.
fn share(uptime: &Uptime) -> String {
    uptime.per_mille().map_or_else(|| "unchecked".to_owned(), |share| format!("{:.1} %", f64::from(share) / 10.0))
}
