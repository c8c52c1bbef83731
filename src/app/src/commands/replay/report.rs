//! `replay report`: what was decided and not done, because the environment is in shadow or only watched.

use super::{Exit, Settings, Stop, newest};
use crate::output;
use crate::terminal::incident::time;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::state::{self, stop};
use chrono::{DateTime, TimeDelta, Utc};
use domain::heal::{Attempt, Ending, Heal};
use domain::policy::Autonomy;
use domain::recording::{Came, Recording, Work};
use domain::replay::{Decided, Weighed};
use ports::store::collections::HEALS;
use ports::store::query::Query;
use ports::store::record;
use serde_json::json;
use std::collections::BTreeMap;

/// One thing that would have been done, or would have been asked for.
struct Row {
    at: DateTime<Utc>,
    incident: String,
    environment: String,
    attempt: Attempt,
    /// What was weighed, at which level, where it is recorded.
    weighed: Option<(Weighed, Option<Autonomy>)>,
}

pub(super) async fn run(since: &str, as_json: bool, settings: &Settings) -> Result<Exit, Stop> {
    let back = tools_common::time::parse_duration(since).unwrap_or(TimeDelta::days(7));
    let from = Utc::now().checked_sub_signed(back).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let store = state::open_existing(settings).await?.store;
    let only = settings.focus.environment.as_deref();
    let mut rows = Vec::new();
    for heal in newest::<Heal>(&store, Query::of(&HEALS)).await? {
        let is_watched = |one: &&Attempt| one.outcome == Ending::OnlyWatched && one.started >= from;
        if only.is_some_and(|only| only != heal.environment) || !heal.attempts.iter().any(|one| is_watched(&one)) {
            continue;
        }
        let recording = record::load::<Recording>(store.as_ref(), &heal.incident).await.map_err(stop)?;
        let recording = recording.map(|found| found.value);
        for attempt in heal.attempts.iter().filter(is_watched) {
            rows.push(Row {
                at: attempt.started,
                incident: heal.incident.clone(),
                environment: heal.environment.clone(),
                attempt: attempt.clone(),
                weighed: recording.as_ref().and_then(|recording| weighed(recording, &attempt.plan)),
            });
        }
    }
    rows.sort_by(|one, other| one.at.cmp(&other.at).then_with(|| one.incident.cmp(&other.incident)));
    if as_json {
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        output::print(&format!("{:#}", json!({ "since": from, "would_have": rows })))?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        output::print("nothing was only told: no environment was in shadow or watched, or nothing suited")?;
        return Ok(Exit::Done);
    }
    for row in &rows {
        let at = time(row.at, settings.output.time_zone);
        let line = format!("{at}  {} in {}: {}", row.incident, row.environment, row.told());
        output::print(&lines_without_control(&line))?;
    }
    output::print(&sums(&rows))?;
    Ok(Exit::Done)
}

/// The plan of this id, as it was weighed last.
fn weighed(recording: &Recording, plan: &str) -> Option<(Weighed, Option<Autonomy>)> {
    recording.takes.iter().rev().find_map(|take| {
        let Work::Plan { came: came @ Came::Proposed(proposal), .. } = &take.work else { return None };
        if proposal.plan.id != plan {
            return None;
        }
        let level = proposal.decision.shadow.as_ref().map(|shadow| shadow.level);
        match Decided::of_plan(came) {
            Decided::Plan(weighed) => Some((*weighed, level)),
            _ => None,
        }
    })
}

impl Row {
    fn told(&self) -> String {
        match &self.weighed {
            Some((weighed, Some(level))) => format!("at {level}, {}: {}", weighed.would_have(), weighed.told),
            // Only watched: the verdict is that nothing is done, and its words say what it would have taken.
            Some((weighed, None)) => format!("{} {}: {}", weighed.action, weighed.object, weighed.told),
            None => {
                format!(
                    "{} {} (not recorded how it was weighed): {}",
                    self.attempt.action, self.attempt.object, self.attempt.told
                )
            }
        }
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "at": self.at, "incident": self.incident, "environment": self.environment,
            "action": self.attempt.action, "object": self.attempt.object, "told": self.attempt.told,
            "level": self.weighed.as_ref().and_then(|(_, level)| *level),
            "weighed": self.weighed.as_ref().map(|(weighed, _)| weighed),
        })
    }
}

/// `3 in all: 2 allow, 1 ask`.
fn sums(rows: &[Row]) -> String {
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let verdict = match &row.weighed {
            Some((weighed, Some(_))) => weighed.verdict.to_string(),
            Some((_, None)) => "only watched".to_owned(),
            None => "not recorded".to_owned(),
        };
        *sums.entry(verdict).or_default() += 1;
    }
    let told: Vec<String> = sums.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    format!("{} in all: {}", rows.len(), told.join(", "))
}
