//! Pods that run and are not ready.

use super::{node, roll_back_advice, rollout_statement};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence, text};

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let Some(pods) = case.pods.seen() else { return Vec::new() };
    // A pod on a node that is away is not ready for the node's sake.
    let node_is_away = |name: Option<&str>| {
        scene.nodes.seen().is_some_and(|nodes| {
            nodes.data.iter().any(|node| Some(node.name.as_str()) == name && node::is_not_ready(node))
        })
    };
    let unready: Vec<_> = pods
        .data
        .iter()
        .filter(|pod| pod.status == "Running" && pod.ready < pod.containers && !node_is_away(pod.node.as_deref()))
        .collect();
    let Some(first) = unready.first() else { return Vec::new() };
    let probe = case
        .own_events()
        .find(|(_, event)| event.reason == "Unhealthy" && unready.iter().any(|pod| pod.name == event.object.name));
    let mut support = vec![Statement::new(
        format!(
            "Pod {} of {} is Running with {} of {} containers ready",
            first.name, case.subject, first.ready, first.containers
        ),
        [pods.id],
    )];
    let mut sources = 1;
    if let Some((id, event)) = probe {
        support.push(Statement::new(format!("Event on {}: `{}`", event.object, text::quotable(&event.message)), [id]));
        sources += 1;
    }
    let mut summary = format!("The readiness probe of {} fails", case.subject);
    if let Some((statement, fits)) = rollout_statement(scene, case, |line| line.to_lowercase().contains("readiness")) {
        support.push(statement);
        sources += usize::from(fits) * 2;
        if fits {
            summary =
                format!("The readiness probe of {} was changed by its last rollout and fails since", case.subject);
        }
    }
    let mut advice = roll_back_advice(case);
    advice.push(format!("Or correct the probe of {} (path, port, delay)", case.subject));
    vec![Judgement {
        rule: "readiness",
        cause: case.subject.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(summary, support.iter().flat_map(|statement| statement.evidence.clone())),
        support,
        advice,
        per_mille: confidence(sources),
        typed_per_mille: confidence(sources),
        victims: Vec::new(),
    }]
}
