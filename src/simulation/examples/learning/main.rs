//! How soon the learner knows the best strategy of each scenario of the estate: a table on the standard output, and with
//! `--plot FILE` the picture.

// By its path, as the test includes it: its parts lie beside it.
#[path = "lessons.rs"]
mod lessons;

use clap::Parser;
use estate::scenarios::Scenario;
use lessons::course::Course;
use lessons::figure::{Row, picture, table};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Tries every strategy of every scenario in a few worlds of the estate, and lets pupils learn of it.
#[derive(Debug, Parser)]
struct Arguments {
    /// Worlds of each scenario.
    #[arg(long, default_value_t = 5)]
    worlds: u64,
    /// Pupils: each learns for itself, with a seed of its own.
    #[arg(long, default_value_t = 20)]
    pupils: u64,
    /// One scenario alone.
    #[arg(long)]
    scenario: Option<String>,
    /// Where the picture goes.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(text) => {
            // Whoever reads may be gone.
            let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<String, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime could be made: {error}"))?;
    let worlds: Vec<u64> = (1..=arguments.worlds).collect();
    let mut rows = Vec::new();
    for scenario in Scenario::all() {
        if arguments.scenario.as_deref().is_some_and(|wanted| wanted != scenario.name) {
            continue;
        }
        let course = runtime.block_on(Course::sit(scenario, &worlds))?;
        rows.push(Row::of(&course, arguments.pupils));
        // Whoever watches sees that it goes on.
        let _ = writeln!(std::io::stderr(), "{} is done", scenario.name);
    }
    if let Some(path) = &arguments.plot {
        std::fs::write(path, picture(&rows, arguments.pupils))
            .map_err(|error| format!("the picture could not be written to {}: {error}", path.display()))?;
    }
    if arguments.json {
        return serde_json::to_string_pretty(&rows).map_err(|error| error.to_string());
    }
    let left_out: Vec<String> =
        rows.iter().flat_map(|row| row.left_out.iter().map(|why| format!("{}: {why}", row.scenario))).collect();
    Ok(format!("{}\n{}", table(&rows, worlds.len()), left_out.join("\n")))
}
