//! Resources whose future is known: what fills a disk, a quota, a memory, in the ways that are seen in the wild.
//!
//! Where the name does not say that the growth is steady, its rate wanders by about a sixth in the time of the history: nobody
//! writes the same number of bytes for ever.

use super::noise::Noise;

/// A way in which a resource is used, an hour a value.
pub struct Resource {
    /// What it is.
    pub name: &'static str,
    /// Whether it fills up at all: of the others nothing should be foretold.
    pub fills: bool,
    /// Hours of history.
    pub history: usize,
    /// The values of history and future.
    pub values: fn(&mut Noise, usize) -> Vec<f64>,
}

/// By how much the logarithm of a rate wanders in the time of the history.
const WANDER: f64 = 0.15;

/// All ways.
pub const RESOURCES: &[Resource] = &[
    Resource { name: "steady line, white noise", fills: true, history: 240, values: line },
    Resource { name: "line, white noise", fills: true, history: 240, values: wandering },
    Resource { name: "line, noise that stays", fills: true, history: 240, values: staying },
    Resource { name: "random walk with drift", fills: true, history: 240, values: walk },
    Resource { name: "line and daily season", fills: true, history: 240, values: daily },
    Resource { name: "grows by day only", fills: true, history: 240, values: by_day },
    Resource { name: "grows on weekdays only", fills: true, history: 672, values: by_weekday },
    Resource { name: "rare large writes", fills: true, history: 480, values: bursts },
    Resource { name: "steady, slope doubled lately", fills: true, history: 240, values: steeper },
    Resource { name: "cleaned up once", fills: true, history: 240, values: cleaned },
    Resource { name: "rotated, peaks rise", fills: true, history: 480, values: rotated_rising },
    Resource { name: "rotated, peaks stay", fills: false, history: 480, values: rotated },
    Resource { name: "noise only", fills: false, history: 240, values: flat },
    Resource { name: "daily season only", fills: false, history: 240, values: daily_only },
    Resource { name: "random walk, no drift", fills: false, history: 240, values: walk_only },
    Resource { name: "filled once, flat since", fills: false, history: 240, values: saturated },
];

fn collect(hours: usize, value: impl FnMut(usize) -> f64) -> Vec<f64> {
    (0..hours).map(value).collect()
}

fn sine(hour: usize, period: f64) -> f64 {
    (hour as f64 / period * std::f64::consts::TAU).sin()
}

/// Growth whose rate wanders.
struct Growth {
    rate: f64,
    level: f64,
    wander: f64,
    each: f64,
}

impl Growth {
    fn new(rate: f64, hours: usize) -> Self {
        // The history is a fifth of the hours.
        Self { rate, level: 0.0, wander: 0.0, each: WANDER / (hours as f64 / 5.0).sqrt() }
    }

    fn grow(&mut self, noise: &mut Noise, share: f64) -> f64 {
        self.wander += self.each * noise.normal();
        self.level += self.rate * self.wander.exp() * share;
        self.level
    }
}

fn line(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let (slope, wide) = (noise.between(0.2, 2.0), noise.between(1.0, 20.0));
    collect(hours, |hour| slope * hour as f64 + wide * noise.normal())
}

fn wandering(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let (mut growth, wide) = (Growth::new(noise.between(0.2, 2.0), hours), noise.between(1.0, 20.0));
    collect(hours, |_| growth.grow(noise, 1.0) + wide * noise.normal())
}

fn staying(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let mut growth = Growth::new(noise.between(0.2, 2.0), hours);
    let (wide, stays) = (noise.between(1.0, 8.0), noise.between(0.7, 0.97));
    let mut off = 0.0;
    collect(hours, |_| {
        off = stays * off + wide * noise.normal();
        growth.grow(noise, 1.0) + off
    })
}

fn walk(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let (slope, wide) = (noise.between(0.5, 2.0), noise.between(0.5, 4.0));
    let mut level = 0.0;
    collect(hours, |_| {
        level += slope + wide * noise.normal();
        level
    })
}

fn daily(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let mut growth = Growth::new(noise.between(0.2, 2.0), hours);
    let (wide, high) = (noise.between(1.0, 5.0), noise.between(10.0, 60.0));
    collect(hours, |hour| growth.grow(noise, 1.0) + high * sine(hour, 24.0) + wide * noise.normal())
}

fn by_day(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let (mut growth, wide) = (Growth::new(noise.between(0.5, 3.0), hours), noise.between(0.1, 1.0));
    collect(hours, |hour| {
        let busy = if (8..20).contains(&(hour % 24)) { 2.0 } else { 0.1 };
        let share = busy * (1.0 + wide * noise.normal()).max(0.0);
        growth.grow(noise, share)
    })
}

fn by_weekday(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let (mut growth, wide) = (Growth::new(noise.between(0.5, 3.0), hours), noise.between(0.1, 1.0));
    collect(hours, |hour| {
        let busy = if hour / 24 % 7 < 5 { 1.4 } else { 0.1 };
        let share = busy * (1.0 + wide * noise.normal()).max(0.0);
        growth.grow(noise, share)
    })
}

fn bursts(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let (often, large) = (noise.between(0.05, 0.3), noise.between(5.0, 20.0));
    let mut level = 0.0;
    collect(hours, |_| {
        if noise.happens(often) {
            level += large * noise.pareto(2.5);
        }
        level + noise.normal() * 0.1
    })
}

fn steeper(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let (slope, wide, since) = (noise.between(0.5, 2.0), noise.between(1.0, 5.0), noise.between(90.0, 170.0));
    collect(hours, |hour| slope * (hour as f64 + (hour as f64 - since).max(0.0)) + wide * noise.normal())
}

fn cleaned(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let mut growth = Growth::new(noise.between(0.5, 2.0), hours);
    let (wide, since) = (noise.between(0.5, 3.0), noise.below(120) + 40);
    collect(hours, |hour| {
        let freed = if hour >= since { 200.0 } else { 0.0 };
        300.0 + growth.grow(noise, 1.0) - freed + wide * noise.normal()
    })
}

fn saw(noise: &mut Noise, hours: usize, rise: f64) -> Vec<f64> {
    let (slope, wide, every) = (noise.between(2.0, 5.0), noise.between(0.5, 2.0), noise.below(12) + 20);
    let mut level = 0.0;
    collect(hours, |hour| {
        level = if hour % every == 0 { rise * hour as f64 } else { level + slope + wide * noise.normal() };
        level
    })
}

fn rotated_rising(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let rise = noise.between(0.2, 0.6);
    saw(noise, hours, rise)
}

fn rotated(noise: &mut Noise, hours: usize) -> Vec<f64> {
    saw(noise, hours, 0.0)
}

fn flat(noise: &mut Noise, hours: usize) -> Vec<f64> {
    collect(hours, |_| 50.0 + 5.0 * noise.normal())
}

fn daily_only(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let wide = noise.between(1.0, 10.0);
    collect(hours, |hour| 50.0 + 20.0 * sine(hour, 24.0) + wide * noise.normal())
}

fn walk_only(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let mut level = 0.0;
    collect(hours, |_| {
        level += noise.normal();
        level
    })
}

fn saturated(noise: &mut Noise, hours: usize) -> Vec<f64> {
    let full = noise.between(40.0, 120.0);
    collect(hours, |hour| (hour as f64).min(full) + noise.normal())
}
