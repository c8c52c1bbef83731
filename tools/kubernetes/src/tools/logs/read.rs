//! One container's log, and several put together by time.

use super::pick::Picked;
use crate::backend::Cluster;
use crate::query::request::{self, LogSelection};
use crate::shape::lines::cut;
use chrono::{DateTime, Utc};
use domain::observed::kubernetes::LogStream;
use domain::redaction;

/// What was read of one container.
#[derive(Debug, Default)]
pub struct Read {
    /// Lines with the time at which the node received them.
    pub lines: Vec<(Option<DateTime<Utc>>, String)>,
    /// Why it could not be read.
    pub error: Option<String>,
    /// Whether the server stopped at the bound of bytes: the newest lines are missing.
    pub is_cut: bool,
    /// Lines of which only the beginning was kept.
    pub long_lines: u64,
}

/// Bytes of a line that are kept. A line of megabytes is a dump, and its beginning says what of.
const LINE: usize = 16 << 10;

impl Read {
    /// The row that tells it.
    pub fn row(&self, picked: &Picked) -> LogStream {
        LogStream {
            pod: picked.pod.clone(),
            container: picked.container.clone(),
            lines: self.lines.len() as u64,
            error: self.error.clone(),
        }
    }
}

/// Reads one container; a failure is part of the result, since others may be readable.
pub async fn stream(cluster: &Cluster, picked: &Picked, selection: LogSelection) -> Read {
    let request = request::log(&picked.namespace, &picked.pod, &selection);
    match cluster.fetch(&request).await {
        Ok(body) => read(&body, selection.limit_bytes),
        Err(failure) if tells_of_no_log(&failure.message) => Read::default(),
        Err(failure) => Read { error: Some(cut(&failure.message, 240)), ..Read::default() },
    }
}

/// The lines of an answer, long ones cut before anything else is made of them; without secrets, before a filter can take
/// away the line that tells of one.
fn read(body: &[u8], limit: u64) -> Read {
    let mut read = Read { is_cut: body.len() as u64 >= limit, ..Read::default() };
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let kept = line.get(..LINE).unwrap_or(line);
        read.long_lines += u64::from(kept.len() < line.len());
        read.lines.push(stamped(&String::from_utf8_lossy(kept)));
    }
    redaction::redact_lines(read.lines.iter_mut().map(|(_, line)| line));
    read
}

/// Whether an error says that there is no log to read: a run that never was, or one that has not begun. That is no failed
/// look.
fn tells_of_no_log(error: &str) -> bool {
    ["previous terminated container", "is waiting to start", "does not have a host assigned"]
        .iter()
        .any(|words| error.contains(words))
}

/// Takes the API's timestamp off a line; a line without one (the cut first line) keeps its text.
fn stamped(line: &str) -> (Option<DateTime<Utc>>, String) {
    let parsed = line.split_once(' ').and_then(|(stamp, text)| {
        let at = DateTime::parse_from_rfc3339(stamp).ok()?;
        Some((Some(at.with_timezone(&Utc)), text.to_owned()))
    });
    parsed.unwrap_or_else(|| match DateTime::parse_from_rfc3339(line) {
        Ok(at) => (Some(at.with_timezone(&Utc)), String::new()),
        Err(_) => (None, line.to_owned()),
    })
}

/// The lines that are kept, of all containers, in the order of their times.
pub fn merge(read: &[Read], keeps: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut all: Vec<(Option<DateTime<Utc>>, &str)> = read
        .iter()
        .flat_map(|read| read.lines.iter())
        .map(|(at, line)| (*at, line.as_str()))
        .filter(|(_, line)| !line.trim().is_empty() && keeps(line))
        .collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, line)| line).collect()
}

/// The first and the last time of all lines.
pub fn span(read: &[Read]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let times = || read.iter().flat_map(|read| read.lines.iter().filter_map(|(at, _)| *at));
    Some((times().min()?, times().max()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_several_pods_are_ordered_by_time() {
        let read = |text: &str| read(text.as_bytes(), u64::MAX);
        let first = read("2026-11-21T02:40:00.1Z a\n2026-11-21T02:40:02Z c");
        let second = read("2026-11-21T02:40:01Z b\n2026-11-21T02:40:03Z\n");
        let both = [first, second];
        assert_eq!(merge(&both, |_| true), ["a", "b", "c"]);
        assert_eq!(merge(&both, |line| line != "b"), ["a", "c"]);
        assert_eq!(span(&both).unwrap().1.to_rfc3339(), "2026-11-21T02:40:03+00:00");
    }

    #[test]
    fn a_line_of_ten_megabytes_is_cut_and_told() {
        let mut body = b"2026-11-21T02:40:00Z ".to_vec();
        body.resize(10 << 20, b'x');
        body.extend_from_slice("\n2026-11-21T02:40:01Z b\n\n".as_bytes());
        let found = read(&body, 1 << 20);
        assert_eq!((found.lines.len(), found.long_lines, found.is_cut), (2, 1, true));
        assert!(found.lines.iter().all(|(at, line)| at.is_some() && line.len() <= LINE));
        // Cut in the middle of a character: still text.
        let broken = read("é".repeat(LINE).as_bytes(), u64::MAX);
        assert_eq!(broken.long_lines, 1);
    }
}
