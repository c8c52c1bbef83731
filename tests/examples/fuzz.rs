//! Fuzzes one tool server over changed answers of its backend, or records the answers. See `docs/fuzzing.md`.
//!
//! ```text
//! cargo run --release -p acceptance --example fuzz -- SERVER --seconds 600 [--seed N] [--json] [--verbose]
//! cargo run --release -p acceptance --example fuzz -- SERVER --record
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line")]

use acceptance::fuzz::case::{Case, kind_of};
use acceptance::fuzz::corpus::Corpus;
use acceptance::fuzz::servers::Which;
use acceptance::fuzz::{panics, record, run};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const USAGE: &str =
    "usage: fuzz kubernetes|prometheus|loki|tempo|github [--seconds N] [--seed N] [--json] [--verbose] | --record";
/// What a call of a run may take.
const DEADLINE: Duration = Duration::from_secs(2);
const REPORT_EVERY: Duration = Duration::from_secs(30);
/// More sorts of failures than this tell nothing new.
const MOST_SORTS: usize = 20;

struct Wanted {
    which: Which,
    seconds: u64,
    seed: u64,
    json: bool,
    verbose: bool,
    record: bool,
}

fn wanted() -> Option<Wanted> {
    let mut arguments = std::env::args().skip(1);
    let which = Which::named(&arguments.next()?)?;
    let mut wanted = Wanted { which, seconds: 60, seed: 1, json: false, verbose: false, record: false };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => wanted.seconds = arguments.next()?.parse().ok()?,
            "--seed" => wanted.seed = arguments.next()?.parse().ok()?,
            "--json" => wanted.json = true,
            "--verbose" => wanted.verbose = true,
            "--record" => wanted.record = true,
            _ => return None,
        }
    }
    Some(wanted)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let Some(wanted) = wanted() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let done = if wanted.record { recorded(wanted.which).await } else { fuzzed(&wanted).await };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn recorded(which: Which) -> std::io::Result<bool> {
    let failed = record::record(which).await?;
    failed.iter().for_each(|failed| println!("failed: {failed}"));
    Ok(failed.is_empty())
}

#[derive(Default)]
struct Totals {
    runs: u64,
    calls: u64,
    requests: u64,
    succeeded: u64,
    timed_out: u64,
    longest: (Duration, String, u64),
    largest: (usize, String, u64),
    memory: Vec<(u64, u64)>,
    /// What went wrong, by its sort: the first seed, its words, and how often.
    failures: BTreeMap<String, (u64, String, u64)>,
}

async fn fuzzed(wanted: &Wanted) -> std::io::Result<bool> {
    let corpus = Arc::new(Corpus::load(wanted.which.name())?);
    let _watching = panics::watch().await;
    let started = Instant::now();
    let mut totals = Totals::default();
    let mut reported = started;
    let mut seed = wanted.seed;
    while started.elapsed() < Duration::from_secs(wanted.seconds) && totals.failures.len() < MOST_SORTS {
        if wanted.verbose {
            eprintln!("seed {seed}");
        }
        let outcome = run::of_seed(wanted.which, &corpus, seed, DEADLINE).await.map_err(std::io::Error::other)?;
        if totals.add(seed, &outcome) {
            let case = Case::new(seed, corpus.calls.now, &outcome);
            let case = case.smaller(wanted.which, &corpus, DEADLINE).await.map_err(std::io::Error::other)?;
            let path = case.save(wanted.which)?;
            outcome.wrong.iter().for_each(|wrong| eprintln!("seed {seed}: {wrong}"));
            eprintln!("seed {seed}: kept in {}", path.display());
        }
        if totals.runs == 1 || reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            totals.memory.push((started.elapsed().as_secs(), resident_kib()));
            eprintln!("{} s, next seed {}: {}", started.elapsed().as_secs(), seed + 1, totals.line(started.elapsed()));
        }
        seed += 1;
    }
    totals.memory.push((started.elapsed().as_secs(), resident_kib()));
    totals.tell(wanted, started.elapsed());
    Ok(totals.failures.is_empty())
}

impl Totals {
    /// Says whether something went wrong that did not before.
    fn add(&mut self, seed: u64, outcome: &run::Outcome) -> bool {
        self.runs += 1;
        self.calls += outcome.calls.len() as u64;
        self.requests += outcome.requests as u64;
        self.succeeded += outcome.succeeded as u64;
        self.timed_out += outcome.timed_out as u64;
        if outcome.longest.0 > self.longest.0 {
            self.longest = (outcome.longest.0, outcome.longest.1.clone(), seed);
        }
        if outcome.largest.0 > self.largest.0 {
            self.largest = (outcome.largest.0, outcome.largest.1.clone(), seed);
        }
        let known = self.failures.len();
        for wrong in &outcome.wrong {
            self.failures.entry(kind_of(wrong)).or_insert_with(|| (seed, wrong.clone(), 0)).2 += 1;
        }
        self.failures.len() > known
    }

    fn a_second(&self, took: Duration) -> f64 {
        (self.calls as f64 / took.as_secs_f64().max(0.001)).round()
    }

    fn line(&self, took: Duration) -> String {
        let memory = self.memory.last().map(|(_, kib)| *kib / 1_024).unwrap_or_default();
        format!(
            "{} calls ({} a second), {} answers, {} succeeded, {} timed out, {} sorts of failures; resident {memory} MiB",
            self.calls,
            self.a_second(took),
            self.requests,
            self.succeeded,
            self.timed_out,
            self.failures.len(),
        )
    }

    fn tell(&self, wanted: &Wanted, took: Duration) {
        if wanted.json {
            let report = json!({
                "server": wanted.which.name(), "first_seed": wanted.seed, "runs": self.runs, "seconds": took.as_secs(),
                "calls": self.calls, "calls_a_second": self.a_second(took), "answers": self.requests,
                "succeeded": self.succeeded, "timed_out": self.timed_out,
                "longest_call": {"milliseconds": self.longest.0.as_millis() as u64, "tool": self.longest.1, "seed": self.longest.2},
                "largest_result": {"bytes": self.largest.0, "tool": self.largest.1, "seed": self.largest.2},
                "resident_kib_at_second": self.memory,
                "failures": self.failures.values().map(|(seed, wrong, times)| json!({"seed": seed, "wrong": wrong, "times": times})).collect::<Vec<_>>(),
            });
            println!("{report}");
            return;
        }
        println!("{} over {} runs from seed {}: {}", wanted.which.name(), self.runs, wanted.seed, self.line(took));
        for (seed, wrong, times) in self.failures.values() {
            println!("{times} times, first with seed {seed}: {wrong}");
        }
        println!("longest call {:.2} s ({}, seed {})", self.longest.0.as_secs_f64(), self.longest.1, self.longest.2);
        println!("largest result {} bytes ({}, seed {})", self.largest.0, self.largest.1, self.largest.2);
        let memory: Vec<String> = self.memory.iter().map(|(at, kib)| format!("{at} s {} MiB", kib / 1_024)).collect();
        println!("resident: {}", memory.join(", "));
    }
}

/// Memory of this process; 0 where the system does not tell.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
