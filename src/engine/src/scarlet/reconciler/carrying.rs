//! Carrying out, by the executor.

use super::seams::Executes;
use crate::scarlet::executor::{Became, Ended, Executor, Recovery};
use async_trait::async_trait;
use domain::guard::{Outcome as GuardOutcome, Refusal};
use domain::heal::{End, GuardRefusal, UndoEnd};
use domain::plan::{Granted, Plan};
use domain::verification::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Grants that are held for an undo at most: of actions that are not concluded.
const HELD: usize = 128;

/// The executor, with the grants of what this process did and did not conclude. What another did is taken back by the
/// journal's word.
pub struct ByExecutor {
    executor: Executor,
    held: Mutex<BTreeMap<String, Arc<Granted>>>,
}

impl ByExecutor {
    /// Over an executor.
    pub fn new(executor: Executor) -> Self {
        Self { executor, held: Mutex::default() }
    }

    /// Holds a grant for as long as what it permits may have to be taken back. Whether it was not held before.
    fn hold(&self, granted: &Arc<Granted>) -> bool {
        let mut held = self.held();
        if held.len() >= HELD && !held.contains_key(granted.digest()) {
            held.pop_first();
        }
        held.insert(granted.digest().to_owned(), Arc::clone(granted)).is_none()
    }

    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<Granted>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Executes for ByExecutor {
    async fn recover(&self) -> Result<(), String> {
        let found = self.executor.recover().await.map_err(|error| error.to_string())?;
        let left: Vec<String> = found
            .iter()
            .filter(|found| matches!(found.recovery, Recovery::Left { .. }))
            .map(ToString::to_string)
            .collect();
        if left.is_empty() { Ok(()) } else { Err(left.join("; ")) }
    }

    async fn write_what_is_owed(&self) -> Result<(), String> {
        self.executor.write_what_is_owed().await.map_err(|error| error.to_string())
    }

    async fn carry_out(&self, granted: Arc<Granted>, chain: BTreeSet<String>) -> End {
        let digest = granted.digest().to_owned();
        let is_first = self.hold(&granted);
        let ended = self.executor.carry_out(granted, chain).await;
        // Where it was held before, the one that holds it goes on.
        if is_first && matches!(ended, Ended::NotBegun { .. } | Ended::Stale { .. } | Ended::Abandoned { .. }) {
            self.held().remove(&digest);
        }
        end(ended)
    }

    async fn ask_after(&self, plan: &Plan) -> End {
        let became = self.executor.became(plan).await;
        if matches!(became, Ok(Became::NeverBegun | Became::Abandoned { .. })) {
            self.held().remove(&plan.digest());
        }
        match became {
            Ok(Became::NeverBegun) => End::NeverBegun { why: "the journal does not know it".to_owned() },
            Ok(Became::UnderWay) => End::StillUnderWay,
            Ok(Became::Done { at }) => End::Done { at },
            Ok(Became::Abandoned { why }) => End::NeverBegun { why },
            Ok(Became::Failed { why }) => End::Failed { why },
            Ok(Became::Unknown { why }) => End::Unknown { why },
            Err(error) => {
                tracing::warn!(plan = plan.id, %error, "the journal could not be asked; it is tried again");
                End::StillUnderWay
            }
        }
    }

    /// By the process that carried it out, with the grant that it holds; by every other with what the journal tells to have
    /// begun.
    async fn undo(&self, plan: &Plan) -> UndoEnd {
        let held = self.held().get(&plan.digest()).cloned();
        let granted = match held {
            Some(granted) => granted,
            None => match self.executor.to_take_back(plan.clone()).await {
                Ok(Some(granted)) => Arc::new(granted),
                Ok(None) => {
                    return UndoEnd::Failed("the journal does not tell that this very plan was begun".to_owned());
                }
                Err(error) => return UndoEnd::NotNow(format!("the journal could not be read: {error}")),
            },
        };
        match self.executor.undo(granted).await {
            Ended::Done { .. } => UndoEnd::Done,
            Ended::NotBegun { refusal: Some(Refusal::AlreadyBegun { .. }), .. } => UndoEnd::StillUnderWay,
            Ended::NotBegun { refusal: None, why } => UndoEnd::NotNow(why),
            other => UndoEnd::Failed(other.to_string()),
        }
    }

    async fn ask_after_undo(&self, plan: &Plan) -> Option<UndoEnd> {
        match self.executor.became_of_undo(plan).await {
            Ok(Became::UnderWay) => None,
            Ok(Became::Done { .. }) => Some(UndoEnd::Done),
            Ok(Became::NeverBegun) => Some(UndoEnd::NeverBegun),
            Ok(Became::Abandoned { why } | Became::Failed { why } | Became::Unknown { why }) => {
                Some(UndoEnd::Failed(why))
            }
            Err(error) => {
                tracing::warn!(plan = plan.id, %error, "the journal could not be asked; it is tried again");
                None
            }
        }
    }

    async fn conclude(&self, digest: &str, outcome: Outcome) -> Result<(), String> {
        let outcome = match outcome {
            Outcome::Better => GuardOutcome::Succeeded,
            Outcome::NotYet | Outcome::CannotTell => GuardOutcome::Unknown,
            Outcome::Same | Outcome::Worse => GuardOutcome::Failed,
        };
        self.executor.conclude(digest, outcome).await.map_err(|error| error.to_string())?;
        self.held().remove(digest);
        Ok(())
    }
}

fn end(ended: Ended) -> End {
    match ended {
        Ended::NotBegun { refusal: Some(refusal), why } => End::Refused { by: refused(&refusal), why },
        Ended::NotBegun { refusal: None, why } | Ended::Abandoned { why } => End::NeverBegun { why },
        Ended::Stale { why } => End::Stale { why },
        Ended::Done { at, acted } if acted.as_ref().is_some_and(|acted| !acted.complete) => {
            let told = acted.map_or(String::new(), |acted| acted.warnings.join("; "));
            tracing::warn!(told, "an action was done in part; whether it helped is looked at all the same");
            End::Done { at }
        }
        Ended::Done { at, .. } => End::Done { at },
        Ended::Failed { why } => End::Failed { why },
        Ended::Unknown { why } => End::Unknown { why },
    }
}

/// What follows of a refusal. What the next decision sees by itself is decided anew.
fn refused(refusal: &Refusal) -> GuardRefusal {
    match refusal {
        Refusal::CoolingDown { until, .. } | Refusal::ChainLocked { until, .. } => GuardRefusal::Until(*until),
        Refusal::Frozen { .. } | Refusal::Paused { .. } | Refusal::RateCap { .. } => GuardRefusal::DecideAnew,
        Refusal::LaterLeader { .. } => GuardRefusal::NotLeader,
        Refusal::HealsFailed { .. }
        | Refusal::AlreadyBegun { .. }
        | Refusal::NothingToUndo { .. }
        | Refusal::NotUnderWay { .. }
        | Refusal::ClockBehind { .. }
        | Refusal::NoRoom { .. }
        | Refusal::Invalid { .. }
        | Refusal::Unreadable { .. }
        | Refusal::NotPermitted { .. }
        | Refusal::NotPaused { .. }
        | Refusal::NotFrozen { .. } => GuardRefusal::People,
    }
}
