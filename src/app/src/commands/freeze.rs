//! `freeze …`: stops every action that has not begun. Works on the store itself, with the service away too.

use super::incidents::newest;
use crate::cli::state::Freeze as Command;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::approval;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::{person, state};
use chrono::Utc;
use domain::approval::Approval;
use domain::guard::{Actor, Freeze, Limits, Refusal, Scope};
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections::APPROVALS;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Key, Query};
use serde_json::json;
use std::sync::Arc;
use store::guards::{GuardKeeper, Lifting, NotDone};

/// Runs one of them.
///
/// # Errors
/// The store cannot be asked, or the person may not.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let is_new = matches!(command, Command::On { .. }) && state::not_made_yet(settings).is_some();
    let kept = match command {
        // A freeze stands wherever it can: the store is made for it.
        Command::On { .. } => state::open(settings).await?,
        Command::Off { .. } | Command::Status { .. } => state::open_existing(settings).await?,
    };
    let place = state::place(settings);
    let store = kept.store;
    let keeper = GuardKeeper::new(Arc::clone(&store), Arc::new(SystemClock), person::process(), Limits::default());
    let scope = settings.focus.environment.clone().map_or(Scope::All, Scope::Environment);
    let by = Actor { person: person::local(), is_approver: may_lift(settings, &scope) };
    match command {
        Command::On { reason } => {
            let frozen = keeper.freeze(scope, &by, reason, &person::signature(reason)).await.map_err(stop)?;
            print(&frozen.standing)?;
            let made = if is_new { ", which was made new for it" } else { "" };
            output::print(&lines_without_control(&format!("kept in {place}{made}")))?;
            if let Some(untold) = frozen.untold {
                output::tell(&format!("it stands, but could not be written to the audit trail: {untold}"));
                return Ok(Exit::CouldNotLook);
            }
            Ok(Exit::Done)
        }
        Command::Off { reason, plan: Some(digits) } => {
            let found = waiting_plan(&store, digits).await?;
            let scope = Scope::Environment(found.shown.environment.clone());
            let by = Actor { person: person::local(), is_approver: may_lift(settings, &scope) };
            let lifting = Lifting::Plan(found.plan.clone());
            let standing = keeper.lift(&lifting, &by, reason, &person::signature(reason)).await.map_err(stop)?;
            print(&standing)?;
            let told = format!("lifted for {} alone, for an hour or until somebody freezes again", found.id);
            output::print(&lines_without_control(&told))?;
            Ok(Exit::Done)
        }
        Command::Off { reason, plan: None } => {
            let standing =
                keeper.lift(&Lifting::Freeze(scope), &by, reason, &person::signature(reason)).await.map_err(stop)?;
            print(&standing)?;
            Ok(Exit::Done)
        }
        Command::Status { json } => {
            let guards = keeper.status().await.map_err(stop)?;
            if *json {
                let frozen = !guards.freezes().is_empty();
                let paused: Vec<&str> = guards.pauses(Utc::now()).map(|(name, _)| name).collect();
                let document = json!({"frozen": frozen, "freezes": guards.freezes(), "paused": paused, "store": place});
                output::print(&format!("{document:#}"))?;
            } else {
                print(guards.freezes())?;
                for (name, pause) in guards.pauses(Utc::now()) {
                    let line = format!("PAUSED: the environment {name} {}", pause.told());
                    output::print(&lines_without_control(&line))?;
                }
                output::print(&lines_without_control(&format!("looked at {place}")))?;
            }
            Ok(Exit::Done)
        }
    }
}

/// The plan that waits for people, or was granted, whose digest begins so.
async fn waiting_plan(store: &Arc<dyn Store>, digits: &str) -> Result<Approval, Stop> {
    let named = digits.to_ascii_lowercase();
    if named.len() < approval::DIGITS {
        let text = format!("--plan {digits}: it takes at least {} digits of the plan's digest", approval::DIGITS);
        return Err(Stop::new(Exit::Usage, text));
    }
    let open = Condition::OneOf(vec![Key::from("pending"), Key::from("granted")]);
    let found = newest::<Approval>(store, Query::of(&APPROVALS).with("state", open)).await?;
    let missing = || {
        format!(
            "no plan that waits or was granted has a digest that begins with {digits}; `actions list` shows those that do"
        )
    };
    found
        .into_iter()
        .find(|approval| approval.plan.starts_with(&named))
        .ok_or_else(|| Stop::new(Exit::Failed, missing()))
}

/// Whether the person at the terminal may lift a freeze or end a pause of this scope: whoever answers for every environment
/// that is frozen, by `environments.NAME.people`. Where an environment names
/// nobody, whoever may write the store may: they could change the document itself, and the trail tells who it was.
pub(super) fn may_lift(settings: &Settings, scope: &Scope) -> bool {
    let local = person::local();
    let name = local.strip_prefix("local:").unwrap_or(&local);
    let frozen = settings.environments.iter().filter(|(environment, _)| scope.covers(environment));
    frozen
        .map(|(_, environment)| &environment.people)
        .all(|people| people.is_empty() || people.iter().any(|person| person == &local || person == name))
}

fn print(standing: &[Freeze]) -> Result<(), Stop> {
    if standing.is_empty() {
        output::print("not frozen: actions may begin, as the policy allows")?;
    }
    for freeze in standing {
        let why = if freeze.why.is_empty() { "no reason given" } else { &freeze.why };
        let since = freeze.since.format("%Y-%m-%d %H:%M:%S UTC");
        let line = format!("FROZEN: {} since {since} by {}: {why}", freeze.scope, freeze.by);
        output::print(&lines_without_control(&line))?;
    }
    Ok(())
}

pub(super) fn stop(error: NotDone) -> Stop {
    let exit = match &error {
        NotDone::Refused(Refusal::NotPermitted { .. }) => Exit::NotPermitted,
        NotDone::Refused(_) | NotDone::Lease { .. } => Exit::Failed,
        NotDone::Store { source, .. } | NotDone::Audit { source } if matches!(source, StoreError::Denied { .. }) => {
            Exit::NotPermitted
        }
        NotDone::Store { .. } | NotDone::Audit { .. } => Exit::Unavailable,
    };
    Stop::new(exit, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::store::collections::ALL;
    use ports::store::document::Expect;
    use ports::store::record;

    #[test]
    fn whoever_may_not_was_told_that_it_failed_or_that_the_store_was_away() {
        let denied = || StoreError::Denied { message: "refused".to_owned() };
        for not_permitted in [
            NotDone::Refused(Refusal::NotPermitted { person: "ann".to_owned() }),
            NotDone::Store { doing: "to freeze", source: denied() },
            NotDone::Audit { source: denied() },
        ] {
            let told = not_permitted.to_string();
            assert_eq!(stop(not_permitted).exit, Exit::NotPermitted, "{told}");
        }
        let away = StoreError::Unavailable { message: "away".to_owned() };
        assert_eq!(stop(NotDone::Store { doing: "to freeze", source: away }).exit, Exit::Unavailable);
    }

    #[tokio::test]
    async fn a_plan_that_waits_is_found_by_the_first_digits_of_its_digest_and_none_that_is_decided() {
        let store: Arc<dyn Store> = store::memory::Memory::new(ALL, Arc::new(SystemClock));
        let digest = |start: &str| format!("{start:0<64}");
        for (id, start, state) in [("APR-1", "3f2a9c81d0b4", "granted"), ("APR-2", "77aa9c81d0b4", "rejected")] {
            let at = "2026-11-21T03:00:00Z";
            let kept: Approval = serde_json::from_value(json!({
                "id": id, "plan": digest(start), "proposer": "scarlet", "permitted": {"people_needed": 1},
                "shown": {
                    "environment": "prod", "object": {"kind": "Node", "name": "worker-1"}, "resource_version": "1",
                    "action": "cordon", "summary": "", "arguments": "", "diff": "", "blast_radius": "",
                    "success_check": "", "undo": "", "confidence": 900, "rule": "",
                },
                "asked_at": at, "expires_at": at, "state": state, "changed_at": at,
            }))
            .unwrap();
            record::save(&*store, &kept, Expect::Absent).await.unwrap();
        }
        let named = async |digits: &str| waiting_plan(&store, digits).await.map(|found| found.plan);
        assert_eq!(named("3F2A9C81D0B4").await.unwrap(), digest("3f2a9c81d0b4"));
        assert_eq!(named("3f2a9c81d0b5").await.unwrap_err().exit, Exit::Failed);
        assert_eq!(named("77aa9c81d0b4").await.unwrap_err().exit, Exit::Failed, "it was rejected");
        assert_eq!(named("3f2a").await.unwrap_err().exit, Exit::Usage);
    }
}
