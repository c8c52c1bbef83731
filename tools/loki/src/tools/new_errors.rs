//! `new_errors`: errors that the time before did not have, or had far less.
//!
//! Guarantee: where a window was read only in part, each finding is counted by Loki itself before it is told as new;
//! what could not be counted is told so. A pattern is never called new because its earlier lines were not read.

mod verify;

use super::cluster::{Group, Grouping};
use super::guard::{self, Over};
use super::{empty, sample};
use crate::backend::Backend;
use crate::query::ask::{Ask, Asked};
use crate::query::window::{Span, show};
use chrono::TimeDelta;
use domain::envelope::{Envelope, Failure};
use domain::log_patterns::{Change, ChangeKind, ChangeRule, Pattern, PatternWindow, compare};
use domain::observed::Table;
use domain::observed::loki::{NewErrorRow, NewErrors};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::page::{Hints, Window, json};
use tools_common::{CallContext, ToolSpec, args, time};

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    #[serde(flatten)]
    ask: Ask,
    /// Window looked at: 15m; default 30m.
    since: Option<String>,
    /// Its end; default now.
    at: Option<String>,
    /// Length of the time before it that is compared; default 3h.
    baseline: Option<String>,
    /// Most patterns; default 15.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<usize>,
    /// Shorten both windows where they are over the byte budget.
    fit_window: Option<bool>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "new_errors",
        "New errors",
        "Error patterns of the window that the time before it did not have, or that burst: first seen, count, streams, example. Start here after an incident or a rollout.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    let asked = args.ask.build()?.errors_only()?;
    let mut hints = Hints::default();
    let (now, before) = windows(backend, &args, &asked, &mut hints, context).await?;
    let (mut later, mut earlier) = tokio::try_join!(
        read(backend, &asked, now, "The window", context),
        read(backend, &asked, before, "The baseline", context),
    )?;
    let is_whole = later.sample.is_whole && earlier.sample.is_whole;
    let (lines_read, baseline_lines_read) = (later.sample.entries.len() as u64, earlier.sample.entries.len() as u64);
    later.tell(&mut hints);
    earlier.tell(&mut hints);
    let mut grouping = Grouping::new();
    let was = grouping.group(&errors_of(earlier.sample.entries));
    let is = grouping.group(&errors_of(later.sample.entries));
    let changes = changes(&was, before, &is, now);
    let steady = changes.iter().filter(|change| change.kind == ChangeKind::Steady).count() as u64;
    let mut rows: Vec<NewErrorRow> = changes.iter().filter_map(|change| row(change, &is)).collect();
    if !is_whole {
        rows = verify::counted(backend, &asked, (before, now), rows, &mut hints, context).await;
    }
    if baseline_lines_read == 0 && !rows.is_empty() {
        tell_silent_baseline(backend, &asked, before, &mut hints, context).await;
    }
    if lines_read == 0 {
        let reason = empty::why(backend, &asked.checked, now, context).await;
        hints.add(format!("No line that looks like an error in the window. {reason}"));
    } else if rows.is_empty() {
        hints.add("Nothing is new: the errors of the window are those of the time before; patterns with errors: true lists them.");
    }
    let window =
        Window { tool: "new_errors", arguments: &arguments, limit: args.limit.unwrap_or(15), budget_tokens: None };
    let mut part = window.of(rows)?;
    if part.is_cut() {
        hints.add(format!("{} more are left out; raise limit or narrow.", part.left.len()));
        part.next_cursor = None;
    }
    let data = NewErrors {
        query: asked.query,
        baseline_start: show(before.start),
        lines_read,
        baseline_lines_read,
        steady,
        errors: Table::of(&part.kept),
    };
    Ok(Envelope { window: Some(now.window()), ..part.envelope(json(&data)?, hints) })
}

/// The window and the baseline before it, where both together are in the budget.
async fn windows(
    backend: &Backend,
    args: &Args,
    asked: &Asked,
    hints: &mut Hints,
    context: &CallContext,
) -> Result<(Span, Span), Failure> {
    let now = Span::of(args.at.as_deref(), args.since.as_deref(), TimeDelta::minutes(30), context.now)?;
    let (least, most) = (TimeDelta::minutes(1), TimeDelta::days(30));
    let baseline = time::duration("baseline", args.baseline.as_deref(), TimeDelta::hours(3), least, most)?;
    let both = now.reaching_back(baseline);
    let over = if args.fit_window == Some(true) { Over::Shorten } else { Over::Refuse };
    let allowed = guard::allow(backend, &asked.checked, both, over, hints, context).await?;
    let share = allowed.length().num_milliseconds() as f64 / both.length().num_milliseconds().max(1) as f64;
    let now = if allowed == both { now } else { now.last_share(share) };
    Ok((now, Span { start: allowed.start, end: now.start }))
}

/// Without a single line before, "new" says nothing: the streams may be new, or the baseline past the retention.
async fn tell_silent_baseline(
    backend: &Backend,
    asked: &Asked,
    before: Span,
    hints: &mut Hints,
    context: &CallContext,
) {
    let Some(selector) = asked.checked.selectors.first() else { return };
    match backend.lines(&selector.text, before, 1, false, context).await {
        Ok(read) if read.entries.is_empty() => hints.miss(
            "The streams have no line at all in the baseline (new streams, or past the retention): nothing can be compared.",
        ),
        Ok(_) => {}
        Err(failure) => hints.miss(format!(
            "The baseline has no error line; whether it has lines at all could not be looked up ({}).",
            failure.message
        )),
    }
}

struct Part {
    sample: sample::Sample,
    hints: Hints,
    what: &'static str,
}

impl Part {
    fn tell(&mut self, hints: &mut Hints) {
        if !self.sample.is_whole {
            hints.miss(format!(
                "{} has more error lines than the {} that were read, the newest of each fifth: an error that is rare in it may be missing.",
                self.what,
                self.sample.entries.len()
            ));
        }
        let told = std::mem::take(&mut self.hints).with(Envelope::whole(Value::Null, 0));
        told.not_looked.into_iter().for_each(|missed| hints.miss(missed));
        told.hint.into_iter().for_each(|hint| hints.add(hint));
    }
}

async fn read(
    backend: &Backend,
    asked: &Asked,
    span: Span,
    what: &'static str,
    context: &CallContext,
) -> Result<Part, Failure> {
    let mut hints = Hints::default();
    let sample = sample::read(backend, &asked.query, span, what, &mut hints, context).await?;
    Ok(Part { sample, hints, what })
}

/// The filter that Loki applied is a wide net.
fn errors_of(mut entries: Vec<crate::query::lines::Entry>) -> Vec<crate::query::lines::Entry> {
    entries.retain(|entry| entry.level() == Some("error"));
    entries
}

fn changes(was: &[Group], before: Span, is: &[Group], now: Span) -> Vec<Change> {
    let patterns = |groups: &[Group]| -> Vec<Pattern> { groups.iter().map(|group| group.pattern.clone()).collect() };
    let (was, is) = (patterns(was), patterns(is));
    let earlier = PatternWindow { patterns: &was, span: before.length().to_std().unwrap_or_default() };
    let later = PatternWindow { patterns: &is, span: now.length().to_std().unwrap_or_default() };
    compare(earlier, later, ChangeRule::default())
}

fn row(change: &Change, groups: &[Group]) -> Option<NewErrorRow> {
    let change_word = match change.kind {
        ChangeKind::New => "new",
        ChangeKind::Burst => "burst",
        ChangeKind::Fallen | ChangeKind::Steady => return None,
    };
    let group = groups.iter().find(|group| group.pattern.id == change.pattern.id)?;
    Some(NewErrorRow {
        change: change_word.to_owned(),
        count: group.pattern.count,
        baseline: change.baseline_count,
        first: group.first(),
        last: group.last(),
        pattern: group.template(),
        streams: group.streams.clone(),
        example: group.example(),
    })
}
