//! `incidents …`: what is wrong, since when, why, and what was done about it.

mod records;

use super::pause;
use crate::cli::scarlet::Incidents as Command;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::signals::stop_requested;
use crate::terminal::incident;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::person;
use crate::wiring::state::{self, stop};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::approval::Approval;
use domain::heal::Heal;
use domain::incident::{Incident, Story};
use engine::approvals::ApprovalDesk;
use engine::incidents::IncidentDesk;
use ports::clock::{Clock, SystemClock};
use ports::incidents::Incidents as _;
use ports::store::Store;
use ports::store::collections::{APPROVALS, INCIDENTS};
use ports::store::query::{Direction, Query};
use ports::store::record::{self, Record};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Incidents of a list at most.
const LISTED: usize = 200;

/// Between two looks of `watch`.
const LOOK: Duration = Duration::from_secs(2);

/// Runs one of them.
///
/// # Errors
/// The store cannot be read, or there is no such incident.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let store = state::open_existing(settings).await?.store;
    let zone = settings.output.time_zone;
    let environment = settings.focus.environment.as_deref();
    match command {
        Command::List { all, json } => list(&store, environment, *all, *json, zone).await,
        Command::Show { id, json, post_mortem } => show(&store, id, *json, *post_mortem, zone).await,
        Command::Watch => watch(&store, environment, zone).await,
    }
}

async fn list(
    store: &Arc<dyn Store>,
    environment: Option<&str>,
    all: bool,
    as_json: bool,
    zone: Tz,
) -> Result<Exit, Stop> {
    let mut found = match all {
        true => newest::<Incident>(store, Query::of(&INCIDENTS)).await?,
        false => open(store).await?,
    };
    found.retain(|incident| environment.is_none_or(|name| name == incident.environment));
    let held = pause::held(store, environment).await?;
    if as_json {
        output::print(&format!("{:#}", json!({ "incidents": found, "held": held })))?;
        return Ok(Exit::Done);
    }
    held.iter().try_for_each(|line| output::print(&lines_without_control(line)))?;
    if found.is_empty() {
        output::print(if all { "no incident is kept" } else { "no incident is open" })?;
    }
    for one in found {
        output::print(&incident::in_a_line(&one, zone))?;
    }
    Ok(Exit::Done)
}

async fn show(store: &Arc<dyn Store>, id: &str, as_json: bool, as_post_mortem: bool, zone: Tz) -> Result<Exit, Stop> {
    let found = record::load::<Incident>(store.as_ref(), id).await.map_err(stop)?;
    let Some(found) = found.map(|found| found.value) else {
        return Err(Stop::new(Exit::Failed, format!("there is no incident {id}; `incidents list --all` shows them")));
    };
    if as_json {
        output::print(&format!("{:#}", json!(found)))?;
    } else if as_post_mortem {
        let mut approvals = newest::<Approval>(store, Query::of(&APPROVALS)).await?;
        approvals.retain(|approval| approval.incident.as_deref() == Some(id));
        let heal = record::load::<Heal>(store.as_ref(), id).await.map_err(stop)?.map(|heal| heal.value);
        let records = records::records(store, &found).await?;
        let story = Story { incident: &found, approvals: &approvals, heal: heal.as_ref(), records: &records };
        output::print(&lines_without_control(&story.post_mortem()))?;
    } else {
        output::print(&incident::whole(&found, zone))?;
        for line in pause::held(store, Some(&found.environment)).await?.iter().filter(|_| found.is_open()) {
            output::print(&lines_without_control(&format!("  {line}")))?;
        }
    }
    Ok(Exit::Done)
}

/// Tells each happening once, from now on; what is open now is told first.
async fn watch(store: &Arc<dyn Store>, environment: Option<&str>, zone: Tz) -> Result<Exit, Stop> {
    let mut stopped = Box::pin(stop_requested());
    list(store, environment, false, false, zone).await?;
    let mut told: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    let began = Utc::now();
    loop {
        for found in newest::<Incident>(store, Query::of(&INCIDENTS)).await? {
            if environment.is_some_and(|name| name != found.environment) {
                continue;
            }
            let since = told.get(&found.id).copied().unwrap_or(began);
            for happening in found.timeline.iter().filter(|happening| happening.at > since) {
                let line = format!("{}  {}", found.id, incident::happened(happening, zone));
                output::print(&lines_without_control(&line))?;
            }
            if let Some(last) = found.timeline.iter().map(|happening| happening.at).max() {
                told.insert(found.id, last.max(since));
            }
        }
        tokio::select! {
            biased;
            () = &mut stopped => return Ok(Exit::Done),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Those that are not over, the worst first.
pub(super) async fn open(store: &Arc<dyn Store>) -> Result<Vec<Incident>, Stop> {
    desk(store).open().await.map_err(stop)
}

/// The desk of incidents over this store.
pub(super) fn desk(store: &Arc<dyn Store>) -> IncidentDesk {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let approvals = ApprovalDesk::new(Arc::clone(store), Arc::clone(&clock), person::ids());
    IncidentDesk::new(Arc::clone(store), clock, Arc::new(approvals))
}

/// What changed last, first.
pub(super) async fn newest<T: Record>(store: &Arc<dyn Store>, query: Query) -> Result<Vec<T>, Stop> {
    let query = query.by("changed_at", Direction::Descending).limited(LISTED);
    let page = record::page::<T>(store.as_ref(), &query).await.map_err(stop)?;
    Ok(page.records.into_iter().map(|found| found.value).collect())
}
