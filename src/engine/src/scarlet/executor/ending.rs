//! How an action's effect came out: told by the act server, or by the world.

use super::Inner;
use super::deed::Deed;
use super::journal::Journal;
use super::outcome::{Ended, Stage};
use domain::action::ActCall;
use domain::aftermath::{Aftermath, Before};
use domain::audit::{Outcome, Record};
use domain::envelope::FailureKind;
use domain::guard;
use domain::observed::acted::Acted;
use ports::hands::ActError;

/// What came of the call.
pub(super) enum Answer {
    /// The hands told.
    Told(Box<Result<Acted, ActError>>),
    /// Nobody told, and nobody will.
    Lost(String),
    /// Nobody told yet: it may still be made.
    StillRuns(String),
}

impl Inner {
    pub(super) async fn end(&self, deed: &Deed, call: &ActCall, before: &Before, answer: Answer, token: u64) -> Ended {
        let (why, still_runs) = match answer {
            Answer::Told(told) => match *told {
                Ok(acted) => return self.done(deed, call, Some(acted)).await,
                Err(ActError::Refused(failure)) => {
                    let is_stale = failure.kind == FailureKind::Conflict;
                    return self.failed(deed, token, failure.to_string(), is_stale).await;
                }
                Err(ActError::Unknown(failure)) => (failure.to_string(), false),
            },
            Answer::Lost(why) => (why, false),
            Answer::StillRuns(why) => (why, true),
        };
        self.tell(deed, Stage::LookingAfter, &why);
        match self.judged(call, deed.granted.plan(), before).await {
            Aftermath::Done => self.done(deed, call, None).await,
            // A call that is still on its way may be made the moment after.
            Aftermath::NotDone if !still_runs => {
                self.failed(deed, token, format!("{why}; the object was not touched"), false).await
            }
            Aftermath::NotDone => {
                self.unknown(deed, token, format!("{why}; the object was not touched yet, and still may be")).await
            }
            Aftermath::CannotTell(cannot) => self.unknown(deed, token, format!("{why}; {cannot}")).await,
        }
    }

    /// Done: the lock stays.
    async fn done(&self, deed: &Deed, call: &ActCall, acted: Option<Acted>) -> Ended {
        let at = self.now();
        self.in_hand.hold(&deed.action);
        let after = self.after(call, deed).await;
        let mut record = self.journal().ended(deed, Outcome::Done);
        if let Some(after) = &after {
            record = Journal::with_after(record, after);
        }
        let record = match &acted {
            Some(acted) => with_acted(record, acted),
            None => record.with("found", true),
        };
        self.write_end(&deed.action, Record { at, ..record }).await;
        Ended::Done { at, acted: acted.map(Box::new) }
    }

    /// No effect, for certain. An object that had changed meanwhile is no failed heal; whatever else came back counts as
    /// one, so that what cannot work is not tried for ever.
    async fn failed(&self, deed: &Deed, token: u64, why: String, is_stale: bool) -> Ended {
        let record = self.journal().ended(deed, Outcome::Failed(why.clone()));
        self.write_end(&deed.action, record).await;
        let outcome = if is_stale { guard::Outcome::NothingDone } else { guard::Outcome::Failed };
        self.free(&deed.action, token, outcome).await;
        if is_stale { Ended::Stale { why } } else { Ended::Failed { why } }
    }

    /// Nobody knows. The object rests, and people look.
    async fn unknown(&self, deed: &Deed, token: u64, why: String) -> Ended {
        let record = self.journal().ended(deed, Outcome::Unknown(why.clone()));
        self.write_end(&deed.action, record).await;
        self.free(&deed.action, token, guard::Outcome::Unknown).await;
        Ended::Unknown { why }
    }
}

/// What the act server told, as far as a person asks for it later.
fn with_acted(record: Record, acted: &Acted) -> Record {
    let list = |lines: &[String]| serde_json::Value::from(lines.to_vec());
    let record = record.with("complete", acted.complete).with("diff", list(&acted.diff));
    let record = if acted.warnings.is_empty() { record } else { record.with("warnings", list(&acted.warnings)) };
    if acted.steps.is_empty() { record } else { record.with("steps", list(&acted.steps)) }
}
