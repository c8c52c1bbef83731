//! `trace_diff`: what two traces differ in.

use super::shared::{head, named, told_parts, trace_id};
use crate::backend::Backend;
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::tempo::{DiffRow, TraceDiff};
use domain::traces::{Change, PathDifference, Tree, diff, milliseconds, without_skew};
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::page::{Hints, json};
use tools_common::{CallContext, ToolSpec, args};

const DEFAULT_LIMIT: usize = 15;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// The usual or fast trace.
    #[schemars(length(min = 1, max = 64))]
    baseline: String,
    /// The trace that is compared to it.
    #[schemars(length(min = 1, max = 64))]
    trace_id: String,
    /// Default 15.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<usize>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "trace_diff",
        "Difference of two traces",
        "What a trace does otherwise than a baseline: paths of operations added, removed, slower, faster, called more often.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let (baseline, other) = (trace_id("baseline", &args.baseline)?, trace_id("trace_id", &args.trace_id)?);
    if baseline == other {
        return Err(args::invalid("trace_id", "the same trace twice", "two traces; `sample_fast_slow` finds a pair"));
    }
    let (before, after) = futures::join!(backend.trace(&baseline, None, context), backend.trace(&other, None, context));
    let mut hints = Hints::default();
    let (before, after) = (before?, after?);
    told_parts(&baseline, &before, &mut hints);
    told_parts(&other, &after, &mut hints);
    let (before, _) = without_skew(Tree::new(before.spans));
    let (after, _) = without_skew(Tree::new(after.spans));
    let (found, total) = diff(&before, &after, args.limit.unwrap_or(DEFAULT_LIMIT));
    let rows: Vec<DiffRow> = found.iter().map(row).collect();
    if total == 0 {
        hints.add("The two have the same paths, with the same counts and about the same times.");
    } else if rows.len() < total {
        hints.add(format!("{} smaller differences are left out; raise limit.", total - rows.len()));
    }
    let data =
        TraceDiff { before: head(&baseline, &before), after: head(&other, &after), differences: Table::of(&rows) };
    let mut envelope = hints.with(Envelope::whole(json(&data)?, rows.len() as u64));
    envelope.total = Some(total as u64);
    envelope.truncated = rows.len() < total;
    Ok(envelope)
}

fn row(one: &PathDifference) -> DiffRow {
    let change = match one.change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Slower => "slower",
        Change::Faster => "faster",
        Change::Count => "count",
    };
    DiffRow {
        change: change.to_owned(),
        path: shown(&one.path),
        count_before: one.count.0,
        count_after: one.count.1,
        self_ms_before: milliseconds(one.self_ns.0),
        self_ms_after: milliseconds(one.self_ns.1),
        total_ms_before: milliseconds(one.total_ns.0),
        total_ms_after: milliseconds(one.total_ns.1),
    }
}

/// The first step and the last three.
fn shown(path: &[(String, String)]) -> String {
    const LAST: usize = 3;
    let step = |(service, operation): &(String, String)| named(service, operation);
    let mut steps: Vec<String> = path.iter().rev().take(LAST).map(step).collect();
    if path.len() > LAST {
        if path.len() > LAST + 1 {
            steps.push("…".to_owned());
        }
        steps.extend(path.first().map(step));
    }
    steps.reverse();
    steps.join(" > ")
}
