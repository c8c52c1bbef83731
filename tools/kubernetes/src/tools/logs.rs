//! `logs`: what the containers of a pod or of a workload's pods wrote, lines alike folded.

pub(super) mod pick;
mod read;

use super::common::{self, Hints};
use crate::parallel;
use crate::query::request::LogSelection;
use crate::server::Server;
use crate::shape::{age, lines};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::kubernetes::{LogStream, Logs};
use futures::FutureExt as _;
use pick::Picked;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args, budget, time};

/// Pods that are read at most.
const PODS: usize = 5;

/// Patterns that are told at most.
const PATTERNS: usize = 20;

#[derive(Deserialize, JsonSchema)]
struct Args {
    /// Pod, workload name or `deployment/checkout`.
    #[schemars(length(max = 300))]
    target: String,
    #[schemars(length(max = 63))]
    namespace: Option<String>,
    #[schemars(length(max = 63))]
    container: Option<String>,
    /// The run before the last restart.
    previous: Option<bool>,
    /// Regex of lines to keep.
    #[schemars(length(max = 300))]
    include: Option<String>,
    /// Regex of lines to drop.
    #[schemars(length(max = 300))]
    exclude: Option<String>,
    #[schemars(length(max = 40))]
    since: Option<String>,
    /// Last lines of each container, default 300.
    #[schemars(range(min = 1, max = 5000))]
    tail: Option<u32>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    cluster: Option<String>,
}

/// The tool as it is offered.
pub fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "logs",
        "Logs",
        "Logs of a pod or of a workload's pods (5 at most): patterns with counts, errors first, then the last lines.",
    )
}

/// Answers one call.
pub async fn call(server: &Server, arguments: Map<String, Value>, context: &CallContext) -> Result<Envelope, Failure> {
    let asked: Args = args::parse(arguments)?;
    let cluster = server.cluster(asked.cluster.as_deref())?;
    let include = pattern("include", asked.include.as_deref())?;
    let exclude = pattern("exclude", asked.exclude.as_deref())?;
    let since = match asked.since.as_deref() {
        Some(text) => Some(time::instant("since", Some(text), context.now, context.now)?),
        None => None,
    };
    let previous = asked.previous.unwrap_or(false);
    let found = pick::pods(cluster, &asked.target, asked.namespace.as_deref()).await?;
    let picked: Vec<Picked> = pick::containers(&found, asked.container.as_deref(), previous, PODS)?;
    let looks = picked.iter().map(|picked| {
        let selection = LogSelection {
            container: picked.container.clone(),
            previous,
            // A run that has ended says nothing new: its last words count, whenever they were.
            since_seconds: since.filter(|_| !previous).map(|since| (context.now - since).num_seconds().max(1) as u64),
            tail: asked.tail.unwrap_or(if include.is_some() { 2_000 } else { 300 }),
            limit_bytes: cluster.limits().log_bytes,
        };
        read::stream(cluster, picked, selection).boxed()
    });
    let read: Vec<read::Read> = parallel::in_order(looks.collect(), PODS).await;

    let keeps = |line: &str| {
        include.as_ref().is_none_or(|pattern| pattern.is_match(line))
            && !exclude.as_ref().is_some_and(|pattern| pattern.is_match(line))
    };
    let kept = read::merge(&read, keeps);
    let all: u64 = read.iter().map(|read| read.lines.len() as u64).sum();
    let tokens = budget::tokens_for(asked.budget_tokens);
    let patterns = budget::cut(lines::fold(kept.iter().copied(), PATTERNS), PATTERNS, tokens / 2).kept;
    let last: Vec<String> = kept.iter().rev().map(|line| lines::cut(line, 600)).collect();
    let mut last = budget::cut(last, 60, tokens / 2).kept;
    last.reverse();

    let mut hints = Hints::default();
    add_hints(&mut hints, &asked, &found, &picked, &read, kept.len());
    for (read, picked) in read.iter().zip(&picked) {
        if let Some(error) = &read.error {
            hints.miss(format!("container {} of pod {} could not be read: {error}", picked.container, picked.pod));
        }
    }
    let streams: Vec<LogStream> = read.iter().zip(&picked).map(|(read, picked)| read.row(picked)).collect();
    let truncated = last.len() < kept.len()
        || found.len() > picked.len()
        || read.iter().any(|read| read.is_cut || read.long_lines > 0);
    let logs = Logs { previous, streams, patterns, lines: last };
    Ok(hints.with(Envelope {
        source: Some(cluster.source()),
        total: Some(all),
        truncated,
        window: read::span(&read).map(|(start, end)| Window { start, end }),
        ..Envelope::whole(common::data(&logs), kept.len() as u64)
    }))
}

fn pattern(field: &str, text: Option<&str>) -> Result<Option<Regex>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let built = regex::RegexBuilder::new(text).size_limit(1 << 20).build();
    built.map(Some).map_err(|error| {
        let last = error.to_string().lines().last().unwrap_or_default().to_owned();
        args::invalid(field, format!("{text:?} ({last})"), "a regular expression")
    })
}

fn add_hints(
    hints: &mut Hints,
    asked: &Args,
    found: &[crate::shape::api::Pod],
    picked: &[Picked],
    read: &[read::Read],
    kept: usize,
) {
    if asked.previous.is_none()
        && let Some(restarted) = picked.iter().filter(|picked| picked.restarts > 0).max_by_key(|picked| picked.restarts)
    {
        let ended = restarted.last_exit.as_ref().map(|exit| format!(", last end: {exit}")).unwrap_or_default();
        hints.add(format!(
            "Container {} of pod {} has restarted {} times{ended}: previous=true shows the run before.",
            restarted.container, restarted.pod, restarted.restarts
        ));
    }
    if found.len() > picked.len() {
        hints.add(format!("{} of {} pods were read, troubled ones first.", picked.len(), found.len()));
    }
    if asked.container.is_none()
        && let Some(with_others) = picked.iter().find(|picked| !picked.others.is_empty())
    {
        hints.add(format!("Other containers: {}.", with_others.others.join(", ")));
    }
    let cut: Vec<&str> =
        read.iter().zip(picked).filter(|(read, _)| read.is_cut).map(|(_, picked)| picked.pod.as_str()).collect();
    if !cut.is_empty() {
        hints.add(format!(
            "The log of {} is longer than is read at once, and its newest lines are missing: pass a smaller tail or since.",
            cut.join(", ")
        ));
    }
    let long: u64 = read.iter().map(|read| read.long_lines).sum();
    if long > 0 {
        hints.add(format!("{long} very long lines were cut; include and exclude see their beginning."));
    }
    let failed = read.iter().filter(|read| read.error.is_some()).count();
    if failed > 0 {
        hints.add(format!("{failed} of {} could not be read (see streams).", read.len()));
    }
    let lines: usize = read.iter().map(|read| read.lines.len()).sum();
    if kept == 0 && failed < read.len() {
        hints.add(match (lines, &asked.since) {
            (0, Some(since)) => format!("Nothing was written since {since}."),
            (0, None) => "Nothing was written.".to_owned(),
            _ => format!("None of {lines} lines fits include and exclude."),
        });
    }
    if let Some((start, end)) = read::span(read) {
        hints.add(format!("Lines span {}.", age::spoken(end - start)));
    }
}
