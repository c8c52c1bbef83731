//! The cost guard: before lines are read, the index is asked how many bytes that takes.
//!
//! Guarantees: what is over the budget is refused with the figure and with what narrows it, or the window is shortened
//! and that is told; a server without statistics is told as unknown, and read within the other limits. The index
//! leaves out what ingesters still hold, so the figure is a lower bound.

use crate::backend::Backend;
use crate::query::logql::{Checked, Matcher};
use crate::query::window::Span;
use crate::query::{clean, requests, size};
use domain::envelope::{Failure, FailureKind};
use futures::StreamExt;
use tools_common::CallContext;
use tools_common::page::Hints;
use tools_common::time::show_duration;

/// Labels that usually part streams, coarse before fine.
const USUAL: &[&str] = &[
    "namespace",
    "service_name",
    "app",
    "container",
    "job",
    "pod",
    "component",
    "level",
    "stream",
    "node_name",
    "instance",
];

/// What to do with too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Refuse,
    /// Take only the newest part of the window.
    Shorten,
}

/// The window that may be read, where it costs what is in the budget.
pub(super) async fn allow(
    backend: &Backend,
    checked: &Checked,
    span: Span,
    over: Over,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<Span, Failure> {
    let budget = backend.limits().budget_bytes;
    let mut allowed = span;
    // The second look is at the shortened window; a third would not tell more.
    for look in 0..2 {
        let Some(bytes) = bytes_of(backend, checked, allowed, hints, context).await? else { return Ok(allowed) };
        if bytes <= budget {
            if allowed != span {
                hints.add(format!(
                    "Only the newest {} of the window were read: all of it is more than the budget of {}; go on with an earlier `at`.",
                    show_duration(allowed.length()),
                    size::bytes(budget)
                ));
            }
            return Ok(allowed);
        }
        if over == Over::Refuse || look == 1 {
            return Err(refusal(backend, checked, allowed, bytes, context).await);
        }
        allowed = span.last_share(share_that_fits(budget, bytes));
    }
    Ok(allowed)
}

/// A little less than what fits, as lines are not spread evenly.
fn share_that_fits(budget: u64, bytes: u64) -> f64 {
    0.8 * budget as f64 / bytes.max(1) as f64
}

/// Bytes of all selectors together; `None` where the server does not tell.
async fn bytes_of(
    backend: &Backend,
    checked: &Checked,
    span: Span,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<Option<u64>, Failure> {
    let mut bytes = 0u64;
    let span = span.reaching_back(checked.reach);
    for selector in &checked.selectors {
        match backend.size(&selector.text, span, context).await {
            Ok(Some(size)) => bytes = bytes.saturating_add(size.bytes),
            Ok(None) => {
                hints.miss("How many bytes the query reads is unknown: this Loki has no index statistics.");
                return Ok(None);
            }
            // What the query itself will tell better, or what an old server makes of an unknown path.
            Err(failure) if matches!(failure.kind, FailureKind::BadRequest | FailureKind::BadAnswer) => {
                hints.miss(format!("How many bytes the query reads could not be looked up ({}).", failure.message));
                return Ok(None);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(Some(bytes))
}

async fn refusal(backend: &Backend, checked: &Checked, span: Span, bytes: u64, context: &CallContext) -> Failure {
    let budget = backend.limits().budget_bytes;
    let selectors: Vec<&str> = checked.selectors.iter().map(|selector| selector.text.as_str()).collect();
    let message = format!(
        "{} stands for {} in {}; one query may read {}; nothing was read",
        clean::head(&selectors.join(" and "), 300),
        size::bytes(bytes),
        show_duration(span.reaching_back(checked.reach).length()),
        size::bytes(budget)
    );
    let fits = span.last_share(share_that_fits(budget, bytes)).length();
    let mut hint = format!("take since: {}, or fit_window: true, or more labels", show_duration(fits));
    if let Some(selector) = checked.selectors.first() {
        let volumes = by_labels(backend, &selector.text, &selector.matchers, span, context).await;
        if !volumes.is_empty() {
            hint.push_str(&format!("; where the bytes are: {}", volumes.join("; ")));
        }
    }
    Failure::new(FailureKind::TooLarge, message).with_hint(hint)
}

/// Per label that is not yet fixed its largest values, the label that narrows most first. Nothing where the server
/// does not tell: the refusal stands without it.
async fn by_labels(
    backend: &Backend,
    selector: &str,
    matchers: &[Matcher],
    span: Span,
    context: &CallContext,
) -> Vec<String> {
    let Ok(names) = backend.names(requests::labels(Some(selector), span), context).await else { return Vec::new() };
    let free = |name: &&&str| {
        names.iter().any(|own| own == **name)
            && !matchers.iter().any(|matcher| matcher.label == ***name && matcher.operator == "=")
    };
    let looks = USUAL.iter().filter(free).take(4).map(|label| async move {
        let volumes = backend.volumes(selector, span, label, 50, context).await;
        (*label, volumes.ok().flatten().unwrap_or_default())
    });
    let looks: Vec<_> = looks.collect();
    let mut found: Vec<(&str, Vec<(String, u64)>)> = futures::stream::iter(looks).buffered(4).collect().await;
    found.retain(|(_, volumes)| volumes.len() > 1);
    found.sort_by_key(|(_, volumes)| volumes.first().map_or(0, |(_, bytes)| *bytes));
    found.iter().map(|(label, volumes)| told(label, volumes)).collect()
}

fn told(label: &str, volumes: &[(String, u64)]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = volumes
        .iter()
        .take(SHOWN)
        .map(|(value, bytes)| format!("{:?} {}", clean::shown(value, 60), size::bytes(*bytes)))
        .collect();
    let more = volumes.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("by {label} {}{more}", shown.join(", "))
}
