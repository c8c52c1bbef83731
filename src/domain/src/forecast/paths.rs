//! Possible futures: each draws a line from what is known of it, and new noise from what was new in the past.
//!
//! Guarantees: `FUTURES` futures of at most `AHEAD` times the history; the same for the same history.

use super::fit::Fit;

/// How many futures are drawn.
const FUTURES: usize = 500;
/// How far is looked ahead, in lengths of the history.
const AHEAD: f64 = 2.0;
/// A slope never goes on more steadily than by this share of itself: what uses a resource changes.
const UNSTEADY: f64 = 0.08;

/// When the futures reach the limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Futures {
    /// In which step each future that reaches it does, from 0, ascending.
    reached: Vec<usize>,
    /// The share of them whose line rises.
    pub(super) rising: f64,
    /// The middle slope, a step.
    pub(super) slope: f64,
    /// How many steps were looked ahead.
    pub(super) ahead: usize,
}

impl Futures {
    /// The step, from 0, in which this share of all futures has reached the limit.
    pub(super) fn after(&self, share: f64) -> Option<usize> {
        self.reached.get((share * FUTURES as f64) as usize).copied()
    }

    pub(super) fn median(&self) -> Option<usize> {
        self.after(0.5)
    }

    /// The share of all futures that reach the limit.
    pub(super) fn chance(&self) -> f64 {
        self.reached.len() as f64 / FUTURES as f64
    }
}

/// Draws the futures of a level, to which a season is added.
pub(super) fn draw(level: &[f64], fits: &[Fit], bound: f64, season: impl Fn(usize) -> f64) -> Futures {
    let ahead = (level.len() as f64 * AHEAD) as usize;
    let mut dice = Dice(0x5eed);
    let newest = level.last().copied().unwrap_or_default();
    let limits: Vec<f64> = (0..ahead).map(|step| bound - season(level.len() + step)).collect();
    let (mut reached, mut rising) = (Vec::with_capacity(FUTURES), 0);
    let (mut slopes, mut mass, mut which) = (Vec::with_capacity(FUTURES), 0.0, fits.iter());
    let Some(mut fit) = which.next() else {
        return Futures { reached, rising: 0.0, slope: 0.0, ahead };
    };
    mass += fit.weight;
    for future in 0..FUTURES {
        // Each fit gets as many futures as its weight says.
        while (future as f64 + 0.5) / FUTURES as f64 > mass {
            let Some(next) = which.next() else { break };
            fit = next;
            mass += fit.weight;
        }
        let slope = fit.slope + fit.slope_deviation * dice.student(fit.freedom);
        let line = fit.level + fit.level_deviation * dice.student(fit.freedom) + slope * fit.ahead;
        rising += usize::from(slope > 0.0);
        let slope = slope * (1.0 + UNSTEADY * dice.student(fit.freedom));
        slopes.push(slope);
        if let Some(step) = first_reach(&mut dice, fit, (line, slope), newest, &limits) {
            reached.push(step);
        }
    }
    reached.sort_unstable();
    slopes.sort_by(f64::total_cmp);
    let slope = slopes.get(FUTURES / 2).copied().unwrap_or_default();
    Futures { reached, rising: rising as f64 / FUTURES as f64, slope, ahead }
}

fn first_reach(dice: &mut Dice, fit: &Fit, (line, slope): (f64, f64), newest: f64, limits: &[f64]) -> Option<usize> {
    let mut off = newest - line;
    let mut line = line;
    for (step, limit) in limits.iter().enumerate() {
        let new = fit.news.get(dice.below(fit.news.len())).copied().unwrap_or_default();
        off = fit.stays * off + new;
        line += slope;
        if line + off >= *limit {
            return Some(step);
        }
    }
    None
}

/// Numbers that look random and are the same each time (splitmix64; Steele, Lea, Flood, 2014).
struct Dice(u64);

impl Dice {
    fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut state = self.0;
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((state ^ (state >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.even() * bound as f64) as usize
    }

    /// Student's distribution with a freedom, from a normal number by its expansion (Abramowitz and Stegun 26.7.5).
    fn student(&mut self, freedom: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.even()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.even()).cos();
        let (cube, fifth) = (normal.powi(3), normal.powi(5));
        let first = (cube + normal) / (4.0 * freedom);
        let second = (5.0 * fifth + 16.0 * cube + 3.0 * normal) / (96.0 * freedom * freedom);
        normal + first + second
    }
}
