//! A forecast as times and words.

use super::grid::Grid;
use super::paths::Futures;
use super::{Confidence, Exhaustion};

/// What was seen in the history.
pub(super) struct Seen {
    pub(super) season: Option<&'static str>,
    pub(super) resets: usize,
    /// Whether only what followed a leap towards the limit was looked at.
    pub(super) leapt: bool,
    /// Whether the peaks before the resets were looked at instead of the series.
    pub(super) freed: bool,
}

/// The limit is reached now.
pub(super) fn reached(now: i64) -> Exhaustion {
    Exhaustion {
        at_median: now,
        earliest: now,
        latest: Some(now),
        chance: 1.0,
        confidence: Confidence::High,
        how: "it is at its limit now".to_owned(),
    }
}

/// A forecast from futures that reach the limit.
pub(super) fn told(grid: &Grid, futures: &Futures, now: i64, seen: &Seen) -> Exhaustion {
    // A step is known by its end only: the interval holds the whole of its first and of its last one.
    let end_of = |step: usize| ((grid.end + (step as f64 + 1.0) * grid.step).ceil() as i64).max(now);
    let median = end_of(futures.median().unwrap_or_default());
    let earliest =
        (end_of(futures.after(0.05).unwrap_or_default()).saturating_sub(grid.step as i64)).clamp(now, median);
    let latest = futures.after(0.95).map(end_of);
    let left = median.saturating_sub(now) as f64;
    let confidence = match latest {
        Some(latest) if (latest.saturating_sub(earliest) as f64) < left / 3.0 => Confidence::High,
        Some(latest) if (latest.saturating_sub(earliest) as f64) < left => Confidence::Fair,
        _ => Confidence::Low,
    };
    Exhaustion {
        at_median: median,
        earliest,
        latest,
        chance: futures.chance(),
        confidence,
        how: how(grid, futures, seen),
    }
}

fn how(grid: &Grid, futures: &Futures, seen: &Seen) -> String {
    let what = if seen.freed { "its peaks before it is freed move" } else { "it moves" };
    let rate = short(futures.slope.abs() * 86_400.0 / grid.step);
    let length = duration(grid.values.len() as f64 * grid.step);
    let mut text = format!("{what} by {rate} a day towards the limit, by the last {length}");
    if let Some(season) = seen.season {
        text.push_str(&format!(", {season} season taken out"));
    }
    match seen.resets {
        0 => {}
        1 => text.push_str(", since it was freed once"),
        resets => text.push_str(&format!(", freed {resets} times")),
    }
    if seen.leapt {
        text.push_str(", since it leapt towards it");
    }
    text
}

/// About three digits.
fn short(number: f64) -> String {
    match number {
        large if large >= 1e6 => format!("{large:.2e}"),
        large if large >= 100.0 => format!("{large:.0}"),
        middle if middle >= 1.0 => format!("{middle:.2}"),
        small if small >= 0.001 => format!("{small:.4}"),
        tiny => format!("{tiny:.2e}"),
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        days if days >= 2.0 * 86_400.0 => format!("{:.0} days", days / 86_400.0),
        hours if hours >= 2.0 * 3_600.0 => format!("{:.0} hours", hours / 3_600.0),
        minutes => format!("{:.0} minutes", minutes / 60.0),
    }
}
