//! False alarms in healthy weeks, beside what the same rules detect: `cargo run --release -p domain --example signals -- healthy NAB_DIR PLOT.svg`
//!
//! Made series of all kinds are learned for a week and judged for another; then the files of the Numenta benchmark are
//! judged with the same rules. Prints a row a rule, and draws the trade-off when a file for it is given.

use super::made::noise::Noise;
use super::made::plot::{self, Row};
use super::made::series::KINDS;
use chrono::NaiveDateTime;
use domain::anomaly::{AlarmRule, Alarms, Detector, Settings};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Series of each kind, seconds between two points, days that are learned and judged.
const SERIES: u64 = 60;
const STEP: i64 = 60;
const LEARNED: usize = 7;
const JUDGED: usize = 7;
/// Rarities, as powers of ten, and points that must follow.
const SURPRISES: [f64; 9] = [2.15, 2.5, 3.0, 3.25, 3.5, 3.75, 4.0, 5.0, 6.0];
const CONFIRMED_BY: [u32; 3] = [0, 5, 10];
/// Of a benchmark file this share is only learned, as the benchmark does.
const PROBATION: f64 = 0.15;

fn rules() -> Vec<AlarmRule> {
    let with = |confirm_points| SURPRISES.map(|surprise| AlarmRule { surprise, confirm_points, quiet_points: 60 });
    CONFIRMED_BY.into_iter().flat_map(with).collect()
}

pub(super) fn run(mut arguments: impl Iterator<Item = PathBuf>) -> Result<(), Box<dyn Error>> {
    let rules = rules();
    let (healthy, by_kind) = healthy(&rules);
    let (mut windows, mut detected, mut wrong) = (0, vec![0_usize; rules.len()], vec![0_usize; rules.len()]);
    if let Some(data) = arguments.next() {
        let labels: BTreeMap<String, Vec<[String; 2]>> =
            serde_json::from_str(&fs::read_to_string(data.join("combined_windows.json"))?)?;
        for (file, spans) in &labels {
            if let Ok(text) = fs::read_to_string(data.join(file)) {
                windows += spans.len();
                benchmark(&text, spans, &rules, &mut detected, &mut wrong)?;
            }
        }
    }
    let days = (KINDS.len() * JUDGED) as f64 * SERIES as f64;
    println!("{days} healthy series-days, {windows} windows of the benchmark");
    println!("| rarity | confirmed by | false alarms in 1,000 series-days | windows detected | other alarms there |");
    println!("|---|---|---|---|---|");
    let rows =
        rules.iter().zip(&healthy).zip(detected.iter().zip(&wrong)).map(|((rule, alarms), (detected, wrong))| {
            let row = Row {
                surprise: rule.surprise,
                confirmed_by: rule.confirm_points,
                false_alarms: *alarms as f64 / days * 1_000.0,
                detected: *detected as f64 / windows.max(1) as f64,
            };
            println!(
                "| 10^-{} | {} points | {:.2} | {detected} | {wrong} |",
                row.surprise, row.confirmed_by, row.false_alarms
            );
            row
        });
    let rows: Vec<Row> = rows.collect();
    println!("\nFalse alarms by kind at the default rule: {by_kind:?}");
    if let Some(target) = arguments.next() {
        fs::write::<&Path, _>(&target, plot::drawn(&rows))?;
    }
    Ok(())
}

/// False alarms by rule, and by kind at the default rule.
fn healthy(rules: &[AlarmRule]) -> (Vec<usize>, BTreeMap<&'static str, usize>) {
    let a_day = 86_400 / STEP as usize;
    let mut counts = vec![0; rules.len()];
    let mut by_kind = BTreeMap::new();
    for kind in KINDS {
        for seed in 0..SERIES {
            let mut noise = Noise::new(seed * 31 + 7);
            let values = (kind.values)(&mut noise, a_day * (LEARNED + JUDGED), STEP);
            let points = (0_i64..).zip(values).map(|(at, value)| (at * STEP, value));
            for (at, rule) in judge(points, rules) {
                if at >= LEARNED as i64 * 86_400 {
                    if let Some(count) = counts.get_mut(rule) {
                        *count += 1;
                    }
                    if rules.get(rule) == Some(&AlarmRule::default()) {
                        *by_kind.entry(kind.name).or_default() += 1;
                    }
                }
            }
        }
    }
    (counts, by_kind)
}

/// The alarms of a series: when, and by which rule.
fn judge(points: impl Iterator<Item = (i64, f64)>, rules: &[AlarmRule]) -> Vec<(i64, usize)> {
    let mut detector = Detector::new(Settings { alarm_score: 2.0, ..Settings::default() });
    let mut alarms: Vec<Alarms> = rules.iter().map(|rule| Alarms::new(*rule)).collect();
    let mut raised = Vec::new();
    for (at, value) in points {
        let judgement = detector.observe(at, value);
        for (rule, alarms) in alarms.iter_mut().enumerate() {
            if alarms.observe(&judgement, value).is_some() {
                raised.push((at, rule));
            }
        }
    }
    raised
}

fn benchmark(
    text: &str,
    spans: &[[String; 2]],
    rules: &[AlarmRule],
    detected: &mut [usize],
    wrong: &mut [usize],
) -> Result<(), Box<dyn Error>> {
    let rows: Vec<&str> = text.lines().map(str::trim).skip(1).filter(|line| !line.is_empty()).collect();
    let points = rows
        .iter()
        .map(|row| {
            let (at, value) = row.split_once(',').ok_or("no two columns")?;
            Ok((time(at)?, value.trim().parse::<f64>()?))
        })
        .collect::<Result<Vec<(i64, f64)>, Box<dyn Error>>>()?;
    let spans = spans
        .iter()
        .map(|[from, to]| Ok((time(from)?, time(to)?)))
        .collect::<Result<Vec<(i64, i64)>, Box<dyn Error>>>()?;
    let judged_from = points.get((points.len() as f64 * PROBATION) as usize).map_or(0, |(at, _)| *at);
    let raised = judge(points.into_iter(), rules);
    for rule in 0..rules.len() {
        let times: Vec<i64> =
            raised.iter().filter(|(at, of)| *of == rule && *at >= judged_from).map(|(at, _)| *at).collect();
        let inside = |at: &i64, span: &(i64, i64)| (span.0..=span.1).contains(at);
        let hit = spans.iter().filter(|span| times.iter().any(|at| inside(at, span))).count();
        let miss = times.iter().filter(|at| !spans.iter().any(|span| inside(at, span))).count();
        if let (Some(detected), Some(wrong)) = (detected.get_mut(rule), wrong.get_mut(rule)) {
            *detected += hit;
            *wrong += miss;
        }
    }
    Ok(())
}

fn time(text: &str) -> Result<i64, chrono::ParseError> {
    Ok(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")?.and_utc().timestamp())
}
