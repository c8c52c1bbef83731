//! Calls of act servers and what they changed, as they were.

use super::watch::{self, Watch};
use chrono::{DateTime, Utc};
use domain::action::ActCall;
use domain::approval::Approval;
use domain::audit::{Kind, Record};
use domain::heal::Heal;
use domain::incident::Incident;
use domain::plan::{By, Granted, Plan};
use ports::hands::Step;
use ports::store::error::StoreError;
use ports::store::record;
use ports::store::{Log, Store as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::memory::Memory;

/// One call of an act server.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// Its number, from 0.
    pub number: usize,
    /// When, by the right time.
    pub at: DateTime<Utc>,
    /// Which life of which process.
    pub life: String,
    /// The plan, whole.
    pub plan: Plan,
    /// Its digest.
    pub digest: String,
    /// On whose word.
    pub by: By,
    /// Whether it takes the action back.
    pub is_undo: bool,
    /// The permission that it uses.
    pub grant: String,
    /// What is called.
    pub call: Option<ActCall>,
    /// The action's records in the journal when it was called: sequence numbers and kinds.
    pub story: Vec<(u64, Kind)>,
    /// The freeze that has stood since before the journal took that it begins; where it takes nothing back and nobody
    /// lifted the freeze for this plan.
    pub frozen: Option<String>,
    /// The same, where the journal does not tell that it begins: whatever freeze stands.
    pub is_held: bool,
    /// The approval that it names, as it stood.
    pub approval: Option<Approval>,
    /// The healing, as it stood.
    pub heal: Option<Heal>,
    /// The incident, as it stood.
    pub incident: Option<Incident>,
}

/// One change of the cluster by an act call.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// The deed that made it; `None` where nobody was permitted.
    pub deed: Option<usize>,
    /// When, by the right time.
    pub at: DateTime<Utc>,
    /// What was called.
    pub call: ActCall,
}

/// What was called, and what it did.
type All = (Vec<Arc<Deed>>, Vec<Arc<Effect>>);

/// All of them.
#[derive(Debug, Default)]
pub struct Deeds {
    inside: Mutex<All>,
}

impl Deeds {
    fn inside(&self) -> MutexGuard<'_, All> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All deeds and effects so far.
    pub fn all(&self) -> (Vec<Arc<Deed>>, Vec<Arc<Effect>>) {
        self.inside().clone()
    }

    /// How many deeds and effects there are so far.
    pub fn counts(&self) -> (usize, usize) {
        let inside = self.inside();
        (inside.0.len(), inside.1.len())
    }

    /// Notes a call with everything that stands at this moment. Answers with its number.
    ///
    /// # Errors
    /// What the store in memory says.
    pub async fn called(&self, of: Calling<'_>, at: DateTime<Utc>) -> Result<usize, StoreError> {
        let Calling { life, granted, step, grant, store, watch } = of;
        let (plan, digest) = (granted.plan().clone(), granted.digest().to_owned());
        let is_undo = matches!(step, Step::Undo { .. });
        let action = if is_undo { undo_of(&digest) } else { action_of(&digest) };
        let story = story(store, &action).await?;
        let begun = story.iter().find(|(_, kind)| *kind == Kind::ActionBegun).map(|(sequence, _)| *sequence);
        let guards = watch::guards(store).await?;
        let is_lifted = guards.lifts().iter().any(|lift| lift.plan == digest);
        let frozen = match begun {
            Some(sequence) => watch.freeze_before(&plan.environment, sequence),
            None => watch.freeze_now(&plan.environment),
        };
        let approval = match granted.by() {
            By::Approval(id) => load::<Approval>(store, id).await?,
            By::Policy(_) | By::Journal(_) => None,
        };
        let heal = load::<Heal>(store, &plan.incident).await?;
        let incident = load::<Incident>(store, &plan.incident).await?;
        let call = if is_undo { granted.backward() } else { granted.forward() };
        let mut inside = self.inside();
        let number = inside.0.len();
        inside.0.push(Arc::new(Deed {
            number,
            at,
            life: life.to_owned(),
            by: granted.by().clone(),
            is_undo,
            grant: grant.to_owned(),
            call: call.cloned(),
            story,
            frozen: frozen.filter(|_| !is_undo && !is_lifted),
            is_held: guards.under_way().iter().any(|held| held.id == action && held.plan == digest),
            approval,
            heal,
            incident,
            plan,
            digest,
        }));
        Ok(number)
    }

    /// Notes a change of the cluster.
    pub fn took_effect(&self, deed: Option<usize>, call: &ActCall, at: DateTime<Utc>) {
        self.inside().1.push(Arc::new(Effect { deed, at, call: call.clone() }));
    }
}

/// One call, with where to look.
pub struct Calling<'a> {
    /// Which life.
    pub life: &'a str,
    /// The granted plan.
    pub granted: &'a Granted,
    /// Which step.
    pub step: &'a Step,
    /// The permission.
    pub grant: &'a str,
    /// The store itself.
    pub store: &'a Memory,
    /// The order of things.
    pub watch: &'a Watch,
}

async fn load<T: record::Record>(store: &Memory, id: &str) -> Result<Option<T>, StoreError> {
    Ok(record::load::<T>(store, id).await?.map(|found| found.value))
}

async fn story(store: &Memory, action: &str) -> Result<Vec<(u64, Kind)>, StoreError> {
    let lines = store.read(Log::Journal, 0, usize::MAX).await?;
    let of_action = lines.iter().filter_map(|line| {
        let record = Record::of(line)?;
        (record.action.as_deref() == Some(action)).then_some((line.sequence, record.kind))
    });
    Ok(of_action.collect())
}

/// The id under which the journal has an action: of the plan's digest. Written down here once more, so that the executor is not asked about itself.
pub fn action_of(digest: &str) -> String {
    format!("act-{}", digest.get(..32).unwrap_or(digest))
}

/// The same of what takes it back.
pub fn undo_of(digest: &str) -> String {
    format!("undo-{}", digest.get(..32).unwrap_or(digest))
}
