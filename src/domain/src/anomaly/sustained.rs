//! Alarms over judgements: which of the strange points are worth waking somebody for.
//!
//! A detector tells each strange point. Over a fleet that is too often: of a thousand healthy series dozens have a point a
//! day as they never had before. Here a point must be strange by far, and, where that is asked for, the points after it
//! must stay on its side of what was expected. The detector should judge with an alarm score above 1, so that it never hides what follows.
//! docs/anomalies.md has how many false alarms that leaves, and what it costs in detection.
//!
//! Guarantees: constant size; at most one alarm in `quiet_points`; no look at later points, so that an alarm comes
//! `confirm_points` late.

use super::{ExpectedRange, Judgement, Reason};
use serde::{Deserialize, Serialize};

/// When an alarm is raised: one setting for all series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlarmRule {
    /// How rare a point must be, as a power of ten; see [`Judgement::score`].
    pub surprise: f64,
    /// So many points after it must be on its side of what was expected, of which a fifth may be missing.
    pub confirm_points: u32,
    /// For how many points after an alarm there is none.
    pub quiet_points: u32,
}

impl Default for AlarmRule {
    fn default() -> Self {
        Self { surprise: 3.75, confirm_points: 0, quiet_points: 60 }
    }
}

/// A strange point that waits for those after it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Candidate {
    reason: Reason,
    expected: ExpectedRange,
    /// Points after it, and those of them on its side.
    seen: u32,
    agree: u32,
}

/// The alarms of one series.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Alarms {
    rule: AlarmRule,
    quiet: u32,
    candidate: Option<Candidate>,
}

impl Alarms {
    /// No alarm yet.
    pub fn new(rule: AlarmRule) -> Self {
        Self { rule, quiet: 0, candidate: None }
    }

    /// Takes the judgement of the next point and its value; the reason of an alarm that is raised now.
    pub fn observe(&mut self, judgement: &Judgement, value: f64) -> Option<Reason> {
        if !value.is_finite() {
            return None;
        }
        if self.quiet > 0 {
            self.quiet -= 1;
            return None;
        }
        if let Some(candidate) = &mut self.candidate {
            candidate.seen += 1;
            candidate.agree += u32::from(agrees(candidate.reason, candidate.expected, value));
        } else {
            self.candidate = self.candidate_of(judgement);
        }
        let candidate = self.candidate?;
        let missing = candidate.seen - candidate.agree;
        if missing > self.rule.confirm_points / 5 {
            self.candidate = None;
            return None;
        }
        if candidate.seen < self.rule.confirm_points {
            return None;
        }
        self.candidate = None;
        self.quiet = self.rule.quiet_points;
        Some(candidate.reason)
    }

    fn candidate_of(&self, judgement: &Judgement) -> Option<Candidate> {
        let least = 1.0 - 10_f64.powf(-self.rule.surprise.clamp(0.0, 12.0));
        let (reason, expected) = (judgement.reason?, judgement.expected?);
        (judgement.score >= least).then_some(Candidate { reason, expected, seen: 0, agree: 0 })
    }
}

/// Whether a later value goes on with what was strange. A spread or a flat line has no side: what follows is not held against it.
fn agrees(reason: Reason, expected: ExpectedRange, value: f64) -> bool {
    match reason {
        Reason::NewHigh | Reason::LevelUp | Reason::TrendUp | Reason::AboveSeason => value > expected.high,
        Reason::NewLow | Reason::LevelDown | Reason::TrendDown | Reason::BelowSeason => value < expected.low,
        Reason::SpreadUp | Reason::SpreadDown | Reason::FlatLine => true,
        Reason::NoNumber => false,
    }
}
