//! Looking at the object of an action through the read tools.

use domain::action::ActCall;
use domain::aftermath::{self, Aftermath, Before, Sight};
use domain::evidence::ToolCall;
use domain::plan::Plan;
use ports::toolbox::Toolboxes;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The eyes.
pub(super) struct Eyes {
    tools: Toolboxes,
    deadline: Duration,
}

impl Eyes {
    pub(super) fn new(tools: Toolboxes, deadline: Duration) -> Self {
        Self { tools, deadline }
    }

    /// What the looks for a call of the plan show now.
    pub(super) async fn see(&self, call: &ActCall, plan: &Plan) -> Vec<Sight> {
        let mut sights = Vec::new();
        for look in aftermath::looks(call, &plan.object) {
            sights.push(self.look(&plan.environment, look).await);
        }
        sights
    }

    async fn look(&self, environment: &str, look: ToolCall) -> Sight {
        let cancel = CancellationToken::new();
        let _stopped_when_late = cancel.clone().drop_guard();
        let tool = look.tool.clone();
        match tokio::time::timeout(self.deadline, self.tools.of(environment).call(look, cancel)).await {
            // What was true ten seconds ago decides nothing here.
            Ok(outcome) if outcome.cached => Sight::Unseen(format!("{tool} was answered from a cache")),
            Ok(outcome) => Sight::of(outcome.result),
            Err(_elapsed) => Sight::Unseen(format!("{tool} did not answer within {} s", self.deadline.as_secs())),
        }
    }

    /// What became of a call. That it was not made is believed only when two looks with `settle` between them say so:
    /// the first may have come before the call did.
    pub(super) async fn judge(&self, call: &ActCall, plan: &Plan, before: &Before, settle: Duration) -> Aftermath {
        let first = aftermath::judge(call, before, &self.see(call, plan).await);
        if first == Aftermath::Done {
            return first;
        }
        tokio::time::sleep(settle).await;
        match (first, aftermath::judge(call, before, &self.see(call, plan).await)) {
            (Aftermath::CannotTell(why), Aftermath::NotDone) => Aftermath::CannotTell(why),
            (_, second) => second,
        }
    }
}
