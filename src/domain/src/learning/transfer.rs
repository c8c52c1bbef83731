//! Taking what was learned elsewhere, bringing it in, forgetting it.
//!
//! Guarantee: what is brought in is checked whole, and taken whole or not at all; all that is wrong is told at once.

use super::{Learning, MOST_KEYS, threshold};
use serde::{Deserialize, Serialize};

/// The version of the form that is written.
const VERSION: u32 = 1;

/// What was learned, for a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The version of this form.
    pub version: u32,
    /// All of it.
    pub learning: Learning,
}

/// What to forget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everything.
    All,
    /// A class of trouble, everywhere.
    Symptom(String),
    /// The beliefs of an environment: what was earned there. Values are of all environments together, and stay.
    Environment(String),
    /// What was learned of detectors.
    Thresholds,
}

/// Why a file was not brought in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing was imported: {}", problems.join("; "))]
pub struct ImportError {
    /// All that is wrong.
    pub problems: Vec<String>,
}

impl Learning {
    /// All of it, for a file.
    pub fn export(&self) -> Export {
        Export { version: VERSION, learning: self.clone() }
    }

    /// What a file holds, in place of what was learned here.
    ///
    /// # Errors
    /// All that is wrong with it: another version, too much, numbers that no lessons give.
    pub fn import(export: Export) -> Result<Self, ImportError> {
        let Export { version, learning } = export;
        let mut problems = Vec::new();
        if version != VERSION {
            problems.push(format!("it is of version {version}, and this program reads version {VERSION}"));
        }
        let sizes = [
            ("values", learning.q.len()),
            ("beliefs", learning.beliefs.len()),
            ("thresholds", learning.thresholds.len()),
        ];
        for (what, size) in sizes.into_iter().filter(|(_, size)| *size > MOST_KEYS) {
            problems.push(format!("it holds {size} {what}, and at most {MOST_KEYS} are kept"));
        }
        problems.extend(learning.strange_numbers());
        if problems.is_empty() { Ok(learning) } else { Err(ImportError { problems }) }
    }

    /// What is left after forgetting. Ids of lessons stay: forgetting is no reason to learn a repeated one.
    #[must_use]
    pub fn reset(&self, scope: &Scope) -> Self {
        let mut next = self.clone();
        match scope {
            Scope::All => next = Self { learned: self.learned.clone(), ..Self::default() },
            Scope::Symptom(symptom) => {
                next.q.retain(|habit, _| habit.symptom != *symptom);
                next.beliefs.retain(|triple, _| triple.symptom != *symptom);
            }
            Scope::Environment(environment) => next.beliefs.retain(|triple, _| triple.environment != *environment),
            Scope::Thresholds => next.thresholds.clear(),
        }
        next
    }

    fn strange_numbers(&self) -> Vec<String> {
        let values = self.q.iter().filter(|(_, value)| !(-1_000..=1_000).contains(&value.value_per_mille));
        let values = values.map(|(habit, value)| {
            format!(
                "the value of {} against {} is {}, outside -1000 to 1000",
                habit.action, habit.symptom, value.value_per_mille
            )
        });
        let beliefs = self.beliefs.iter().filter(|(_, belief)| {
            belief.approved > belief.counted()
                || (belief.last_was_bad && (belief.successes_since_bad > 0 || belief.demoted_at.is_none()))
        });
        let beliefs = beliefs.map(|(triple, _)| {
            format!(
                "the counts of {} against {} in {} contradict each other",
                triple.action, triple.symptom, triple.environment
            )
        });
        let bounds = threshold::LEAST..=threshold::MOST;
        let thresholds = self.thresholds.iter().filter(|(_, threshold)| !bounds.contains(&threshold.factor_per_mille));
        let thresholds = thresholds.map(|(detector, threshold)| {
            format!("the factor of {detector} is {}, out of bounds", threshold.factor_per_mille)
        });
        values.chain(beliefs).chain(thresholds).take(20).collect()
    }
}
