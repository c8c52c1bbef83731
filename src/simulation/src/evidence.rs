//! What is known of a run, for the invariants: each deed as it was called, each effect as it took place, and what stands in
//! the store.
//!
//! It is gathered beside Scarlet, from the store in memory itself and from the cluster, never by her own code paths.

pub mod deeds;
pub mod following;
pub mod watch;

use deeds::{Deed, Effect};
use domain::approval::Approval;
use domain::audit::Record;
use domain::heal::Heal;
use domain::incident::Incident;
use domain::policy::Autonomy;
use ports::store::collections::{APPROVALS, HEALS, INCIDENTS};
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::record;
use ports::store::{Log, Store as _};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::memory::Memory;

/// Documents of one collection that are read.
const MOST: usize = 500;

/// What the settings of a run allow; the invariants read it, not the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// How much the environment leaves to the program.
    pub autonomy: Autonomy,
    /// Services for which people are always asked.
    pub critical: BTreeSet<String>,
    /// Automatic starts within an hour.
    pub automatic_per_hour: u32,
    /// People who may approve.
    pub approvers: BTreeSet<String>,
}

/// Everything that the invariants look at.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What is allowed.
    pub allowed: Allowed,
    /// Calls of the act servers, in their order.
    pub deeds: Vec<Arc<Deed>>,
    /// Changes of the cluster by act calls, in their order.
    pub effects: Vec<Arc<Effect>>,
    /// Whether a clock was ever wrong by more than the guards bear.
    pub clocks_jumped: bool,
    /// Pods that are there, by name; a name is never given twice.
    pub pods: BTreeSet<String>,
    /// Whether the run is over, and everything should have ended.
    pub is_over: bool,
    /// What stands in the store.
    pub standing: Standing,
}

/// What stands in the store, each list by id or in the order of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Incidents.
    pub incidents: Vec<Arc<Incident>>,
    /// Healings.
    pub heals: Vec<Arc<Heal>>,
    /// Approvals.
    pub approvals: Vec<Arc<Approval>>,
    /// The journal, oldest first.
    pub journal: Vec<Arc<Record>>,
    /// Actions without an end, by the journal.
    pub open: Vec<String>,
    /// Actions under way, by the guards: id and digest.
    pub under_way: Vec<(String, String)>,
    /// What is wrong with the chains of journal and audit trail, each with the log.
    pub broken_chains: Vec<(&'static str, String)>,
}

impl Standing {
    /// Reads all of it, the logs with their whole chains.
    ///
    /// # Errors
    /// What the store in memory says.
    pub async fn read(store: &Memory) -> Result<Self, StoreError> {
        let lines = store.read(Log::Journal, 0, usize::MAX).await?;
        let guards = watch::guards(store).await?;
        let under_way = guards.under_way().iter().map(|action| (action.id.clone(), action.plan.clone())).collect();
        let mut broken_chains = Vec::new();
        for log in Log::ALL {
            let findings = store.verify(log).await?.findings;
            broken_chains.extend(findings.into_iter().map(|finding| (log.name(), finding.to_string())));
        }
        Ok(Self {
            incidents: all(store, &Query::of(&INCIDENTS)).await?,
            heals: all(store, &Query::of(&HEALS)).await?,
            approvals: all(store, &Query::of(&APPROVALS)).await?,
            open: domain::audit::open_actions(&lines).into_iter().map(|open| open.action).collect(),
            journal: lines.iter().filter_map(Record::of).map(Arc::new).collect(),
            under_way,
            broken_chains,
        })
    }
}

async fn all<T: record::Record>(store: &Memory, query: &Query) -> Result<Vec<Arc<T>>, StoreError> {
    let page = record::page::<T>(store, &query.clone().limited(MOST)).await?;
    let mut all: Vec<Arc<T>> = page.records.into_iter().map(|found| Arc::new(found.value)).collect();
    all.sort_by_cached_key(|value| value.id());
    Ok(all)
}
