//! `warning-events`: objects about which warnings come again and again, and no other check says why.

use super::snapshot::workload_of;
use super::{Looked, Snapshot};
use crate::shape::age;
use crate::shape::api::Event;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity, WARNING_EVENTS};
use std::collections::BTreeMap;

/// Warnings of this time are looked at.
const RECENT: TimeDelta = TimeDelta::minutes(15);
/// Without a new one for so long they are told to have stopped. Clients send what repeats itself at intervals of some
/// minutes (client-go's spam filter lets one through every five).
const STOPPED: TimeDelta = TimeDelta::minutes(6);
/// Fewer are everyday life.
const AT_LEAST: u64 = 15;

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let events = snapshot.warnings.as_ref()?;
    let pods = snapshot.pods.as_deref().unwrap_or_default();
    let owners: BTreeMap<(&str, &str), ObjectRef> =
        pods.iter().map(|pod| ((pod.metadata.namespace(), pod.metadata.name.as_str()), workload_of(pod))).collect();
    let mut bursts: BTreeMap<(ObjectRef, String), Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| snapshot.now - event.last_seen() < RECENT) {
        let object = event.object();
        let about = if object.kind == "Pod" {
            // Warnings about pods that are gone are history.
            let key = (object.namespace.as_deref().unwrap_or_default(), object.name.as_str());
            let Some(owner) = owners.get(&key) else { continue };
            owner.clone()
        } else {
            object
        };
        bursts.entry((about, event.reason.clone())).or_default().push(event);
    }
    let findings = bursts
        .into_iter()
        .filter_map(|((object, reason), events)| finding(object, &reason, &events, snapshot.now))
        .collect();
    Ok(Looked { checked: events.len() as u64, findings })
}

/// Whether they still come, by the age of the newest.
fn spoken(age: TimeDelta) -> String {
    if age < STOPPED { "still coming".to_owned() } else { format!("the last {} ago", age::spoken(age)) }
}

fn finding(object: ObjectRef, reason: &str, events: &[&Event], now: DateTime<Utc>) -> Option<Finding> {
    let count: u64 = events.iter().map(|event| event.times()).sum();
    let newest = events.iter().max_by_key(|event| event.last_seen())?;
    (count >= AT_LEAST).then(|| Finding {
        check: WARNING_EVENTS.to_owned(),
        severity: Severity::Info,
        why: format!("{count} warnings {reason}, {}", spoken(now - newest.last_seen())),
        evidence: vec![format!("reason: {reason}"), crate::shape::lines::cut(&newest.message, 240)],
        next: format!("events object={}/{}", object.kind.to_lowercase(), object.name),
        since: events.iter().map(|event| event.first_seen()).min(),
        points_at: None,
        affected: events.len() as u64,
        object,
    })
}

#[cfg(test)]
mod tests {
    use super::spoken;
    use chrono::TimeDelta;

    #[test]
    fn warnings_that_had_stopped_were_told_as_still_coming() {
        let cases =
            [(0, "still coming"), (359, "still coming"), (360, "the last 6m ago"), (750, "the last 12m30s ago")];
        for (seconds, told) in cases {
            assert_eq!(spoken(TimeDelta::seconds(seconds)), told);
        }
    }
}
