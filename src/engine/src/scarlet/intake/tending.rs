//! What only time changes: incidents that are over at their sources or have stopped flapping, how many signals wait, and
//! the book of sources.

use super::SignalIntake;
use crate::incidents::not_over;
use crate::kept::{bounded, first};
use domain::approval::State as Asked;
use domain::correlation::{Rules, settle};
use domain::incident::Incident;
use domain::intake_queue::Stand;
use ports::approvals::Approvals as _;
use ports::store::collections::{INCIDENTS, SIGNALS};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Query};
use ports::store::record;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two rounds.
const EVERY: Duration = Duration::from_secs(5);

/// Rounds between two looks at the incidents.
const INCIDENTS_EVERY: u32 = 6;

impl SignalIntake {
    pub(super) async fn tend_until(&self, stop: &CancellationToken) {
        let mut round = 0_u32;
        while !stop.is_cancelled() {
            if let Err(error) = self.tend(round.is_multiple_of(INCIDENTS_EVERY)).await {
                tracing::warn!(%error, "signals and their incidents cannot be looked after; it is tried again");
            }
            round = round.wrapping_add(1);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
        if let Err(error) = self.heard.share(&*self.store).await {
            tracing::warn!(%error, "when sources were last heard could not be written down");
        }
    }

    /// Each of it whatever became of the others; the first error of them.
    async fn tend(&self, with_incidents: bool) -> Result<(), StoreError> {
        let shared = self.heard.share(&*self.store).await;
        let counted = self.count_waiting().await;
        let settled = if with_incidents { self.settle_incidents().await } else { Ok(()) };
        shared.and(counted).and(settled)
    }

    async fn count_waiting(&self) -> Result<(), StoreError> {
        let waiting = Query::of(&SIGNALS).with("stand", Condition::Is(Stand::Waiting.name().into()));
        self.waiting.store(bounded(self.store.count(&waiting)).await?, Ordering::Relaxed);
        Ok(())
    }

    /// Ends and calms what time has ended and calmed. What cannot be read of one incident keeps no other from it.
    pub(super) async fn settle_incidents(&self) -> Result<(), StoreError> {
        let (rules, now) = (self.surroundings.rules(), self.clock.now());
        let open = Query::of(&INCIDENTS).with("state", not_over()).by("changed_at", Direction::Descending);
        let (mut settled, mut outcome) = (Vec::new(), Ok(()));
        for incident in first::<Incident>(&*self.store, open, usize::MAX).await? {
            let Some(next) = settle(&incident, &rules, now) else { continue };
            match self.settle_one(&incident, next.is_open(), &rules).await {
                Ok(true) => settled.push(incident.id),
                Ok(false) => {}
                Err(error @ (StoreError::Corrupt { .. } | StoreError::Newer { .. })) => {
                    outcome = outcome.and(Err(error))
                }
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        self.tell(&settled.iter().map(String::as_str).collect::<Vec<_>>()).await;
        outcome
    }

    /// What the incident asked a person for is withdrawn before it is ended; what was begun goes on, and the incident with
    /// it. True where something changed.
    async fn settle_one(&self, incident: &Incident, goes_on: bool, rules: &Rules) -> Result<bool, StoreError> {
        if let Some(pending) = incident.pending.as_ref().filter(|_| !goes_on) {
            let why = format!("The incident {} is over at its sources.", incident.id);
            self.approvals.withdraw(&pending.approval, &why).await?;
            let asked = self.approvals.get(&pending.approval).await?;
            if asked.is_some_and(|asked| asked.state == Asked::Started) {
                return Ok(false);
            }
        }
        let decide = |found: Option<Incident>| {
            let same = found.filter(|found| found.pending == incident.pending);
            let next = same.and_then(|found| settle(&found, rules, self.clock.now()));
            let next = next.filter(|next| next.is_open() == goes_on);
            let is_changed = next.is_some();
            (next, is_changed)
        };
        bounded(record::change(&*self.store, &incident.id, decide)).await
    }
}
