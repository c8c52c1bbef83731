//! One container's log, and several put together by time.

use super::pick::Picked;
use crate::backend::Cluster;
use crate::query::request::{self, LogSelection};
use crate::shape::lines::cut;
use chrono::{DateTime, Utc};
use domain::observed::kubernetes::LogStream;

/// What was read of one container.
#[derive(Debug, Default)]
pub struct Read {
    /// Lines with the time at which the node received them.
    pub lines: Vec<(Option<DateTime<Utc>>, String)>,
    /// Why it could not be read.
    pub error: Option<String>,
}

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
        Ok(body) => Read { lines: String::from_utf8_lossy(&body).lines().map(stamped).collect(), error: None },
        Err(failure) if tells_of_no_log(&failure.message) => Read { lines: Vec::new(), error: None },
        Err(failure) => Read { lines: Vec::new(), error: Some(cut(&failure.message, 240)) },
    }
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
        let read = |text: &str| Read { lines: text.lines().map(stamped).collect(), error: None };
        let first = read("2026-11-21T02:40:00.1Z a\n2026-11-21T02:40:02Z c");
        let second = read("2026-11-21T02:40:01Z b\n2026-11-21T02:40:03Z\n");
        let both = [first, second];
        assert_eq!(merge(&both, |_| true), ["a", "b", "c"]);
        assert_eq!(merge(&both, |line| line != "b"), ["a", "c"]);
        assert_eq!(span(&both).unwrap().1.to_rfc3339(), "2026-11-21T02:40:03+00:00");
    }
}
