//! Walks over the graph: who depends on whom, how far apart places are, which of several is at the bottom.
//!
//! Guarantees: a walk visits a place once, so cycles end it, and at most [`VISITED`] places.
//!
//! Deliberately absent: weights. A call that failed once is an edge like any other.

use super::Topology;
use crate::incident::Member;
use crate::object::ObjectRef;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Places that one walk visits at most.
const VISITED: usize = 10_000;

/// Keys of a chain at most, the nearest.
const CHAIN: usize = 100;

impl Topology {
    /// Whether one place depends on another, over however many steps. A place does not depend on itself.
    pub fn depends(&self, from: &str, on: &str) -> bool {
        from != on && walk([from], |place| neighbours(&self.needs, place), Some(on)).contains_key(on)
    }

    /// Whether one of both can explain the other: they are one place, or one depends on the other.
    pub fn is_one_chain(&self, one: &str, other: &str) -> bool {
        one == other || self.depends(one, other) || self.depends(other, one)
    }

    /// Steps between two objects, whichever way the edges go; `None` where there is no way. Objects of one place are 0
    /// apart.
    pub fn distance(&self, one: &ObjectRef, other: &ObjectRef) -> Option<u32> {
        let (from, to) = (self.object_place(one), self.object_place(other));
        let both = |place: &str| neighbours(&self.needs, place).chain(neighbours(&self.needed_by, place));
        walk([from.as_str()], both, Some(&to)).get(to.as_str()).copied()
    }

    /// The member that the others stand on: the root apart from its symptoms. Of several that nothing below explains, the
    /// one that explains most others, then the one that began first. Of a circle, the one that began first.
    /// `None` where no member names a place.
    pub fn root_of<'a>(&self, members: &'a [Member]) -> Option<&'a Member> {
        let mut at: BTreeMap<String, &Member> = BTreeMap::new();
        for member in members {
            let Some(place) = self.place_of(member.object.as_ref(), member.service.as_deref()) else { continue };
            let first = at.entry(place).or_insert(member);
            if (member.since, &member.fingerprint) < (first.since, &first.fingerprint) {
                *first = member;
            }
        }
        let below: BTreeMap<&String, BTreeSet<&str>> =
            at.keys().map(|place| (place, self.all_below(place).into_keys().collect())).collect();
        let reaches =
            |from: &String, to: &String| from != to && below.get(from).is_some_and(|b| b.contains(to.as_str()));
        let is_root = |place: &&String| !at.keys().any(|other| reaches(place, other) && !reaches(other, place));
        let explained = |place: &String| at.keys().filter(|other| reaches(other, place)).count();
        let order = |place: &&String| {
            let member = at.get(*place).map(|member| (member.since, &member.fingerprint));
            (std::cmp::Reverse(explained(place)), member)
        };
        at.keys().filter(is_root).min_by_key(order).and_then(|place| at.get(place)).copied()
    }

    /// What must not be acted upon together with an object: its own place, and all workloads and services that it depends
    /// on. Two objects of which one depends on the other share a key; two that only share a caller do not.
    /// Of a node: the workloads on it as well. At most `CHAIN` keys, the nearest.
    pub fn chain(&self, object: &ObjectRef) -> BTreeSet<String> {
        let own = self.object_place(object);
        let on_it: Vec<&str> = if is_node(&own) { neighbours(&self.needed_by, &own).collect() } else { Vec::new() };
        let called = |place: &str| neighbours(&self.needs, place).filter(|next| serves(next));
        let starts = std::iter::once(own.as_str()).chain(on_it);
        let found = walk(starts, called, None);
        let mut nearest: Vec<(u32, &str)> = found.into_iter().map(|(place, steps)| (steps, place)).collect();
        nearest.sort_unstable();
        // Nothing that hangs on a node may fall out for want of room before the node itself.
        let mut chain: BTreeSet<String> =
            nearest.into_iter().take(CHAIN - 1).map(|(_, place)| place.to_owned()).collect();
        chain.insert(own);
        chain
    }

    /// The places that call a service or workload directly, by any of its names: `checkout`, `shop/checkout`.
    pub fn dependants(&self, service: &str) -> Vec<String> {
        let place = self.service_place(service);
        neighbours(&self.needed_by, &place).map(str::to_owned).collect()
    }

    /// The places that depend on an object directly.
    pub fn dependants_of(&self, object: &ObjectRef) -> Vec<String> {
        neighbours(&self.needed_by, &self.object_place(object)).map(str::to_owned).collect()
    }

    /// What found no room in the graph, in rows.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Whether there is a row that speaks of the place.
    pub fn knows(&self, place: &str) -> bool {
        self.needs.contains_key(place) || self.needed_by.contains_key(place)
    }

    /// All that a place depends on, itself counted in, with the steps to it.
    pub fn all_below<'a>(&'a self, place: &'a str) -> BTreeMap<&'a str, u32> {
        walk([place], |place| neighbours(&self.needs, place), None)
    }

    /// All that depends on a place, itself counted in, with the steps to it.
    pub fn all_above<'a>(&'a self, place: &'a str) -> BTreeMap<&'a str, u32> {
        walk([place], |place| neighbours(&self.needed_by, place), None)
    }
}

fn is_node(place: &str) -> bool {
    place.starts_with("Node ")
}

/// Whether the place is a workload or a service: what only lends its settings or room is nobody's chain.
fn serves(place: &str) -> bool {
    !place.contains(' ') || place.starts_with("service ")
}

fn neighbours<'a>(
    edges: &'a BTreeMap<String, BTreeSet<String>>,
    place: &str,
) -> impl Iterator<Item = &'a str> + use<'a> {
    edges.get(place).into_iter().flatten().map(String::as_str)
}

/// All places that the walk comes to, with their steps from the nearest start; only as far as what is looked for.
fn walk<'a, Next: Iterator<Item = &'a str>>(
    starts: impl IntoIterator<Item = &'a str>,
    next: impl Fn(&'a str) -> Next,
    until: Option<&str>,
) -> BTreeMap<&'a str, u32> {
    let mut steps: BTreeMap<&str, u32> = BTreeMap::new();
    let mut waiting: VecDeque<&str> = VecDeque::new();
    for start in starts {
        if steps.insert(start, 0).is_none() {
            waiting.push_back(start);
        }
    }
    while let Some(place) = waiting.pop_front() {
        if until == Some(place) || steps.len() >= VISITED {
            break;
        }
        let here = steps.get(place).copied().unwrap_or_default();
        for other in next(place) {
            if !steps.contains_key(other) {
                steps.insert(other, here.saturating_add(1));
                waiting.push_back(other);
            }
        }
    }
    steps
}
