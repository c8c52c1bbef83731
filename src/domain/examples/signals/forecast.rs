//! How often the intervals of forecasts hold: `cargo run --release -p domain --example signals -- forecasts [FILES...]`
//!
//! First on made resources whose future is known, then on public series (`timestamp,value` behind a header): each as it is,
//! towards limits above and below what it has had, and summed up, as a quota or a disk that it fills. Prints a row a kind:
//! how many forecasts were asked for and told, which share of the 90 % intervals held, on which side the others missed,
//! how far the median was off in shares of the time that was left, how wide the intervals were in the same measure, and
//! how many were open towards later. A future that ends before the limit is reached is known until then: an interval held
//! if it goes beyond that end.

use super::made::noise::Noise;
use super::made::resources::{RESOURCES, Resource};
use chrono::NaiveDateTime;
use domain::forecast::{Exhaustion, Limit, Point, exhaustion};
use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// Series of each made kind.
const SERIES: u64 = 300;
/// Forecasts along each public series and limit.
const ORIGINS: usize = 24;
/// Shares of the range so far that the limits of public series lie beyond it.
const BEYOND: [f64; 3] = [0.05, 0.2, 0.5];
/// Futures of the sums, in shares of the history, at which the limits of sums lie if all went on as before.
const AHEAD: [f64; 3] = [0.1, 0.4, 1.0];

/// What came of the forecasts of one kind.
#[derive(Default)]
struct Tally {
    asked: usize,
    told: usize,
    held: usize,
    /// The limit was reached before the interval, and after it.
    before: usize,
    after: usize,
    open: usize,
    errors: Vec<f64>,
    widths: Vec<f64>,
}

impl Tally {
    /// Holds a forecast against the future, of which `known_until` is the end.
    fn count(&mut self, told: Option<&Exhaustion>, now: i64, truth: Option<i64>, known_until: i64) {
        self.asked += 1;
        let Some(told) = told else { return };
        self.told += 1;
        let latest = told.latest.unwrap_or(i64::MAX);
        let left = (told.at_median - now).max(1) as f64;
        match truth {
            Some(at) if at < told.earliest => self.before += 1,
            Some(at) if at > latest => self.after += 1,
            None if known_until > latest => self.after += 1,
            _ => self.held += 1,
        }
        if let Some(at) = truth {
            self.errors.push((told.at_median - at).abs() as f64 / (at - now).max(1) as f64);
        }
        match told.latest {
            Some(latest) => self.widths.push((latest - told.earliest) as f64 / left),
            None => self.open += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.asked += other.asked;
        self.told += other.told;
        self.held += other.held;
        self.before += other.before;
        self.after += other.after;
        self.open += other.open;
        self.errors.extend(&other.errors);
        self.widths.extend(&other.widths);
    }

    fn print(&mut self, name: &str) {
        let share = |part: usize| match self.told {
            0 => "-".to_owned(),
            told => format!("{:.1} %", 100.0 * part as f64 / told as f64),
        };
        let (held, before, after, open) = (share(self.held), share(self.before), share(self.after), share(self.open));
        let (error, width) = (middle(&mut self.errors), middle(&mut self.widths));
        println!(
            "| {name} | {} | {} | {held} | {before} | {after} | {error} | {width} | {open} |",
            self.asked, self.told
        );
    }
}

fn middle(numbers: &mut [f64]) -> String {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).map_or("-".to_owned(), |middle| format!("{:.0} %", 100.0 * middle))
}

pub(super) fn run(files: impl Iterator<Item = PathBuf>) -> Result<(), Box<dyn Error>> {
    println!("| series | asked | told | held | reached before | reached after | median off by | width | open |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut all = Tally::default();
    for resource in RESOURCES {
        let mut tally = made(resource);
        tally.print(resource.name);
        all.add(&tally);
    }
    all.print("**all made**");
    let mut public = Tally::default();
    let mut summed = Tally::default();
    for file in files {
        let points = read(&fs::read_to_string(&file)?).map_err(|problem| format!("{}: {problem}", file.display()))?;
        along(&points, false, &mut public);
        let mut sum = 0.0;
        let least = points.iter().map(|point| point.value).fold(0.0, f64::min);
        let sums: Vec<Point> = points
            .iter()
            .map(|point| {
                sum += point.value - least;
                Point { value: sum, ..*point }
            })
            .collect();
        along(&sums, true, &mut summed);
    }
    if public.asked > 0 {
        public.print("public, as they are");
        summed.print("public, summed up");
    }
    Ok(())
}

fn made(resource: &Resource) -> Tally {
    let mut tally = Tally::default();
    for seed in 0..SERIES {
        let mut noise = Noise::new(seed + 1);
        let hours = resource.history * 5;
        let values = (resource.values)(&mut noise, hours);
        let points: Vec<Point> = (0_i64..)
            .zip(&values)
            .map(|(hour, value)| Point { at_unix_seconds: hour * 3_600, value: *value })
            .collect();
        let (history, future) = points.split_at(resource.history);
        let now = history.last().map_or(0, |point| point.at_unix_seconds);
        let limit = limit_of(resource, history, &mut noise);
        let told = exhaustion(history, Limit::Full(limit), now).ok();
        let truth = future.iter().find(|point| point.value >= limit).map(|point| point.at_unix_seconds);
        tally.count(told.as_ref(), now, truth, now + future.len() as i64 * 3_600);
    }
    tally
}

/// Chosen by the history alone, as whoever sets a limit does: where the growth so far would be in a tenth to the whole of
/// its time; where nothing fills up, beyond what was ever seen.
fn limit_of(resource: &Resource, history: &[Point], noise: &mut Noise) -> f64 {
    let highest = |points: &[Point]| points.iter().map(|point| point.value).fold(f64::NEG_INFINITY, f64::max);
    let lowest = history.iter().map(|point| point.value).fold(f64::INFINITY, f64::min);
    let seen = highest(history);
    if resource.fills {
        let early = highest(history.get(..history.len() / 4).unwrap_or_default());
        seen + (seen - early) * noise.between(0.1, 1.0)
    } else {
        seen + (seen - lowest) * noise.between(0.1, 0.5)
    }
}

/// Forecasts from many places along a public series.
fn along(points: &[Point], summed: bool, tally: &mut Tally) {
    for origin in 1..ORIGINS {
        let (history, future) = points.split_at(points.len() * origin / ORIGINS);
        let (Some(first), Some(last), Some(end)) = (history.first(), history.last(), future.last()) else { continue };
        let now = last.at_unix_seconds;
        let least = history.iter().map(|point| point.value).fold(f64::INFINITY, f64::min);
        let most = history.iter().map(|point| point.value).fold(f64::NEG_INFINITY, f64::max);
        let limits = if summed {
            AHEAD.map(|share| vec![Limit::Full(last.value + (last.value - first.value) * share)])
        } else {
            BEYOND.map(|share| {
                vec![Limit::Full(most + (most - least) * share), Limit::Empty(least - (most - least) * share)]
            })
        };
        for limit in limits.into_iter().flatten() {
            let reaches = |point: &&Point| match limit {
                Limit::Full(bound) => point.value >= bound,
                Limit::Empty(bound) => point.value <= bound,
            };
            let truth = future.iter().find(reaches).map(|point| point.at_unix_seconds);
            let told = exhaustion(history, limit, now).ok();
            tally.count(told.as_ref(), now, truth, end.at_unix_seconds);
        }
    }
}

fn read(text: &str) -> Result<Vec<Point>, Box<dyn Error>> {
    let lines = text.lines().map(str::trim).skip(1).filter(|line| !line.is_empty());
    let mut points = lines
        .map(|line| {
            let (timestamp, value) = line.split_once(',').ok_or_else(|| format!("no two columns in {line}"))?;
            let at = NaiveDateTime::parse_from_str(timestamp, "%Y-%m-%d %H:%M:%S")?.and_utc().timestamp();
            Ok(Point { at_unix_seconds: at, value: value.trim().parse()? })
        })
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    points.sort_by_key(|point| point.at_unix_seconds);
    Ok(points)
}
