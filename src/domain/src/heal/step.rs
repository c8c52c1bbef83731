//! One step: a value, something that happened, the time; the next value, and what is to be done.
//!
//! An input that does not belong to the present stage (an answer that comes late, for a plan of before) changes nothing.

mod acting;
mod course;
mod deciding;
mod diagnosing;
mod paging;
mod people;
mod ticking;
mod turn;
mod verifying;
mod waiting;

use super::{Effect, Heal, Input};
use chrono::{DateTime, Utc};
use turn::Turn;

/// The healing after something happened, and what is to be done once it is kept.
pub fn step(heal: &Heal, input: &Input, now: DateTime<Utc>) -> (Heal, Vec<Effect>) {
    let mut turn = Turn::new(heal, now);
    match input {
        Input::Tick => turn.tick(),
        Input::TakenOver => turn.taken_over(),
        Input::Seen(sight) => turn.seen(sight),
        Input::Shown => turn.shown(),
        Input::Diagnosed { round, found } => turn.diagnosed(*round, found),
        Input::Planned { number, proposal } => turn.planned(*number, proposal),
        Input::NothingToDo { number, why } => turn.nothing_to_do(*number, why),
        Input::NotPlanned { number, why } => turn.not_planned(*number, why),
        Input::Asked { approval } => turn.asked(approval),
        Input::NotAsked { approval, why, may_pass } => turn.not_asked(approval, why, *may_pass),
        Input::Approval { approval, state, starts_at, ended } => {
            turn.approval_seen(approval, *state, *starts_at, ended.as_deref());
        }
        Input::Ended { plan, end } => turn.ended(plan, end),
        Input::Measured { plan, outcome, told } => turn.measured(plan, *outcome, told),
        Input::Undone { plan, end } => turn.undone(plan, end),
        Input::Told { place } => turn.told(place),
        Input::NotTold { why } => turn.not_told(why),
        Input::Paid { key } => turn.paid(key),
    }
    turn.finish(heal)
}
