//! Values of actions by Q-learning over episodes of one step.
//!
//! An episode is one action against one trouble, and ends with its verification: nothing follows, so the term of the next
//! state in `Q(s,a) += alpha * (r + gamma * max Q(s',·) - Q(s,a))` is zero, and so is [`GAMMA`]. The step size is that of the
//! sample mean for the first episodes and constant then, so that what worked long ago can be unlearned.

use crate::verification::Outcome;
use serde::{Deserialize, Serialize};

/// The least step size, per mille: one failure of what helps nineteen times of twenty does not unseat it.
pub const ALPHA: i32 = 100;

/// The discount of what comes after the episode, per mille: nothing does.
pub const GAMMA: i32 = 0;

/// What a heal is worth before its time is taken off, in thousandths.
const HEALED: i32 = 1_000;

/// What the time of a heal costs at most. The slowest heal is worth more than any failure.
const MOST_TIME_COST: u32 = 400;

/// So many seconds cost one thousandth.
const SECONDS_A_THOUSANDTH: u32 = 2;

/// What an action is worth against a class of trouble.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// In thousandths: -1000 to 1000. 0 before the first episode, which is better than a failure: what was never tried
    /// comes before what did not help.
    pub value_per_mille: i32,
    /// Episodes that it rests on.
    pub visits: u32,
}

impl Value {
    /// One step towards a reward.
    pub(super) fn update(&mut self, reward: i32) {
        self.visits = self.visits.saturating_add(1);
        let alpha = i32::try_from(1_000 / self.visits).unwrap_or(ALPHA).max(ALPHA);
        // An episode of one step: what the next state is worth is multiplied by GAMMA, which is nothing.
        let target = reward + GAMMA * self.value_per_mille / 1_000;
        let step = (target - self.value_per_mille) * alpha / 1_000;
        self.value_per_mille = (self.value_per_mille + step).clamp(-1_000, 1_000);
    }
}

/// The reward of an episode, in thousandths: a heal less its time, nothing gained, worse than before, or not known. What had
/// to be taken back counts as worse, whatever else was measured.
pub fn reward(outcome: Outcome, undone: bool, seconds: u32) -> i32 {
    let time_cost = i32::try_from((seconds / SECONDS_A_THOUSANDTH).min(MOST_TIME_COST)).unwrap_or(0);
    match outcome {
        _ if undone => -1_000,
        Outcome::Better => HEALED - time_cost,
        Outcome::NotYet | Outcome::Same => -300,
        Outcome::Worse => -1_000,
        Outcome::CannotTell => -200,
    }
}
