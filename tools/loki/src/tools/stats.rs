//! `stats`: how much there is, from the index alone.

use super::empty;
use crate::backend::Backend;
use crate::query::ask::{Ask, Asked};
use crate::query::window::Span;
use crate::query::{ask, clean, requests};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::loki::{Stats, VolumeRow};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use tools_common::page::{Hints, json};
use tools_common::{CallContext, ToolSpec, args};

const DEFAULT_LIMIT: usize = 20;
/// Labels that part a whole Loki well, the best first.
const COARSE: &[&str] = &["namespace", "service_name", "app", "job", "container"];

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Stream labels, as in query; all streams by default.
    labels: Option<BTreeMap<String, String>>,
    /// Or a LogQL selector.
    query: Option<String>,
    /// Label to tell the volume by: namespace, app, pod.
    by: Option<String>,
    /// Default 1h.
    since: Option<String>,
    /// End of the window; default now.
    at: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<usize>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "stats",
        "Log volume",
        "Streams, chunks, lines and bytes of a selector and its volume by a label, from the index: cheap on any size.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let span = Span::of(args.at.as_deref(), args.since.as_deref(), TimeDelta::hours(1), context.now)?;
    let mut hints = Hints::default();
    let asked = selector(backend, &args, span, context).await?;
    let selector = asked.checked.selectors.first().map(|selector| selector.text.clone()).unwrap_or_default();
    let size = backend.size(&selector, span, context).await?;
    if size.is_none() {
        hints.miss("Streams, chunks, lines and bytes are unknown: this Loki has no index statistics.");
    }
    let by = match &args.by {
        Some(by) if !ask::is_label_name(by) => {
            return Err(args::invalid("by", format!("{by:?}"), "a label name: letters, digits and _"));
        }
        Some(by) => Some(by.clone()),
        None => usual_label(backend, &asked, span, context).await?,
    };
    let volumes = volumes(backend, &args, &selector, span, by.as_deref(), &mut hints, context).await?;
    if size.is_some_and(|size| size.streams == 0) && volumes.is_empty() {
        hints.add(empty::why(backend, &asked.checked, span, context).await);
    } else if size.is_some() {
        hints.add("Lines of the last minutes may still be with Loki's ingesters and not be counted.");
    }
    let returned = volumes.len() as u64;
    let data = Stats { selector, size, by, volumes: Table::of(&volumes) };
    Ok(hints.with(Envelope { window: Some(span.window()), total: None, ..Envelope::whole(json(&data)?, returned) }))
}

/// The selector that was asked for, or one that takes every stream.
async fn selector(backend: &Backend, args: &Args, span: Span, context: &CallContext) -> Result<Asked, Failure> {
    let ask = Ask { labels: args.labels.clone(), query: args.query.clone(), ..Ask::default() };
    if ask.names_streams() {
        return ask.build();
    }
    let names = backend.names(requests::labels(None, span), context).await?;
    let label = COARSE.iter().find(|label| names.iter().any(|name| name == *label)).copied();
    let Some(label) = label.or_else(|| names.first().map(String::as_str)) else {
        return Err(Failure::new(FailureKind::NotFound, "Loki has no stream at all in this window")
            .with_hint("take a longer `since`; is it the right tenant?"));
    };
    Ask { query: Some(format!("{{{label}=~\".+\"}}")), ..Ask::default() }.build()
}

/// The coarsest label that the selector does not fix.
async fn usual_label(
    backend: &Backend,
    asked: &Asked,
    span: Span,
    context: &CallContext,
) -> Result<Option<String>, Failure> {
    let Some(selector) = asked.checked.selectors.first() else { return Ok(None) };
    let names = backend.names(requests::labels(Some(&selector.text), span), context).await?;
    let is_fixed =
        |label: &str| selector.matchers.iter().any(|matcher| matcher.label == label && matcher.operator == "=");
    let label = COARSE.iter().chain(&["pod"]).find(|label| !is_fixed(label) && names.iter().any(|name| name == *label));
    Ok(label.map(|label| (*label).to_owned()))
}

async fn volumes(
    backend: &Backend,
    args: &Args,
    selector: &str,
    span: Span,
    by: Option<&str>,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<Vec<VolumeRow>, Failure> {
    let Some(by) = by else { return Ok(Vec::new()) };
    let limit = args.limit.unwrap_or(DEFAULT_LIMIT);
    // One more than is shown tells whether there are more.
    let Some(volumes) = backend.volumes(selector, span, by, limit + 1, context).await? else {
        hints.miss(format!("The volume by {by} is unknown: this Loki does not tell volumes (volume_enabled)."));
        return Ok(Vec::new());
    };
    let all: u64 = volumes.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes));
    if volumes.len() > limit {
        hints.add(format!("{by} has more values than the {limit} shown; shares are of the first {}.", volumes.len()));
    }
    let rows = volumes.into_iter().take(limit).map(|(value, bytes)| VolumeRow {
        value: clean::shown(&value, 200),
        bytes,
        share: (bytes as f64 / all.max(1) as f64 * 1_000.0).round() / 1_000.0,
    });
    Ok(rows.collect())
}
