//! What goes: by age, and by person.

use crate::cli::{Exit, Stop};
use crate::commands::confirm;
use crate::output;
use crate::settings::Settings;
use crate::wiring::person;
use crate::wiring::state::{self, stop};
use chrono::Utc;
use ports::store::collections::ALL;
use store::upkeep::{erasure, retention};

/// Documents of each collection in one round.
const ROUND: usize = 10_000;

/// `store sweep`.
pub async fn sweep(settings: &Settings) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    let days = state::retention_days(settings);
    loop {
        let swept = retention::sweep(kept.store.as_ref(), ALL, &days, ROUND, Utc::now()).await.map_err(stop)?;
        for (name, count) in swept.aged.iter().chain(&swept.records) {
            output::print(&format!("{name:<16}{count} removed"))?;
        }
        if swept.expired > 0 {
            output::print(&format!("{:<16}{} removed", "expired", swept.expired))?;
        }
        if !swept.more {
            return Ok(Exit::Done);
        }
    }
}

/// `store erase-person PERSON`.
pub async fn erase_person(settings: &Settings, person: &str, yes: bool) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    confirm::removal(&format!("everything kept of {person}"), yes)?;
    let removed = erasure::erase_person(kept.store.as_ref(), ALL, person, person::signature("").who, Utc::now())
        .await
        .map_err(stop)?;
    if removed.is_empty() {
        output::print("nothing is kept of that person")?;
    }
    for (name, count) in removed {
        output::print(&format!("{name:<16}{count} removed"))?;
    }
    Ok(Exit::Done)
}
