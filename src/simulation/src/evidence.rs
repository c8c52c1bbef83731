//! What is known of a run, for the invariants: each deed as it was called, each effect as it took place, and what stands in
//! the store.
//!
//! It is gathered beside Scarlet, from the store in memory itself and from the cluster, never by her own code paths.

pub mod deeds;
pub mod watch;

use deeds::{Deed, Effect};
use domain::approval::Approval;
use domain::audit::Record;
use domain::chain::Report;
use domain::heal::Heal;
use domain::incident::Incident;
use domain::policy::Autonomy;
use ports::store::collections::{APPROVALS, HEALS, INCIDENTS};
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::record;
use ports::store::{Log, Store as _};
use std::collections::BTreeSet;
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
    pub deeds: Vec<Deed>,
    /// Changes of the cluster by act calls, in their order.
    pub effects: Vec<Effect>,
    /// Whether a clock was ever wrong by more than the guards bear.
    pub clocks_jumped: bool,
    /// Whether the run is over, and everything should have ended.
    pub is_over: bool,
    /// Incidents.
    pub incidents: Vec<Incident>,
    /// Healings.
    pub heals: Vec<Heal>,
    /// Approvals.
    pub approvals: Vec<Approval>,
    /// The journal, oldest first.
    pub journal: Vec<Record>,
    /// Actions without an end, by the journal.
    pub open: Vec<String>,
    /// Actions under way, by the guards: id and digest.
    pub under_way: Vec<(String, String)>,
    /// The chains of journal and audit trail, held against their anchors.
    pub reports: Vec<(&'static str, Report)>,
}

/// What stands in the store.
pub struct Standing {
    /// Incidents.
    pub incidents: Vec<Incident>,
    /// Healings.
    pub heals: Vec<Heal>,
    /// Approvals.
    pub approvals: Vec<Approval>,
    /// The journal.
    pub journal: Vec<Record>,
    /// Open actions.
    pub open: Vec<String>,
    /// Actions under way.
    pub under_way: Vec<(String, String)>,
    /// The chains.
    pub reports: Vec<(&'static str, Report)>,
}

impl Standing {
    /// Reads all of it.
    ///
    /// # Errors
    /// What the store in memory says.
    pub async fn read(store: &Memory) -> Result<Self, StoreError> {
        let lines = store.read(Log::Journal, 0, usize::MAX).await?;
        let guards = watch::guards(store).await?;
        let under_way = guards.under_way().iter().map(|action| (action.id.clone(), action.plan.clone())).collect();
        let mut reports = Vec::new();
        for log in Log::ALL {
            reports.push((log.name(), store.verify(log).await?));
        }
        Ok(Self {
            incidents: all(store, &Query::of(&INCIDENTS)).await?,
            heals: all(store, &Query::of(&HEALS)).await?,
            approvals: all(store, &Query::of(&APPROVALS)).await?,
            open: domain::audit::open_actions(&lines).into_iter().map(|open| open.action).collect(),
            journal: lines.iter().filter_map(Record::of).collect(),
            under_way,
            reports,
        })
    }
}

async fn all<T: record::Record>(store: &Memory, query: &Query) -> Result<Vec<T>, StoreError> {
    let page = record::page::<T>(store, &query.clone().limited(MOST)).await?;
    Ok(page.records.into_iter().map(|found| found.value).collect())
}
