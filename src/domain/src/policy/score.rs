//! How confident it may be: four parts, weighed with whole numbers.
//!
//! Guarantee: the total is rounded down, never up, and never passes 1000; parts beyond 1000 make no total.
//! Deliberately absent: where diagnosis and history come from (`diagnosis`, `learning`).

use crate::incident::Impact;
use serde::{Deserialize, Serialize};

/// The whole, per mille.
const WHOLE: u16 = 1_000;

/// The parts of confidence, per mille each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// How well the evidence carries the diagnosis; never the model's word alone. Weighs 0.4.
    pub diagnosis: u16,
    /// How often the action helped against such trouble in the environment; 500 where nothing is known. Weighs 0.3.
    pub history: u16,
    /// How few services are affected: [`Score::simplicity_of`]. Weighs 0.2.
    pub simplicity: u16,
    /// How little the business would lose: [`Score::harmlessness_of`]. Weighs 0.1.
    pub harmlessness: u16,
}

impl Score {
    /// The score of a diagnosis and a history, by the number of services affected and what the business loses.
    pub fn new(diagnosis: u16, history: u16, services_affected: u32, impact: Impact) -> Self {
        Self {
            diagnosis,
            history,
            simplicity: Self::simplicity_of(services_affected),
            harmlessness: Self::harmlessness_of(impact),
        }
    }

    /// 1000 for one service (and for trouble that affects none), a half for two, a third for three.
    pub fn simplicity_of(services_affected: u32) -> u16 {
        u16::try_from(u32::from(WHOLE) / services_affected.max(1)).unwrap_or(0)
    }

    /// The whole less the impact, which is 0, 0.5 or 1.
    pub fn harmlessness_of(impact: Impact) -> u16 {
        match impact {
            Impact::Low => WHOLE,
            Impact::Medium => WHOLE / 2,
            Impact::High => 0,
        }
    }

    /// Confidence per mille: 0.4 diagnosis + 0.3 history + 0.2 simplicity + 0.1 harmlessness, rounded down. Parts beyond
    /// the whole count as 0 here, and make [`Score::believed`] answer `None`.
    pub fn total(&self) -> u16 {
        let part = |part: u16, weight: u32| if part <= WHOLE { u32::from(part) * weight } else { 0 };
        let weighed =
            part(self.diagnosis, 4) + part(self.history, 3) + part(self.simplicity, 2) + part(self.harmlessness, 1);
        u16::try_from(weighed / 10).unwrap_or(0)
    }

    /// The total, `None` where a part is none: nothing may be decided by such a score.
    pub fn believed(&self) -> Option<u16> {
        let parts = [self.diagnosis, self.history, self.simplicity, self.harmlessness];
        parts.iter().all(|part| *part <= WHOLE).then(|| self.total())
    }

    /// The score whose parts and total all are the same.
    pub(super) fn even(total: u16) -> Self {
        Self { diagnosis: total, history: total, simplicity: total, harmlessness: total }
    }
}
