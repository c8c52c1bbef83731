//! Freezing, pausing and lifting, told in the audit trail. A freeze or a pause stands even when it could not be told; ending
//! one does not happen unless it was told first.

use super::audit::{self, Signature};
use super::{ALL, All, GuardKeeper, NotDone, failed, swap};
use chrono::{DateTime, Utc};
use domain::guard::{self, Actor, Freeze, Guards, Refusal, Scope};
use ports::store::error::StoreError;
use std::fmt;

/// A freeze or a pause stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Frozen {
    /// All freezes that stand now.
    pub standing: Vec<Freeze>,
    /// Why it could not be told in the audit trail, where it could not: for people to see.
    pub untold: Option<StoreError>,
}

/// What is to be lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lifting {
    /// The freeze of this scope, for everything.
    Freeze(Scope),
    /// Whatever freezes stand, for the plan with this digest.
    Plan(String),
    /// The pause of this environment.
    Pause(String),
}

impl GuardKeeper {
    /// Freezes: nothing begins anywhere in the scope, from the moment this answers. Anyone may.
    ///
    /// # Errors
    /// [`NotDone::Store`]: it is not sure that the freeze stands. Where the store can only not be reached from here,
    /// others may still start actions: freeze again, from elsewhere too.
    pub async fn freeze(&self, scope: Scope, by: &Actor, why: &str, signed: &Signature) -> Result<Frozen, NotDone> {
        let at = self.now();
        let decide = |found: Option<All>, _| {
            let guards = found.map(|found| found.0).unwrap_or_default();
            let next = guard::freeze(&guards, scope.clone(), by, why, at);
            let standing = next.freezes().to_vec();
            (Some(All(next)), standing)
        };
        let standing = self.swapped(ALL, swap::PATIENT, decide).await.map_err(|source| failed("to freeze", source))?;
        let told = audit::tell(&*self.store, signed, audit::frozen(&scope, signed, why, at)).await;
        if let Err(error) = &told {
            tracing::error!(%scope, %error, "a freeze stands, but could not be written to the audit trail");
        }
        Ok(Frozen { standing, untold: told.err() })
    }

    /// Pauses one environment: nothing begins in it from the moment this answers, until the given time or until an approver
    /// ends the pause ([`Lifting::Pause`]). Anyone may. Answers with the freezes that stand: where there is no room for the
    /// pause, everything is frozen.
    ///
    /// # Errors
    /// As [`GuardKeeper::freeze`].
    pub async fn pause(
        &self,
        environment: &str,
        until: Option<DateTime<Utc>>,
        by: &Actor,
        why: &str,
        signed: &Signature,
    ) -> Result<Frozen, NotDone> {
        let at = self.now();
        let decide = |found: Option<All>, _| {
            let guards = found.map(|found| found.0).unwrap_or_default();
            let next = guard::pause(&guards, environment, by, why, until, at);
            let standing = next.freezes().to_vec();
            (Some(All(next)), standing)
        };
        let standing = self.swapped(ALL, swap::PATIENT, decide).await.map_err(|source| failed("to pause", source))?;
        let told = audit::tell(&*self.store, signed, audit::paused(environment, until, signed, why, at)).await;
        if let Err(error) = &told {
            tracing::error!(environment, %error, "a pause stands, but could not be written to the audit trail");
        }
        Ok(Frozen { standing, untold: told.err() })
    }

    /// Lifts a freeze, as a whole or for one plan, or ends a pause. Only an approver may. Answers with the freezes that stand now.
    ///
    /// # Errors
    /// [`NotDone::Refused`], [`NotDone::Audit`], [`NotDone::Store`]: the freeze stands, save that after the last one it
    /// is not sure; look at [`GuardKeeper::status`].
    pub async fn lift(
        &self,
        lifting: &Lifting,
        by: &Actor,
        why: &str,
        signed: &Signature,
    ) -> Result<Vec<Freeze>, NotDone> {
        let at = self.now();
        // Whoever may not, or lifts what is not frozen, leaves no record of a lifting.
        lifting.applied(&self.status().await?, by, at)?;
        let told = audit::tell(&*self.store, signed, audit::lifted(lifting, signed, why, at)).await;
        told.map_err(|source| NotDone::Audit { source })?;
        let decide = |found: Option<All>, in_doubt: bool| {
            let guards = found.map(|found| found.0).unwrap_or_default();
            match lifting.applied(&guards, by, at) {
                // An attempt before this one may have lifted it.
                Err(Refusal::NotFrozen { .. } | Refusal::NotPaused { .. }) if in_doubt => {
                    (None, Ok(guards.freezes().to_vec()))
                }
                applied => swap::decision(applied.map(|next| {
                    let standing = next.freezes().to_vec();
                    (next, standing)
                })),
            }
        };
        let swapped =
            self.swapped(ALL, swap::PATIENT, decide).await.map_err(|source| failed("to lift a freeze", source));
        let answer = swapped.and_then(|answer| answer.map_err(NotDone::from));
        if let Err(error) = &answer {
            // The record of before must not stand alone: it would tell what did not happen.
            let told = audit::tell(&*self.store, signed, audit::not_lifted(lifting, signed, error, self.now())).await;
            if let Err(untold) = told {
                tracing::error!(%error, %untold, "a freeze that the audit trail tells as lifted was not, and this could not be written");
            }
        }
        answer
    }
}

/// `everything`, `the environment prod`, `the plan 1f0c…`.
impl fmt::Display for Lifting {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Freeze(scope) => scope.fmt(out),
            Self::Plan(digest) => write!(out, "the plan {digest}"),
            Self::Pause(environment) => Scope::Environment(environment.clone()).fmt(out),
        }
    }
}

impl Lifting {
    fn applied(&self, guards: &Guards, by: &Actor, at: DateTime<Utc>) -> Result<Guards, Refusal> {
        guards.check()?;
        match self {
            Self::Freeze(scope) => guard::unfreeze(guards, scope, by, at),
            Self::Plan(digest) => guard::lift(guards, digest, by, at),
            Self::Pause(environment) => guard::unpause(guards, environment, by, at),
        }
    }
}
