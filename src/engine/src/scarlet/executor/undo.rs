//! Taking an action back: what it needs is asked of the guards and the journal.

use super::deed::{Deed, Way};
use super::outcome::Ended;
use super::{Executor, Inner};
use domain::audit::Outcome;
use domain::guard::Refusal;
use domain::plan::Granted;
use std::sync::Arc;

impl Inner {
    /// The undo of the action of this plan.
    pub(super) async fn undoing(&self, granted: Arc<Granted>) -> Result<Deed, Ended> {
        let of = Executor::action_of(granted.digest());
        if granted.backward().is_none() {
            return Err(Ended::not_begun("nothing takes this action back"));
        }
        let guards = self.guards.status().await.map_err(|error| Ended::not_begun(error.to_string()))?;
        let held = guards.under_way().iter().find(|action| action.id == of && action.plan == granted.digest());
        let undo = Executor::undo_of(granted.digest());
        if let Some(taken) = guards.under_way().iter().find(|action| action.id == undo) {
            let refusal = Refusal::AlreadyBegun { id: taken.id.clone() };
            return Err(Ended::NotBegun { why: refusal.to_string(), refusal: Some(refusal) });
        }
        let token = held.map(|held| held.token).ok_or_else(|| {
            hopeless(
                &of,
                format!("the action {of} is not under way any more: plan its reverse as an action of its own"),
            )
        })?;
        let story = self.journal().story(&of, granted.plan().made_at).await;
        let story = story.map_err(|error| Ended::not_begun(format!("the journal could not be read: {error}")))?;
        let unread = || hopeless(&of, format!("the journal does not tell what was done by {of}"));
        let mut story = story.ok_or_else(unread)?;
        if story.end.is_none() {
            story.end = self.in_hand.unwritten_of(&of);
        }
        let is_done = story.end.as_ref().and_then(|end| end.outcome.as_ref()) == Some(&Outcome::Done);
        if !is_done {
            return Err(hopeless(&of, format!("the action {of} is not known to be done, so nothing is taken back")));
        }
        let before = story.before().ok_or_else(unread)?;
        let action = Executor::undo_of(granted.digest());
        Ok(Deed {
            action,
            granted,
            way: Way::Back { token, before: Box::new(before), after: story.after().map(Box::new) },
        })
    }
}

/// There is nothing to take back, now or later.
fn hopeless(of: &str, why: String) -> Ended {
    Ended::NotBegun { why, refusal: Some(Refusal::NothingToUndo { id: of.to_owned(), token: 0 }) }
}
