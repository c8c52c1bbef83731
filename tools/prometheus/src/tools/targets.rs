//! `targets`: what is scraped and what is not, down first.

use super::shared::{self, Page};
use crate::backend::{Backend, Told};
use crate::query::requests;
use crate::query::targets::{Targets, per_job, rows};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::prometheus::TargetRow;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    Down,
    Up,
    Unknown,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Default all.
    state: Option<State>,
    /// Word in job, instance or a label value.
    contains: Option<String>,
    /// Default: all that are not up, and 10 that are.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "targets",
        "Scrape targets",
        "Scrape targets with health and the error of the last scrape; down first, up counted per job.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    const MOST: usize = 100;
    const SHOWN_UP: usize = 10;
    let args: Args = args::parse(arguments.clone())?;
    let told: Told<Targets> = backend.ask(requests::targets(), context).await?;
    let all = rows(told.data);
    let known = all.len();
    let fitting: Vec<TargetRow> = all.into_iter().filter(|row| wanted(row, &args)).collect();
    let troubled = fitting.iter().filter(|row| row.health != "up").count();
    let counted = per_job(&fitting);
    let total = fitting.len();
    let limit = args.limit.unwrap_or_else(|| (troubled + SHOWN_UP).min(MOST));
    let mut paged = Page { tool: "targets", arguments: &arguments, limit, max_tokens: None }.of(fitting)?;
    let mut notes = told.warnings;
    if total > 0 {
        notes.push(format!("{} of {total} targets are up ({counted})", total - troubled));
    } else if known > 0 {
        notes.push(format!("none of the {known} targets fits these arguments"));
    } else {
        notes.push(
            "this server scrapes nothing: is it a query front (Thanos, Mimir)? Then ask `query` for up == 0".to_owned(),
        );
    }
    if !paged.left.is_empty() {
        notes.push(format!(
            "{} more, healthy ones last; pass the cursor or narrow with state or contains",
            paged.left.len()
        ));
    }
    paged.envelope.window = Some(Window { start: context.now, end: context.now });
    shared::tell(&mut paged.envelope, notes);
    Ok(paged.envelope)
}

fn wanted(row: &TargetRow, args: &Args) -> bool {
    let state = match args.state {
        None => true,
        Some(State::Down) => row.health == "down",
        Some(State::Up) => row.health == "up",
        Some(State::Unknown) => row.health == "unknown",
    };
    state && args.contains.as_deref().is_none_or(|word| mentions(row, &word.to_lowercase()))
}

fn mentions(row: &TargetRow, word: &str) -> bool {
    let texts = [&row.job, &row.instance, &row.scrape_url];
    texts.into_iter().chain(row.labels.values()).any(|text| text.to_lowercase().contains(word))
}
