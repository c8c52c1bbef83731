//! `sample_fast_slow`: a few fast and a few slow traces of one operation, and what differs between them.

use super::shared::{Times, named, told_parts, why_empty};
use crate::backend::Backend;
use crate::query::filter::{Filter, selector};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::Table;
use domain::observed::tempo::{FastSlow, MatchedSpan, OperationDifference, SampledRow};
use domain::traces::{Span, Tree, by_operation, differing_attributes, milliseconds, without_skew};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use tools_common::page::{Hints, json};
use tools_common::{CallContext, ToolSpec};

/// Spans that are asked for to learn what is fast and what is slow.
const SAMPLE: usize = 100;
const DIFFERENCES: usize = 12;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// service.name
    #[schemars(length(min = 1, max = 200))]
    service: String,
    /// Span name; default what the service is asked.
    operation: Option<String>,
    #[serde(flatten)]
    times: Times,
    /// Of each group; default 3.
    #[schemars(range(min = 1, max = 5))]
    traces: Option<usize>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "sample_fast_slow",
        "Fast and slow traces",
        "Takes a few fast and a few slow traces of one operation and tells in which operations and attributes they differ.",
    )
}

/// A sampled span and the trace that it is in.
#[derive(Debug, Clone)]
struct Sampled {
    trace_id: String,
    span: MatchedSpan,
}

/// What stands below a sampled span.
struct Below {
    sampled: Sampled,
    tree: Tree,
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let window = args.times.window(context)?;
    let filter = Filter { service: Some(args.service.clone()), operation: args.operation.clone(), ..Filter::default() };
    let mut conditions = filter.conditions()?;
    if args.operation.is_none() {
        conditions.push("kind = server".to_owned());
    }
    let traceql = selector(&conditions);
    let mut hints = Hints::default();
    let sampled = sample(backend, &conditions, &traceql, window, &mut hints, context).await?;
    if sampled.len() < 2 {
        let mut envelope = hints.with(Envelope::whole(json(&empty())?, 0));
        envelope.hint = Some(match sampled.is_empty() {
            true => why_empty(backend, &traceql, window, context).await,
            false => format!("only one span matches {traceql}; ask for a longer window"),
        });
        envelope.window = Some(window);
        return Ok(envelope);
    }
    let each = args.traces.unwrap_or(3).min(sampled.len() / 2).max(1);
    let slow = read(backend, sampled.iter().rev().take(each), &mut hints, context).await;
    let fast = read(backend, sampled.iter().take(each), &mut hints, context).await;
    hints.add(format!(
        "Of {} sampled spans of {traceql} ({} to {} ms). Means are of one trace, below the operation. Compare a pair with trace_diff.",
        sampled.len(),
        sampled.first().map_or(0.0, |one| one.span.duration_ms),
        sampled.last().map_or(0.0, |one| one.span.duration_ms),
    ));
    let data = compared(&slow, &fast);
    let mut envelope = hints.with(Envelope::whole(json(&data)?, data.traces.rows.len() as u64));
    envelope.total = None;
    envelope.window = Some(window);
    Ok(envelope)
}

fn empty() -> FastSlow {
    FastSlow { traces: Table::default(), differences: Table::default(), attributes: Vec::new() }
}

/// Matching spans of different traces, by their duration. The slowest of a first sample set the bound of a second
/// search, because a sample of all seldom holds the slowest.
async fn sample(
    backend: &Backend,
    conditions: &[String],
    traceql: &str,
    window: Window,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<Vec<Sampled>, Failure> {
    let first = sampled(backend.search(traceql, window, SAMPLE, context).await?);
    let Some(slowest) = first.last() else { return Ok(first) };
    let mut slower = conditions.to_vec();
    // The bound is in whole microseconds, and TraceQL takes no fraction.
    slower.push(format!("duration >= {}us", (slowest.span.duration_ms * 1_000.0) as i64));
    let more = match backend.search(&selector(&slower), window, SAMPLE / 5, context).await {
        Ok(answer) => sampled(answer),
        Err(failure) => {
            hints.miss(format!("Slower ones than in the first sample could not be searched for: {}.", failure.message));
            Vec::new()
        }
    };
    let mut by_trace: BTreeMap<String, Sampled> = BTreeMap::new();
    for one in first.into_iter().chain(more) {
        by_trace.entry(one.trace_id.clone()).or_insert(one);
    }
    Ok(by_duration(by_trace.into_values().collect()))
}

fn sampled(answer: crate::query::search::Answer) -> Vec<Sampled> {
    let rows = answer.rows().into_iter();
    by_duration(rows.filter_map(|row| Some(Sampled { span: row.span?, trace_id: row.trace_id })).collect())
}

fn by_duration(mut sampled: Vec<Sampled>) -> Vec<Sampled> {
    sampled.sort_by(|a, b| a.span.duration_ms.total_cmp(&b.span.duration_ms).then_with(|| a.trace_id.cmp(&b.trace_id)));
    sampled
}

async fn read<'a>(
    backend: &Backend,
    sampled: impl Iterator<Item = &'a Sampled>,
    hints: &mut Hints,
    context: &CallContext,
) -> Vec<Below> {
    let sampled: Vec<&Sampled> = sampled.collect();
    let ids: Vec<String> = sampled.iter().map(|one| one.trace_id.clone()).collect();
    let mut below = Vec::new();
    for (one, (id, result)) in sampled.into_iter().zip(backend.traces(&ids, context).await) {
        match result {
            Err(failure) => hints.miss(format!("Trace {id} could not be read: {}.", failure.message)),
            Ok(trace) => {
                told_parts(&id, &trace, hints);
                let (whole, _) = without_skew(Tree::new(trace.spans));
                let at =
                    whole.spans().iter().position(|span| span.id.ends_with(&one.span.id) && !one.span.id.is_empty());
                let tree = match at {
                    Some(at) => whole.below(at),
                    None => whole,
                };
                below.push(Below { sampled: one.clone(), tree });
            }
        }
    }
    below
}

fn compared(slow: &[Below], fast: &[Below]) -> FastSlow {
    let rows: Vec<SampledRow> = [("slow", slow), ("fast", fast)]
        .into_iter()
        .flat_map(|(group, below)| below.iter().map(move |one| row(group, one)))
        .collect();
    let roots = |below: &[Below]| -> Vec<Span> {
        below.iter().filter_map(|one| one.tree.span(one.tree.root()?)).cloned().collect()
    };
    let (slow_roots, fast_roots) = (roots(slow), roots(fast));
    let differing =
        differing_attributes(&fast_roots.iter().collect::<Vec<_>>(), &slow_roots.iter().collect::<Vec<_>>());
    let attributes = differing
        .into_iter()
        .take(DIFFERENCES)
        .map(|(name, value, is_slow)| format!("{}: {name}={value}", if is_slow { "slow" } else { "fast" }))
        .collect();
    FastSlow { traces: Table::of(&rows), differences: Table::of(&differences(slow, fast)), attributes }
}

fn row(group: &str, one: &Below) -> SampledRow {
    SampledRow {
        group: group.to_owned(),
        trace_id: one.sampled.trace_id.clone(),
        duration_ms: one.sampled.span.duration_ms,
        failed_spans: one.tree.spans().iter().filter(|span| span.failed).count(),
    }
}

/// Means of a trace by operation, the largest difference of self time first.
fn differences(slow: &[Below], fast: &[Below]) -> Vec<OperationDifference> {
    let mut sums: BTreeMap<(String, String), [(i64, usize); 2]> = BTreeMap::new();
    for (is_slow, below) in [(true, slow), (false, fast)] {
        for group in below.iter().flat_map(|one| by_operation(&one.tree)) {
            let [of_slow, of_fast] = sums.entry((group.service, group.operation)).or_default();
            let sum = if is_slow { of_slow } else { of_fast };
            *sum = (sum.0.saturating_add(group.self_ns), sum.1 + group.count);
        }
    }
    let mean = |sum: (i64, usize), below: &[Below]| {
        let traces = below.len().max(1);
        let count = (sum.1 as f64 / traces as f64 * 10.0).round() / 10.0;
        (milliseconds(sum.0 / i64::try_from(traces).unwrap_or(1)), count)
    };
    let mut rows: Vec<OperationDifference> = sums
        .into_iter()
        .map(|((service, operation), [of_slow, of_fast])| {
            let ((slow_self_ms, slow_count), (fast_self_ms, fast_count)) = (mean(of_slow, slow), mean(of_fast, fast));
            let what = named(&service, &operation);
            OperationDifference { what, slow_self_ms, fast_self_ms, slow_count, fast_count }
        })
        .collect();
    let gap = |row: &OperationDifference| (row.slow_self_ms - row.fast_self_ms).abs();
    rows.sort_by(|a, b| gap(b).total_cmp(&gap(a)));
    rows.truncate(DIFFERENCES);
    rows
}
