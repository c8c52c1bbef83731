//! The freeze switch as surfaces with people use it: over the guards in the store, signed by the person.

use super::person;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::guard::{Actor, Freeze, Guards, Scope};
use domain::person::{Person, Right};
use ports::freezing::{Freezing, FreezingError};
use store::guards::{GuardKeeper, Lifting, NotDone};

/// The switch.
pub struct Switch(GuardKeeper);

impl Switch {
    /// Over the guards of all replicas.
    pub fn new(keeper: GuardKeeper) -> Self {
        Self(keeper)
    }
}

/// Nobody freezes or lifts who has not the right to.
fn permitted(by: &Person, right: Right) -> Result<Actor, FreezingError> {
    if by.may(right) {
        return Ok(Actor { person: by.id.clone(), is_approver: by.may(Right::LiftFreeze) });
    }
    let needed = match right {
        Right::LiftFreeze => "only an approver lifts a freeze (`slack.approvers`, `slack.admins` in the settings)",
        _ => "only people of this workspace freeze, and those whom the settings name",
    };
    Err(FreezingError::Refused(needed.to_owned()))
}

fn not_done(error: NotDone) -> FreezingError {
    match error {
        NotDone::Refused(_) | NotDone::Lease { .. } => FreezingError::Refused(error.to_string()),
        NotDone::Store { .. } | NotDone::Audit { .. } => FreezingError::Unavailable(error.to_string()),
    }
}

#[async_trait]
impl Freezing for Switch {
    async fn freeze(&self, scope: Scope, by: &Person, why: &str) -> Result<Vec<Freeze>, FreezingError> {
        let actor = permitted(by, Right::Freeze)?;
        let frozen = self.0.freeze(scope, &actor, why, &person::signature_of(&by.id, why)).await.map_err(not_done)?;
        Ok(frozen.standing)
    }

    async fn lift(&self, scope: Scope, by: &Person, why: &str) -> Result<Vec<Freeze>, FreezingError> {
        let actor = permitted(by, Right::LiftFreeze)?;
        let signed = person::signature_of(&by.id, why);
        self.0.lift(&Lifting::Freeze(scope), &actor, why, &signed).await.map_err(not_done)
    }

    async fn standing(&self) -> Result<Vec<Freeze>, FreezingError> {
        let guards = self.0.status().await.map_err(not_done)?;
        // A paused environment is shown among those in which nothing may begin.
        let paused = guards.pauses(Utc::now()).map(|(name, pause)| Freeze {
            scope: Scope::Environment(name.to_owned()),
            since: pause.since,
            by: pause.by.clone(),
            why: format!("paused {}", pause.told()),
        });
        Ok(guards.freezes().iter().cloned().chain(paused).collect())
    }
}

/// A line for each freeze and pause that stands, of all environments or of one: for every surface that shows what waits.
pub fn standing(guards: &Guards, environment: Option<&str>, now: DateTime<Utc>) -> Vec<String> {
    let is_wanted = |name: &str| environment.is_none_or(|only| only == name);
    let freezes = guards.freezes().iter().filter(|freeze| environment.is_none_or(|only| freeze.scope.covers(only)));
    let freezes = freezes.map(|freeze| {
        let why = if freeze.why.is_empty() { "no reason given" } else { &freeze.why };
        let since = freeze.since.format("%Y-%m-%d %H:%M:%S UTC");
        format!("FROZEN: {} since {since} by {}: {why}", freeze.scope, freeze.by)
    });
    let pauses = guards.pauses(now).filter(|(name, _)| is_wanted(name));
    freezes.chain(pauses.map(|(name, pause)| format!("PAUSED: the environment {name} {}", pause.told()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wiring::talk;
    use domain::guard::Limits;
    use domain::person::{Role, Standing};
    use ports::clock::SystemClock;
    use ports::store::Log;
    use std::sync::Arc;

    fn person(name: &str, standing: Standing, role: Option<Role>) -> Person {
        let id = format!("slack:{name}");
        Person { id, name: name.to_owned(), standing, role, groups: [].into(), zone: None }
    }

    #[tokio::test]
    async fn anyone_with_a_role_freezes_and_only_an_approver_lifts() {
        let store = talk::in_memory();
        let keeper = GuardKeeper::new(Arc::clone(&store), Arc::new(SystemClock), "test", Limits::default());
        let switch = Switch::new(keeper);
        let viewer = person("U0VIEWER", Standing::Member, Some(Role::Viewer));
        let approver = person("U0APPROVER", Standing::Member, Some(Role::Approver));
        let guest = person("U0GUEST", Standing::Guest, None);
        let bot = person("U0BOT", Standing::Bot, Some(Role::Admin));
        for nobody in [&guest, &bot] {
            let told = switch.freeze(Scope::All, nobody, "").await.unwrap_err();
            assert!(matches!(told, FreezingError::Refused(_)), "{told}");
        }
        assert_eq!(switch.standing().await.unwrap(), []);
        let frozen = switch.freeze(Scope::All, &viewer, "smoke").await.unwrap();
        assert_eq!(frozen.len(), 1);
        assert_eq!((frozen[0].by.as_str(), frozen[0].why.as_str()), ("slack:U0VIEWER", "smoke"));
        let told = switch.lift(Scope::All, &viewer, "").await.unwrap_err();
        assert!(told.to_string().contains("only an approver"), "{told}");
        assert_eq!(switch.standing().await.unwrap().len(), 1);
        assert_eq!(switch.lift(Scope::All, &approver, "over").await.unwrap(), []);
        let again = switch.lift(Scope::All, &approver, "").await.unwrap_err();
        assert!(matches!(again, FreezingError::Refused(_)), "{again}");
        assert_eq!(store.anchor(Log::Audit).await.unwrap().count, 2, "what was refused left no record");
    }
}
