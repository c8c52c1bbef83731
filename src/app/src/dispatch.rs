//! From a parsed command line to the command that runs.

use crate::cli::commands::Command;
use crate::cli::{Cli, Exit, Stop};
use crate::settings::{Loaded, Request, Surroundings, load};
use crate::{commands, telemetry};

/// Runs the command.
///
/// # Errors
/// Why it ended early.
pub fn run(cli: Cli, surroundings: &dyn Surroundings) -> Result<Exit, Stop> {
    let request = cli.global.request();
    match cli.command {
        Command::Config(command) => commands::config::run(command, &request, surroundings),
        Command::Completions(arguments) => commands::completions::run(arguments.shell).map(|()| Exit::Done),
        Command::Doctor(arguments) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::doctor::run(&arguments, &loaded))
        }
        Command::Ask(arguments) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::ask::run(&arguments, &loaded.settings))
        }
        Command::Chat(arguments) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::chat::run(&arguments, &loaded.settings))
        }
        Command::Tools(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::tools::run(&command, &loaded.settings))
        }
        Command::Mcp(arguments) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::mcp::run(&arguments, &loaded.settings))
        }
        Command::Serve(arguments) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::serve::run(&arguments, &loaded.settings))
        }
        Command::Incidents(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::incidents::run(&command, &loaded.settings))
        }
        Command::Actions(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::actions::run(&command, &loaded.settings))
        }
        Command::Learning(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::learning::run(&command, &loaded.settings))
        }
        Command::Replay(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::replay::run(&command, &loaded.settings))
        }
        Command::Health(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::health::run(&command, &loaded.settings))
        }
        Command::Conversations(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::conversations::run(&command, &loaded.settings))
        }
        Command::Memory(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::memory::run(&command, &loaded.settings))
        }
        Command::Usage(arguments) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::usage::run(&arguments, &loaded.settings))
        }
        Command::Freeze(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::freeze::run(&command, &loaded.settings))
        }
        Command::Pause(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::pause::run(&command, &loaded.settings))
        }
        Command::Audit(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::audit::run(&command, &loaded.settings))
        }
        Command::Store(command) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::store::run(&command, &loaded.settings))
        }
        Command::Slack(command) => commands::slack::run(&command, &prepare(&request, surroundings)?.settings),
        Command::Demo(arguments) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::demo::run(&arguments, loaded.settings))
        }
        Command::Estate(arguments) => {
            let loaded = prepare(&request, surroundings)?;
            runtime()?.block_on(commands::estate::run(&arguments, &loaded.settings))
        }
    }
}

/// The settings, with logging installed as they say.
fn prepare(request: &Request, surroundings: &dyn Surroundings) -> Result<Loaded, Stop> {
    let loaded = load(request, surroundings)?;
    telemetry::install(&loaded.settings.telemetry);
    for note in &loaded.notes {
        tracing::info!("{note}");
    }
    Ok(loaded)
}

fn runtime() -> Result<tokio::runtime::Runtime, Stop> {
    let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    built.map_err(|error| Stop::new(Exit::Failed, format!("the runtime could not be started: {error}")))
}
