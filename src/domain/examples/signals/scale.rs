//! Many series at once on one core: `cargo run --release -p domain --example signals -- scale [SERIES]`
//!
//! Series at 15 seconds. Detectors that have learned three days are copied for each series, so that the cost is that of detectors with
//! full lists; then some simulated minutes are judged, cycle by cycle. Prints the cost of a point and of a cycle, the
//! memory of a series and of the process, and what saving and restoring costs.

#![expect(clippy::disallowed_types, reason = "it measures real time, and no test pauses it")]

use super::made::noise::Noise;
use super::made::series::KINDS;
use domain::anomaly::{Detector, Settings};
use std::error::Error;
use std::time::{Duration, Instant};

/// Seconds between two points, cycles that are judged, and days that are learned.
const STEP: i64 = 15;
const CYCLES: usize = 80;
const DAYS: usize = 3;
/// Detectors that are saved and restored.
const SAVED: usize = 1_000;

pub(super) fn run(count: Option<&str>) -> Result<(), Box<dyn Error>> {
    let count: usize = count.map_or(Ok(100_000), str::parse)?;
    let a_day = 86_400 / STEP as usize;
    let mut learned = Vec::new();
    for kind in KINDS {
        let mut noise = Noise::new(5);
        let values = (kind.values)(&mut noise, a_day * DAYS + CYCLES, STEP);
        let (before, after) = values.split_at(a_day * DAYS);
        let mut detector = Detector::new(Settings::default());
        (0_i64..).zip(before).for_each(|(at, value)| {
            detector.observe(at * STEP, *value);
        });
        learned.push((detector, after.to_vec()));
    }
    let mut detectors: Vec<Detector> =
        learned.iter().cycle().take(count).map(|(detector, _)| detector.clone()).collect();
    let mut cycles = Vec::new();
    let mut alarms = 0_usize;
    for cycle in 0..CYCLES {
        let at = (a_day * DAYS + cycle) as i64 * STEP;
        let start = Instant::now();
        for (detector, (_, values)) in detectors.iter_mut().zip(learned.iter().cycle()) {
            let value = values.get(cycle).copied().unwrap_or_default();
            alarms += usize::from(detector.observe(at, value).alarm);
        }
        cycles.push(start.elapsed());
    }
    cycles.sort_unstable();
    let all: Duration = cycles.iter().sum();
    let at = |share: f64| cycles.get((cycles.len() as f64 * share) as usize).copied().unwrap_or_default();
    let points = count * CYCLES;
    println!("{count} series, {CYCLES} cycles of {STEP} s ({} simulated minutes), {alarms} alarms", CYCLES / 4);
    println!("a point: {} ns", all.as_nanos() / points.max(1) as u128);
    println!(
        "a cycle: median {:.0} ms, 99th percentile {:.0} ms, {:.2} % of one core",
        at(0.5).as_secs_f64() * 1e3,
        at(0.99).as_secs_f64() * 1e3,
        at(0.5).as_secs_f64() / STEP as f64 * 100.0
    );
    let bytes: usize = detectors.iter().map(Detector::memory_bytes).sum();
    println!("memory: {} bytes a series, {:.0} MB in all", bytes / count.max(1), bytes as f64 / 1e6);
    println!("{}", resident());
    saving(&detectors)
}

fn saving(detectors: &[Detector]) -> Result<(), Box<dyn Error>> {
    let some = detectors.get(..SAVED.min(detectors.len())).unwrap_or_default();
    let start = Instant::now();
    let saved = serde_json::to_vec(some)?;
    let written = start.elapsed();
    let start = Instant::now();
    let restored: Vec<Detector> = serde_json::from_slice(&saved)?;
    let read = start.elapsed();
    let each = |time: Duration| time.as_micros() as f64 / restored.len().max(1) as f64;
    println!(
        "saved state: {} bytes a series as JSON, {:.1} us to write, {:.1} us to read",
        saved.len() / restored.len().max(1),
        each(written),
        each(read)
    );
    Ok(())
}

/// What the kernel says of the process.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.map_or("resident memory: not told by this system".to_owned(), |line| {
        line.replace("VmRSS:", "resident memory:")
    })
}
