//! `auto-devops ask --no-model QUESTION` as a person runs it: start, answer, end.
//!
//! Time is taken around the process, from before it is made until it was waited for. Memory is the kernel's own count
//! of the largest resident set, which `/usr/bin/time` prints; it starts the program from a process of its own, because
//! Linux lets a child begin with the peak of the process that made it, and this one is larger than what it measures.

use crate::Fallible;
use crate::servers::{Estate, Folder, Prometheus, Variables};
use benches::samples::{Runs, Samples};
use benches::table::Row;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

const WALL: Runs = Runs { warm_up: 5, counted: 60 };
const MEMORY_RUNS: usize = 10;

const WALL_BUDGET: Duration = Duration::from_millis(60);
const MEMORY_BUDGET_KIB: u64 = 40 * 1024;

/// How long the servers may take until they answer as they should.
const READY: Duration = Duration::from_secs(60);

/// One question and a part of the answer that it must get.
struct Case<'a> {
    program: &'a Path,
    folder: &'a Path,
    variables: &'a Variables,
    question: &'static str,
    answer_holds: &'static str,
}

/// The rows of both questions.
pub fn rows() -> Fallible<Vec<Row>> {
    let program = built()?;
    let folder = Folder::new()?;
    let prometheus = Prometheus::start(&folder.0)?;
    let targets = Case {
        program: &program,
        folder: &folder.0,
        variables: &prometheus.variables,
        question: "which targets are down?",
        answer_holds: "1 of 2 targets is down",
    };
    let (wall, peak) = targets.measure()?;
    let mut rows = vec![
        Row::against(
            "`ask --no-model \"which targets are down?\"`, Debian's Prometheus, whole process: wall",
            wall.told(),
            "60 ms (held against p99)",
            wall.p99() <= WALL_BUDGET,
        ),
        Row::against("the same: largest resident set", mebibytes(peak), "40 MiB", peak <= MEMORY_BUDGET_KIB),
    ];
    drop(prometheus);
    let estate = Estate::start(&program, &folder.0)?;
    let wrong = Case {
        program: &program,
        folder: &folder.0,
        variables: &estate.variables,
        question: "what is wrong with checkout?",
        answer_holds: "checkout",
    };
    let (wall, peak) = wrong.measure()?;
    rows.push(Row::information(
        "`ask --no-model \"what is wrong with checkout?\"`, simulated estate in another process: wall",
        wall.told(),
    ));
    rows.push(Row::information("the same: largest resident set", mebibytes(peak)));
    Ok(rows)
}

fn mebibytes(kibibytes: u64) -> String {
    format!("{:.1} MiB (largest of {MEMORY_RUNS} runs)", kibibytes as f64 / 1024.0)
}

/// Builds the program as it is now, and tells where it is: beside the folder of this benchmark. A program that
/// `BUDGETS_PROGRAM` names is taken instead.
pub fn built() -> Fallible<PathBuf> {
    if let Some(named) = std::env::var_os("BUDGETS_PROGRAM") {
        return Ok(named.into());
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["build", "--release", "--locked", "--package", "app", "--bin", "auto-devops"];
    let status = Command::new(cargo).args(arguments).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("`cargo {}` failed: {status}", arguments.join(" ")).into());
    }
    let own = std::env::current_exe()?;
    let folder = own.ancestors().nth(2).ok_or("this benchmark lies in no build folder")?;
    Ok(folder.join("auto-devops"))
}

impl Case<'_> {
    /// Wall times, and the largest resident set in KiB.
    fn measure(&self) -> Fallible<(Samples, u64)> {
        self.wait_until_ready()?;
        let wall = WALL.make(|| self.timed())?;
        let mut peak = 0;
        for _ in 0..MEMORY_RUNS {
            peak = peak.max(self.resident_kib()?);
        }
        Ok((wall, peak))
    }

    fn wait_until_ready(&self) -> Fallible<()> {
        let deadline = Instant::now() + READY;
        loop {
            match self.timed() {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() >= deadline => return Err(error),
                Err(_) => {}
            }
        }
    }

    fn timed(&self) -> Fallible<Duration> {
        let started = Instant::now();
        self.run(Command::new(self.program))?;
        Ok(started.elapsed())
    }

    fn resident_kib(&self) -> Fallible<u64> {
        let report = self.folder.join("resident");
        let mut timed = Command::new("/usr/bin/time");
        timed.args(["--format=%M", "--output"]).arg(&report).arg(self.program);
        self.run(timed)?;
        let text = std::fs::read_to_string(&report)?;
        let kib = text.lines().last().and_then(|line| line.trim().parse().ok());
        kib.ok_or_else(|| format!("/usr/bin/time told no size but {text:?}").into())
    }

    /// Runs the question to its end and holds its answer to what it must say.
    fn run(&self, mut command: Command) -> Fallible<()> {
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        let output = command
            .args(["ask", "--no-model", self.question])
            .env_clear()
            .env("HOME", self.folder)
            .envs(variables)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{command:?} could not be run: {error}"))?;
        let answer = String::from_utf8_lossy(&output.stdout);
        if output.status.success() && answer.contains(self.answer_holds) {
            return Ok(());
        }
        let told = String::from_utf8_lossy(&output.stderr);
        Err(format!("{:?} gave {} and not {:?}:\n{answer}\n{told}", self.question, output.status, self.answer_holds)
            .into())
    }
}
