//! `label_values`: which values a label has.

use super::shared;
use crate::backend::{Backend, Told};
use crate::query::{metrics, promql, requests};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::{CallContext, ToolSpec, args, budget, cursor};

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Label name: job, namespace, service.
    #[schemars(length(min = 1, max = 200))]
    label: String,
    /// Only of series that match: up{job="node"}.
    selector: Option<String>,
    /// Part of the value.
    contains: Option<String>,
    /// In this time: 6h; default 1h.
    since: Option<String>,
    /// Default 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "label_values",
        "Label values",
        "The values of a label, to learn how services, jobs or namespaces are named.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    if !is_label_name(&args.label) {
        return Err(args::invalid("label", format!("{:?}", args.label), "a label name: letters, digits and _"));
    }
    if let Some(selector) = &args.selector {
        promql::check(selector)?;
    }
    let window = shared::window(None, args.since.as_deref(), TimeDelta::hours(1), context)?;
    let matching: Vec<String> = args.selector.iter().cloned().collect();
    let told: Told<Vec<String>> =
        backend.ask(requests::label_values(&args.label, &matching, Some(window)), context).await?;
    let known = told.data.len();
    let word = args.contains.as_deref().unwrap_or_default().to_lowercase();
    let values: Vec<String> = told.data.into_iter().filter(|value| value.to_lowercase().contains(&word)).collect();
    let total = values.len();
    let start = match &args.cursor {
        Some(text) => cursor::read(text, "label_values", &arguments)?.parse().unwrap_or(0).min(total),
        None => 0,
    };
    let rest = values.into_iter().skip(start).collect();
    let cut = budget::cut(rest, args.limit.unwrap_or(100), budget::tokens_for(None));
    let end = start + cut.kept.len();
    let mut notes = told.warnings;
    if total == 0 {
        notes.push(nothing(backend, &args, known, context).await);
    }
    let mut envelope = Envelope::whole(json!({"label": args.label, "values": cut.kept}), (end - start) as u64);
    envelope.total = Some(total as u64);
    envelope.truncated = cut.is_cut();
    envelope.next_cursor = cut.is_cut().then(|| cursor::make("label_values", &arguments, &end.to_string()));
    envelope.window = Some(window);
    if cut.is_cut() {
        notes.push(format!("{} more values; narrow with contains or selector, or pass the cursor", cut.left.len()));
    }
    envelope.hint = shared::hint(notes);
    Ok(envelope)
}

fn is_label_name(label: &str) -> bool {
    let mut letters = label.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

async fn nothing(backend: &Backend, args: &Args, known: usize, context: &CallContext) -> String {
    if known > 0 {
        return format!("none of the {known} values contains {:?}", args.contains.as_deref().unwrap_or_default());
    }
    match backend.ask::<Vec<String>>(tools_common::http::Request::get("/api/v1/labels"), context).await {
        Ok(labels) if labels.data.contains(&args.label) => {
            "the label exists, but not on these series in this time; try a longer since or another selector".to_owned()
        }
        Ok(labels) => match metrics::nearest(&labels.data, &args.label, 3).as_slice() {
            [] => format!("there is no label `{}`", args.label),
            near => format!("there is no label `{}`; similar: {}", args.label, near.join(", ")),
        },
        Err(failure) => format!("nothing was found; why could not be looked up ({})", failure.message),
    }
}
