//! What the learner learns in the estate: how soon its greedy choice is the best strategy of each scenario, and stays so.
//!
//! What runs is the product's own: the tool servers over the estate's wire APIs, the senses' reading of what they tell, the
//! diagnosis, the strategies, the act server, the verification, the learner. The world's clock is stepped; nothing waits for
//! the time of day.
//!
//! The estate is deterministic: the same action in the same world comes out the same. So each candidate is tried once in each
//! of a few worlds ([`course::Course::sit`]), and the episodes of the learner draw among these worlds ([`school::attend`]).
//!
//! Deliberately absent: guards, approvals, journal (the simulation proper has them); what the policy would say: here every
//! candidate that can be rehearsed is permitted, as after a person's yes.

pub mod course;
mod episode;
pub mod figure;
mod place;
pub mod school;
mod signals;

/// When every world's present begins, in seconds of Unix time: a Monday morning.
const BEGINS_AT_SECONDS: i64 = 1_790_582_400;
