//! `rules`: alerting and recording rules, what is broken or fires first.

use super::shared::{self, Page};
use crate::backend::{Backend, Told};
use crate::query::requests;
use crate::query::rules::{Groups, mentions, rows};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::prometheus::RuleRow;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Alerting,
    Recording,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    Firing,
    Pending,
    Inactive,
    Unhealthy,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Default both.
    kind: Option<Kind>,
    /// unhealthy: the evaluation fails.
    state: Option<State>,
    /// Word in name, group or expression.
    contains: Option<String>,
    /// Default 30.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "rules",
        "Rules",
        "Alerting and recording rules with expression, health and state; unhealthy and firing first.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    let kind = args.kind.map(|kind| if kind == Kind::Alerting { "alert" } else { "record" });
    let told: Told<Groups> = backend.ask(requests::rules(kind), context).await?;
    let all = rows(told.data);
    let known = all.len();
    let fitting: Vec<RuleRow> = all.into_iter().filter(|row| wanted(row, &args)).collect();
    let page = Page { tool: "rules", arguments: &arguments, limit: args.limit.unwrap_or(30), max_tokens: None };
    let mut paged = page.of(fitting)?;
    let mut notes = told.warnings;
    match (known, paged.envelope.total) {
        (0, _) => notes.push(
            "this server has no rules of this kind: is a ruler (Thanos, Mimir, vmalert) evaluating them elsewhere?"
                .to_owned(),
        ),
        (_, Some(0)) => notes.push(format!("none of the {known} rules fits these arguments")),
        _ => {}
    }
    if !paged.left.is_empty() {
        notes.push(format!("{} more rules; narrow with kind, state or contains, or pass the cursor", paged.left.len()));
    }
    paged.envelope.window = Some(Window { start: context.now, end: context.now });
    shared::tell(&mut paged.envelope, notes);
    Ok(paged.envelope)
}

fn wanted(row: &RuleRow, args: &Args) -> bool {
    let state = row.state.as_deref();
    let fits_state = match args.state {
        None => true,
        Some(State::Firing) => state == Some("firing"),
        Some(State::Pending) => state == Some("pending"),
        Some(State::Inactive) => state == Some("inactive"),
        Some(State::Unhealthy) => row.health == "err",
    };
    let fits_kind = match args.kind {
        None => true,
        Some(Kind::Alerting) => row.kind == "alerting",
        Some(Kind::Recording) => row.kind == "recording",
    };
    fits_state && fits_kind && args.contains.as_deref().is_none_or(|word| mentions(row, word))
}
