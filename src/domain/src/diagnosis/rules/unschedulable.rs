//! Pods that no node has room for.

use super::{pods_statement, roll_back_advice, rollout_statement};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence, text};

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let Some(pods) = case.pods.seen() else { return Vec::new() };
    let pending = case.pods_in(&["Pending"]);
    let from_pod = pending
        .iter()
        .find_map(|pod| pod.message.as_deref().filter(|message| is_scheduling(message)))
        .map(|m| (pods.id, m.to_owned()));
    let from_event = case
        .own_events()
        .find(|(_, event)| {
            event.reason == "FailedScheduling" && pending.iter().any(|pod| pod.name == event.object.name)
        })
        .map(|(id, event)| (id, event.message.clone()));
    let sources = usize::from(from_pod.is_some()) + usize::from(from_event.is_some());
    let (is_typed, texts) = (from_pod.is_some(), usize::from(from_event.is_some()));
    let Some((id, message)) = from_pod.or(from_event) else { return Vec::new() };
    let mut support = vec![Statement::new(format!("The scheduler says: `{}`", text::quotable(&message)), [id])];
    support.extend(pods_statement(case, &["Pending"]));
    let mut sources = sources + 1;
    if let Some((statement, fits)) = rollout_statement(scene, case, |line| {
        line.contains("requests") || line.contains("nodeSelector") || line.contains("affinity")
    }) {
        support.push(statement);
        sources += usize::from(fits);
    }
    let mut advice = roll_back_advice(case);
    advice.push(format!("Or lower what {} requests, or add a node that fits it", case.subject));
    vec![Judgement {
        rule: "unschedulable",
        cause: case.subject.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(format!("No node fits the pods of {}", case.subject), [id]),
        support,
        advice,
        per_mille: confidence(sources),
        typed_per_mille: if is_typed { confidence(sources - texts) } else { 0 },
        victims: Vec::new(),
    }]
}

fn is_scheduling(message: &str) -> bool {
    message.contains("nodes are available") || message.contains("Insufficient") || message.contains("didn't match")
}
