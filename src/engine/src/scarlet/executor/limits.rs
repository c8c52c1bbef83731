//! How long the executor waits for what.

use chrono::TimeDelta;
use domain::action::ActCall;
use domain::plan::Plan;
use serde_json::Value;
use std::time::Duration;

/// A drain takes this long where its call does not say.
const USUAL_DRAIN_SECONDS: u64 = 300;

/// No drain takes longer.
const LONGEST_DRAIN_SECONDS: u64 = 900;

/// What is added to an action's time for its looks and its journal.
const SLACK: Duration = Duration::from_secs(120);

/// The limits.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long one look may take.
    pub look_deadline: Duration,
    /// How long a call of an act tool may take, its session and its server's own grace too; a drain has its time more.
    pub act_deadline: Duration,
    /// How long the end of an action is tried to be written while the store is away.
    pub journal_patience: Duration,
    /// Between two looks at an object after a call of which nobody told the end: whatever is still on its way arrives.
    pub settle: Duration,
    /// How long an action may be under way, as the guards have it ([`domain::guard::Limits`]).
    pub longest_action: TimeDelta,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            look_deadline: Duration::from_secs(30),
            act_deadline: Duration::from_secs(60),
            journal_patience: Duration::from_secs(30),
            settle: Duration::from_secs(5),
            longest_action: TimeDelta::hours(1),
        }
    }
}

impl Limits {
    /// How long this call may take.
    pub fn act_deadline_of(&self, call: &ActCall) -> Duration {
        if call.tool != "drain" {
            return self.act_deadline;
        }
        let asked = call.arguments.get("timeout_seconds").and_then(Value::as_u64).unwrap_or(USUAL_DRAIN_SECONDS);
        self.act_deadline.saturating_add(Duration::from_secs(asked.min(LONGEST_DRAIN_SECONDS)))
    }

    /// How long an action may hold its locks, its verification included.
    pub fn held_for(&self, plan: &Plan, call: &ActCall) -> TimeDelta {
        let window = Duration::from_secs(plan.success_check.window_seconds.into());
        let whole = self.act_deadline_of(call) + window + self.settle * 3 + SLACK;
        TimeDelta::from_std(whole).map_or(self.longest_action, |whole| whole.min(self.longest_action))
    }
}
