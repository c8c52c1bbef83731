//! Where the level changes, and whether chance would do as well.
//!
//! Intervals of all lengths, each overlapping the next by half, are searched for the place at which the means before and
//! after differ most beside the noise (seeded binary segmentation; Kovács, Bühlmann, Li and Munk, Biometrika 2023). The
//! strongest place is taken first; intervals that hold it are done. The noise is that of the series around its level, and
//! counts for more where it depends on itself (its long-run variance, from differences, which levels do not enter).

use super::even::Even;

/// The shortest interval, and how much longer the next ones are.
const SHORTEST: usize = 12;
const LONGER: f64 = 1.5;
/// Places on each side of a change at least.
const SIDE: usize = 4;
/// How strong a place must be, in deviations of a mean: 2 ln of all places is exceeded by chance in the best case only, the rest
/// is for noise that is not normal.
const BEYOND_CHANCE: f64 = 1.15;
/// Places of a block, and blocks from which on their means tell of the noise.
const BLOCK: usize = 12;
const BLOCKS: usize = 20;
/// A change is worth telling from so many deviations of single points.
const LEAST_SIZE: f64 = 0.75;

/// A change at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) before: f64,
    pub(super) after: f64,
    pub(super) surprise: f64,
    /// Places by which it may be off.
    pub(super) uncertain: f64,
}

struct Candidate {
    from: usize,
    to: usize,
    at: usize,
    strength: f64,
}

/// The changes, the strongest first.
pub(super) fn changes(even: &Even) -> Vec<Found> {
    let sums = sums(&even.values);
    let noise = long_run_deviation(&even.values);
    let count = even.values.len();
    let needed = (2.0 * (count as f64).ln()).sqrt() * BEYOND_CHANCE;
    let mut candidates: Vec<Candidate> =
        intervals(count).into_iter().filter_map(|(from, to)| best_place(&sums, from, to, noise)).collect();
    candidates.retain(|candidate| candidate.strength >= needed);
    candidates.sort_by(|one, other| other.strength.total_cmp(&one.strength).then(one.from.cmp(&other.from)));
    let mut taken: Vec<(usize, f64)> = Vec::new();
    for candidate in &candidates {
        if taken.iter().all(|(at, _)| *at + SIDE <= candidate.from || *at >= candidate.to + SIDE) {
            taken.push((candidate.at, candidate.strength));
        }
    }
    let mut found = settled(&sums, count, noise, needed, taken);
    found.retain(|found| (found.after - found.before).abs() >= LEAST_SIZE * even.scatter.max(noise / 4.0));
    found.sort_by(|one, other| other.surprise.total_cmp(&one.surprise));
    found
}

/// Each place once more, between its neighbours, until what is left is strong enough there as well.
fn settled(sums: &[f64], count: usize, noise: f64, needed: f64, taken: Vec<(usize, f64)>) -> Vec<Found> {
    let mut places: Vec<usize> = taken.iter().map(|(at, _)| *at).collect();
    places.sort_unstable();
    loop {
        let edges: Vec<usize> = std::iter::once(0).chain(places.iter().copied()).chain([count]).collect();
        let mut found: Vec<Found> = Vec::new();
        let mut weakest: Option<(f64, usize)> = None;
        for (index, edge) in edges.windows(3).enumerate() {
            let [from, _, to] = edge else { continue };
            let Some(best) = best_place(sums, *from, *to, noise) else {
                weakest = Some((0.0, index));
                continue;
            };
            if weakest.is_none_or(|(least, _)| best.strength < least) {
                weakest = Some((best.strength, index));
            }
            found.push(described(sums, &best, noise));
        }
        match weakest {
            Some((strength, index)) if strength < needed => {
                places.remove(index.min(places.len().saturating_sub(1)));
            }
            _ => return found,
        }
    }
}

fn described(sums: &[f64], best: &Candidate, noise: f64) -> Found {
    let (before, after) = (mean(sums, best.from, best.at), mean(sums, best.at, best.to));
    let size = (after - before).abs().max(f64::MIN_POSITIVE);
    // The normal tail (Mills), with a price for every place that was tried.
    let tail = best.strength * best.strength / 2.0 - ((best.to - best.from) as f64).ln();
    Found {
        at: best.at,
        before,
        after,
        surprise: (tail / std::f64::consts::LN_10).max(0.0),
        uncertain: (4.0 * (noise / size).powi(2)).clamp(1.0, (best.to - best.from) as f64),
    }
}

fn sums(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |value: &f64| {
        sum += value;
        sum
    };
    std::iter::once(0.0).chain(values.iter().map(add)).collect()
}

fn mean(sums: &[f64], from: usize, to: usize) -> f64 {
    let at = |place: usize| sums.get(place).copied().unwrap_or_default();
    (at(to) - at(from)) / to.saturating_sub(from).max(1) as f64
}

/// The place of an interval where the means differ most beside the noise.
fn best_place(sums: &[f64], from: usize, to: usize, noise: f64) -> Option<Candidate> {
    let strength = |at: usize| {
        let (left, right) = ((at - from) as f64, (to - at) as f64);
        (mean(sums, from, at) - mean(sums, at, to)).abs() * (left * right / (left + right)).sqrt() / noise
    };
    let places = from + SIDE..(to + 1).saturating_sub(SIDE);
    let best = places.map(|at| (at, strength(at))).max_by(|one, other| one.1.total_cmp(&other.1))?;
    Some(Candidate { from, to, at: best.0, strength: best.1 })
}

fn intervals(count: usize) -> Vec<(usize, usize)> {
    let mut intervals = vec![(0, count)];
    let mut length = SHORTEST as f64;
    while (length as usize) < count {
        let whole = length as usize;
        let starts = (0..=count - whole).step_by((whole / 2).max(1));
        intervals.extend(starts.map(|from| (from, from + whole)));
        intervals.push((count - whole, count));
        length *= LONGER;
    }
    intervals
}

/// The deviation of the noise as it counts in long means. Differences of neighbours and of second neighbours tell how much
/// the noise depends on itself; the usual difference stands for all, so that a few edges do not count.
fn long_run_deviation(values: &[f64]) -> f64 {
    let usual = |apart: usize| {
        let differences: Vec<f64> =
            values.iter().zip(values.iter().skip(apart)).map(|(one, next)| (next - one).powi(2)).collect();
        let middle = super::even::quantile(&differences, 0.5) / 0.455;
        let mean = differences.iter().sum::<f64>() / differences.len().max(1) as f64;
        // Where most values repeat the one before, the middle is nothing.
        if middle > 0.0 { middle } else { mean }
    };
    let (first, second) = (usual(1), usual(2));
    let stays = if first > 0.0 { (second / first - 1.0).clamp(0.0, 0.95) } else { 0.0 };
    let variance = first / 2.0 / (1.0 - stays);
    let long_run = variance * (1.0 + stays) / (1.0 - stays);
    long_run.sqrt().max(deviation_of_blocks(values)).max(1e-3)
}

/// The same from the means of blocks: bursts that come again and again show there, while one change of level is between two
/// blocks only.
fn deviation_of_blocks(values: &[f64]) -> f64 {
    let means: Vec<f64> = values.chunks_exact(BLOCK).map(|block| block.iter().sum::<f64>() / BLOCK as f64).collect();
    if means.len() < BLOCKS {
        return 0.0;
    }
    let steps: Vec<f64> = means.iter().zip(means.iter().skip(1)).map(|(one, next)| (next - one).abs()).collect();
    // Of normal noise a tenth is beyond 1.645 deviations.
    super::even::quantile(&steps, 0.9) / 1.645 * (BLOCK as f64 / 2.0).sqrt()
}
