//! `estate`: the simulated estate alone, for any client that speaks its APIs.

use crate::cli::commands::Estate as Arguments;
use crate::cli::{Exit, Stop};
use crate::commands::demo::{self, Simulated};
use crate::output;
use crate::settings::Settings;

/// Serves until stopped.
///
/// # Errors
/// An unknown scenario, or a port that is taken.
pub async fn run(arguments: &Arguments, _settings: &Settings) -> Result<Exit, Stop> {
    if arguments.scenario.as_deref() == Some("list") {
        output::print(&demo::scenarios())?;
        return Ok(Exit::Done);
    }
    let simulated = Simulated::start(arguments.scenario.as_deref(), arguments.listen_base).await?;
    output::tell("Ctrl-C stops.");
    let waited = demo::print_and_wait(&simulated.endpoints()).await;
    simulated.stop().await;
    waited.map(|()| Exit::Done)
}
