//! Troubles of single pods, put together into findings on their workloads.

use super::snapshot::{Snapshot, workload_of};
use crate::shape::api::Pod;
use crate::shape::lines::cut;
use chrono::{DateTime, Utc};
use domain::object::ObjectRef;
use domain::observed::kubernetes::{Finding, Severity};
use std::collections::BTreeMap;

/// Evidence strings of a finding.
const EVIDENCE: usize = 6;

/// What is wrong with one pod.
pub struct Trouble<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// API values that say so.
    pub evidence: Vec<String>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// Another object that it points at.
    pub points_at: Option<ObjectRef>,
}

/// How the findings of a check are worded.
pub struct Words {
    /// The check.
    pub check: &'static str,
    /// What is wrong with one pod.
    pub one: &'static str,
    /// The same of `{count}` pods.
    pub many: &'static str,
    /// Where to look next; `{target}`, `{kind}`, `{name}` and `{namespace}` stand for the workload's.
    pub next: &'static str,
}

/// One finding for each workload, and for each object that its pods point at.
pub fn findings(snapshot: &Snapshot, troubles: Vec<Trouble<'_>>, words: &Words) -> Vec<Finding> {
    let mut by_workload: BTreeMap<(ObjectRef, Option<ObjectRef>), Vec<Trouble<'_>>> = BTreeMap::new();
    for trouble in troubles {
        by_workload.entry((workload_of(trouble.pod), trouble.points_at.clone())).or_default().push(trouble);
    }
    let make = |((object, points_at), troubles): ((ObjectRef, Option<ObjectRef>), Vec<Trouble<'_>>)| {
        let affected = troubles.len() as u64;
        let why = if affected == 1 { words.one } else { words.many }.replace("{count}", &affected.to_string());
        let next = words
            .next
            .replace("{target}", &format!("{}/{}", object.kind.to_lowercase(), object.name))
            .replace("{kind}", &object.kind)
            .replace("{name}", &object.name)
            .replace("{namespace}", object.namespace.as_deref().unwrap_or_default());
        Finding {
            check: words.check.to_owned(),
            // As long as somebody serves, it only may hurt.
            severity: if snapshot.ready_pods(&object) == 0 { Severity::Critical } else { Severity::Warning },
            since: troubles.iter().filter_map(|trouble| trouble.since).min(),
            evidence: evidence(troubles),
            object,
            why,
            next,
            points_at,
            affected,
        }
    };
    by_workload.into_iter().map(make).collect()
}

/// The first pod's values with its name in front, and what the others have beside them.
fn evidence(troubles: Vec<Trouble<'_>>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    if let Some(first) = troubles.first() {
        kept.push(format!("pod {}", first.pod.metadata.name));
    }
    for text in troubles.into_iter().flat_map(|trouble| trouble.evidence) {
        let text = cut(&text, 400);
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept.truncate(EVIDENCE);
    kept
}
