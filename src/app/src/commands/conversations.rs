//! `conversations …`: what was asked before.

use crate::cli::state::Conversations;
use crate::cli::{Exit, Stop};
use crate::commands::confirm;
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::{self, lines_without_control};
use crate::wiring::{House, person, state, talk};
use domain::conversation::address;
use engine::conversations::{Keeper, Opened};
use ports::store::Store;
use serde_json::json;
use std::sync::Arc;

/// Turns of a conversation that are shown.
const TURNS: usize = 1_000;

/// Runs one of them.
///
/// # Errors
/// The store cannot be read, or there is no such conversation.
pub async fn run(command: &Conversations, settings: &Settings) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    let keeper = Keeper::new(Arc::clone(&kept.store), settings.state.store.deadline);
    match command {
        Conversations::List { limit, json } => list(&keeper, *limit, *json).await,
        Conversations::Show { id, json } => show(&keeper, id, *json, settings).await,
        Conversations::Delete { id, yes } => {
            let found = named(&keeper, id, 1).await?.conversation;
            confirm::removal(&format!("the conversation “{}” with {} turns", found.title, found.turns), *yes)?;
            delete(kept.store, &found.id, settings).await
        }
    }
}

/// The conversation that somebody named, by its id or a link, with so many of its turns.
///
/// # Errors
/// There is none, or nobody could look.
pub async fn named(keeper: &Keeper, text: &str, turns: usize) -> Result<Opened, Stop> {
    let Some(id) = address::read(text) else { return Err(unknown()) };
    keeper.open(&id, turns).await.map_err(state::stop)?.ok_or_else(unknown)
}

/// What a person is told who named a conversation that is not there.
pub fn unknown() -> Stop {
    Stop::new(Exit::Usage, "there is no such conversation; `conversations list` has yours")
}

/// By the service, which knows what was remembered of it.
async fn delete(store: Arc<dyn Store>, id: &str, settings: &Settings) -> Result<Exit, Stop> {
    let mut settings = settings.clone();
    // What was remembered goes too where answers do not use it any more; and nothing is learned to forget something.
    settings.state.memory.recall = true;
    settings.state.memory.built_in_runbooks = false;
    settings.state.memory.runbooks.clear();
    let house = House::build(&settings, None)?;
    let removed = match talk::over(&house, &settings, store).await {
        Ok(talk) => talk.conversations.delete(id).await.map_err(state::stop),
        Err(stop) => Err(stop),
    };
    house.shut_down().await;
    let removed = removed?;
    output::print(&format!("removed: {} turns, {} documents of evidence", removed.turns.len(), removed.evidence))?;
    Ok(Exit::Done)
}

async fn list(keeper: &Keeper, limit: u64, as_json: bool) -> Result<Exit, Stop> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = keeper.recent(&person::local(), limit).await.map_err(state::stop)?;
    if as_json {
        output::print(&format!("{:#}", json!({ "conversations": found })))?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        output::print("no conversation of yours is kept")?;
    }
    for conversation in found {
        let updated = conversation.updated_at.format("%Y-%m-%d %H:%M");
        let turns = if conversation.turns == 1 { "turn " } else { "turns" };
        let line = format!("{}  {updated}  {:>3} {turns}  {}", conversation.id, conversation.turns, conversation.title);
        output::print(&lines_without_control(&line))?;
    }
    Ok(Exit::Done)
}

async fn show(keeper: &Keeper, id: &str, as_json: bool, settings: &Settings) -> Result<Exit, Stop> {
    let opened = named(keeper, id, TURNS).await?;
    if as_json {
        let document = json!({"conversation": opened.conversation, "turns": opened.turns});
        output::print(&format!("{document:#}"))?;
        return Ok(Exit::Done);
    }
    let colour = output::has_colour(settings.output.colour);
    for turn in opened.turns {
        let asked = turn.asked_at.format("%Y-%m-%d %H:%M UTC");
        output::print(&lines_without_control(&format!("{asked}  {}: {}", turn.person, turn.question)))?;
        output::print(&format!("\n{}\n", markdown::render(&turn.answer.answer, colour)))?;
    }
    Ok(Exit::Done)
}
