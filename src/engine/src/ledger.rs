//! The evidence of one turn: makes its looks, in parallel, each at most once.

use domain::envelope::{Failure, FailureKind};
use domain::evidence::{Evidence, EvidenceId, ToolCall};
use domain::usage::budgets::QuestionBudget;
use futures::stream::{self, StreamExt};
use ports::progress::{Progress, TurnEvent};
use ports::toolbox::Toolbox;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Looks of one turn, after which it concludes with what it has: no question of a person needs more.
const MOST_LOOKS: usize = 120;

/// What the looks of one turn may cost at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Looks that go out at once: more would only queue at the servers.
    pub parallel: usize,
    /// Looks.
    pub looks: usize,
    /// Bytes of results after which no further look goes out. Those under way are not stopped.
    pub bytes: u64,
}

impl Limits {
    /// The usual bounds, made narrower by a question's budget.
    pub fn of(parallel: usize, budget: &QuestionBudget) -> Self {
        let calls = budget.tool_calls.and_then(|calls| usize::try_from(calls).ok()).unwrap_or(MOST_LOOKS);
        Self { parallel, looks: calls.min(MOST_LOOKS), bytes: budget.tool_bytes.unwrap_or(u64::MAX) }
    }
}

/// The looks of one turn with what came of them.
pub struct Ledger {
    toolbox: Arc<dyn Toolbox>,
    progress: Progress,
    cancel: CancellationToken,
    deadline: Instant,
    limits: Limits,
    evidence: Vec<Evidence>,
    spent: Spent,
}

/// What the looks cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls that went to the toolbox.
    pub calls: u32,
    /// Bytes of their results.
    pub bytes: u64,
    /// Time during which at least one was under way.
    pub time: Duration,
}

impl Ledger {
    /// An empty ledger.
    pub fn new(
        toolbox: Arc<dyn Toolbox>,
        progress: Progress,
        cancel: CancellationToken,
        deadline: Instant,
        limits: Limits,
    ) -> Self {
        Self { toolbox, progress, cancel, deadline, limits, evidence: Vec::new(), spent: Spent::default() }
    }

    /// Everything seen so far, in the order of the ids.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Everything seen, whole.
    pub fn into_evidence(self) -> Vec<Evidence> {
        self.evidence
    }

    /// What it cost so far.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// The evidence of an id.
    pub fn get(&self, id: EvidenceId) -> Option<&Evidence> {
        self.evidence.iter().find(|evidence| evidence.id == id)
    }

    /// Allows the looks of the rest of the turn until a later moment.
    pub fn extend_deadline(&mut self, deadline: Instant) {
        self.deadline = self.deadline.max(deadline);
    }

    /// Makes the calls, those in parallel that were not made before, and returns the ids in the order of the calls.
    ///
    /// Never fails: what could not be looked at is evidence of that.
    pub async fn look(&mut self, calls: Vec<ToolCall>) -> Vec<EvidenceId> {
        let mut ids = Vec::with_capacity(calls.len());
        let mut fresh = Vec::new();
        for call in calls {
            let key = call.key();
            let known = self
                .evidence
                .iter()
                .map(|evidence| (&evidence.id, &evidence.call))
                .chain(fresh.iter().map(|(id, call)| (id, call)));
            let found = known.filter(|(_, made)| made.key() == key).map(|(id, _)| *id).next();
            ids.push(found.unwrap_or_else(|| {
                let id = EvidenceId(u32::try_from(self.evidence.len() + fresh.len() + 1).unwrap_or(u32::MAX));
                fresh.push((id, call));
                id
            }));
        }
        self.make(fresh).await;
        ids
    }

    /// Records a call that was refused before it went out.
    pub fn record_refusal(&mut self, call: ToolCall, failure: Failure) -> EvidenceId {
        let key = call.key();
        if let Some(known) = self.evidence.iter().find(|evidence| evidence.call.key() == key) {
            return known.id;
        }
        let id = EvidenceId(u32::try_from(self.evidence.len() + 1).unwrap_or(u32::MAX));
        self.evidence.push(Evidence { id, call, result: Err(failure) });
        id
    }

    async fn make(&mut self, fresh: Vec<(EvidenceId, ToolCall)>) {
        if fresh.is_empty() {
            return;
        }
        let started = Instant::now();
        let left = self.limits.looks.saturating_sub(self.evidence.len());
        let looks =
            fresh.into_iter().enumerate().map(|(index, (id, call))| self.one(id, call, self.bound(index < left)));
        let mut done: Vec<(Evidence, u64, bool)> =
            stream::iter(looks).buffer_unordered(self.limits.parallel.max(1)).collect().await;
        done.sort_by_key(|(evidence, ..)| evidence.id);
        for (evidence, bytes, went_out) in done {
            self.spent.calls += u32::from(went_out);
            self.spent.bytes += bytes;
            self.evidence.push(evidence);
        }
        self.spent.time += started.elapsed();
    }

    /// Why no further look may go out, where none may.
    fn bound(&self, is_within_looks: bool) -> Option<String> {
        if !is_within_looks {
            return Some(format!("not looked at: the turn had made its {} looks", self.limits.looks));
        }
        (self.spent.bytes >= self.limits.bytes)
            .then(|| format!("not looked at: the turn had read its {} bytes of results", self.limits.bytes))
    }

    /// One look, bounded by the turn's deadline and stopped by its token.
    fn one(
        &self,
        id: EvidenceId,
        call: ToolCall,
        bound: Option<String>,
    ) -> impl Future<Output = (Evidence, u64, bool)> + use<> {
        let toolbox = Arc::clone(&self.toolbox);
        let progress = self.progress.clone();
        let cancel = self.cancel.child_token();
        let deadline = self.deadline;
        async move {
            if let Some(bound) = bound {
                let failure = Failure::new(FailureKind::Refused, bound);
                return (Evidence { id, call, result: Err(failure) }, 0, false);
            }
            if Instant::now() >= deadline {
                let failure = Failure::new(
                    FailureKind::Timeout,
                    format!("{} was not looked at: the turn's time was over", call.tool),
                );
                return (Evidence { id, call, result: Err(failure) }, 0, false);
            }
            progress.tell(TurnEvent::LookStarted { id, call: call.clone() });
            let started = Instant::now();
            let (result, bytes) = tokio::select! {
                biased;
                () = cancel.cancelled() => (Err(Failure::new(FailureKind::Cancelled, "stopped")), 0),
                outcome = tokio::time::timeout_at(deadline, toolbox.call(call.clone(), cancel.child_token())) => match outcome {
                    Ok(outcome) => (outcome.result, outcome.bytes),
                    Err(_) => (Err(Failure::new(FailureKind::Timeout, format!("{} gave no answer before the turn's deadline", call.tool))), 0),
                },
            };
            let outcome = result.as_ref().map(|envelope| envelope.returned).map_err(ToString::to_string);
            progress.tell(TurnEvent::LookFinished { id, outcome, took: started.elapsed() });
            (Evidence { id, call, result }, bytes, true)
        }
    }
}
