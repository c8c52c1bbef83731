//! `simulation`: runs seeds of the simulation and tells what came of them. Ends with 1 where an invariant was broken.

use clap::Parser;
use simulation::mischief::Mischief;
use simulation::report::Report;
use simulation::run::{Size, run};
use std::io::Write as _;
use std::process::ExitCode;
use tokio::time::Instant;

/// Runs Scarlet in a simulated world, one seed after the other.
#[derive(Debug, Parser)]
#[command(name = "simulation", version)]
struct Arguments {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs them as small as the ordinary test run does: its seeds fail alone with this.
    #[arg(long)]
    small: bool,
    /// Goes on after a seed that failed.
    #[arg(long)]
    keep_going: bool,
    /// Prints the whole transcript of the first seed, and nothing else.
    #[arg(long)]
    transcript: bool,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let told = if arguments.transcript { transcript(&arguments) } else { report(&arguments) };
    match told {
        Ok((text, is_whole)) => {
            // Whoever reads may be gone.
            let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
            if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    fn size(&self) -> Size {
        if self.small { Size::Small } else { Size::Whole }
    }
}

fn transcript(arguments: &Arguments) -> Result<(String, bool), String> {
    let run = run(arguments.seed, arguments.size(), Mischief::None)?;
    Ok((run.written.lines.join("\n"), run.breaches.is_empty()))
}

fn report(arguments: &Arguments) -> Result<(String, bool), String> {
    let began = Instant::now();
    let is_enough = |report: &Report| !arguments.keep_going && !report.failed.is_empty();
    let report = Report::of((arguments.seed, arguments.seeds), arguments.size(), || began.elapsed(), is_enough)?;
    let is_whole = report.failed.is_empty();
    let text = if arguments.json {
        serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?
    } else {
        report.text()
    };
    Ok((text, is_whole))
}
