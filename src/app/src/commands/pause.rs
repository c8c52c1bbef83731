//! `pause …`: stops every action of one environment that has not begun, where wished for a time. Works on the store itself,
//! with the service away too.

use super::freeze::{may_lift, stop};
use crate::cli::pause::Pause as Command;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::freezing::standing;
use crate::wiring::scarlet::DEFAULT_ENVIRONMENT;
use crate::wiring::{person, state};
use chrono::Utc;
use domain::guard::{Actor, Guards, Limits, Scope};
use ports::clock::SystemClock;
use ports::store::Store;
use serde_json::json;
use std::sync::Arc;
use store::guards::{GuardKeeper, Lifting};

/// Runs one of them.
///
/// # Errors
/// The store cannot be asked, the environment is not known, or the person may not.
pub async fn run(command: &Command, settings: &Settings) -> Result<Exit, Stop> {
    let kept = match command {
        // A pause stands wherever it can: the store is made for it.
        Command::On { name: environment, .. } => {
            known(settings, environment)?;
            state::open(settings).await?
        }
        // What was paused under a name that the settings have no more can still be ended.
        Command::Off { .. } | Command::Status { .. } => state::open_existing(settings).await?,
    };
    let keeper = GuardKeeper::new(kept.store, Arc::new(SystemClock), person::process(), Limits::default());
    let actor = |environment: &str| {
        let scope = Scope::Environment(environment.to_owned());
        Actor { person: person::local(), is_approver: may_lift(settings, &scope) }
    };
    match command {
        Command::On { name: environment, reason, until } => {
            let now = Utc::now();
            let until = until.map(|wish| wish.moment(now));
            if let Some(past) = until.filter(|until| *until <= now) {
                return Err(Stop::new(Exit::Usage, format!("--until {past}: that time is over")));
            }
            let (by, signed) = (actor(environment), person::signature(reason));
            let paused = keeper.pause(environment, until, &by, reason, &signed).await.map_err(stop)?;
            print(&keeper.status().await.map_err(stop)?, Some(environment))?;
            output::print(&lines_without_control(&format!("kept in {}", state::place(settings))))?;
            if let Some(untold) = paused.untold {
                output::tell(&format!("it stands, but could not be written to the audit trail: {untold}"));
                return Ok(Exit::CouldNotLook);
            }
            Ok(Exit::Done)
        }
        Command::Off { name: environment, reason } => {
            let (by, signed) = (actor(environment), person::signature(reason));
            keeper.lift(&Lifting::Pause(environment.clone()), &by, reason, &signed).await.map_err(stop)?;
            print(&keeper.status().await.map_err(stop)?, Some(environment))?;
            Ok(Exit::Done)
        }
        Command::Status { name: environment, json } => {
            let guards = keeper.status().await.map_err(stop)?;
            if *json {
                let is_wanted = |name: &str| environment.as_deref().is_none_or(|only| only == name);
                let pauses: serde_json::Map<String, serde_json::Value> = guards
                    .pauses(Utc::now())
                    .filter(|(name, _)| is_wanted(name))
                    .map(|(name, pause)| (name.to_owned(), json!(pause)))
                    .collect();
                let document = json!({"pauses": pauses, "freezes": guards.freezes(), "store": state::place(settings)});
                output::print(&format!("{document:#}"))?;
            } else {
                print(&guards, environment.as_deref())?;
                output::print(&lines_without_control(&format!("looked at {}", state::place(settings))))?;
            }
            Ok(Exit::Done)
        }
    }
}

/// A mistyped name would stop nothing.
fn known(settings: &Settings, environment: &str) -> Result<(), Stop> {
    let declared: Vec<&str> = settings.environments.keys().map(String::as_str).collect();
    let is_known = match declared.as_slice() {
        [] => environment == DEFAULT_ENVIRONMENT,
        declared => declared.contains(&environment),
    };
    if is_known {
        return Ok(());
    }
    let accepted = if declared.is_empty() { DEFAULT_ENVIRONMENT.to_owned() } else { declared.join(", ") };
    Err(Stop::new(Exit::Usage, format!("{environment}: no such environment in the settings; accepted: {accepted}")))
}

fn print(guards: &Guards, environment: Option<&str>) -> Result<(), Stop> {
    let lines = standing(guards, environment, Utc::now());
    if lines.is_empty() {
        let what = environment.unwrap_or("no environment");
        let not = if environment.is_some() { "is not paused" } else { "is paused" };
        output::print(&lines_without_control(&format!("{what} {not}: actions may begin, as the policy allows")))?;
    }
    lines.iter().try_for_each(|line| output::print(&lines_without_control(line)))?;
    Ok(())
}

/// A line for each freeze and pause that stands in a store, for commands that list what Scarlet is at.
///
/// # Errors
/// The store cannot be asked: what could not be looked at is not told as free to begin.
pub(super) async fn held(store: &Arc<dyn Store>, environment: Option<&str>) -> Result<Vec<String>, Stop> {
    let keeper = GuardKeeper::new(Arc::clone(store), Arc::new(SystemClock), person::process(), Limits::default());
    Ok(standing(&keeper.status().await.map_err(stop)?, environment, Utc::now()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta};
    use domain::guard::{freeze, pause};

    #[test]
    fn what_stands_is_told_for_one_environment_or_for_all() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let by = Actor { person: "local:ann".to_owned(), is_approver: false };
        let paused = pause(&Guards::default(), "prod", &by, "the bank is away", Some(now + TimeDelta::hours(2)), now);
        let both = freeze(&paused, Scope::Environment("staging".to_owned()), &by, "", now);
        expect_test::expect![[r#"
            FROZEN: the environment staging since 2027-01-15 08:00:00 UTC by local:ann: no reason given
            PAUSED: the environment prod since 2027-01-15 08:00:00 UTC by local:ann until 2027-01-15 10:00:00 UTC: the bank is away"#]]
        .assert_eq(&standing(&both, None, now).join("\n"));
        assert_eq!(standing(&both, Some("prod"), now).len(), 1);
        assert_eq!(standing(&both, Some("prod"), now + TimeDelta::hours(3)), Vec::<String>::new());
    }
}
