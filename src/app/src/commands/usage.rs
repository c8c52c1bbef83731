//! `usage`: what answers cost.

use crate::cli::state::{Usage, UsageBy};
use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::state;
use chrono::Utc;
use domain::usage::{self, By};
use engine::conversations::{Keeper, UsageOf};
use serde_json::json;

/// Sums and prints.
///
/// # Errors
/// The store cannot be read.
pub async fn run(arguments: &Usage, settings: &Settings) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    let keeper = Keeper::new(kept.store, settings.state.store.deadline);
    let back = tools_common::time::parse_duration(&arguments.since);
    let from = back.and_then(|back| Utc::now().checked_sub_signed(back)).map(usage::day);
    let records = keeper.usage(&UsageOf { from, ..UsageOf::default() }).await.map_err(state::stop)?;
    let by = match arguments.by {
        UsageBy::Person => By::Person,
        UsageBy::Channel => By::Channel,
        UsageBy::Day => By::Day,
    };
    let sums = usage::sums(&records, by);
    if arguments.json {
        output::print(&format!("{:#}", json!({ "usage": sums })))?;
        return Ok(Exit::Done);
    }
    if sums.is_empty() {
        output::print("nothing was asked in that time")?;
        return Ok(Exit::Done);
    }
    output::print(&format!(
        "{:<24}{:>10}{:>12}{:>12}{:>12}{:>12}{:>10}",
        "", "questions", "model calls", "tokens in", "tokens out", "tool calls", "seconds"
    ))?;
    for (group, sum) in sums {
        output::print(&lines_without_control(&format!(
            "{group:<24}{:>10}{:>12}{:>12}{:>12}{:>12}{:>10.1}",
            sum.questions,
            sum.model_calls,
            sum.prompt_tokens,
            sum.completion_tokens,
            sum.tool_calls,
            sum.wall_ms as f64 / 1_000.0
        )))?;
    }
    Ok(Exit::Done)
}
