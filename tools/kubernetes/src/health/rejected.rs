//! `pods-rejected`: workloads whose pods the API server refuses to make: by quota, by a webhook, by pod security.
//!
//! A Deployment whose own condition says so is left to `rollout-stuck`.

use super::{Looked, Snapshot, finding};
use crate::shape::api::{Condition, Event, Workload};
use crate::shape::{lines, workloads};
use chrono::TimeDelta;
use domain::envelope::Failure;
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use std::collections::BTreeMap;

/// Controllers try again within this time.
const RECENT: TimeDelta = TimeDelta::minutes(20);

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let events = snapshot.warnings.as_ref()?;
    let all = snapshot.workloads()?;
    let mut newest: BTreeMap<ObjectRef, &Event> = BTreeMap::new();
    for event in
        events.iter().filter(|event| event.reason == "FailedCreate" && snapshot.now - event.last_seen() < RECENT)
    {
        let known = newest.entry(maker(event)).or_insert(event);
        if event.last_seen() > known.last_seen() {
            *known = event;
        }
    }
    let findings = newest.into_iter().filter_map(|(object, event)| told(&all, object, event)).collect();
    Ok(Looked { checked: all.len() as u64, findings })
}

/// The workload that wanted the pod: a Deployment's ReplicaSet is named after it and a hash.
fn maker(event: &Event) -> ObjectRef {
    let object = event.object();
    match (object.kind.as_str(), object.name.rsplit_once('-')) {
        ("ReplicaSet", Some((name, _))) => ObjectRef { kind: "Deployment".to_owned(), name: name.to_owned(), ..object },
        _ => object,
    }
}

fn told(all: &[(&'static str, &Workload)], object: ObjectRef, event: &Event) -> Option<Finding> {
    let found = all.iter().find(|(kind, workload)| {
        *kind == object.kind
            && workload.metadata.name == object.name
            && Some(workload.metadata.namespace()) == object.namespace.as_deref()
    });
    let severity = match found {
        Some((kind, workload)) => {
            let (desired, ready, _) = workloads::counts(kind, workload);
            let says_so = Condition::of(&workload.status.conditions, "ReplicaFailure").is_some_and(Condition::is_true);
            // What was made since then is no trouble any more.
            if ready >= desired || says_so {
                return None;
            }
            if ready == 0 { Severity::Critical } else { Severity::Warning }
        }
        // Only a job's pods are made without one of these kinds; the workload of other events is gone.
        None if object.kind == "Job" => Severity::Warning,
        None => return None,
    };
    let why = if event.message.contains("exceeded quota") {
        "its pods are refused: a quota is used up"
    } else if event.message.contains("webhook") {
        "its pods are refused by a webhook"
    } else if event.message.contains("violates PodSecurity") {
        "its pods are refused by the namespace's pod security"
    } else {
        "its pods are refused"
    };
    let namespace = object.namespace.clone().unwrap_or_default();
    Some(Finding {
        evidence: vec![format!("{} ({}x): {}", event.reason, event.times(), lines::cut(&event.message, 300))],
        next: format!("events namespace={namespace}; list kind=resourcequotas namespace={namespace}"),
        since: Some(event.first_seen()),
        points_at: quota(&event.message, &namespace),
        ..finding("pods-rejected", severity, object, why)
    })
}

/// `exceeded quota: shop, requested: …`
fn quota(message: &str, namespace: &str) -> Option<ObjectRef> {
    let name = message.split_once("exceeded quota: ")?.1.split([',', ' ']).next()?;
    (!name.is_empty()).then(|| ObjectRef::namespaced("ResourceQuota", namespace, name))
}
