//! What became of a call whose answer did not come.
//!
//! The read tools tell. That it was *not* made is believed only where the act server says so too: a read may show what was
//! a moment ago, and then an action that took effect would stand in the journal as failed.

use super::Inner;
use domain::action::ActCall;
use domain::aftermath::{self, Aftermath, Before};
use domain::plan::Plan;
use tokio::time::timeout;

impl Inner {
    /// What became of a call of the plan; `before` is what was seen right before it.
    pub(super) async fn judged(&self, call: &ActCall, plan: &Plan, before: &Before) -> Aftermath {
        let seen = self.eyes.judge(call, plan, before, self.limits.settle).await;
        if seen != Aftermath::NotDone {
            return seen;
        }
        let asked = self.hands.rehearse(&plan.environment, call, "whether it was made, since no answer came");
        match timeout(self.limits.look_deadline, asked).await {
            Ok(Ok(acted)) => aftermath::confirmed(call, before, &acted),
            Ok(Err(failure)) => unconfirmed(&failure.to_string()),
            Err(_elapsed) => unconfirmed("the act server did not answer"),
        }
    }
}

fn unconfirmed(why: &str) -> Aftermath {
    Aftermath::CannotTell(format!("it looks as if it was not made, which could not be confirmed: {why}"))
}
