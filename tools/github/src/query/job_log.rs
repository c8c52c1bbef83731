//! The part of a job's log that the failing step wrote.
//!
//! A job's log is one text: each line begins with its time, each step that runs something with
//! `##[group]Run …` (so do the steps inside of a composite action), what went wrong with `##[error]`. The jobs API
//! knows when each step ran, to the second. The section is looked for by the times first and trimmed by the markers;
//! without times by the markers alone; without either it is the end of the log.
//!
//! Guarantees: any text gives a section within its lines; only the last [`LINES`] lines are looked at, and of each line
//! only its beginning, so that memory is bounded whatever the log holds.

use super::api::Step;
use super::text;
use chrono::{DateTime, TimeDelta, Utc};
use domain::tokens;
use std::ops::Range;

/// Lines that are looked at, from the end.
const LINES: usize = 200_000;

/// Longest line that is shown, in characters.
const LINE_CHARS: usize = 400;

/// Lines that are prepared to be shown; more fit into no budget.
const SHOWN_LINES: usize = 1_000;

const RUN: &str = "##[group]Run ";
const GROUP: &str = "##[group]";
const ERROR: &str = "##[error]";
const POST: &str = "Post job cleanup.";

/// One line, its time taken off.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    at: Option<DateTime<Utc>>,
    text: &'a str,
}

/// A log, taken apart.
#[derive(Debug)]
pub(crate) struct Log<'a> {
    lines: Vec<Line<'a>>,
}

/// Lines of a log, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub ran: Option<String>,
    pub errors: Vec<String>,
    pub tail: String,
    pub lines_before: u64,
}

impl<'a> Log<'a> {
    pub(crate) fn parse(log: &'a str) -> Self {
        let log = log.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
        let mut lines: Vec<&str> = log.rsplit('\n').take(LINES).collect();
        lines.reverse();
        let mut last = None;
        let lines = lines.into_iter().map(|line| {
            let line = line.trim_end_matches('\r').trim_start_matches('\u{feff}');
            let (at, text) = stamped(line);
            last = at.or(last);
            Line { at: last, text }
        });
        Self { lines: lines.collect() }
    }

    /// Lines that were looked at.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// The lines that `step` wrote, as far as they can be told; `None` where they cannot.
    pub(crate) fn section(&self, step: &Step) -> Option<Range<usize>> {
        self.by_times(step).or_else(|| self.by_markers())
    }

    /// All lines.
    pub(crate) fn whole(&self) -> Range<usize> {
        0..self.lines.len()
    }

    fn by_times(&self, step: &Step) -> Option<Range<usize>> {
        let (started, completed) = (step.started_at?, step.completed_at?);
        let over = completed.checked_add_signed(TimeDelta::seconds(1))?;
        let first = self.lines.iter().position(|line| line.at.is_some_and(|at| at >= started))?;
        let ran = self.lines.iter().skip(first).take_while(|line| line.at.is_some_and(|at| at < over)).count();
        (ran > 0).then(|| self.trimmed(first..first + ran, &step.name))
    }

    /// Times are whole seconds, so the ends of a window can hold lines of the steps beside it.
    fn trimmed(&self, window: Range<usize>, name: &str) -> Range<usize> {
        let named = self.named_start(&window, name);
        let from = named.unwrap_or(window.start);
        let error = self.first_end(from..window.end).or_else(|| self.last_error(from..window.end));
        let Some(error) = error else { return from..window.end };
        let start = named.or_else(|| self.last_start(window.start..error)).unwrap_or(window.start);
        let end = self.next_start(error + 1..window.end).unwrap_or(window.end);
        start..end
    }

    fn by_markers(&self) -> Option<Range<usize>> {
        let error = self.last_error(self.whole())?;
        let start = self.last_start(0..error).unwrap_or(0);
        let end = self.next_start(error + 1..self.lines.len()).unwrap_or(self.lines.len());
        Some(start..end)
    }

    fn within(&self, range: Range<usize>) -> impl DoubleEndedIterator<Item = (usize, &str)> {
        let lines = self.lines.get(range.clone()).unwrap_or_default();
        lines.iter().enumerate().map(move |(at, line)| (range.start + at, line.text))
    }

    /// Where the step itself begins: a step without a name of its own is called what it runs.
    fn named_start(&self, window: &Range<usize>, name: &str) -> Option<usize> {
        let starts = |text: &str| name.starts_with("Run ") && text.strip_prefix(GROUP).is_some_and(|told| told == name);
        self.within(window.clone()).find(|(_, text)| starts(text)).map(|(at, _)| at)
    }

    /// The line with which a command that failed ends.
    fn first_end(&self, range: Range<usize>) -> Option<usize> {
        const ENDED: &str = "##[error]Process completed with exit code";
        self.within(range).find(|(_, text)| text.starts_with(ENDED)).map(|(at, _)| at)
    }

    fn last_error(&self, range: Range<usize>) -> Option<usize> {
        self.within(range).rev().find(|(_, text)| text.starts_with(ERROR)).map(|(at, _)| at)
    }

    fn last_start(&self, range: Range<usize>) -> Option<usize> {
        self.within(range).rev().find(|(_, text)| is_start(text)).map(|(at, _)| at)
    }

    fn next_start(&self, range: Range<usize>) -> Option<usize> {
        self.within(range).find(|(_, text)| is_start(text)).map(|(at, _)| at)
    }

    /// The error lines and the end of a section, within a budget.
    pub(crate) fn show(&self, section: Range<usize>, budget_tokens: usize) -> Shown {
        const ERRORS: usize = 12;
        let all: Vec<&str> = self.within(section.clone()).map(|(_, line)| line).collect();
        let ran = all.first().and_then(|line| line.strip_prefix(RUN)).map(|ran| clean(&[ran]).concat());
        let errors: Vec<&str> = all.iter().filter_map(|line| line.strip_prefix(ERROR)).collect();
        let errors = clean(errors.get(..ERRORS.min(errors.len())).unwrap_or_default());
        let spent: usize = errors.iter().map(|error| tokens::estimate(error)).sum();
        let from = all.len().saturating_sub(SHOWN_LINES);
        let mut shown: Vec<String> = Vec::new();
        let mut left = budget_tokens.saturating_sub(spent);
        for line in clean(all.get(from..).unwrap_or_default()).into_iter().rev() {
            let cost = tokens::estimate(&line) + 1;
            if cost > left && !shown.is_empty() {
                break;
            }
            left = left.saturating_sub(cost);
            shown.push(line);
        }
        let lines_before = (all.len() - shown.len()) as u64;
        shown.reverse();
        Shown { ran, errors, tail: shown.join("\n"), lines_before }
    }
}

fn is_start(text: &str) -> bool {
    text.starts_with(RUN) || text == POST
}

/// Colours go first: they can stand in the midst of what a secret is known by.
fn clean(lines: &[&str]) -> Vec<String> {
    let plain = lines.iter().map(|line| text::without_colours(text::head(line, text::LINE_BYTES)));
    let plain: Vec<String> = plain.collect();
    let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
    text::safe_lines(&plain).iter().map(|line| text::cut(line, LINE_CHARS)).collect()
}

/// Takes the time off a line. The runner writes seven digits of a second.
fn stamped(line: &str) -> (Option<DateTime<Utc>>, &str) {
    const LONGEST: usize = 40;
    let Some(end) = text::head(line, LONGEST).find(' ') else {
        return match DateTime::parse_from_rfc3339(text::head(line, LONGEST)) {
            Ok(at) if line.len() <= LONGEST => (Some(at.with_timezone(&Utc)), ""),
            _ => (None, line),
        };
    };
    let (stamp, rest) = (line.get(..end).unwrap_or_default(), line.get(end + 1..).unwrap_or_default());
    match DateTime::parse_from_rfc3339(stamp) {
        Ok(at) => (Some(at.with_timezone(&Utc)), rest),
        Err(_) => (None, line),
    }
}

#[cfg(test)]
mod tests;
