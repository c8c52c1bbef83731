//! Streams as one list of lines, and what of it is shown.

use super::api::Stream;
use super::{clean, level, window};
use domain::observed::loki::{Labels, LineRow};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of a line that are shown.
const SHOWN_BYTES: usize = 1_000;
/// Bytes of a field's value that are shown.
const FIELD_BYTES: usize = 200;
/// Fields of a line that are shown.
const MOST_FIELDS: usize = 20;

/// One line with its stream.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub at_ns: i64,
    pub stream: Arc<Labels>,
    pub line: String,
    /// Bytes of the line before it was cut.
    pub whole_bytes: usize,
    pub fields: Labels,
}

impl Entry {
    pub(crate) fn level(&self) -> Option<&'static str> {
        level::of(&self.line, &[&self.fields, &self.stream])
    }
}

/// All lines in the asked order; lines of one nanosecond in an order that is the same in every answer.
pub(crate) fn merged(streams: Vec<Stream>, forward: bool) -> Vec<Entry> {
    let mut entries = Vec::new();
    for stream in streams {
        let labels = Arc::new(stream.stream);
        // Within a stream Loki keeps the order in which lines of one nanosecond came; the sort below keeps it.
        entries.extend(stream.values.into_iter().map(|value| Entry {
            at_ns: value.at_ns,
            stream: Arc::clone(&labels),
            line: value.line,
            whole_bytes: value.whole_bytes,
            fields: value.fields,
        }));
    }
    entries.sort_by(|left, right| {
        let time = if forward { left.at_ns.cmp(&right.at_ns) } else { right.at_ns.cmp(&left.at_ns) };
        time.then_with(|| left.stream.cmp(&right.stream))
    });
    entries
}

/// Shown lines with their labels taken out.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub shared: Labels,
    pub streams: Vec<Labels>,
    pub levels: BTreeMap<String, u64>,
    pub rows: Vec<LineRow>,
}

/// The labels that all have in common.
pub(crate) fn shared<'a>(streams: impl IntoIterator<Item = &'a Labels>) -> Labels {
    let mut streams = streams.into_iter();
    let Some(first) = streams.next() else { return Labels::new() };
    let mut shared = first.clone();
    for labels in streams {
        shared.retain(|name, value| labels.get(name) == Some(value));
    }
    shared
}

/// The labels that are not shared.
pub(crate) fn others(labels: &Labels, shared: &Labels) -> Labels {
    labels
        .iter()
        .filter(|(name, _)| !shared.contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Entries as rows.
pub(crate) fn show(entries: &[Entry]) -> Shown {
    let shared = shared(entries.iter().map(|entry| entry.stream.as_ref()));
    let mut shown = Shown { shared, ..Shown::default() };
    for entry in entries {
        let own = others(&entry.stream, &shown.shared);
        let stream = (!own.is_empty()).then(|| place_of(own, &mut shown.streams));
        let level = entry.level();
        if let Some(level) = level {
            *shown.levels.entry(level.to_owned()).or_default() += 1;
        }
        shown.rows.push(row(entry, stream, level));
    }
    shown
}

fn place_of(labels: Labels, streams: &mut Vec<Labels>) -> usize {
    streams.iter().position(|known| *known == labels).unwrap_or_else(|| {
        streams.push(labels);
        streams.len() - 1
    })
}

fn row(entry: &Entry, stream: Option<usize>, level: Option<&str>) -> LineRow {
    let line = clean::shown(&entry.line, SHOWN_BYTES);
    let is_cut = entry.whole_bytes > entry.line.len() || entry.line.len() > SHOWN_BYTES;
    let fields = entry.fields.iter().take(MOST_FIELDS).filter(|(name, _)| *name != "detected_level");
    let fields: Labels = fields.map(|(name, value)| (clean::clean(name), clean::shown(value, FIELD_BYTES))).collect();
    LineRow {
        at: window::show(entry.at_ns),
        stream,
        level: level.map(str::to_owned),
        line: if is_cut && !line.ends_with('…') { format!("{line}…") } else { line },
        fields: (!fields.is_empty()).then_some(fields),
        whole_bytes: is_cut.then_some(entry.whole_bytes as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::super::position::Position;
    use super::super::window::Span;
    use super::*;
    use proptest::prelude::*;

    fn entry(at_ns: i64, app: &str, line: &str) -> Entry {
        let stream = Labels::from([("app".to_owned(), app.to_owned()), ("env".to_owned(), "x".to_owned())]);
        let (line, whole_bytes) = (line.to_owned(), line.len());
        Entry { at_ns, stream: Arc::new(stream), line, whole_bytes, fields: Labels::new() }
    }

    #[test]
    fn labels_that_all_share_are_told_once() {
        let shown = show(&[entry(1, "a", "level=error x"), entry(2, "b", "y"), entry(3, "a", "z")]);
        assert_eq!(shown.shared, Labels::from([("env".to_owned(), "x".to_owned())]));
        assert_eq!(shown.streams.len(), 2);
        assert_eq!(shown.rows.iter().map(|row| row.stream).collect::<Vec<_>>(), [Some(0), Some(1), Some(0)]);
        assert_eq!(shown.levels, BTreeMap::from([("error".to_owned(), 1)]));
    }

    #[test]
    fn a_long_line_is_cut_with_a_note() {
        let shown = show(&[entry(1, "a", &"é".repeat(5_000))]);
        assert_eq!(shown.rows[0].whole_bytes, Some(10_000));
        assert!(shown.rows[0].line.len() < 1_010 && shown.rows[0].line.ends_with('…'));
    }

    proptest! {
        /// Pages over a list that is read as the tool reads it, with many lines of one nanosecond.
        #[test]
        fn positions_join_without_loss(times in prop::collection::vec(0i64..6, 0..40), page in 1usize..7, forward: bool) {
            let mut all: Vec<Entry> = times.iter().enumerate().map(|(n, at)| entry(*at, "a", &n.to_string())).collect();
            all.sort_by_key(|entry| if forward { entry.at_ns } else { -entry.at_ns });
            let mut position = Position::first(Span { start: 0, end: 6 }, forward);
            let mut seen = Vec::new();
            for _ in 0..100 {
                let rest = position.rest(forward);
                let left: Vec<Entry> =
                    all.iter().filter(|e| e.at_ns >= rest.start && e.at_ns < rest.end).skip(position.skip).cloned().collect();
                let shown = &left[..page.min(left.len())];
                seen.extend(shown.iter().map(|entry| entry.line.clone()));
                if shown.len() == left.len() { break; }
                position = Position::read(&position.after(shown, left.get(shown.len()), forward).write()).unwrap();
            }
            let wanted: Vec<String> = all.iter().map(|entry| entry.line.clone()).collect();
            prop_assert_eq!(seen, wanted);
        }
    }
}
