//! Tools and rehearsals that write down what goes through them.
//!
//! What was asked is written without its secrets, as kept evidence is. A look that nobody waited for any more is in no tape.

use async_trait::async_trait;
use domain::action::ActCall;
use domain::envelope::Failure;
use domain::evidence::ToolCall;
use domain::observed::acted::Acted;
use domain::recording::{Look, Rehearsed};
use ports::hands::Rehearses;
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome, Toolbox};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// What was written down.
#[derive(Debug, Clone, Default)]
pub(super) struct Tape {
    pub(super) tools: BTreeSet<String>,
    pub(super) looks: Vec<Look>,
}

/// The read tools, with a tape.
pub(super) struct ToolTape {
    inner: Arc<dyn Toolbox>,
    tape: Mutex<Tape>,
}

impl ToolTape {
    pub(super) fn over(inner: Arc<dyn Toolbox>) -> Self {
        Self { inner, tape: Mutex::default() }
    }

    /// What is on it.
    pub(super) fn played(&self) -> Tape {
        lock(&self.tape).clone()
    }
}

#[async_trait]
impl Toolbox for ToolTape {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        let tools = self.inner.catalogue().await;
        lock(&self.tape).tools.extend(tools.iter().map(|tool| tool.name.clone()));
        tools
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        self.inner.servers().await
    }

    async fn call(&self, call: ToolCall, cancel: CancellationToken) -> ToolOutcome {
        let asked = call.clone();
        let outcome = self.inner.call(call, cancel).await;
        lock(&self.tape).looks.push(Look::of(asked, outcome.result.clone()));
        outcome
    }
}

/// Rehearsals, with a tape.
pub(super) struct RehearsalTape {
    inner: Arc<dyn Rehearses>,
    tape: Mutex<Vec<Rehearsed>>,
}

impl RehearsalTape {
    pub(super) fn over(inner: Arc<dyn Rehearses>) -> Self {
        Self { inner, tape: Mutex::default() }
    }

    pub(super) fn played(&self) -> Vec<Rehearsed> {
        lock(&self.tape).clone()
    }
}

#[async_trait]
impl Rehearses for RehearsalTape {
    async fn rehearsed(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure> {
        let answer = self.inner.rehearsed(environment, call, reason).await;
        lock(&self.tape).push(Rehearsed { call: call.clone(), answer: answer.clone() });
        answer
    }
}

/// The value behind a lock. Nothing in here can leave it half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
