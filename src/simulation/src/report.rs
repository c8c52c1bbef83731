//! Many seeds: what was injected, what came of it, how fast, and which seed failed.

use crate::chronicle::Counts;
use crate::mischief::Mischief;
use crate::run::{Run, Size, run};
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;

/// Lines of a transcript that are shown of a seed that failed.
const LINES: usize = 400;

/// What came of many seeds.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The first seed.
    pub first_seed: u64,
    /// Seeds that were run.
    pub seeds: u64,
    /// Seconds that it took.
    pub seconds: f64,
    /// Seeds a second.
    pub seeds_per_second: f64,
    /// Simulated hours.
    pub simulated_hours: f64,
    /// Incidents.
    pub incidents: u64,
    /// Changes of the cluster.
    pub effects: u64,
    /// Faults by sort.
    pub injected: Counts,
    /// What came of it.
    pub happened: Counts,
    /// The seeds that failed.
    pub failed: Vec<Failed>,
}

/// A seed that failed.
#[derive(Debug, Clone, Serialize)]
pub struct Failed {
    /// Which: it fails alone too.
    pub seed: u64,
    /// What was broken.
    pub breaches: Vec<String>,
    /// The end of its transcript.
    pub transcript: Vec<String>,
    /// SHA-256 of the whole transcript.
    pub digest: String,
}

impl Report {
    /// Runs so many seeds from the first. `elapsed` tells how long it took so far; `is_enough` ends it early.
    ///
    /// # Errors
    /// When the simulation itself failed.
    pub fn of(
        (first_seed, seeds): (u64, u64),
        size: Size,
        elapsed: impl Fn() -> Duration,
        is_enough: impl Fn(&Self) -> bool,
    ) -> Result<Self, String> {
        let mut report = Self { first_seed, ..Self::default() };
        for seed in (first_seed..).take(usize::try_from(seeds).unwrap_or(usize::MAX)) {
            report.add(run(seed, size, Mischief::None)?);
            if is_enough(&report) {
                break;
            }
        }
        report.seconds = elapsed().as_secs_f64();
        report.seeds_per_second = report.seeds as f64 / report.seconds.max(0.001);
        Ok(report)
    }

    fn add(&mut self, run: Run) {
        self.seeds += 1;
        self.incidents += run.incidents as u64;
        self.effects += run.effects as u64;
        self.simulated_hours += run.written.seconds as f64 / 3_600.0;
        for (into, from) in [(&mut self.injected, run.written.injected), (&mut self.happened, run.written.happened)] {
            for (sort, count) in from {
                *into.entry(sort).or_default() += count;
            }
        }
        if !run.breaches.is_empty() {
            let breaches = run.breaches.iter().map(|breach| format!("{}: {}", breach.invariant, breach.what));
            let from = run.written.lines.len().saturating_sub(LINES);
            let transcript = run.written.lines.get(from..).unwrap_or_default().to_vec();
            self.failed.push(Failed { seed: run.seed, breaches: breaches.collect(), transcript, digest: run.digest });
        }
    }

    /// As text, for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for failed in &self.failed {
            for line in &failed.transcript {
                let _ = writeln!(text, "{line}");
            }
            let _ = writeln!(text, "seed {} failed (transcript {}):", failed.seed, failed.digest);
            for breach in &failed.breaches {
                let _ = writeln!(text, "  {breach}");
            }
            let _ = writeln!(text, "again: cargo run --release -p simulation -- --seeds 1 --seed {}", failed.seed);
        }
        let _ = writeln!(
            text,
            "{} seeds from {} in {:.1} s, {:.1} seeds a second, {:.0} simulated hours; {} incidents, {} effects; {} failed",
            self.seeds,
            self.first_seed,
            self.seconds,
            self.seeds_per_second,
            self.simulated_hours,
            self.incidents,
            self.effects,
            self.failed.len()
        );
        for (title, counts) in [("injected", &self.injected), ("came of it", &self.happened)] {
            let _ = writeln!(text, "{title}:");
            for (sort, count) in counts {
                let _ = writeln!(text, "  {count:>8}  {sort}");
            }
        }
        text
    }
}
