//! Strategies, over judgements and facts that are made by hand.

mod facts;
mod raised;
mod scenarios;
mod single;

use super::{Candidate, Facts, Readiness, RecentChange};
use crate::diagnosis::{Judgement, Statement};
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use crate::observed::kubernetes::PodRow;
use chrono::{DateTime, Utc};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn deployment(name: &str) -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", name)
}

fn judgement(rule: &'static str, cause: &ObjectRef, affected: &ObjectRef) -> Judgement {
    Judgement {
        rule,
        cause: cause.clone(),
        affected: affected.clone(),
        summary: Statement::new("what it is", [EvidenceId(1)]),
        support: Vec::new(),
        advice: Vec::new(),
        per_mille: 900,
        typed_per_mille: 820,
        victims: Vec::new(),
    }
}

fn short_of_pods(object: &ObjectRef, ready: u32, desired: u32) -> Facts {
    Facts {
        target: Some(object.clone()),
        readiness: vec![Readiness { object: object.clone(), ready, desired }],
        ..Facts::default()
    }
}

fn change(fits_onset: bool, diff: &[&str]) -> Option<RecentChange> {
    let diff = diff.iter().map(|line| (*line).to_owned()).collect();
    Some(RecentChange { revision: 2, before: 1, fits_onset, diff })
}

fn pod(owner: &ObjectRef, name: &str, status: &str, ready: u32) -> PodRow {
    PodRow {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        status: status.to_owned(),
        ready,
        containers: 1,
        restarts: 0,
        last_restart: None,
        last_exit: None,
        message: Some("free text".to_owned()),
        created: at("2026-11-20T02:00:00Z"),
        node: Some("worker-3".to_owned()),
        owner: Some(format!("{}/{}", owner.kind, owner.name)),
    }
}

fn names(candidates: &[Candidate]) -> Vec<&'static str> {
    candidates.iter().map(|candidate| candidate.action.name()).collect()
}
