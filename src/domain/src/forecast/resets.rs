//! Where a growing series was freed: rotated logs, restarted processes, renewed certificates, quotas that begin anew.
//!
//! A reset is a fall, in one step, by much more than the series moves otherwise. One that happens again and again is how
//! the resource lives; then only what its peaks do matters. A leap is the reverse, one step towards the limit that dwarfs
//! all others: what came before it says nothing of how the resource is filled since.

use super::grid::Grid;

/// A reset falls by so many usual steps.
const USUAL_STEPS: f64 = 7.0;
/// And by this share of the whole range.
const OF_RANGE: f64 = 0.1;
/// A leap makes up this share of the whole range.
const LEAP_OF_RANGE: f64 = 0.5;
/// Resets from which on the next one is expected.
const AGAIN_AND_AGAIN: usize = 2;
/// A rise beyond the largest peak by this share of a usual rise says that the next reset did not come.
const OVERDUE: f64 = 0.25;

/// The highest values before each reset.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Peaks {
    pub(super) values: Vec<f64>,
    /// Seconds from one to the next.
    pub(super) seconds_between: f64,
    /// Unix seconds of the last one.
    pub(super) last_at: f64,
    usual_rise: f64,
}

impl Peaks {
    /// Whether a value says that the next reset did not come.
    pub(super) fn is_overdue(&self, value: f64) -> bool {
        let highest = self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        value > highest + OVERDUE * self.usual_rise
    }
}

/// The buckets at which growth begins anew.
pub(super) fn find(values: &[f64]) -> Vec<usize> {
    let smooth = without_spikes(values);
    let steps_of = |values: &[f64]| -> Vec<f64> {
        values.iter().zip(values.iter().skip(1)).map(|(one, next)| next - one).collect()
    };
    let steps = steps_of(&smooth);
    let sizes: Vec<f64> = steps_of(values).iter().map(|step| step.abs()).collect();
    let usual = quantile(&sizes, 0.5);
    let range = quantile(&smooth, 0.98) - quantile(&smooth, 0.02);
    let fall = (usual * USUAL_STEPS).max(range * OF_RANGE);
    let falls = |(_, step): &(usize, &f64)| fall > 0.0 && **step <= -fall;
    steps.iter().enumerate().filter(falls).map(|(before, _)| before + 1).collect()
}

/// The bucket after the largest leap towards the limit, where one dwarfs all else that the series does.
pub(super) fn leap(values: &[f64]) -> Option<usize> {
    let sizes: Vec<f64> = values.iter().zip(values.iter().skip(1)).map(|(one, next)| (next - one).abs()).collect();
    // A leap within a bucket shows in both steps around it.
    let rises = values.iter().zip(values.iter().skip(2)).map(|(one, later)| later - one);
    let (before, rise) = rises.enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let is_leap = rise > quantile(&sizes, 0.5) * USUAL_STEPS && rise > (highest - lowest) * LEAP_OF_RANGE;
    is_leap.then_some(before + 2)
}

/// The peaks between the resets; `None` while they are too few.
pub(super) fn peaks(grid: &Grid, resets: &[usize]) -> Option<Peaks> {
    if resets.len() < AGAIN_AND_AGAIN {
        return None;
    }
    let mut values = Vec::with_capacity(resets.len());
    let mut rises = 0.0;
    let mut since = 0;
    for reset in resets {
        let cycle = grid.values.get(since..*reset).unwrap_or_default();
        let highest = cycle.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lowest = cycle.iter().copied().fold(f64::INFINITY, f64::min);
        since = *reset;
        if highest.is_finite() {
            values.push(highest);
            rises += highest - lowest;
        }
    }
    let (first, last) = (resets.first()?, resets.last()?);
    let cycles = (resets.len() - 1).max(1) as f64;
    Some(Peaks {
        usual_rise: rises / values.len().max(1) as f64,
        seconds_between: ((last - first) as f64 / cycles * grid.step).max(grid.step),
        last_at: grid.time_of(last.saturating_sub(1)),
        values,
    })
}

/// The middle of each three, so that one strange bucket is no reset.
fn without_spikes(values: &[f64]) -> Vec<f64> {
    let middle = |at: usize| {
        let here = values.get(at).copied().unwrap_or_default();
        let before = at.checked_sub(1).and_then(|before| values.get(before)).copied().unwrap_or(here);
        let after = values.get(at + 1).copied().unwrap_or(here);
        here.clamp(before.min(after), before.max(after))
    };
    (0..values.len()).map(middle).collect()
}

/// The value below which this share of them lies.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}
