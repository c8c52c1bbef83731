//! Measures change points on made series: `cargo run --release -p domain --example signals -- change-points`
//!
//! Prints per kind of noise how many series without a change get one all the same, and for changes of known size which share
//! is found, which share of what is found is right, and how far the time is off; then, for troubles among 200 series, how
//! many of the first answers belong to it.

use super::made::noise::Noise;
use super::made::series::{KINDS, Kind};
use domain::change_point::{Point, change_points, what_changed};

/// Series of a kind, points of a series, and seconds between two.
const SERIES: u64 = 300;
const POINTS: usize = 720;
const STEP: i64 = 60;
/// A found change is right when it is at most so many points off.
const RIGHT: i64 = 5;
/// Troubles, series around each, and those that belong to it.
const TROUBLES: u64 = 60;
const AROUND: usize = 200;
const BELONG: usize = 8;

pub(super) fn run() {
    println!("| noise | changed by chance, of series | size | found | right | time off, median | 90 % within |");
    println!("|---|---|---|---|---|---|---|");
    for kind in KINDS.iter().filter(|kind| !kind.days) {
        let chance = (0..SERIES).filter(|seed| !change_points(&points(kind, *seed, None)).is_empty()).count();
        for size in [1.5, 3.0, 6.0] {
            print_kind(kind, size, chance as f64 / SERIES as f64 * 100.0);
        }
    }
    println!();
    println!("| size | the best answer belongs | of the first {BELONG} belong |");
    println!("|---|---|---|");
    for size in [2.0, 4.0, 8.0] {
        print_trouble(size);
    }
}

/// A series that changes by so many of its deviations at a point.
fn points(kind: &Kind, seed: u64, change: Option<(usize, f64)>) -> Vec<Point> {
    let mut noise = Noise::new(seed + 1);
    let values = (kind.values)(&mut noise, POINTS, STEP);
    let shift = |at: usize| change.filter(|(since, _)| at >= *since).map_or(0.0, |(_, size)| size * kind.deviation);
    (0_usize..).zip(values).map(|(at, value)| (at as i64 * STEP, value + shift(at))).collect()
}

fn print_kind(kind: &Kind, size: f64, chance: f64) {
    let (mut found, mut told, mut off) = (0, 0, Vec::new());
    for seed in 0..SERIES {
        let at = Noise::new(seed + 77).below(POINTS - 120) + 60;
        let changes = change_points(&points(kind, seed, Some((at, size))));
        told += changes.len();
        let errors = changes.iter().map(|change| (change.at_unix_seconds / STEP - at as i64).abs());
        if let Some(error) = errors.min() {
            found += usize::from(error <= RIGHT);
            off.push(error);
        }
    }
    off.sort_unstable();
    let at =
        |share: f64| off.get((off.len() as f64 * share) as usize).map_or("-".to_owned(), |off| format!("{off} points"));
    let right = if told > 0 { format!("{:.0} %", found as f64 / told as f64 * 100.0) } else { "-".to_owned() };
    let share = found as f64 / SERIES as f64 * 100.0;
    println!("| {} | {chance:.1} % | {size} | {share:.0} % | {right} | {} | {} |", kind.name, at(0.5), at(0.9));
}

/// Among many series, some change within a minute before or three minutes after the onset, as many at other times.
fn print_trouble(size: f64) {
    let (mut first, mut among) = (0, 0);
    for seed in 0..TROUBLES {
        let mut noise = Noise::new(seed + 500);
        let onset = POINTS / 2 + noise.below(POINTS / 3);
        let usable: Vec<&Kind> = KINDS.iter().filter(|kind| !kind.days).collect();
        let made: Vec<(String, Vec<Point>)> = (0..AROUND)
            .filter_map(|index| {
                let kind = usable.get(index % usable.len())?;
                let (name, at) = if index < BELONG {
                    (format!("belongs-{index}"), Some(onset + noise.below(4) - 1))
                } else if index < BELONG * 4 {
                    let away = onset + 15 + noise.below(POINTS - 60);
                    (format!("other-{index}"), Some(away % POINTS))
                } else {
                    (format!("quiet-{index}"), None)
                };
                Some((name, points(kind, seed * 1_000 + index as u64, at.map(|at| (at, size)))))
            })
            .collect();
        let all = made.iter().map(|(name, points)| (name.as_str(), points.as_slice()));
        let ranked = what_changed(all, onset as i64 * STEP, BELONG);
        let belongs = |ranked: &&domain::change_point::Ranked<'_>| ranked.name.starts_with("belongs");
        first += usize::from(ranked.first().is_some_and(|best| belongs(&best)));
        among += ranked.iter().filter(belongs).count();
    }
    let percent = |part: usize, all: u64| part as f64 / all as f64 * 100.0;
    let (first, among) = (percent(first, TROUBLES), percent(among, TROUBLES * BELONG as u64));
    println!("| {size} | {first:.0} % | {among:.0} % |");
}
