//! What changed, and when? Change points of level in many series, ranked by how close they are to the onset of a trouble.
//!
//! A series is laid on an even grid without its daily season, its values are bounded by their usual scatter, and the place
//! where a shift of level explains it best is looked for, in seeded intervals of all lengths (`search`). A place counts
//! when noise that depends on itself as much as this series does would hardly make one like it. docs/change-points.md has
//! the method and how often it is right.
//!
//! Guarantees: any numbers at any times in any order are taken; work is bounded whatever the length of a series;
//! [`what_changed`] keeps at most so many answers as it is asked for; the same input gives the same answer.
//!
//! Deliberately absent: causes (close in time is not why), slopes that change, IO, a clock.

mod even;
mod search;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// Change points of one series at most.
const CHANGES: usize = 8;
/// Seconds before and after an onset within which a change counts half as much as at the onset itself, beside how uncertain it is.
const CLOSE_SECONDS: f64 = 120.0;
/// What comes after the onset is rather its consequence: its distance counts so many times.
const AFTERWARDS: f64 = 3.0;
/// Sizes beyond this, in deviations, count as this: one huge change must not outweigh how close the others are.
const LARGE: f64 = 10.0;

/// A point of a series: unix seconds and value.
pub type Point = (i64, f64);

/// A change of level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChangePoint {
    /// Unix seconds of the first point of the new level.
    pub at_unix_seconds: i64,
    /// By how many seconds that may be off.
    pub uncertain_seconds: i64,
    /// The usual level before, and from then on.
    pub before: f64,
    /// See `before`.
    pub after: f64,
    /// How large the change is beside the usual scatter.
    pub deviations: f64,
    /// How strong the evidence is, as the power of ten of its rarity where nothing changed.
    pub surprise: f64,
}

/// A series that changed, and how well it fits an onset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ranked<'a> {
    /// The name that the series was given with.
    pub name: &'a str,
    /// Its change that fits best.
    pub change: ChangePoint,
    /// Seconds from the onset to the change; negative before the onset.
    pub distance_seconds: i64,
    /// In 0..=1, 1 for a large change at the onset.
    pub fit: f64,
}

/// The changes of level in a series, in the order of time.
pub fn change_points(points: &[Point]) -> Vec<ChangePoint> {
    let Some(even) = even::Even::of(points) else { return Vec::new() };
    let mut found = search::changes(&even);
    found.truncate(CHANGES);
    let mut changes: Vec<ChangePoint> = found.iter().map(|found| told(&even, found)).collect();
    changes.sort_by_key(|change| change.at_unix_seconds);
    changes
}

/// The series that changed, the best fit to the onset first, at most `most` of them.
pub fn what_changed<'a>(
    series: impl IntoIterator<Item = (&'a str, &'a [Point])>,
    onset_unix_seconds: i64,
    most: usize,
) -> Vec<Ranked<'a>> {
    let mut ranked: Vec<Ranked<'a>> = Vec::new();
    for (name, points) in series {
        let fits = change_points(points).into_iter().map(|change| fitted(name, change, onset_unix_seconds));
        ranked.extend(fits.max_by(|one, other| one.fit.total_cmp(&other.fit)));
        // Kept short all the time: the series may be many.
        if ranked.len() > most.saturating_mul(2).saturating_add(16) {
            best_first(&mut ranked, most);
        }
    }
    best_first(&mut ranked, most);
    ranked
}

fn best_first(ranked: &mut Vec<Ranked<'_>>, most: usize) {
    ranked.sort_by(|one, other| other.fit.total_cmp(&one.fit).then_with(|| one.name.cmp(other.name)));
    ranked.truncate(most);
}

fn fitted(name: &str, change: ChangePoint, onset: i64) -> Ranked<'_> {
    let distance = change.at_unix_seconds.saturating_sub(onset);
    let far = distance as f64 * if distance > 0 { AFTERWARDS } else { 1.0 };
    let close = CLOSE_SECONDS + change.uncertain_seconds as f64;
    let size = change.deviations.min(LARGE) / LARGE;
    let fit = size.sqrt() / (1.0 + (far / close).powi(2));
    Ranked { name, change, distance_seconds: distance, fit }
}

fn told(even: &even::Even, found: &search::Found) -> ChangePoint {
    ChangePoint {
        at_unix_seconds: even.time_of(found.at),
        uncertain_seconds: (found.uncertain * even.step).ceil() as i64,
        before: found.before * even.scale + even.middle,
        after: found.after * even.scale + even.middle,
        deviations: (found.after - found.before).abs() / even.scatter.max(f64::MIN_POSITIVE),
        surprise: found.surprise,
    }
}
