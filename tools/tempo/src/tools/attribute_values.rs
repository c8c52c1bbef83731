//! `attribute_values`: which values an attribute has.

use super::shared::Times;
use crate::backend::Backend;
use crate::query::filter::Filter;
use crate::query::traceql::attribute;
use crate::query::{requests, tags};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::redaction::{NameVerdict, judge_name};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tools_common::page::{Hints, Window};
use tools_common::{CallContext, ToolSpec, args};

const MOST_VALUES: usize = 1_000;
const DEFAULT_LIMIT: usize = 50;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// resource.service.name, span.http.route, name, status
    #[schemars(length(min = 1, max = 200))]
    attribute: String,
    /// Only of this service's spans.
    service: Option<String>,
    /// Part of the value.
    contains: Option<String>,
    #[serde(flatten)]
    times: Times,
    /// Default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[expect(dead_code, reason = "read by the page, from the arguments as they came")]
    cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "attribute_values",
        "Attribute values",
        "Values of an attribute, to learn how services, operations or routes are named.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    let name = checked(&args.attribute)?;
    let window = args.times.window(context)?;
    let filter = Filter { service: args.service.clone(), ..Filter::default() };
    let traceql = args.service.as_ref().map(|_| filter.traceql()).transpose()?;
    let request = requests::tag_values(&name, traceql.as_deref(), window, MOST_VALUES);
    let answer: Value = backend.ask(request, traceql.as_deref(), context).await?;
    let all = tags::values(answer).ok_or_else(|| {
        Failure::new(FailureKind::BadAnswer, "the answer holds no tagValues").with_hint("is the URL that of a Tempo?")
    })?;
    let known = all.len();
    let kind = all.first().and_then(|(_, kind)| kind.clone());
    let word = args.contains.as_deref().unwrap_or_default().to_lowercase();
    let mut values: Vec<String> =
        all.into_iter().map(|(value, _)| value).filter(|value| value.to_lowercase().contains(&word)).collect();
    values.sort_unstable();
    let page = Window {
        tool: "attribute_values",
        arguments: &arguments,
        limit: args.limit.unwrap_or(DEFAULT_LIMIT),
        budget_tokens: None,
    };
    let mut hints = Hints::default();
    if known >= MOST_VALUES {
        hints.add(format!("Only the first {MOST_VALUES} values were asked for."));
    }
    if values.is_empty() {
        hints.add(match known {
            0 => format!("`{name}` has no value in this window: see `attribute_names`, with its scope (resource. or span.), or ask for a longer window."),
            _ => format!("None of the {known} values contains {:?}.", args.contains.as_deref().unwrap_or_default()),
        });
    }
    let part = page.of(values)?;
    if part.is_cut() {
        hints.add(format!("{} more values; narrow with contains, or pass the cursor.", part.left.len()));
    }
    let mut envelope = part.envelope(json!({"attribute": name, "type": kind, "values": part.kept}), hints);
    envelope.window = Some(window);
    Ok(envelope)
}

/// The attribute as TraceQL writes it.
///
/// # Errors
/// `Refused` for a name that says that its values are secrets; `BadRequest` for no name.
fn checked(given: &str) -> Result<String, Failure> {
    if !given.chars().any(char::is_alphanumeric) {
        return Err(args::invalid("attribute", format!("{given:?}"), "the name of an attribute"));
    }
    let last = given.rsplit('.').next().unwrap_or(given);
    if judge_name(given) != NameVerdict::Harmless || judge_name(last) != NameVerdict::Harmless {
        let message = format!("`{given}` is a secret by its name; its values are not shown");
        return Err(Failure::new(FailureKind::Refused, message));
    }
    Ok(attribute(given))
}
