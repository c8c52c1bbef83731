//! Learning: which of the permitted actions to try first, how far to trust each, which were trusted and are no more.
//!
//! Three things are kept, in one document. *Values* of (symptom, action) by Q-learning, by which the permitted actions are
//! ordered ([`Learning::choose`]). *Beliefs* in (symptom, action, environment), Beta posteriors of verified outcomes: their
//! mean is the history in the score of the decision, their lower bound earns autonomy ([`Learning::earned`]). *Thresholds* of
//! detectors, moved by signals that were confirmed or false ([`Learning::adapted`]).
//!
//! Sources: R. Sutton and A. Barto, "Reinforcement Learning: An Introduction", 2nd edition, sections 2.4 to 2.7
//! (action values, epsilon-greedy, non-stationary problems) and 6.5 (Q-learning); A. Gelman et al., "Bayesian Data
//! Analysis", 3rd edition, section 2.4 (the Beta posterior of a binomial).
//!
//! Guarantees: it orders what is permitted and never permits; a lesson that comes twice is learned once; one verification
//! that shows a worse state, or an undo, ends earned autonomy at once; everything is bounded; the same lessons in the same
//! order give the same document, whatever the machine's clock or chance.
//!
//! Deliberately absent: a source of chance (draws are arguments), the decision (`policy`), storing (one document of the
//! collection of lessons, changed by compare-and-swap), merging of two documents: two histories of the same actions cannot
//! be told apart from one that is counted twice.

mod belief;
mod beta;
mod choice;
mod rows;
mod shown;
#[cfg(test)]
mod tests;
mod threshold;
mod transfer;
mod value;

pub use belief::{Belief, EARNING_BOUND, EARNING_SUCCESSES, Earned};
pub use choice::{Choice, epsilon};
pub use shown::{ShownRow, ShownThreshold};
pub use threshold::{Feedback, Threshold};
pub use transfer::{Export, ImportError, Scope};
pub use value::{ALPHA, GAMMA, Value, reward};

use crate::verification::Outcome;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Id of the document.
pub const DOCUMENT: &str = "learning";

/// Pairs, triples and detectors that are learned of at most. What has no room is not learned, so nothing is earned by it.
const MOST_KEYS: usize = 2_000;

/// Ids of lessons that are remembered, so that a repeated one is not learned twice.
const MOST_IDS: usize = 500;

/// What a verification taught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// The plan that it is about: a lesson of the same plan is learned once. Empty where there is none: learned each time.
    #[serde(default)]
    pub id: String,
    /// The class of trouble: the name of the diagnosis rule.
    pub symptom: String,
    /// The name of the action in the library.
    pub action: String,
    /// Name of the environment.
    pub environment: String,
    /// How the verification ended.
    pub outcome: Outcome,
    /// Whether people approved it; such successes earn autonomy too.
    pub approved: bool,
    /// Whether it had to be taken back.
    #[serde(default)]
    pub undone: bool,
    /// Seconds from the effect to the verified end.
    pub seconds: u32,
    /// When.
    pub at: DateTime<Utc>,
}

/// What values are learned of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Habit {
    /// The class of trouble.
    pub symptom: String,
    /// The action by name.
    pub action: String,
}

/// What beliefs are held of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Triple {
    /// The class of trouble.
    pub symptom: String,
    /// The action by name.
    pub action: String,
    /// The environment.
    pub environment: String,
}

/// All that was learned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Learning {
    /// Values by (symptom, action).
    #[serde(default, with = "rows")]
    q: BTreeMap<Habit, Value>,
    /// Beliefs by (symptom, action, environment).
    #[serde(default, with = "rows")]
    beliefs: BTreeMap<Triple, Belief>,
    /// Thresholds by the detector's name.
    #[serde(default)]
    thresholds: BTreeMap<String, Threshold>,
    /// Ids of the newest lessons, oldest first.
    #[serde(default)]
    learned: VecDeque<String>,
}

impl Learning {
    /// What is known after a lesson. A verification that has not ended teaches nothing, nor does a lesson that was learned.
    #[must_use]
    pub fn learn(&self, lesson: Lesson) -> Self {
        let mut next = self.clone();
        let is_known = !lesson.id.is_empty() && self.learned.contains(&lesson.id);
        if lesson.outcome == Outcome::NotYet || is_known {
            return next;
        }
        let habit = Habit { symptom: lesson.symptom.clone(), action: lesson.action.clone() };
        if let Some(value) = room(&mut next.q, habit) {
            value.update(reward(lesson.outcome, lesson.undone, lesson.seconds));
        }
        let triple = Triple {
            symptom: lesson.symptom.clone(),
            action: lesson.action.clone(),
            environment: lesson.environment.clone(),
        };
        if let Some(belief) = room(&mut next.beliefs, triple) {
            belief.update(&lesson);
        }
        if !lesson.id.is_empty() {
            next.learned.push_back(lesson.id);
            while next.learned.len() > MOST_IDS {
                next.learned.pop_front();
            }
        }
        next
    }

    /// What experience says of an action, per mille: the mean of the posterior, 500 where nothing is known.
    pub fn history(&self, symptom: &str, action: &str, environment: &str) -> u16 {
        self.belief(symptom, action, environment).map_or(Belief::default().mean(), Belief::mean)
    }

    /// Whether autonomy was earned for an action against a class of trouble in an environment, and why (not).
    pub fn earned(&self, symptom: &str, action: &str, environment: &str) -> Earned {
        self.belief(symptom, action, environment).map_or_else(|| Belief::default().earned(), Belief::earned)
    }

    /// The belief in an action.
    pub fn belief(&self, symptom: &str, action: &str, environment: &str) -> Option<&Belief> {
        self.beliefs.get(&Triple {
            symptom: symptom.to_owned(),
            action: action.to_owned(),
            environment: environment.to_owned(),
        })
    }

    /// The value of an action, in thousandths, and the episodes that it rests on; 0 of none where nothing is known.
    pub fn value(&self, symptom: &str, action: &str) -> Value {
        let habit = Habit { symptom: symptom.to_owned(), action: action.to_owned() };
        self.q.get(&habit).copied().unwrap_or_default()
    }
}

/// The entry of a key, made where there is room for it.
fn room<K: Ord, V: Default>(map: &mut BTreeMap<K, V>, key: K) -> Option<&mut V> {
    if map.len() >= MOST_KEYS && !map.contains_key(&key) {
        return None;
    }
    Some(map.entry(key).or_default())
}
