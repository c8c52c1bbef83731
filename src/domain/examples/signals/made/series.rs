//! Healthy series of many kinds, as a fleet has them.

use super::noise::Noise;

/// A kind of series.
pub struct Kind {
    /// What it is.
    pub name: &'static str,
    /// About the deviation around its level.
    pub deviation: f64,
    /// Whether it has a daily or weekly season.
    pub days: bool,
    /// So many values, so many seconds apart.
    pub values: fn(&mut Noise, usize, i64) -> Vec<f64>,
}

/// All kinds.
pub const KINDS: &[Kind] = &[
    Kind { name: "even noise", deviation: 5.0, days: false, values: even },
    Kind { name: "noise that stays", deviation: 5.0, days: false, values: staying },
    Kind { name: "heavy tails", deviation: 3.0, days: false, values: heavy },
    Kind { name: "a counter's rate", deviation: 2.0, days: false, values: counts },
    Kind { name: "sparse", deviation: 1.0, days: false, values: sparse },
    Kind { name: "bursts", deviation: 5.0, days: false, values: bursty },
    Kind { name: "steps of a gauge", deviation: 1.5, days: false, values: gauge },
    Kind { name: "daily season", deviation: 3.0, days: true, values: daily },
    Kind { name: "daily and weekly season", deviation: 3.0, days: true, values: weekly },
    Kind { name: "a job each night", deviation: 2.0, days: true, values: nightly },
    Kind { name: "counter's rate, daily", deviation: 6.0, days: true, values: daily_counts },
    Kind { name: "wanders within bounds", deviation: 5.0, days: true, values: wandering },
];

fn collect(count: usize, value: impl FnMut(usize) -> f64) -> Vec<f64> {
    (0..count).map(value).collect()
}

fn day(at: usize, step: i64) -> f64 {
    ((at as f64 * step as f64) / 86_400.0 * std::f64::consts::TAU).sin()
}

fn weekday(at: usize, step: i64) -> bool {
    at as i64 * step / 86_400 % 7 < 5
}

fn even(noise: &mut Noise, count: usize, _: i64) -> Vec<f64> {
    collect(count, |_| 50.0 + 5.0 * noise.normal())
}

fn staying(noise: &mut Noise, count: usize, _: i64) -> Vec<f64> {
    let stays = noise.between(0.3, 0.9);
    let new = 5.0 * (1.0 - stays * stays).sqrt();
    let mut off = 0.0;
    collect(count, |_| {
        off = stays * off + new * noise.normal();
        50.0 + off
    })
}

fn heavy(noise: &mut Noise, count: usize, _: i64) -> Vec<f64> {
    collect(count, |_| 10.0 * noise.pareto(3.0))
}

fn counts(noise: &mut Noise, count: usize, _: i64) -> Vec<f64> {
    let mean = noise.between(2.0, 8.0);
    collect(count, |_| noise.count(mean))
}

fn sparse(noise: &mut Noise, count: usize, _: i64) -> Vec<f64> {
    let often = noise.between(0.005, 0.05);
    collect(count, |_| if noise.happens(often) { 1.0 + noise.count(1.0) } else { 0.0 })
}

fn bursty(noise: &mut Noise, count: usize, _: i64) -> Vec<f64> {
    let mut left = 0;
    let mut high = 0.0;
    collect(count, |_| {
        if left == 0 && noise.happens(0.01) {
            (left, high) = (3 + noise.below(12), 10.0 + 30.0 * noise.exponential());
        }
        left = usize::saturating_sub(left, 1);
        10.0 + noise.normal() + if left > 0 { high } else { 0.0 }
    })
}

fn gauge(noise: &mut Noise, count: usize, _: i64) -> Vec<f64> {
    let mut level = 10.0;
    collect(count, |_| {
        if noise.happens(0.05) {
            level = 10.0 + (1.5 * noise.normal()).round();
        }
        level
    })
}

fn daily(noise: &mut Noise, count: usize, step: i64) -> Vec<f64> {
    let high = noise.between(10.0, 40.0);
    collect(count, |at| 100.0 + high * day(at, step) + 3.0 * noise.normal())
}

fn weekly(noise: &mut Noise, count: usize, step: i64) -> Vec<f64> {
    let high = noise.between(10.0, 40.0);
    collect(count, |at| {
        let high = if weekday(at, step) { high } else { high * 0.3 };
        100.0 + high * (1.0 + day(at, step)) + 3.0 * noise.normal()
    })
}

fn nightly(noise: &mut Noise, count: usize, step: i64) -> Vec<f64> {
    let (mut late, mut today) = (0.0, i64::MIN);
    collect(count, |at| {
        let second = at as i64 * step;
        if second / 86_400 != today {
            (today, late) = (second / 86_400, 600.0 * noise.normal());
        }
        let of_day = (second % 86_400) as f64 - 7_200.0 - late;
        let job = if (0.0..2_400.0).contains(&of_day) { 60.0 } else { 0.0 };
        20.0 + job + 2.0 * noise.normal()
    })
}

fn daily_counts(noise: &mut Noise, count: usize, step: i64) -> Vec<f64> {
    let mean = noise.between(10.0, 60.0);
    collect(count, |at| noise.count(mean * (1.0 + 0.6 * day(at, step))))
}

fn wandering(noise: &mut Noise, count: usize, step: i64) -> Vec<f64> {
    // Comes back within about two hours.
    let stays = (-(step as f64) / 7_200.0).exp();
    let new = 5.0 * (1.0 - stays * stays).sqrt();
    let mut off = 0.0;
    collect(count, |_| {
        off = stays * off + new * noise.normal();
        70.0 + off
    })
}
