//! Lines grouped by what stays the same in them, with their levels and streams.

use crate::query::lines::Entry;
use crate::query::{clean, window};
use domain::log_patterns::{LogPatterns, Pattern, PatternId, PatternLimits};
use domain::observed::loki::Labels;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a line by which it is grouped.
const LOOKED_AT_BYTES: usize = 2_048;
/// Streams that are named with a pattern.
const NAMED_STREAMS: usize = 3;
const SHOWN_BYTES: usize = 300;

/// A pattern with what its lines have.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub pattern: Pattern,
    pub level: Option<&'static str>,
    pub streams: Vec<String>,
}

impl Group {
    pub(super) fn first(&self) -> String {
        self.pattern.first.and_then(|at| at.timestamp_nanos_opt()).map(window::show).unwrap_or_default()
    }

    pub(super) fn last(&self) -> String {
        self.pattern.last.and_then(|at| at.timestamp_nanos_opt()).map(window::show).unwrap_or_default()
    }

    pub(super) fn template(&self) -> String {
        cut(&self.pattern.template)
    }

    pub(super) fn example(&self) -> String {
        cut(&self.pattern.example)
    }
}

fn cut(text: &str) -> String {
    clean::shown(text, SHOWN_BYTES)
}

#[derive(Default)]
struct Traits {
    levels: BTreeMap<Option<&'static str>, u64>,
    streams: BTreeSet<Labels>,
}

/// Groups lines of one window after another, so that a later window finds the patterns of the earlier ones.
pub(super) struct Grouping(LogPatterns);

impl Grouping {
    pub(super) fn new() -> Self {
        Self(LogPatterns::new(PatternLimits::default()))
    }

    /// The groups of these lines, the most frequent first.
    pub(super) fn group(&mut self, entries: &[Entry]) -> Vec<Group> {
        self.0.start_window();
        let mut seen: BTreeMap<PatternId, Traits> = BTreeMap::new();
        for entry in entries {
            // Without secrets before it is parted: of a part nobody can tell what it was.
            let text = clean::shown(&entry.line, LOOKED_AT_BYTES);
            let id = self.0.observe(&text, Some(window::instant(entry.at_ns)));
            let traits = seen.entry(id).or_default();
            *traits.levels.entry(entry.level()).or_default() += 1;
            if !traits.streams.contains(entry.stream.as_ref()) {
                traits.streams.insert(entry.stream.as_ref().clone());
            }
        }
        let mut resolved: BTreeMap<PatternId, Traits> = BTreeMap::new();
        for (id, traits) in seen {
            let Some(id) = self.0.resolve(id) else { continue };
            let all = resolved.entry(id).or_default();
            traits.levels.into_iter().for_each(|(level, count)| *all.levels.entry(level).or_default() += count);
            all.streams.extend(traits.streams);
        }
        let streams: BTreeSet<&Labels> = entries.iter().map(|entry| entry.stream.as_ref()).collect();
        let names = telling_apart(&streams);
        let with_traits = |pattern: Pattern| {
            let traits = resolved.remove(&pattern.id).unwrap_or_default();
            let level = traits.levels.iter().max_by_key(|(_, count)| **count).and_then(|(level, _)| *level);
            Group { pattern, level, streams: named(&traits.streams, &names) }
        };
        self.0.patterns().into_iter().map(with_traits).collect()
    }

    /// Lines that are in no group any more, because there were too many patterns.
    pub(super) fn lost_lines(&self) -> u64 {
        self.0.counters().evicted_lines
    }
}

/// Labels by which people name where a line comes from, the clearest first: of two that tell as much, the clearer is
/// taken.
const CLEAR: &[&str] = &["pod", "app", "service_name", "container", "job", "namespace"];

fn known(name: &str) -> usize {
    CLEAR.iter().position(|clear| *clear == name).map_or(0, |place| CLEAR.len() - place)
}

/// The fewest labels that tell the streams apart: usually the pod alone, as app, container and job follow from it.
fn telling_apart(streams: &BTreeSet<&Labels>) -> Vec<String> {
    let names: BTreeSet<&String> = streams.iter().flat_map(|labels| labels.keys()).collect();
    let mut chosen: Vec<String> = Vec::new();
    let mut kinds = usize::from(!streams.is_empty());
    while kinds < streams.len() {
        let with = |name: &String| {
            let values = streams.iter().map(|labels| {
                let own: Vec<Option<&String>> = chosen.iter().chain([name]).map(|name| labels.get(name)).collect();
                own
            });
            values.collect::<BTreeSet<_>>().len()
        };
        let best = names.iter().rev().map(|name| (with(name), *name)).max_by_key(|(kinds, name)| (*kinds, known(name)));
        match best {
            Some((more, name)) if more > kinds => {
                kinds = more;
                chosen.push(name.clone());
            }
            _ => break,
        }
    }
    chosen
}

fn named(streams: &BTreeSet<Labels>, names: &[String]) -> Vec<String> {
    let shown: BTreeSet<String> = streams
        .iter()
        .map(|labels| {
            let own = names.iter().filter_map(|name| Some((name, labels.get(name)?)));
            let own: Vec<String> = own.map(|(name, value)| format!("{name}={}", clean::shown(value, 80))).collect();
            own.join(" ")
        })
        .filter(|name| !name.is_empty())
        .collect();
    let more = shown.len().saturating_sub(NAMED_STREAMS);
    let mut shown: Vec<String> = shown.into_iter().take(NAMED_STREAMS).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_named_by_the_fewest_labels_that_tell_them_apart() {
        let stream = |app: &str, pod: &str, node: &str| -> Labels {
            [("app", app), ("container", app), ("pod", pod), ("node", node)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into()
        };
        let all = [stream("a", "a-1", "n1"), stream("a", "a-2", "n2"), stream("b", "b-1", "n1")];
        let names = telling_apart(&all.iter().collect());
        assert_eq!(names, ["pod"]);
        assert_eq!(named(&all.iter().cloned().collect(), &names), ["pod=a-1", "pod=a-2", "pod=b-1"]);
        let two = [stream("a", "x", "n1"), stream("a", "x", "n2"), stream("b", "y", "n2")];
        assert_eq!(telling_apart(&two.iter().collect()).len(), 2);
        assert!(telling_apart(&BTreeSet::from([&all[0]])).is_empty());
        assert!(telling_apart(&BTreeSet::new()).is_empty());
    }
}
