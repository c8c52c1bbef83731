//! Why a query found nothing: no such label or value, nothing in the window, or a filter that lets nothing through.
//!
//! Guarantees: at most a few cheap looks; a look that fails is told as such and never as an explanation.

use crate::backend::Backend;
use crate::query::logql::{Checked, Matcher};
use crate::query::window::{Span, show};
use crate::query::{clean, requests};
use domain::envelope::Failure;
use tools_common::{CallContext, args};

/// One or two sentences.
pub(super) async fn why(backend: &Backend, checked: &Checked, span: Span, context: &CallContext) -> String {
    match look(backend, checked, span, context).await {
        Ok(reason) => reason,
        Err(failure) => format!("Nothing was found; why could not be looked up ({}).", failure.message),
    }
}

async fn look(backend: &Backend, checked: &Checked, span: Span, context: &CallContext) -> Result<String, Failure> {
    let span = span.reaching_back(checked.reach);
    let names = backend.names(requests::labels(None, span), context).await?;
    if names.is_empty() {
        return Ok(format!(
            "Loki has no stream at all between {} and {}: before its first line, older than its retention, or another tenant's.",
            show(span.start),
            show(span.end)
        ));
    }
    for selector in &checked.selectors {
        for matcher in selector.matchers.iter().filter(|matcher| matcher.operator == "=" && !matcher.value.is_empty()) {
            if let Some(reason) = no_such_value(backend, matcher, &names, span, context).await? {
                return Ok(reason);
            }
        }
    }
    let Some(selector) = checked.selectors.first() else { return Ok("Nothing was found.".to_owned()) };
    if !checked.filters {
        return Ok(format!(
            "Each label value exists, but {} has no line in this window: the combination does not occur, or it was silent; try a longer `since` or fewer labels.",
            clean::head(&selector.text, 300)
        ));
    }
    let any = backend.lines(&selector.text, span, 1, false, context).await?;
    Ok(match any.entries.first() {
        Some(entry) => format!(
            "The streams have lines (the newest of {}), but the filters let none through: check them, or ask without.",
            show(entry.at_ns)
        ),
        None => format!("{} has no line in this window; try a longer `since`.", clean::head(&selector.text, 300)),
    })
}

async fn no_such_value(
    backend: &Backend,
    matcher: &Matcher,
    names: &[String],
    span: Span,
    context: &CallContext,
) -> Result<Option<String>, Failure> {
    if !names.contains(&matcher.label) {
        let near = args::nearest(&matcher.label, names.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Ok(Some(format!(
            "No stream has a label `{}`{near} There are: {}.",
            clean::clean(&matcher.label),
            listed(names)
        )));
    }
    let values = backend.names(requests::label_values(&matcher.label, None, span), context).await?;
    if values.contains(&matcher.value) {
        return Ok(None);
    }
    let near = args::nearest(&matcher.value, values.iter().map(String::as_str));
    let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
    Ok(Some(format!(
        "No stream has {}={:?} in this window{near} Its values: {}.",
        matcher.label,
        clean::shown(&matcher.value, 100),
        listed(&values)
    )))
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| clean::shown(name, 60)).collect();
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
