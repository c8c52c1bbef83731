//! What is believed of an action against a class of trouble in an environment, and whether that earns autonomy.
//!
//! The posterior is Beta(1 + successes, 1 + failures): the prior, visible as such, says 0.5. Autonomy is earned by at least
//! [`EARNING_SUCCESSES`] verified successes since it was lost last, and a 10 % quantile of the posterior above
//! [`EARNING_BOUND`]: it would take a success rate of more than 0.6 to be wrong about it one time in ten.
//!
//! The stricter reading wins: a verification that could tell nothing counts neither for nor against the history, and
//! against autonomy.

use super::{Lesson, beta};
use crate::verification::Outcome;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Verified successes that autonomy takes at least.
pub const EARNING_SUCCESSES: u32 = 5;

/// What the lower bound of the success rate must exceed, per mille.
pub const EARNING_BOUND: u16 = 600;

/// The lower bound is this quantile of the posterior.
const LEVEL: f64 = 0.1;

/// Outcomes that are counted at most: then a failure takes the place of a success, and a success changes nothing.
const MOST: u32 = 1_000;

/// Verified outcomes of one action.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belief {
    /// It helped.
    pub successes: u32,
    /// It did not help, or made it worse.
    pub failures: u32,
    /// Nobody could tell.
    #[serde(default)]
    pub unknown: u32,
    /// Successes that people had approved.
    #[serde(default)]
    pub approved: u32,
    /// Successes since it made things worse or was taken back last, or ever.
    #[serde(default)]
    pub successes_since_bad: u32,
    /// When it made things worse or was taken back last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demoted_at: Option<DateTime<Utc>>,
    /// Whether the last verification was such a one.
    #[serde(default)]
    pub last_was_bad: bool,
    /// When it was verified last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
}

/// Whether autonomy is earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    /// Whether it is.
    pub is_earned: bool,
    /// Why, or what is missing, in a sentence.
    pub why: String,
}

impl Belief {
    pub(super) fn update(&mut self, lesson: &Lesson) {
        self.last_at = Some(lesson.at);
        self.last_was_bad = lesson.undone || lesson.outcome == Outcome::Worse;
        if self.last_was_bad {
            self.demoted_at = Some(lesson.at);
            self.successes_since_bad = 0;
            return self.failed();
        }
        match lesson.outcome {
            Outcome::Better => {
                self.approved = self.approved.saturating_add(u32::from(lesson.approved)).min(MOST);
                self.successes_since_bad = self.successes_since_bad.saturating_add(1);
                if self.counted() < MOST {
                    self.successes += 1;
                }
            }
            Outcome::Same | Outcome::Worse => self.failed(),
            Outcome::CannotTell => self.unknown = self.unknown.saturating_add(1).min(MOST),
            Outcome::NotYet => {}
        }
    }

    fn failed(&mut self) {
        if self.counted() >= MOST {
            self.successes = self.successes.saturating_sub(1);
        }
        self.failures = self.failures.saturating_add(1).min(MOST);
    }

    /// Outcomes that the history rests on.
    pub(super) fn counted(&self) -> u32 {
        self.successes.saturating_add(self.failures)
    }

    /// The mean of the posterior, per mille.
    pub fn mean(&self) -> u16 {
        let (successes, failures) = (u64::from(self.successes), u64::from(self.failures));
        u16::try_from((successes + 1) * 1_000 / (successes + failures + 2)).unwrap_or(0)
    }

    /// The lower bound of the success rate, per mille; what nobody could tell counts as a failure.
    pub fn lower_bound(&self) -> u16 {
        let (successes, failures) = self.bounded();
        beta::quantile_per_mille(LEVEL, successes, failures)
    }

    /// Whether autonomy is earned.
    pub fn earned(&self) -> Earned {
        let missing = EARNING_SUCCESSES.saturating_sub(self.successes_since_bad);
        if missing > 0 {
            let since = self.demoted_at.map_or(String::new(), |at| {
                format!(" since it made things worse or was taken back on {}", at.format("%Y-%m-%d %H:%M UTC"))
            });
            let why = format!("{} of {EARNING_SUCCESSES} verified successes{since}", self.successes_since_bad);
            return Earned { is_earned: false, why };
        }
        let (successes, failures) = self.bounded();
        let is_earned = beta::at_most(f64::from(EARNING_BOUND) / 1_000.0, successes, failures) < LEVEL;
        let (low, bound) = (thousandths(self.lower_bound()), thousandths(EARNING_BOUND));
        let relation = if is_earned { "above" } else { "not above" };
        let why = format!(
            "{} successes, {} failures, {} that could not be told: the success rate is at least {low} with nine chances in ten, \
             {relation} {bound}",
            self.successes, self.failures, self.unknown
        );
        Earned { is_earned, why }
    }

    /// Successes and failures as the bound counts them; a document from elsewhere may hold any numbers.
    fn bounded(&self) -> (u32, u32) {
        (self.successes.min(MOST), self.failures.saturating_add(self.unknown).min(2 * MOST))
    }
}

/// `600` as `0.600`.
fn thousandths(value: u16) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}
