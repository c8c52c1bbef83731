//! `ask "QUESTION"`: one answer, then the end.

use crate::cli::commands::Ask;
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::{answer, progress};
use crate::wiring::House;
use domain::answer::Answer;
use engine::conversation::Conversation;
use engine::turn::TurnError;
use std::io::{IsTerminal, Read};
use tokio_util::sync::CancellationToken;

/// Bytes of a question on standard input.
const QUESTION_LIMIT: u64 = 64 * 1024;

/// Asks and prints.
///
/// # Errors
/// Nothing is configured that could be asked, or the answer could not be printed.
pub async fn run(arguments: &Ask, settings: &Settings) -> Result<Exit, Stop> {
    let question = question(&arguments.question)?;
    ensure_sources(settings)?;
    let house = House::build(settings, arguments.since.as_deref())?;
    let at_terminal = std::io::stderr().is_terminal();
    let telling = progress::Telling { steps: at_terminal && !arguments.json, text: false, trace: arguments.trace };
    let (progress, told) = progress::start(telling);
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    let outcome = house.jamie.answer(&question, &house.place, &mut Conversation::default(), progress, cancel).await;
    watcher.abort();
    let _ = told.await;
    house.shut_down().await;
    let answered = outcome.map_err(|error| match error {
        TurnError::EmptyQuestion => Stop::new(Exit::Usage, error.to_string()),
        TurnError::Cancelled => Stop::new(Exit::Failed, "stopped"),
    })?;
    if arguments.json {
        output::print(&format!("{:#}", answer::document(&answered)))?;
    } else {
        output::print(&answer::text(&answered, output::has_colour(settings.output.colour)))?;
    }
    Ok(exit(&answered))
}

/// 69 where nothing at all answered, 2 where something needed did not, else 0.
pub fn exit(answer: &Answer) -> Exit {
    match (answer.nothing_answered(), answer.could_not_look()) {
        (true, _) => Exit::Unavailable,
        (false, true) => Exit::CouldNotLook,
        (false, false) => Exit::Done,
    }
}

/// Refuses before anything is started where there is nothing to ask.
///
/// # Errors
/// With what to set.
pub fn ensure_sources(settings: &Settings) -> Result<(), Stop> {
    if settings.clusters.is_empty() && settings.prometheus.is_empty() && settings.mcp_servers.is_empty() {
        return Err(Stop::new(
            Exit::Unavailable,
            "There is nothing to look at: no cluster (KUBECONFIG or [clusters.NAME]), no Prometheus (PROMETHEUS_URL or [prometheus.NAME]) and no MCP server ([mcp_servers.NAME]) is configured.\n\
             To try it without any: auto-devops demo",
        ));
    }
    Ok(())
}

fn question(argument: &str) -> Result<String, Stop> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let fail = |reason: String| {
        Stop::new(Exit::Usage, format!("the question could not be read from standard input: {reason}"))
    };
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(QUESTION_LIMIT + 1).read_to_end(&mut bytes);
    let length = read.map_err(|error| fail(error.to_string()))?;
    if length as u64 > QUESTION_LIMIT {
        return Err(fail(format!("it is over {} KiB; ask about a part of it", QUESTION_LIMIT / 1024)));
    }
    String::from_utf8(bytes).map_err(|error| fail(format!("it is no UTF-8 ({error})")))
}
