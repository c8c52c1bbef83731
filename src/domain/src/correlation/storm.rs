//! Incidents that turn out to be one: a cause that came to light later, the same cause found twice, and very many of one name.
//!
//! Guarantees: only what [`may_be_part`] allows is put into another; following [`merges`] until it names nothing more comes
//! to an end, because each step closes an incident.
//!
//! Deliberately absent: doing it (`merge`).

use super::Rules;
use super::part::{how_far, is_open_question, may_be_part};
use crate::incident::Incident;
use crate::object::ObjectRef;
use crate::signal::Signal;
use crate::topology::Topology;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Two incidents that are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Id of the one that stays.
    pub into: String,
    /// Id of the one that becomes part of it.
    pub from: String,
}

/// An incident with what its comparison takes.
struct Candidate<'a> {
    incident: &'a Incident,
    /// The place of its first member.
    place: Option<String>,
    began: (DateTime<Utc>, DateTime<Utc>),
}

/// Incidents that are one by what is known now, in an order in which they can be put together; none that is put into
/// another takes one itself. Ask again afterwards, until there is nothing more. All of one environment are compared, so
/// the topology is of that environment; those of others are left alone where `environment` is not theirs.
pub fn merges(open: &[Incident], environment: &str, topology: &Topology, rules: &Rules) -> Vec<Merge> {
    let mut all: Vec<Candidate<'_>> = open
        .iter()
        .filter(|incident| incident.environment == environment && incident.is_open())
        .filter_map(|incident| candidate(incident, topology))
        .collect();
    all.sort_by(|one, other| age(one).cmp(&age(other)));
    let mut merges: BTreeMap<&str, &str> = BTreeMap::new();
    let mut at: BTreeMap<&str, Vec<&Candidate<'_>>> = BTreeMap::new();
    for one in &all {
        at.entry(one.place.as_deref().unwrap_or_default()).or_default().push(one);
    }
    for one in all.iter().filter(|one| is_open_question(one.incident)) {
        let Some(place) = &one.place else { continue };
        let below = topology.all_below(place);
        let others = below.keys().filter_map(|place| at.get(place)).flatten();
        let others = others.filter(|other| is_near(one, other, rules) && explains(other, one, topology));
        if let Some(other) = others.min_by_key(|other| age(other)) {
            merges.insert(&one.incident.id, &other.incident.id);
        }
    }
    add_same_causes(&all, rules, &mut merges);
    add_storms(&all, rules, &mut merges);
    let gone: BTreeSet<&str> = merges.keys().copied().collect();
    let steps = merges.iter().filter(|(_, into)| !gone.contains(*into));
    steps.map(|(from, into)| Merge { into: (*into).to_owned(), from: (*from).to_owned() }).collect()
}

/// Whether the signal is one more of a storm: the incident has as many of its name as make one.
pub(super) fn is_one_more(signal: &Signal, incident: &Incident, rules: &Rules) -> bool {
    let alike = incident.members.iter().filter(|member| member.name == signal.name).count();
    u32::try_from(alike).is_ok_and(|alike| alike >= rules.storm)
}

fn candidate<'a>(incident: &'a Incident, topology: &Topology) -> Option<Candidate<'a>> {
    let root = incident.members.first()?;
    let since = || incident.members.iter().map(|member| member.since);
    Some(Candidate {
        incident,
        place: topology.place_of(root.object.as_ref(), root.service.as_deref()),
        began: (since().min()?, since().max()?),
    })
}

fn age<'a>(one: &Candidate<'a>) -> (DateTime<Utc>, &'a str) {
    (one.incident.opened_at, &one.incident.id)
}

fn is_near(one: &Candidate<'_>, other: &Candidate<'_>, rules: &Rules) -> bool {
    one.began.0 - rules.window() <= other.began.1 && other.began.0 - rules.window() <= one.began.1
}

/// Whether `below`, which is one of those that `above` depends on or of the same place, explains it. Where each stands on
/// the other, or both are one place, the one does whose healing has come further, and of such the older one.
fn explains(below: &Candidate<'_>, above: &Candidate<'_>, topology: &Topology) -> bool {
    let (Some(low), Some(high)) = (&below.place, &above.place) else { return false };
    if below.incident.id == above.incident.id {
        return false;
    }
    let is_circle = low == high || topology.depends(low, high);
    !is_circle || order(below) < order(above) || !is_open_question(below.incident)
}

/// Which of two that could take each other in does: the one that has come further, then the older one.
fn order<'a>(one: &Candidate<'a>) -> (std::cmp::Reverse<u8>, (DateTime<Utc>, &'a str)) {
    (std::cmp::Reverse(how_far(one.incident)), age(one))
}

/// Incidents whose diagnoses came to the same object: callers of one slow database, of which none stands on the other.
fn add_same_causes<'a>(all: &[Candidate<'a>], rules: &Rules, merges: &mut BTreeMap<&'a str, &'a str>) {
    let mut by_cause: BTreeMap<&ObjectRef, Vec<&Candidate<'a>>> = BTreeMap::new();
    for one in all {
        if let Some(cause) = &one.incident.cause {
            by_cause.entry(&cause.object).or_default().push(one);
        }
    }
    for alike in by_cause.values() {
        let Some(first) = alike.iter().min_by_key(|one| order(one)) else { continue };
        if merges.contains_key(first.incident.id.as_str()) {
            continue;
        }
        let others = alike.iter().filter(|one| one.incident.id != first.incident.id && is_near(first, one, rules));
        for one in others.filter(|one| may_be_part(one.incident, first.incident)) {
            merges.entry(&one.incident.id).or_insert(&first.incident.id);
        }
    }
}

/// Very many of one name, near each other, are one: the oldest takes the others.
fn add_storms<'a>(all: &[Candidate<'a>], rules: &Rules, merges: &mut BTreeMap<&'a str, &'a str>) {
    let mut by_name: BTreeMap<&str, Vec<&Candidate<'a>>> = BTreeMap::new();
    for one in all {
        let names: BTreeSet<&str> = one.incident.members.iter().map(|member| member.name.as_str()).collect();
        for name in names {
            by_name.entry(name).or_default().push(one);
        }
    }
    for alike in by_name.values() {
        let Some(oldest) = alike.first() else { continue };
        let near: Vec<_> = alike.iter().skip(1).filter(|one| is_near(oldest, one, rules)).collect();
        if near.len() + 1 < rules.storm as usize || merges.contains_key(oldest.incident.id.as_str()) {
            continue;
        }
        for one in near.into_iter().filter(|one| is_open_question(one.incident)) {
            merges.entry(&one.incident.id).or_insert(&oldest.incident.id);
        }
    }
}
