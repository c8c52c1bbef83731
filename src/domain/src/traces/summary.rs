//! A trace in a few rows, and those rows made fewer until they fit.
//!
//! Guarantee: however small the room, a row of each list that has one is kept; the lists lose rows at their end, where
//! what matters least stands.

use super::{Gap, Skew, Tree, by_operation, critical_path, failures, gaps, general_name, repeated, without_skew};
use crate::observed::Table;
use crate::observed::tempo::{FailureRow, GapRow, OperationRow, PathRow, RepeatedRow, TraceSummary};
use chrono::DateTime;
use std::collections::BTreeMap;

const NAME_CHARS: usize = 70;
const MESSAGE_CHARS: usize = 140;
const PATH_ROWS: usize = 14;
const OTHER_ROWS: usize = 8;
const SERVICES: usize = 20;
const PROBLEM_CHARS: usize = 200;

#[derive(Debug, Clone, Default)]
struct Parts {
    head: TraceSummary,
    failures: Vec<FailureRow>,
    path: Vec<PathRow>,
    slowest: Vec<OperationRow>,
    repeated: Vec<RepeatedRow>,
    gaps: Vec<GapRow>,
}

/// Milliseconds with about four digits, as people read them.
pub fn milliseconds(nanoseconds: i64) -> f64 {
    let exact = nanoseconds as f64 / 1e6;
    match exact.abs() {
        large if large >= 1_000.0 => exact.round(),
        middle if middle >= 10.0 => (exact * 10.0).round() / 10.0,
        _ => (exact * 1_000.0).round() / 1_000.0,
    }
}

/// Summarizes a trace. `fits` is shown each candidate, from the fullest; the first that it takes is given, or the
/// smallest there is. The second value tells whether rows were left out.
pub fn summarize(trace_id: &str, tree: Tree, fits: impl Fn(&TraceSummary) -> bool) -> (TraceSummary, bool) {
    let oddities = problems_of(&tree);
    let (tree, skews) = without_skew(tree);
    let mut parts = Parts::of(trace_id, &tree);
    parts.head.problems = oddities.into_iter().chain(skews.iter().take(3).map(skew_text)).collect();
    let mut left_out = parts.rows_left_out(&tree);
    loop {
        let candidate = parts.told();
        if fits(&candidate) || !parts.shorten() {
            return (candidate, left_out);
        }
        left_out = true;
    }
}

fn skew_text(skew: &Skew) -> String {
    let text = format!(
        "clocks disagree: {} spans of {} began before the call by {} and were moved by up to {} ms",
        skew.spans,
        skew.service,
        skew.caller,
        milliseconds(skew.moved_ns)
    );
    cut(&text, PROBLEM_CHARS)
}

fn problems_of(tree: &Tree) -> Vec<String> {
    let odd = tree.oddities();
    let counted = [
        (odd.missing_parents, "spans whose parent is not in the trace"),
        (odd.further_roots, "further spans without a parent"),
        (odd.duplicates, "spans that were there twice"),
        (odd.cycles, "parent links that led in a circle"),
        (odd.negative_durations, "spans that ended before they started"),
        (odd.outliving, "spans that ended after their parent"),
    ];
    let missing_root = odd.no_root.then(|| "the root span is missing: the beginning is not known".to_owned());
    let counted = counted.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    missing_root.into_iter().chain(counted).collect()
}

impl Parts {
    fn of(trace_id: &str, tree: &Tree) -> Self {
        let (from, to) = tree.extent();
        let at = |start_ns: i64| milliseconds(start_ns.saturating_sub(from));
        Self {
            head: TraceSummary {
                trace_id: trace_id.to_owned(),
                root: tree.root().map(|root| what(tree, root)).unwrap_or_default(),
                started: (!tree.spans().is_empty()).then(|| DateTime::from_timestamp_nanos(from)),
                duration_ms: milliseconds(to.saturating_sub(from)),
                spans: tree.spans().len(),
                failed_spans: tree.spans().iter().filter(|span| span.failed).count(),
                services: services(tree),
                ..TraceSummary::default()
            },
            failures: failures(tree)
                .into_iter()
                .take(OTHER_ROWS)
                .filter_map(|group| {
                    let span = tree.span(group.span)?;
                    Some(FailureRow {
                        what: what(tree, group.span),
                        message: cut(span.message.as_deref().unwrap_or("(no message)"), MESSAGE_CHARS),
                        role: if group.began_here { "began" } else { "passed_on" }.to_owned(),
                        reached_root: group.reached_root,
                        count: group.count,
                        at_ms: at(span.start_ns),
                    })
                })
                .collect(),
            path: path(tree, from, to),
            slowest: by_operation(tree)
                .into_iter()
                .take(OTHER_ROWS)
                .map(|group| OperationRow {
                    what: cut(&format!("{} {}", group.service, group.operation), NAME_CHARS),
                    count: group.count,
                    self_ms: milliseconds(group.self_ns),
                    longest_ms: milliseconds(group.longest_ns),
                })
                .collect(),
            repeated: repeated(tree)
                .into_iter()
                .take(OTHER_ROWS)
                .map(|one| RepeatedRow {
                    parent: one.parent.map(|parent| what(tree, parent)).unwrap_or_default(),
                    call: what(tree, one.span),
                    count: one.count,
                    parents: one.parents,
                    total_ms: milliseconds(one.total_ns),
                    way: if one.is_parallel() { "parallel" } else { "serial" }.to_owned(),
                })
                .collect(),
            gaps: gaps(tree)
                .into_iter()
                .take(OTHER_ROWS / 2)
                .map(|Gap { span, start_ns, end_ns }| GapRow {
                    inside: what(tree, span),
                    at_ms: at(start_ns),
                    length_ms: milliseconds(end_ns.saturating_sub(start_ns)),
                })
                .collect(),
        }
    }

    fn rows_left_out(&self, tree: &Tree) -> bool {
        failures(tree).len() > self.failures.len()
            || by_operation(tree).len() > self.slowest.len()
            || repeated(tree).len() > self.repeated.len()
            || services(tree).len() > SERVICES
    }

    fn told(&self) -> TraceSummary {
        TraceSummary {
            failures: Table::of(&self.failures),
            critical_path: Table::of(&self.path),
            slowest: Table::of(&self.slowest),
            repeated: Table::of(&self.repeated),
            gaps: Table::of(&self.gaps),
            ..self.head.clone()
        }
    }

    /// Takes the last row of the longest list. The path, which stands in the order of time, loses its smallest row.
    fn shorten(&mut self) -> bool {
        let lengths = [
            self.failures.len(),
            self.path.len(),
            self.slowest.len(),
            self.repeated.len(),
            self.gaps.len(),
            self.head.services.len() / 3,
            self.head.problems.len(),
        ];
        let Some((longest, length)) = lengths.iter().enumerate().rev().max_by_key(|(_, length)| **length) else {
            return false;
        };
        if *length <= 1 {
            return false;
        }
        match longest {
            0 => drop(self.failures.pop()),
            1 => drop_smallest(&mut self.path),
            2 => drop(self.slowest.pop()),
            3 => drop(self.repeated.pop()),
            4 => drop(self.gaps.pop()),
            5 => drop(self.head.services.pop()),
            _ => drop(self.head.problems.pop()),
        }
        true
    }
}

/// Service and operation of a span.
fn what(tree: &Tree, index: usize) -> String {
    let Some(span) = tree.span(index) else { return String::new() };
    cut(&format!("{} {}", span.service, general_name(&span.operation)), NAME_CHARS)
}

fn services(tree: &Tree) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for span in tree.spans() {
        *counts.entry(span.service.as_str()).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let more = counts.len().saturating_sub(SERVICES);
    let mut told: Vec<String> =
        counts.into_iter().take(SERVICES).map(|(name, count)| format!("{} ({count})", cut(name, NAME_CHARS))).collect();
    told.extend((more > 0).then(|| format!("and {more} more")));
    told
}

/// The path's stretches by operation, the largest kept, in the order of time.
fn path(tree: &Tree, from: i64, to: i64) -> Vec<PathRow> {
    struct Sum {
        first: i64,
        total: i64,
        spans: std::collections::BTreeSet<usize>,
    }
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for segment in critical_path(tree) {
        let key = segment.span.map_or_else(|| "(no span)".to_owned(), |index| what(tree, index));
        let sum =
            sums.entry(key).or_insert_with(|| Sum { first: segment.start_ns, total: 0, spans: Default::default() });
        sum.total = sum.total.saturating_add(segment.end_ns.saturating_sub(segment.start_ns));
        sum.spans.extend(segment.span);
    }
    let whole = to.saturating_sub(from).max(1) as f64;
    let mut rows: Vec<(i64, PathRow)> = sums
        .into_iter()
        .map(|(what, sum)| {
            let row = PathRow {
                what,
                at_ms: milliseconds(sum.first.saturating_sub(from)),
                on_path_ms: milliseconds(sum.total),
                percent: (sum.total as f64 / whole * 1_000.0).round() / 10.0,
                spans: sum.spans.len(),
            };
            (sum.total, row)
        })
        .collect();
    rows.sort_by_key(|(total, _)| std::cmp::Reverse(*total));
    rows.truncate(PATH_ROWS);
    rows.sort_by(|(_, a), (_, b)| a.at_ms.total_cmp(&b.at_ms));
    rows.into_iter().map(|(_, row)| row).collect()
}

fn drop_smallest(rows: &mut Vec<PathRow>) {
    let smallest = rows.iter().enumerate().min_by(|(_, a), (_, b)| a.on_path_ms.total_cmp(&b.on_path_ms));
    if let Some((index, _)) = smallest {
        rows.remove(index);
    }
}

fn cut(text: &str, chars: usize) -> String {
    crate::redaction::redacted_head(text, chars)
}
