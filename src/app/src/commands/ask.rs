//! `ask "QUESTION"`: one answer, then the end.

use crate::cli::commands::Ask;
use crate::cli::{Exit, Stop};
use crate::commands::conversations;
use crate::output;
use crate::settings::Settings;
use crate::terminal::{answer, progress};
use crate::wiring::{House, person, talk};
use domain::answer::Answer;
use domain::conversation::address;
use engine::conversations::Keeper;
use ports::conversations::{AskError, Asking, TurnError};
use std::io::{IsTerminal, Read};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Bytes of a question on standard input.
const QUESTION_LIMIT: u64 = 64 * 1024;

/// How long the end of a stopped question waits for its cost to be kept.
const SETTLING: Duration = Duration::from_secs(3);

/// The channel of every conversation in a terminal.
pub const TERMINAL: &str = "terminal";

/// Asks and prints.
///
/// # Errors
/// Nothing is configured that could be asked, or the answer could not be printed.
pub async fn run(arguments: &Ask, settings: &Settings) -> Result<Exit, Stop> {
    let question = question(&arguments.question)?;
    ensure_sources(settings)?;
    let house = House::build(settings, arguments.since.as_deref())?;
    let talk = talk::open(&house, settings).await?;
    if let (Some(wanted), None) = (&arguments.conversation, &talk.notice)
        && is_unknown(talk.conversations.keeper(), wanted).await
    {
        house.shut_down().await;
        return Err(conversations::unknown());
    }
    let at_terminal = std::io::stderr().is_terminal();
    let telling = progress::Telling { steps: at_terminal && !arguments.json, text: false, trace: arguments.trace };
    let (progress, shown) = progress::start(telling);
    let cancel = CancellationToken::new();
    let interrupted = cancel.clone();
    let watcher = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let asking = Asking {
        question: &question,
        quoted: None,
        turn: None,
        person: &person::local(),
        channel: TERMINAL,
        conversation: arguments.conversation.as_deref(),
        place: &house.place,
    };
    let outcome = talk.conversations.ask(asking, progress, cancel).await;
    watcher.abort();
    let _ = shown.await;
    house.shut_down().await;
    if outcome.is_err() {
        // What a stopped question cost waits in memory, and nobody else will keep it.
        let _ = tokio::time::timeout(SETTLING, talk.conversations.settle()).await;
    }
    if let Some(notice) = &talk.notice {
        output::tell(notice);
    }
    let mut told = outcome.map_err(stop)?;
    if !talk.outlives {
        // Nobody can go on with a conversation that ends with the program.
        told.answer.conversation = None;
    } else if told.number.is_none() {
        // What waits in memory, as the answer says, waits no longer.
        output::tell("The program ends now, and this answer was not kept.");
    }
    let answered = told.answer;
    if arguments.json {
        output::print(&format!("{:#}", answer::document(&answered)))?;
    } else {
        output::print(&answer::text(&answered, output::has_colour(settings.output.colour)))?;
    }
    Ok(exit(&answered))
}

/// Whether nobody ever talked there. Where that cannot be looked up, the answer itself tells so.
async fn is_unknown(keeper: &Keeper, wanted: &str) -> bool {
    match address::read(wanted) {
        None => true,
        Some(id) => matches!(keeper.open(&id, 1).await, Ok(None)),
    }
}

/// Why there is no answer.
fn stop(error: AskError) -> Stop {
    let exit = match &error {
        AskError::Turn(TurnError::EmptyQuestion) => Exit::Usage,
        AskError::Turn(TurnError::Cancelled) => Exit::Failed,
        AskError::Refused { .. } => Exit::NotPermitted,
    };
    Stop::new(exit, error.to_string())
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
