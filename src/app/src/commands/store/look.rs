//! What is kept, and whether it can be read.

use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::wiring::state::{self, stop};
use ports::store::Log;
use ports::store::collections::ALL;
use ports::store::query::Query;
use serde_json::{Value, json};
use store::transfer::tally;

/// `store status`.
pub async fn status(settings: &Settings, as_json: bool) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    let health = kept.store.health().await.map_err(stop)?;
    let mut counts = Vec::new();
    for collection in ALL {
        counts.push((collection.name, kept.store.count(&Query::of(collection)).await.map_err(stop)?));
    }
    let mut logs = Vec::new();
    for log in Log::ALL {
        logs.push((log.name(), kept.store.anchor(log).await.map_err(stop)?.count));
    }
    if as_json {
        let counts: serde_json::Map<String, Value> =
            counts.iter().chain(&logs).map(|(name, count)| ((*name).to_owned(), json!(count))).collect();
        let document = json!({
            "place": health.place, "engine": health.engine, "layout": health.layout, "bytes": health.bytes,
            "waiting": health.waiting, "counts": counts,
        });
        output::print(&format!("{document:#}"))?;
        return Ok(Exit::Done);
    }
    let mut lines = vec![format!("{} ({}, layout {})", health.place, health.engine, health.layout)];
    lines.extend(health.bytes.map(|bytes| format!("{:<16}{bytes} bytes", "size")));
    if health.waiting > 0 {
        lines.push(format!("{:<16}{} writes, because the server is away", "waiting", health.waiting));
    }
    let some = counts.into_iter().chain(logs).filter(|(_, count)| *count > 0);
    lines.extend(some.map(|(name, count)| format!("{name:<16}{count}")));
    output::print(&lines.join("\n"))?;
    Ok(Exit::Done)
}

/// `store check`: everything is read once, and the logs are verified.
pub async fn check(settings: &Settings) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    if let Some(embedded) = &kept.embedded {
        embedded.check().await.map_err(stop)?;
    }
    let found = tally(kept.store.as_ref(), ALL).await.map_err(|error| Stop::new(Exit::Failed, error.to_string()))?;
    let mut exit = Exit::Done;
    for log in Log::ALL {
        let report = kept.store.verify(log).await.map_err(stop)?;
        if !report.holds() {
            output::print(&crate::commands::audit::told(log, &report))?;
            exit = Exit::Failed;
        }
    }
    if exit == Exit::Done {
        output::print(&format!("{} documents and records were read; nothing is damaged", found.count()))?;
    }
    Ok(exit)
}
