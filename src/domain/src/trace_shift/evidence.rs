//! Whether a share of requests has grown, request by request and without a fixed window.
//!
//! Each half minute adds the logarithm of how much better a grown share explains its requests than the usual one does
//! (Page, Continuous Inspection Schemes, 1954); what speaks against a shift takes away, down to nothing. Services whose half minutes
//! scatter more than independent requests would count for less, by how much more they scatter (quasi-likelihood;
//! McCullagh and Nelder, Generalized Linear Models, chapter 4).
//!
//! Guarantees: finite, constant size.

use serde::{Deserialize, Serialize};

/// Weight of the newest half minute in the scatter.
const SCATTER_FORGETTING: f64 = 0.01;
/// Half minutes in whose mean the scatter is first learned.
const SCATTER_LEARNED: f64 = 30.0;
/// No half minute adds more than this share of what an alarm needs: one alone is never a shift.
const MOST_OF_ONE: f64 = 0.25;
/// No half minute scatters by more than so many times what a shift needs.
const MOST_SCATTER: f64 = 4.0;
/// Added to the expected variance: where almost nothing is expected, one hit is no scatter.
const RARE: f64 = 0.3;
/// Half minutes without evidence after which a shift is over.
const QUIET_FOR_OVER: u32 = 6;
/// Deviations by which the usual share is taken to be larger than it was measured.
const CAREFUL: f64 = 1.5;

/// What one half minute counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Counted {
    /// Requests that could count, and those that did.
    pub(super) requests: f64,
    pub(super) hits: f64,
}

impl Counted {
    pub(super) fn count(&mut self, requests: f64, hit: bool) {
        self.requests += requests;
        self.hits += if hit { requests } else { 0.0 };
    }

    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.hits += other.hits;
    }

    pub(super) fn fade(&mut self, by: f64) {
        self.requests *= by;
        self.hits *= by;
    }

    /// The share, a bit larger than measured where little was measured.
    pub(super) fn careful_share(self) -> f64 {
        let hits = self.hits + 1.0;
        ((hits + CAREFUL * hits.sqrt()) / (self.requests + 2.0 + CAREFUL * hits.sqrt())).clamp(0.001, 0.97)
    }

    pub(super) fn share(self) -> f64 {
        if self.requests > 0.0 { self.hits / self.requests } else { 0.0 }
    }
}

/// The running test of one share.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Evidence {
    sum: f64,
    scatter: f64,
    learned: f64,
    /// Since when the sum is above nothing, and what was counted since.
    since: Option<i64>,
    counted: Counted,
    quiet: u32,
    pub(super) is_shifted: bool,
}

/// What a half minute did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Same,
    Begun,
    Over,
}

impl Evidence {
    /// Judges a half minute against the usual share, with a grown share as the alternative; `needed` is the sum for a shift.
    pub(super) fn step(&mut self, at: i64, counted: Counted, usual: f64, grown: f64, needed: f64) -> Step {
        if counted.requests <= 0.0 || grown <= usual {
            return Step::Same;
        }
        let misses = counted.requests - counted.hits;
        let gain = counted.hits * (grown / usual).ln() + misses * ((1.0 - grown) / (1.0 - usual)).ln();
        let gain = (gain / self.scatter.max(1.0)).clamp(-needed * MOST_OF_ONE, needed * MOST_OF_ONE);
        if !self.is_shifted {
            self.learn_scatter(counted, usual, needed);
        }
        self.sum = (self.sum + gain).clamp(0.0, needed * 2.0);
        if self.sum <= 0.0 && !self.is_shifted {
            (self.since, self.counted) = (None, Counted::default());
            return Step::Same;
        }
        if !self.is_shifted || gain > 0.0 {
            self.since.get_or_insert(at);
            self.counted.add(counted);
        }
        self.turn(gain, needed)
    }

    fn turn(&mut self, gain: f64, needed: f64) -> Step {
        if !self.is_shifted {
            self.is_shifted = self.sum >= needed;
            self.quiet = 0;
            return if self.is_shifted { Step::Begun } else { Step::Same };
        }
        self.quiet = if gain < 0.0 { self.quiet.saturating_add(1) } else { 0 };
        if self.sum > 0.0 && self.quiet < QUIET_FOR_OVER {
            return Step::Same;
        }
        *self = Self { scatter: self.scatter, learned: self.learned, ..Self::default() };
        Step::Over
    }

    /// Whether what comes may be learned as usual.
    pub(super) fn is_calm(&self, needed: f64) -> bool {
        !self.is_shifted && self.sum < needed / 4.0
    }

    pub(super) fn since(&self) -> Option<i64> {
        self.since
    }

    /// The share since the evidence began.
    pub(super) fn share(&self) -> f64 {
        self.counted.share()
    }

    fn learn_scatter(&mut self, counted: Counted, usual: f64, needed: f64) {
        let expected = counted.requests * usual;
        let off = (counted.hits - expected).powi(2) / (expected * (1.0 - usual) + RARE);
        self.learned += 1.0;
        let weight = if self.learned < SCATTER_LEARNED { 1.0 / self.learned } else { SCATTER_FORGETTING };
        // A shift that begins must not teach that shifts are usual.
        self.scatter += weight * (off.min(needed * MOST_SCATTER) - self.scatter);
    }
}

/// How surprising it is that a share is larger than before, as the power of ten of its rarity by chance; 0 where it is not
/// larger. Each count is hits and requests. By the ratio of likelihoods, which never says less than the exact chance would
/// by more than a small factor (Chernoff, 1952).
pub fn more_often(now: (f64, f64), before: (f64, f64)) -> f64 {
    let usable =
        |(hits, requests): (f64, f64)| hits.is_finite() && requests.is_finite() && hits >= 0.0 && requests >= hits;
    if !usable(now) || !usable(before) || now.1 <= 0.0 || before.1 <= 0.0 || now.0 / now.1 <= before.0 / before.1 {
        return 0.0;
    }
    let part = |(hits, requests): (f64, f64), share: f64| {
        let term = |count: f64, share: f64| if count > 0.0 { count * share.max(f64::MIN_POSITIVE).ln() } else { 0.0 };
        term(hits, share) + term(requests - hits, 1.0 - share)
    };
    let both = (now.0 + before.0) / (now.1 + before.1);
    let apart = part(now, now.0 / now.1) + part(before, before.0 / before.1);
    let ratio = apart - part(now, both) - part(before, both);
    (ratio / std::f64::consts::LN_10).max(0.0)
}
