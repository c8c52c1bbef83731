//! Choosing among the permitted: the best by value, now and then another, to learn.
//!
//! Guarantees: the answer is an index into what was permitted; what made things worse in this environment when it was
//! verified last is never tried out, only chosen where its value is the best nevertheless; the same draws give the same choice.

use super::Learning;
use serde::{Deserialize, Serialize};

/// How often something else than the best is tried at first, and at least.
const FIRST_EPSILON: f64 = 0.3;
const LEAST_EPSILON: f64 = 0.02;

/// After so many episodes it is tried half as often.
const HALVED_AFTER: f64 = 10.0;

/// Which of the permitted actions to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its index among the permitted.
    pub index: usize,
    /// Whether it was taken to learn of it, not as the best.
    pub explored: bool,
    /// Why, in a sentence.
    pub why: String,
}

/// The chance of trying something else than the best after so many episodes with a class of trouble:
/// `max(0.02, 0.3 * 10 / (10 + episodes))`.
pub fn epsilon(episodes: u32) -> f64 {
    (FIRST_EPSILON * HALVED_AFTER / (HALVED_AFTER + f64::from(episodes))).max(LEAST_EPSILON)
}

impl Learning {
    /// Chooses by epsilon-greedy. `permitted` are names of actions in the prior order, of which ties keep the first; `draw`
    /// says whether to explore, `draw2` what, both in 0 to 1. `None` where nothing is permitted.
    pub fn choose(
        &self,
        symptom: &str,
        environment: &str,
        permitted: &[&str],
        draw: f64,
        draw2: f64,
    ) -> Option<Choice> {
        let values: Vec<i32> = permitted.iter().map(|action| self.value(symptom, action).value_per_mille).collect();
        let mut best = 0;
        for (index, value) in values.iter().enumerate() {
            if values.get(best).is_some_and(|known| value > known) {
                best = index;
            }
        }
        let episodes = self.episodes_with(symptom);
        let greedy =
            Choice { index: best, explored: false, why: self.why_best(symptom, permitted.get(best)?, permitted.len()) };
        let others: Vec<usize> = (0..permitted.len())
            .filter(|index| *index != best && permitted.get(*index) != permitted.get(best))
            .filter(|index| {
                let action = permitted.get(*index).copied().unwrap_or_default();
                self.belief(symptom, action, environment).is_none_or(|belief| !belief.last_was_bad)
            })
            .collect();
        let chance = epsilon(episodes);
        // A draw that is no number explores nothing.
        if others.is_empty() || draw.is_nan() || draw >= chance {
            return Some(greedy);
        }
        let at = (draw2.clamp(0.0, 1.0) * others.len() as f64) as usize;
        let index = others.get(at.min(others.len() - 1)).copied().unwrap_or(best);
        let action = permitted.get(index).copied().unwrap_or_default();
        let why = format!(
            "{action} is tried to learn of it, as {:.0} % of the choices are after {episodes} episodes with {symptom}",
            chance * 100.0
        );
        Some(Choice { index, explored: true, why })
    }

    /// Episodes with a class of trouble, whatever was done.
    pub fn episodes_with(&self, symptom: &str) -> u32 {
        let of_symptom = self.q.iter().filter(|(habit, _)| habit.symptom == symptom);
        of_symptom.fold(0_u32, |sum, (_, value)| sum.saturating_add(value.visits))
    }

    fn why_best(&self, symptom: &str, action: &str, of: usize) -> String {
        let value = self.value(symptom, action);
        if of < 2 {
            return format!("{action} is the only one that is permitted");
        }
        match value.visits {
            0 => {
                format!("{action} comes first in the prior order, and none of the {of} permitted is known to be better")
            }
            visits => format!(
                "{action} has the best value of the {of} permitted: {} thousandths after {visits} episodes",
                value.value_per_mille
            ),
        }
    }
}
