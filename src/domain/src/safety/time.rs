//! Whether the plan has time left, and not too much.

use super::Observed;
use super::hold::Objections;
use crate::plan::Plan;
use chrono::TimeDelta;

/// No plan is good for longer: the world moves.
const LONGEST_LIFE: TimeDelta = TimeDelta::hours(1);

/// By how much the clocks of two machines may differ.
const CLOCK_MARGIN: TimeDelta = TimeDelta::seconds(5);

pub(super) fn review(plan: &Plan, seen: &Observed, said: &mut Objections) {
    let life = plan.expires_at.signed_duration_since(plan.made_at);
    said.unless(life > TimeDelta::zero(), "the plan expires before it is made");
    said.unless(life <= LONGEST_LIFE, "the plan is good for more than an hour");
    said.unless(seen.at < plan.expires_at, "the plan has expired");
    let ahead = plan.made_at.signed_duration_since(seen.at);
    said.unless(ahead <= CLOCK_MARGIN, "the plan was made after its object was looked at");
}
