//! `trace_summary`: what a trace says, in at most 1,000 tokens.

use super::shared::{Times, told_parts, trace_id};
use crate::backend::Backend;
use domain::envelope::{Envelope, Failure};
use domain::observed::tempo::TraceSummary;
use domain::redaction::redact_text;
use domain::traces::{Span, Tree, summarize};
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::page::{Hints, json};
use tools_common::{CallContext, ToolSpec};

/// Bytes of the whole result.
const MOST_BYTES: usize = 4_000;
/// Left free for what redaction may add.
const SPARE_BYTES: usize = 120;

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Hex, of `search`, a log or a header.
    #[schemars(length(min = 1, max = 64))]
    trace_id: String,
    #[serde(flatten)]
    times: Times,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "trace_summary",
        "Summary of a trace",
        "One trace of any size in 1,000 tokens: what failed first, critical path, self times, repeated calls (N+1), gaps, clock skew.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let id = trace_id("trace_id", &args.trace_id)?;
    let given = args.times.since.is_some() || args.times.start.is_some() || args.times.end.is_some();
    let window = if given { Some(args.times.window(context)?) } else { None };
    let mut trace = backend.trace(&id, window, context).await?;
    let mut hints = Hints::default();
    told_parts(&id, &trace, &mut hints);
    trace.spans.iter_mut().for_each(without_secrets);
    let tree = Tree::new(std::mem::take(&mut trace.spans));
    // What stands around the data is measured with nothing in it.
    let mut frame = hints.with(Envelope::whole(serde_json::Value::Null, tree.spans().len() as u64));
    frame.source = Some(backend.source().to_owned());
    let cut_hint = "The lists are cut to what matters most; search with conditions for other spans.";
    let around = serde_json::to_string(&frame).map_or(0, |text| text.len()) + cut_hint.len() + 40;
    let room = MOST_BYTES.saturating_sub(around + SPARE_BYTES);
    let fits = |summary: &TraceSummary| serde_json::to_string(summary).is_ok_and(|text| text.len() <= room);
    let (summary, left_out) = summarize(&id, tree, fits);
    frame.data = json(&summary)?;
    frame.hint = left_out.then(|| cut_hint.to_owned());
    frame.truncated = left_out;
    Ok(frame)
}

/// Redacts here already, so that nothing grows after the result was measured.
fn without_secrets(span: &mut Span) {
    span.operation = redact_text(&span.operation).into_owned();
    span.message = span.message.take().map(|message| redact_text(&message).into_owned());
}
