//! The streams of the world: one for each pod's container, and their lines through a pipeline.

use std::collections::BTreeMap;

use chrono::DateTime;
use promql_parser::label::Matcher;

use super::parse::LogQuery;
use crate::telemetry::series::Labels;
use crate::world::World;
use crate::world::timeline::PodTrack;

/// About how many bytes a line has, for estimates.
const BYTES_PER_LINE: i64 = 140;
/// About how many seconds lie between two lines of a pod.
const SECONDS_PER_LINE: i64 = 2;
/// A query that would look at more lines than this is refused.
const MAX_SCANNED_LINES: i64 = 600_000;
/// Lines are made in pieces of this length.
pub(super) const PIECE_MS: i64 = 10 * 60_000;

/// A line that passed, with the labels of its stream and what parsers added.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub at_ns: i64,
    /// The labels of its stream alone.
    pub stream: Labels,
    /// These with structured metadata and what stages added.
    pub labels: Labels,
    pub line: String,
}

/// How much a selector and window stand for, without reading it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Estimate {
    pub streams: i64,
    pub entries: i64,
    pub bytes: i64,
}

/// The labels of a pod's stream.
pub(super) fn stream_labels(pod: &PodTrack) -> Labels {
    let app = pod.labels.get("app").map_or(pod.owner.name.as_str(), String::as_str);
    Labels::from_pairs([
        ("namespace", pod.namespace.as_str()),
        ("pod", pod.name.as_str()),
        ("container", pod.container.as_str()),
        ("app", app),
        ("service_name", app),
        ("node_name", pod.node.last().map_or("", String::as_str)),
    ])
    .with("job", format!("{}/{app}", pod.namespace))
}

/// The pods whose stream matchers accept and that lived in the window.
pub(super) fn pods<'a>(
    world: &'a World,
    matchers: &[Matcher],
    start_ms: i64,
    end_ms: i64,
) -> Vec<(&'a PodTrack, Labels)> {
    let window = DateTime::from_timestamp_millis(start_ms).zip(DateTime::from_timestamp_millis(end_ms));
    let Some((from, to)) = window else { return Vec::new() };
    let with_labels = world.logged_pods(from, to).into_iter().map(|pod| (pod, stream_labels(pod)));
    with_labels.filter(|(_, labels)| labels.accepted_by(matchers)).collect()
}

/// Estimates how much there is.
pub(super) fn estimate(world: &World, matchers: &[Matcher], start_ms: i64, end_ms: i64) -> Estimate {
    let mut estimate = Estimate::default();
    for (pod, _) in pods(world, matchers, start_ms, end_ms) {
        let lines = lines_of(world, pod, start_ms, end_ms);
        estimate.streams += 1;
        estimate.entries = estimate.entries.saturating_add(lines);
    }
    estimate.bytes = estimate.entries.saturating_mul(BYTES_PER_LINE);
    estimate
}

/// Refuses what would take too long.
pub(super) fn allow(world: &World, matchers: &[Matcher], start_ms: i64, end_ms: i64) -> Result<(), String> {
    let entries = estimate(world, matchers, start_ms, end_ms).entries;
    if entries > MAX_SCANNED_LINES {
        return Err(format!(
            "the query would read about {entries} lines, the limit is {MAX_SCANNED_LINES}: narrow the selector or the time range"
        ));
    }
    Ok(())
}

/// The lines in `[start, end)` that pass, oldest first.
pub(super) fn entries(world: &World, query: &LogQuery, start_ms: i64, end_ms: i64) -> Vec<Entry> {
    let window = DateTime::from_timestamp_millis(start_ms).zip(DateTime::from_timestamp_millis(end_ms));
    let Some((from, to)) = window else { return Vec::new() };
    let mut found = Vec::new();
    for (pod, labels) in pods(world, &query.matchers, start_ms, end_ms) {
        let mut last_ns = i64::MIN;
        for line in world.log_lines(&pod.uid, from, to) {
            // Lines of one moment get times of their own, as an agent that reads them one by one gives them.
            let at_ns = line.at.timestamp_nanos_opt().unwrap_or(0).max(last_ns.saturating_add(1));
            last_ns = at_ns;
            let stream = labels.clone();
            let mut labels = stream.clone();
            labels.set(LEVEL, level_of(&line.text));
            let mut text = line.text;
            if query.stages.iter().all(|stage| stage.passes(&mut text, &mut labels)) {
                found.push(Entry { at_ns, stream, labels, line: text });
            }
        }
    }
    found.sort_by_key(|entry| entry.at_ns);
    found
}

/// The structured metadata that Loki 3 adds to each line by itself.
pub(super) const LEVEL: &str = "detected_level";

fn level_of(line: &str) -> &'static str {
    let lower = line.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match () {
        () if has(&["level=error", "\"level\":\"error\"", "fatal", "panic"]) => "error",
        () if has(&["level=warn", "\"level\":\"warn"]) => "warn",
        () if has(&["level=info", "\"level\":\"info\""]) => "info",
        () if has(&["level=debug", "\"level\":\"debug\""]) => "debug",
        () if has(&["error", "exception"]) => "error",
        () if has(&["warn"]) => "warn",
        () => "unknown",
    }
}

/// Bytes by the values of labels of the streams that have all of them, the largest first.
pub(super) fn volumes(
    world: &World,
    matchers: &[Matcher],
    names: &[String],
    start_ms: i64,
    end_ms: i64,
) -> Vec<(Labels, i64)> {
    let mut volumes: BTreeMap<Labels, i64> = BTreeMap::new();
    for (pod, labels) in pods(world, matchers, start_ms, end_ms) {
        if names.iter().any(|name| labels.get(name).is_empty()) {
            continue;
        }
        let kept = Labels::from_pairs(names.iter().map(|name| (name.clone(), labels.get(name).to_owned())));
        let bytes = lines_of(world, pod, start_ms, end_ms).saturating_mul(BYTES_PER_LINE);
        let sum = volumes.entry(kept).or_default();
        *sum = sum.saturating_add(bytes);
    }
    let mut volumes: Vec<(Labels, i64)> = volumes.into_iter().collect();
    volumes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    volumes
}

/// About how many lines a pod wrote in a stretch of time.
fn lines_of(world: &World, pod: &PodTrack, start_ms: i64, end_ms: i64) -> i64 {
    let end_ms = end_ms.min(world.now().timestamp_millis());
    let from = start_ms.max(pod.created.timestamp_millis());
    let to = pod.ended.map_or(end_ms, |end| end.timestamp_millis().min(end_ms));
    to.saturating_sub(from).max(0) / 1000 / SECONDS_PER_LINE
}

/// Entries by their labels.
pub(super) fn by_labels(entries: Vec<Entry>) -> BTreeMap<Labels, Vec<Entry>> {
    let mut streams: BTreeMap<Labels, Vec<Entry>> = BTreeMap::new();
    for entry in entries {
        streams.entry(entry.labels.clone()).or_default().push(entry);
    }
    streams
}
