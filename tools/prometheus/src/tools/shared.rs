//! What several tools share: pages of rows, times, explanations of emptiness, hints.

use crate::backend::{Backend, Told};
use crate::query::explain::{self, Question};
use crate::query::metrics;
use crate::query::promql::{Checked, quoted};
use crate::query::requests;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::Table;
use futures::StreamExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::{Map, Value};
use tools_common::page;
use tools_common::{CallContext, time};

pub(super) use tools_common::page::json;

/// A list as a page of a table: what fits the limits, a cursor for the rest, and hints.
pub(super) struct Page<'a> {
    pub tool: &'static str,
    pub arguments: &'a Map<String, Value>,
    pub limit: usize,
    pub max_tokens: Option<usize>,
}

/// The envelope of a page, and the rows that were left out after it.
pub(super) struct Paged<T> {
    pub envelope: Envelope,
    pub left: Vec<T>,
}

impl Page<'_> {
    /// Cuts `rows` to the page that the cursor asks for.
    pub(super) fn of<T: Serialize>(&self, rows: Vec<T>) -> Result<Paged<T>, Failure> {
        let window = page::Window {
            tool: self.tool,
            arguments: self.arguments,
            limit: self.limit,
            budget_tokens: self.max_tokens,
        };
        let part = window.of(rows)?;
        let envelope = part.envelope(json(&Table::of(&part.kept))?, page::Hints::default());
        Ok(Paged { envelope, left: part.left })
    }
}

/// Adds what there is to say to what the envelope says already.
pub(super) fn tell(envelope: &mut Envelope, notes: impl IntoIterator<Item = String>) {
    envelope.hint = hint(notes.into_iter().chain(envelope.hint.take()));
}

/// `at` and `since` as a window; both may be absent.
pub(super) fn window(
    at: Option<&str>,
    since: Option<&str>,
    default: TimeDelta,
    context: &CallContext,
) -> Result<Window, Failure> {
    window_to(self::at(at, context)?, since, default)
}

/// The window of the length `since` that ends at `end`.
pub(super) fn window_to(end: DateTime<Utc>, since: Option<&str>, default: TimeDelta) -> Result<Window, Failure> {
    let length = time::duration("since", since, default, TimeDelta::minutes(1), TimeDelta::days(90))?;
    Ok(time::window_ending(end, length))
}

/// The argument `at`, now by default.
pub(super) fn at(at: Option<&str>, context: &CallContext) -> Result<DateTime<Utc>, Failure> {
    time::instant("at", at, context.now, context.now)
}

/// Joins what there is to say; `None` for nothing.
pub(super) fn hint(parts: impl IntoIterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(". "))
}

/// Says why a query found nothing, by looking at what it reads. A look that fails is told as such.
pub(super) async fn why_empty(backend: &Backend, checked: &Checked, when: &str, context: &CallContext) -> String {
    let mut known_missing: Vec<String> = Vec::new();
    let mut reasons = Vec::new();
    for question in explain::questions(checked) {
        match question {
            Question::Metric(metric) => match backend.metric_names_now(context).await {
                Ok(names) if names.binary_search(&metric).is_ok() || names.contains(&metric) => {}
                Ok(names) => {
                    reasons.push(explain::no_metric(&metric, &metrics::nearest(&names, &metric, 3)));
                    known_missing.push(metric);
                }
                Err(failure) => return format!("nothing {when}; why could not be looked up: {}", failure.message),
            },
            Question::Label { metric, label, wanted } => {
                if !known_missing.contains(&metric)
                    && let Ok(values) = values_of(backend, &metric, &label, context).await
                    && !values.contains(&wanted)
                {
                    reasons.push(explain::no_value(&metric, &label, &wanted, &values));
                }
            }
        }
    }
    if reasons.is_empty() { explain::otherwise(checked, when) } else { reasons.join("; ") }
}

async fn values_of(
    backend: &Backend,
    metric: &str,
    label: &str,
    context: &CallContext,
) -> Result<Vec<String>, Failure> {
    let selector = format!("{{__name__={}}}", quoted(metric));
    let told: Told<Vec<String>> = backend.ask(requests::label_values(label, &[selector], None), context).await?;
    Ok(told.data)
}

/// Runs the looks side by side, a few at a time, and gives their results in order.
pub(super) async fn side_by_side<T>(looks: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    const AT_ONCE: usize = 8;
    futures::stream::iter(looks).buffered(AT_ONCE).collect().await
}
