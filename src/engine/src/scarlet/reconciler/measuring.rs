//! Whether something helped: the looks of the plan's success check, through the read tools.

use super::seams::Measures;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::incident::Incident;
use domain::plan::{Condition, Plan};
use domain::verification::{self, Measured, Outcome};
use ports::clock::Clock;
use ports::toolbox::{ToolOutcome, Toolboxes};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Measures through the read tools, which must give what is there now: an answer from a cache counts as none.
pub struct ByReading {
    tools: Toolboxes,
    clock: Arc<dyn Clock>,
}

impl ByReading {
    /// Over these tools.
    pub fn new(tools: Toolboxes, clock: Arc<dyn Clock>) -> Self {
        Self { tools, clock }
    }
}

#[async_trait]
impl Measures for ByReading {
    async fn measure(&self, incident: &Incident, plan: &Plan, since: DateTime<Utc>) -> (Outcome, String) {
        let check = &plan.success_check;
        let calls = verification::looks(check, plan.cluster.as_deref());
        let tools = self.tools.of(&incident.environment);
        let asked = calls.into_iter().map(|call| tools.call(call, CancellationToken::new()));
        let answers: Vec<_> = futures::future::join_all(asked).await.into_iter().map(of_now).collect();
        let measured = verification::measure(check, &answers, &signals(incident));
        let elapsed = (self.clock.now() - since).num_seconds().max(0);
        let outcome = verification::judge(check, &measured, u32::try_from(elapsed).unwrap_or(u32::MAX));
        let told = told(check.conditions.as_slice(), &measured);
        tracing::debug!(incident = incident.id, plan = plan.id, ?outcome, elapsed, told, "measured whether it helped");
        (outcome, told)
    }
}

/// What was true a while ago tells nothing of whether it helped.
fn of_now(outcome: ToolOutcome) -> Result<Envelope, Failure> {
    if outcome.cached {
        return Err(Failure::new(FailureKind::BadAnswer, "answered from a cache"));
    }
    outcome.result
}

/// Of each signal of the incident, whether its source says that it is over.
fn signals(incident: &Incident) -> BTreeMap<String, bool> {
    incident.members.iter().map(|member| (member.fingerprint.clone(), !member.is_firing)).collect()
}

/// `rollout of Deployment shop/checkout: holds (3)`.
fn told(conditions: &[Condition], measured: &[Measured]) -> String {
    let value = |value: &Option<f64>| value.map_or(String::new(), |value| format!(" ({value})"));
    let each = conditions.iter().zip(measured).map(|(condition, measured)| {
        let how = match measured {
            Measured::Holds { value: seen } => format!("holds{}", value(seen)),
            Measured::Fails { value: seen } => format!("does not hold{}", value(seen)),
            Measured::UnderWay { value: seen } => format!("is under way{}", value(seen)),
            Measured::CannotTell { why } => format!("could not be seen: {why}"),
        };
        format!("{} {how}", what(condition))
    });
    each.collect::<Vec<_>>().join("; ")
}

fn what(condition: &Condition) -> String {
    match condition {
        Condition::SignalOver { .. } => "that the signal is over".to_owned(),
        Condition::QueryWithin { .. } => "that the query is within its bound".to_owned(),
        Condition::WorkloadReady { object, .. } => format!("that {object} is ready"),
        Condition::NoFinding { object, .. } => format!("that no check finds anything on {object}"),
    }
}
