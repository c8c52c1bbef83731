//! Incidents that turn out to be one.
//!
//! A part is closed before the whole takes it in, and keeps what it is made of; so whoever comes after a crash between
//! the two finds it there.

use super::{Head, United};
use crate::correlation::{Rules, may_be_part, merge, merges};
use crate::incident::{Incident, State};
use crate::topology::Topology;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The batch that makes one of what is one, in environments whose incidents have changed. `None` where nothing is.
pub fn unite(
    last: &Head,
    open: &[Incident],
    topologies: &BTreeMap<String, Arc<Topology>>,
    rules: &Rules,
    now: DateTime<Utc>,
) -> Option<Head> {
    let nothing = Topology::default();
    let environments: BTreeSet<&str> = open.iter().map(|incident| incident.environment.as_str()).collect();
    let mut into: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for environment in environments {
        let topology = topologies.get(environment).map_or(&nothing, AsRef::as_ref);
        for step in merges(open, environment, topology, rules) {
            into.entry(step.into).or_default().push(step.from);
        }
    }
    let united: Vec<United> = into.into_iter().map(|(into, from)| United { into, from }).collect();
    let (incidents, batch) = (last.incidents, last.batch.saturating_add(1));
    (!united.is_empty()).then(|| Head { incidents, batch, decided_at: now, decided: Vec::new(), united })
}

/// A part, closed. `None` where there is nothing to write: it has been through the batch, or is over by itself. What
/// somebody has begun to work on since the decision stays an incident of its own.
pub fn closed(part: Incident, into: &Incident, batch: u64, now: DateTime<Utc>) -> Option<Incident> {
    if part.batch >= batch || !part.is_open() {
        return None;
    }
    if !may_be_part(&part, into) || !into.is_open() {
        return Some(Incident { batch, ..part });
    }
    let (members, crowd) = (part.members.clone(), part.crowd.clone());
    let (affected, evidence) = (part.affected.clone(), part.evidence.clone());
    let (_, closed) = merge(into.clone(), part, now);
    Some(Incident { batch, members, crowd, affected, evidence, ..closed })
}

/// The whole with the parts that [`closed`] closed in this batch. `None` where it has taken them in already.
pub fn united(into: Incident, parts: &[Incident], batch: u64, now: DateTime<Utc>) -> Option<Incident> {
    if into.batch >= batch {
        return None;
    }
    let parts = parts.iter().filter(|part| part.batch == batch && part.state == State::Closed);
    let whole = parts.fold(into, |whole, part| merge(whole, part.clone(), now).0);
    Some(Incident { batch, ..whole })
}
