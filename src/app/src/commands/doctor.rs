//! `doctor`: looks at everything that is configured, at once, and tells what answers.

use crate::cli::commands::Doctor;
use crate::cli::{Exit, Stop};
use crate::doctor::{self, Probe, report};
use crate::output;
use crate::settings::Loaded;

/// Runs all probes and prints what they found.
///
/// # Errors
/// When stdout cannot be written.
pub async fn run(arguments: &Doctor, loaded: &Loaded) -> Result<Exit, Stop> {
    let probes: Vec<Box<dyn Probe>> = doctor::probes::of(&loaded.settings);
    let findings = doctor::examine(&probes).await;
    if arguments.json {
        output::print(&format!("{:#}", report::document(&findings, &loaded.notes)))?;
    } else {
        let colour = output::has_colour(loaded.settings.output.colour);
        output::print(&report::text(&findings, &loaded.notes, colour))?;
    }
    Ok(doctor::exit(&findings))
}
