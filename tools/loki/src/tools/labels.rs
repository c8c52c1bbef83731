//! `labels`: which labels streams have, with their first values.

use crate::backend::Backend;
use crate::query::window::Span;
use crate::query::{clean, logql, requests};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::loki::LabelRow;
use futures::StreamExt;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::{Hints, Window, json};
use tools_common::{CallContext, ToolSpec, args};

/// Labels whose values are looked up; more would be many requests for little.
const LOOKED_UP: usize = 24;
const EXAMPLES: usize = 5;
const AT_ONCE: usize = 6;

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// Only of streams that a LogQL selector takes: {app="cart"}.
    selector: Option<String>,
    /// Default 6h.
    since: Option<String>,
    /// `next_cursor` of the page before.
    #[expect(dead_code, reason = "the page reads it out of the raw arguments")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>("labels", "Stream labels", "The labels by which streams are chosen, with their first values.")
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    let selector = args.selector.as_deref().map(logql::selector_only).transpose()?.map(|selector| selector.text);
    let span = Span::of(None, args.since.as_deref(), TimeDelta::hours(6), context.now)?;
    let mut names = backend.names(requests::labels(selector.as_deref(), span), context).await?;
    names.sort();
    let looks: Vec<_> = names
        .iter()
        .take(LOOKED_UP)
        .map(|name| backend.names(requests::label_values(name, selector.as_deref(), span), context))
        .collect();
    let mut found = futures::stream::iter(looks).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter();
    let mut hints = Hints::default();
    let rows: Vec<LabelRow> = names
        .iter()
        .map(|name| match found.next() {
            Some(Ok(values)) => row(name, Some(values)),
            Some(Err(failure)) => {
                hints.miss(format!("The values of {} could not be looked up: {}", clean::clean(name), failure.message));
                row(name, None)
            }
            None => row(name, None),
        })
        .collect();
    if rows.is_empty() {
        hints.add("No stream in this window: try a longer `since`, another selector, or another tenant.");
    }
    if names.len() > LOOKED_UP {
        hints.add(format!(
            "Values were looked up for the first {LOOKED_UP} labels; label_values tells those of the others."
        ));
    }
    let window = Window { tool: "labels", arguments: &arguments, limit: 100, budget_tokens: None };
    let part = window.of(rows)?;
    let data = json(&Table::of(&part.kept))?;
    Ok(Envelope { window: Some(span.window()), ..part.envelope(data, hints) })
}

fn row(name: &str, values: Option<Vec<String>>) -> LabelRow {
    LabelRow {
        label: clean::clean(name),
        values: values.as_ref().map(|values| values.len() as u64),
        examples: values.iter().flatten().take(EXAMPLES).map(|value| clean::shown(value, 80)).collect(),
    }
}
