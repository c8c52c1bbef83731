//! The question where a signal belongs.
//!
//! Guarantees: the same signal, incidents, topology and rules give the same placement, in whatever order the incidents are
//! given; an end is never put off; no incident of another environment is looked at.
//!
//! Deliberately absent: doing it.

use super::{AsWhat, Placement, Rules, quiet, storm};
use crate::incident::{Incident, Member, State};
use crate::signal::{Signal, Status, ignore};
use crate::topology::Topology;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Where a signal belongs. `open` holds the incidents that are not over and those that were resolved within the last half
/// hour ([`Rules::reopen_minutes`]); others in it change nothing. The topology is of the signal's environment.
pub fn place(signal: &Signal, open: &[Incident], topology: &Topology, rules: &Rules, now: DateTime<Utc>) -> Placement {
    let mut here: Vec<&Incident> = open.iter().filter(|one| one.environment == signal.environment).collect();
    here.sort_by(|one, other| (one.opened_at, &one.id).cmp(&(other.opened_at, &other.id)));
    if signal.status == Status::Resolved {
        return end(signal, &here);
    }
    if let Some(reason) = ignore::reason(&rules.ignores, signal, now) {
        return Placement::Ignore { why: format!("known noise: {reason}") };
    }
    let again = here.iter().find(|incident| incident.is_open() && is_of(incident, signal));
    if let Some(incident) = again {
        return Placement::Join { incident: incident.id.clone(), as_what: AsWhat::Repeat };
    }
    if let Some(quiet) = quiet::first(&rules.quiets, signal, now) {
        return Placement::Quiet { why: quiet.why.clone(), ask_again: now + TimeDelta::minutes(1) };
    }
    if let Some(placement) = again_after_the_end(signal, &here, rules, now) {
        return placement;
    }
    let standing: Vec<&Incident> = here.into_iter().filter(|incident| incident.is_open()).collect();
    let related = related(signal, &standing, topology, rules);
    related.map_or(Placement::Open, |(incident, as_what)| Placement::Join { incident: incident.id.clone(), as_what })
}

/// Whether the trouble is one of the incident's.
fn is_of(incident: &Incident, signal: &Signal) -> bool {
    member(incident, signal).is_some() || incident.crowd.holds(signal)
}

fn member<'a>(incident: &'a Incident, signal: &Signal) -> Option<&'a Member> {
    incident.members.iter().find(|member| member.fingerprint == signal.fingerprint)
}

/// Whether the incident still counts this very place of the trouble as being there. A place of a member's trouble may be
/// one that found no room; of what is no member's, only what the crowd knows is the incident's.
fn still_fires(incident: &Incident, signal: &Signal) -> bool {
    member(incident, signal)
        .map_or_else(|| incident.crowd.holds(signal), |own| own.places.holds(signal) || own.places.more > 0)
}

fn end(signal: &Signal, here: &[&Incident]) -> Placement {
    let incidents = here.iter().filter(|incident| incident.state != State::Closed && still_fires(incident, signal));
    // Where several cannot exclude that it is theirs, the one that knows the trouble comes first, and an open one before.
    let found = incidents.min_by_key(|incident| (!is_of(incident, signal), !incident.is_open()));
    found.map_or(Placement::NothingToEnd, |incident| Placement::RightAgain { incident: incident.id.clone() })
}

/// What was over is open again by the same trouble, unless its source only has not heard yet of what a person or a
/// verification said a moment ago.
fn again_after_the_end(signal: &Signal, here: &[&Incident], rules: &Rules, now: DateTime<Utc>) -> Option<Placement> {
    let over = here.iter().filter(|incident| incident.state == State::Resolved && is_of(incident, signal));
    let (incident, ended) = over
        .filter_map(|incident| Some((incident, incident.resolved_at?)))
        .filter(|(_, ended)| now < *ended + TimeDelta::minutes(rules.reopen_minutes.into()))
        .max_by_key(|(_, ended)| *ended)?;
    let is_old_news = still_fires(incident, signal) && signal.started_at <= ended;
    if is_old_news && now < ended + TimeDelta::minutes(rules.late_minutes.into()) {
        let why =
            format!("{} was resolved a moment ago, and {} still tells what was before", incident.id, signal.source);
        return Some(Placement::Ignore { why });
    }
    Some(Placement::Reopen { incident: incident.id.clone() })
}

/// The incident that the signal is most closely related to: the same place before the same chain before a storm, and the
/// oldest of several.
fn related<'a>(
    signal: &Signal,
    standing: &[&'a Incident],
    topology: &Topology,
    rules: &Rules,
) -> Option<(&'a Incident, AsWhat)> {
    let place = topology.place_of(signal.object.as_ref(), signal.service.as_deref());
    let here = place.as_deref().map(|own| Here { own, below: topology.all_below(own), above: topology.all_above(own) });
    let ways = standing.iter().filter_map(|incident| {
        let as_what = relation(signal, here.as_ref(), incident, topology, rules)?;
        Some((incident, as_what))
    });
    // The order is stable: the incidents come oldest first.
    ways.min_by_key(|(_, as_what)| match as_what {
        AsWhat::Repeat | AsWhat::SamePlace => 0,
        AsWhat::Cause | AsWhat::Symptom => 1,
        AsWhat::Storm => 2,
    })
    .map(|(incident, as_what)| (*incident, as_what))
}

/// The place of the signal, with what stands below and above it.
struct Here<'a> {
    own: &'a str,
    below: BTreeMap<&'a str, u32>,
    above: BTreeMap<&'a str, u32>,
}

fn relation(
    signal: &Signal,
    here: Option<&Here<'_>>,
    incident: &Incident,
    topology: &Topology,
    rules: &Rules,
) -> Option<AsWhat> {
    let is_still = !incident.crowd.is_quiet() || incident.members.iter().any(|member| member.is_firing);
    if !is_still {
        return None;
    }
    if incident.members.iter().any(|member| is_same_place(signal, here, member, topology)) {
        return Some(AsWhat::SamePlace);
    }
    if !incident.members.iter().any(|member| is_near(signal.started_at, member.since, rules)) {
        return None;
    }
    chained(here, incident, topology).or_else(|| storm::is_one_more(signal, incident, rules).then_some(AsWhat::Storm))
}

/// One workload, or one service of which one side does not know the workload.
fn is_same_place(signal: &Signal, here: Option<&Here<'_>>, member: &Member, topology: &Topology) -> bool {
    let is_named_alike = signal.service.is_some() && signal.service == member.service;
    if is_named_alike && (signal.object.is_none() || member.object.is_none()) {
        return true;
    }
    let Some(here) = here else { return false };
    let is_named = signal.object.is_some() && signal.object == member.object;
    is_named || topology.place_of(member.object.as_ref(), member.service.as_deref()).as_deref() == Some(here.own)
}

fn chained(here: Option<&Here<'_>>, incident: &Incident, topology: &Topology) -> Option<AsWhat> {
    let (here, root) = (here?, incident.members.first()?);
    let root = topology.place_of(root.object.as_ref(), root.service.as_deref())?;
    if here.below.contains_key(root.as_str()) {
        return Some(AsWhat::Symptom);
    }
    here.above.contains_key(root.as_str()).then_some(AsWhat::Cause)
}

fn is_near(one: DateTime<Utc>, other: DateTime<Utc>, rules: &Rules) -> bool {
    (one - other).abs() <= rules.window()
}
