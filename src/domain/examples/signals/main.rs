//! Measures what is found in signals whose truth is known: `cargo run --release -p domain --example signals -- WHAT [...]`
//!
//! One program for all measurements, because they share what makes the signals. docs/ has what each of them gave.
#![expect(clippy::print_stdout, reason = "a program of the terminal")]

mod change_points;
mod forecast;
mod healthy;
mod scale;
mod trace_shifts;

/// What makes signals.
mod made {
    mod distributions;
    pub(super) mod noise;
    pub(super) mod plot;
    pub(super) mod requests;
    pub(super) mod resources;
    pub(super) mod series;
}

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next();
    match what.as_deref() {
        Some("change-points") => change_points::run(),
        Some("forecasts") => forecast::run(arguments.map(PathBuf::from))?,
        Some("healthy") => healthy::run(arguments.map(PathBuf::from))?,
        Some("scale") => scale::run(arguments.next().as_deref())?,
        Some("trace-shifts") => trace_shifts::run(),
        _ => {
            return Err(
                "accepted: change-points, forecasts FILES, healthy NAB_DIR PLOT.svg, scale SERIES, trace-shifts".into(),
            );
        }
    }
    Ok(())
}
