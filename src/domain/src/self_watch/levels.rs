//! From figures to levels, each with two bounds: what begins a notice is worse than what ends it.

use super::Level;
use crate::sense::uptime::Uptime;

/// Below this share of an hour, per mille, an endpoint is trouble (A14: 90 %).
const UPTIME_BAD: u16 = 900;

/// From this share on it is none.
const UPTIME_GOOD: u16 = 950;

/// Fewer checks say nothing of an hour.
const CHECKS: u64 = 5;

/// Below this confidence, per mille, a decision is unsure.
const UNSURE: u16 = 600;

/// So many unsure decisions in a row are trouble.
const IN_A_ROW: usize = 3;

/// The level of an endpoint's last hour. No figure is no all clear.
pub fn uptime(hour: &Uptime) -> Level {
    match hour.per_mille() {
        Some(share) if share >= UPTIME_GOOD => Level::Good,
        Some(share) if share < UPTIME_BAD && hour.made >= CHECKS => Level::Bad,
        _ => Level::Between,
    }
}

/// The level of decisions by their confidence per mille, the newest first.
pub fn confidence(newest_first: &[u16]) -> Level {
    match newest_first.get(..IN_A_ROW) {
        Some(last) if last.iter().all(|confidence| *confidence < UNSURE) => Level::Bad,
        _ if newest_first.first().is_none_or(|newest| *newest >= UNSURE) => Level::Good,
        _ => Level::Between,
    }
}

/// The level of an environment that began so many actions by itself within the hour. Where none may begin, that is no
/// trouble but a wish.
pub fn cap(begun: u32, cap: u32) -> Level {
    if cap > 0 && begun >= cap { Level::Bad } else { Level::Good }
}
