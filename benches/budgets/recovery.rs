//! From a signal that can be read at its source to a verified recovery: the built `auto-devops demo`, whose estate has been
//! in trouble for nine minutes when it begins to listen.
//!
//! The clock starts when the demo says where its estate listens, and stops when the line is read in which she tells what
//! was done, and when the one is read that says that it is resolved. Between the two lie the workload's own start and the
//! window of the plan's success check, which the budget leaves out. Where she asks for a yes, it is given at once; the ten
//! seconds in which it could be taken back are left out too.

use crate::Fallible;
use crate::servers::Folder;
use crate::whole_process::built;
use benches::samples::told;
use benches::table::Row;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tokio::time::Instant;

/// Pods that never become ready because of a change, in a service whose loss costs little.
const SCENARIO: &str = "image-pull";
const RUNS: usize = 3;
const BUDGET: Duration = Duration::from_secs(15);

/// How long a run may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long a yes can be taken back.
const COUNTDOWN: Duration = Duration::from_secs(10);

/// When what was read, from when the estate listened.
#[derive(Debug, Default, Clone, Copy)]
struct Run {
    opened: Option<Duration>,
    asked: Option<Duration>,
    done: Option<Duration>,
    resolved: Option<Duration>,
}

/// The rows.
pub fn rows() -> Fallible<Vec<Row>> {
    let program = built()?;
    let runs = (0..RUNS).map(|_| run(&program)).collect::<Fallible<Vec<Run>>>()?;
    let worst = |of: fn(&Run) -> Option<Duration>| runs.iter().filter_map(of).max().map_or("-".to_owned(), told);
    let is_asked = runs.iter().any(|run| run.asked.is_some());
    let countdown = if is_asked { COUNTDOWN } else { Duration::ZERO };
    let acted = runs.iter().filter_map(|run| run.done).max().unwrap_or_default().saturating_sub(countdown);
    let how = if is_asked { "with a yes at once, its 10 s to be taken back left out" } else { "by herself" };
    Ok(vec![
        Row::against(
            format!("demo, {SCENARIO}: from the signal at its source to the effect, {how} (slowest of {RUNS})"),
            told(acted),
            format!("{}, with what comes after the window", told(BUDGET)),
            acted <= BUDGET,
        ),
        Row::information("of it until the incident is told", worst(|run| run.opened)),
        Row::information(
            "from the effect to verified and resolved: the workload's start, the window, and noticing it",
            worst(|run| run.resolved?.checked_sub(run.done?)),
        ),
    ])
}

fn run(program: &Path) -> Fallible<Run> {
    let folder = Folder::named("recovery")?;
    let mut demo = Demo::start(program, &folder.0)?;
    let begun = demo.listening()?;
    let mut run = Run::default();
    let mut all = String::new();
    while run.resolved.is_none() {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        let Ok((at, line)) = demo.lines.recv_timeout(left) else {
            return Err(format!("{SCENARIO} was not healed within {} s:\n{all}", PATIENCE.as_secs()).into());
        };
        let after = Some(at.saturating_duration_since(begun));
        // Its first line names the state that it has by then, which need not be the first.
        if line.starts_with("INC-") {
            run.opened = run.opened.or(after);
        }
        if let Some(answer) = yes(&line).filter(|_| run.asked.is_none()) {
            run.asked = after;
            demo.say(&answer)?;
        }
        if line.contains("scarlet: Did ") {
            run.done = run.done.or(after);
        }
        if line.contains("is resolved now") && run.done.is_some() {
            run.resolved = after;
        }
        all.push_str(&line);
    }
    demo.say("/quit\n")?;
    Ok(run)
}

/// The answer to a line that asks for one: `auto-devops actions approve ID --plan DIGITS`.
fn yes(line: &str) -> Option<String> {
    let (_, asked) = line.split_once("auto-devops actions approve ")?;
    let mut words = asked.split_whitespace();
    Some(format!("/approve {} {}\n", words.next()?, words.nth(1)?))
}

/// The demo, and what it tells with when it was read.
struct Demo {
    child: Child,
    welcome: Receiver<(Instant, String)>,
    lines: Receiver<(Instant, String)>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    fn start(program: &Path, home: &Path) -> Fallible<Self> {
        let mut child = Command::new(program)
            .args(["demo", "--scenario", SCENARIO])
            .env_clear()
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} demo could not be started: {error}", program.display()))?;
        let welcome = read(child.stdout.take().ok_or("the demo has no standard output")?);
        let lines = read(child.stderr.take().ok_or("the demo has no standard error")?);
        Ok(Self { child, welcome, lines })
    }

    /// When it said where its estate listens.
    fn listening(&self) -> Fallible<Instant> {
        loop {
            let (at, line) = self.welcome.recv_timeout(PATIENCE).map_err(|_| "the demo told no address")?;
            if line.contains("TEMPO_URL") {
                return Ok(at);
            }
        }
    }

    fn say(&mut self, text: &str) -> Fallible<()> {
        let input = self.child.stdin.as_mut().ok_or("the demo has no standard input")?;
        Ok(input.write_all(text.as_bytes())?)
    }
}

/// Its lines, each with when it was read.
fn read(from: impl Read + Send + 'static) -> Receiver<(Instant, String)> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = String::new();
        while matches!(from.read_line(&mut line), Ok(1..)) {
            if sender.send((Instant::now(), std::mem::take(&mut line))).is_err() {
                return;
            }
        }
    });
    receiver
}
