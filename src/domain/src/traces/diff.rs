//! What two traces differ in: paths of operations that are new, gone, slower or faster.

use super::names::general_name;
use super::self_time::self_times;
use super::tree::Tree;
use std::collections::BTreeMap;

/// A change of self time below this share of the longer trace is no change.
const LEAST_SHARE: i64 = 100;

/// How a path changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Only in the second trace.
    Added,
    /// Only in the first.
    Removed,
    /// More self time in the second.
    Slower,
    /// Less self time in the second.
    Faster,
    /// The same time, another number of spans.
    Count,
}

/// One path of operations from the root that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathDifference {
    /// Service and operation of each span from the root down.
    pub path: Vec<(String, String)>,
    /// What changed.
    pub change: Change,
    /// Spans in the first and in the second.
    pub count: (usize, usize),
    /// Nanoseconds of self time in the first and in the second.
    pub self_ns: (i64, i64),
    /// Nanoseconds of the spans' durations, added up.
    pub total_ns: (i64, i64),
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: usize,
    self_ns: i64,
    total_ns: i64,
}

/// Paths known so far: each is its parent path and one more step, so that a deep trace costs no more than a flat one.
#[derive(Default)]
struct Paths {
    ids: BTreeMap<(Option<usize>, String, String), usize>,
    steps: Vec<(Option<usize>, String, String)>,
    sums: Vec<(Sums, Sums)>,
}

impl Paths {
    fn id(&mut self, above: Option<usize>, service: &str, operation: String) -> usize {
        let step = (above, service.to_owned(), operation);
        if let Some(id) = self.ids.get(&step) {
            return *id;
        }
        let id = self.steps.len();
        self.ids.insert(step.clone(), id);
        self.steps.push(step);
        self.sums.push(Default::default());
        id
    }

    fn add(&mut self, tree: &Tree, is_second: bool) {
        let self_times = self_times(tree);
        let mut path_of: Vec<Option<usize>> = vec![None; tree.spans().len()];
        for index in tree.downwards().iter().copied() {
            let Some(span) = tree.span(index) else { continue };
            let above = tree.parent(index).and_then(|parent| path_of.get(parent).copied().flatten());
            let id = self.id(above, &span.service, general_name(&span.operation));
            if let Some(slot) = path_of.get_mut(index) {
                *slot = Some(id);
            }
            let Some((first, second)) = self.sums.get_mut(id) else { continue };
            let sums = if is_second { second } else { first };
            sums.count += 1;
            sums.self_ns = sums.self_ns.saturating_add(self_times.get(index).copied().unwrap_or(0));
            sums.total_ns = sums.total_ns.saturating_add(span.duration_ns());
        }
    }

    fn path(&self, id: usize) -> Vec<(String, String)> {
        let step = |id: &usize| self.steps.get(*id).and_then(|(above, _, _)| *above);
        let upwards = std::iter::successors(Some(id), step);
        let mut path: Vec<(String, String)> = upwards
            .filter_map(|id| self.steps.get(id))
            .map(|(_, service, operation)| (service.clone(), operation.clone()))
            .collect();
        path.reverse();
        path
    }
}

/// The differences from `first` to `second`, the largest change of self time first; at most `most`, and how many there
/// are altogether.
pub fn diff(first: &Tree, second: &Tree, most: usize) -> (Vec<PathDifference>, usize) {
    let mut paths = Paths::default();
    paths.add(first, false);
    paths.add(second, true);
    let length = |tree: &Tree| tree.extent().1.saturating_sub(tree.extent().0);
    let least = (length(first).max(length(second)) / LEAST_SHARE).max(1);
    let mut changed: Vec<(usize, Change)> = Vec::new();
    for (id, (before, after)) in paths.sums.iter().enumerate() {
        changed.extend(change(before, after, least).map(|change| (id, change)));
    }
    let weight = |id: usize| {
        paths.sums.get(id).map_or(0, |(before, after)| after.self_ns.saturating_sub(before.self_ns).saturating_abs())
    };
    changed.sort_by_key(|(id, change)| (std::cmp::Reverse(weight(*id)), *change, *id));
    let total = changed.len();
    let told = changed.into_iter().take(most).filter_map(|(id, change)| {
        let (before, after) = paths.sums.get(id)?;
        Some(PathDifference {
            path: paths.path(id),
            change,
            count: (before.count, after.count),
            self_ns: (before.self_ns, after.self_ns),
            total_ns: (before.total_ns, after.total_ns),
        })
    });
    (told.collect(), total)
}

fn change(before: &Sums, after: &Sums, least: i64) -> Option<Change> {
    let difference = after.self_ns.saturating_sub(before.self_ns);
    match (before.count, after.count) {
        (0, _) => Some(Change::Added),
        (_, 0) => Some(Change::Removed),
        _ if difference >= least => Some(Change::Slower),
        _ if difference <= -least => Some(Change::Faster),
        (before, after) if before != after => Some(Change::Count),
        _ => None,
    }
}
