//! `label_values`: which values a label has.

use crate::backend::Backend;
use crate::query::window::Span;
use crate::query::{ask, clean, logql, requests};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::page::{Hints, Window};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// Label name: app, namespace, pod.
    #[schemars(length(min = 1, max = 200))]
    label: String,
    /// Only of streams that a LogQL selector takes: {namespace="shop"}.
    selector: Option<String>,
    /// Part of the value.
    contains: Option<String>,
    /// Default 6h.
    since: Option<String>,
    /// Default 100.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[expect(dead_code, reason = "the page reads it out of the raw arguments")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "label_values",
        "Label values",
        "The values of one label, to learn how apps or pods are named.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    if !ask::is_label_name(&args.label) {
        return Err(args::invalid("label", format!("{:?}", args.label), "a label name: letters, digits and _"));
    }
    let selector = args.selector.as_deref().map(logql::selector_only).transpose()?.map(|selector| selector.text);
    let span = Span::of(None, args.since.as_deref(), TimeDelta::hours(6), context.now)?;
    let known = backend.names(requests::label_values(&args.label, selector.as_deref(), span), context).await?;
    let word = args.contains.as_deref().unwrap_or_default().to_lowercase();
    let mut values: Vec<String> =
        known.iter().filter(|value| value.to_lowercase().contains(&word)).map(|value| clean::clean(value)).collect();
    values.sort();
    let mut hints = Hints::default();
    if values.is_empty() {
        hints.add(nothing(backend, &args, known.len(), span, context).await);
    }
    let window =
        Window { tool: "label_values", arguments: &arguments, limit: args.limit.unwrap_or(100), budget_tokens: None };
    let part = window.of(values)?;
    if part.is_cut() {
        hints.add(format!("{} more values; narrow with contains or selector, or pass the cursor.", part.left.len()));
    }
    let data = json!({"label": args.label, "values": part.kept});
    Ok(Envelope { window: Some(span.window()), ..part.envelope(data, hints) })
}

async fn nothing(backend: &Backend, args: &Args, known: usize, span: Span, context: &CallContext) -> String {
    if known > 0 {
        return format!("None of the {known} values contains {:?}.", args.contains.as_deref().unwrap_or_default());
    }
    match backend.names(requests::labels(None, span), context).await {
        Ok(names) if names.contains(&args.label) => {
            "The label exists, but not on these streams in this time; try a longer `since` or another selector."
                .to_owned()
        }
        Ok(names) => {
            let near = args::nearest(&args.label, names.iter().map(String::as_str));
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("No stream has a label `{}`{near} There are: {}.", args.label, names.join(", "))
        }
        Err(failure) => format!("Nothing was found; why could not be looked up ({}).", failure.message),
    }
}
