//! Searches and recalls with questions of people on call, each answer looked at.

use crate::{ENTRIES, Fallible};
use benches::samples::{Runs, told};
use benches::table::Row;
use engine::memory::{Filters, Memory};
use std::time::Duration;
use tokio::time::Instant;

const RUNS: Runs = Runs { warm_up: 60, counted: 600 };

/// Hits that a search is asked for.
const HITS: usize = 10;

/// Tokens that a turn may spend on its memory.
const RECALL_TOKENS: usize = 600;

/// Questions of people on call.
const QUESTIONS: &str = include_str!("../../src/engine/tests/data/runbook_questions_dev.tsv");

fn questions() -> impl Iterator<Item = &'static str> {
    let lines = QUESTIONS.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).map(|(question, _)| question).collect::<Vec<_>>().into_iter().cycle()
}

/// Searches as people ask, one after the other.
pub async fn searches(memory: &Memory, how: &str, budget: Option<Duration>) -> Fallible<Row> {
    let mut questions = questions();
    let samples = RUNS
        .make_waiting(async || {
            let question = questions.next().unwrap_or_default();
            let started = Instant::now();
            let found = memory.search(question, &Filters::default(), HITS).await?;
            let took = started.elapsed();
            let is_whole = found.recalled.len() == HITS && found.without_meaning.is_none() && found.unreadable == 0;
            if is_whole { Ok(took) } else { Fallible::Err(format!("{question:?} found {found:?}").into()) }
        })
        .await?;
    let what = format!("search of {ENTRIES} entries by {how}, {HITS} hits");
    Ok(match budget {
        Some(budget) => Row::against(what, samples.told(), format!("{} p99", told(budget)), samples.p99() <= budget),
        None => Row::information(what, samples.told()),
    })
}

/// What a turn asks of its memory.
pub async fn recalls(memory: &Memory) -> Fallible<Row> {
    let mut questions = questions();
    let samples = RUNS
        .make_waiting(async || {
            let question = questions.next().unwrap_or_default();
            let started = Instant::now();
            memory.recall_for(question, "anna", RECALL_TOKENS).await?;
            Fallible::Ok(started.elapsed())
        })
        .await?;
    Ok(Row::information("what a turn recalls, cut to the question", samples.told()))
}
