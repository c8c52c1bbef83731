//! What became of an action, for whoever handed it over and does not know.

use super::outcome::Became;
use super::{Executor, Inner};
use domain::audit::{Kind, Outcome, Record};
use domain::plan::Plan;
use ports::store::error::StoreError;

impl Executor {
    pub(super) async fn became_of(&self, action: &str, plan: &Plan) -> Result<Became, StoreError> {
        self.inner.became(action, plan).await
    }
}

impl Inner {
    async fn became(&self, action: &str, plan: &Plan) -> Result<Became, StoreError> {
        if self.in_hand.is_working(action) {
            return Ok(Became::UnderWay);
        }
        if let Some(end) = self.in_hand.unwritten_of(action) {
            return Ok(of(&end));
        }
        let Some(story) = self.journal().story(action, plan.made_at).await? else { return Ok(Became::NeverBegun) };
        Ok(story.end.as_ref().map_or(Became::UnderWay, of))
    }
}

/// What an end tells.
fn of(end: &Record) -> Became {
    match (&end.kind, &end.outcome) {
        (Kind::ActionAbandoned, Some(Outcome::Refused(why) | Outcome::Failed(why) | Outcome::Unknown(why))) => {
            Became::Abandoned { why: why.clone() }
        }
        (Kind::ActionAbandoned, _) => Became::Abandoned { why: "it was given up".to_owned() },
        (_, Some(Outcome::Done)) => Became::Done { at: end.at },
        (_, Some(Outcome::Failed(why) | Outcome::Refused(why))) => Became::Failed { why: why.clone() },
        (_, Some(Outcome::Unknown(why))) => Became::Unknown { why: why.clone() },
        (_, None) => Became::Unknown { why: "the journal does not tell how it ended".to_owned() },
    }
}
