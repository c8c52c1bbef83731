//! A network policy that cuts a caller off from a healthy peer.

use crate::diagnosis::case::{Case, Scene, is_degraded};
use crate::diagnosis::{Judgement, Statement, confidence, text};
use crate::evidence::EvidenceId;

/// Reads the policies from the peer's side: calls to it fail, it is healthy itself, and a policy that selects its pods
/// is new or changed.
pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    case.peers.iter().filter_map(|peer| judge_peer(scene, case, peer)).collect()
}

fn judge_peer(scene: &Scene, case: &Case, peer: &Case) -> Option<Judgement> {
    let tree = peer.tree.seen()?;
    let policy = tree.data.referred_by.iter().find(|reference| {
        reference.object.kind == "NetworkPolicy"
            && (scene.change_of(&reference.object).is_some()
                || reference.changed.is_some_and(|at| scene.now - at < chrono::Duration::hours(24)))
    })?;
    if !peer
        .pods
        .seen()
        .is_some_and(|pods| !pods.data.is_empty() && pods.data.iter().all(|pod| pod.ready == pod.containers))
    {
        return None;
    }
    let line = case.lines_naming(&peer.subject).find(|(_, line)| text::tells_no_answer(line));
    let degraded = case.dependency(&peer.subject).filter(|signal| is_degraded(signal));
    if line.is_none() && degraded.is_none() {
        return None;
    }
    let cause = policy.object.clone();
    let mut support = Vec::new();
    if let Some((id, change)) = scene.change_of(&cause) {
        let by = change.by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
        support.push(Statement::new(
            format!(
                "{cause} was {} at {}{by}",
                if change.category == "created" { "created" } else { "changed" },
                scene.clock(change.at)
            ),
            [id],
        ));
    } else if let Some(at) = policy.changed {
        support.push(Statement::new(format!("{cause} was changed at {}", scene.clock(at)), [tree.id]));
    }
    support.push(Statement::new(format!("{cause} selects the pods of {}", peer.subject), [tree.id]));
    if let Some((id, line)) = line {
        support.push(Statement::new(format!("The log of {} says `{}`", case.subject, text::quotable(line)), [id]));
    }
    if let (Some(signal), Some(signals)) = (degraded, case.signals.seen())
        && let Some(errors) = signal.error_ratio.filter(|errors| *errors > 0.02)
    {
        support.push(Statement::new(
            format!("{:.0} % of the calls of {} to {} fail", errors * 100.0, case.subject, signal.peer),
            [signals.id],
        ));
    }
    if let Some(pods) = peer.pods.seen() {
        support.push(Statement::new(format!("The pods of {} are ready themselves", peer.subject), [pods.id]));
    }
    let sources = support.len();
    let typed_per_mille = if degraded.is_some() { confidence(sources - usize::from(line.is_some())) } else { 0 };
    let evidence: Vec<EvidenceId> = support.iter().flat_map(|statement| statement.evidence.clone()).collect();
    Some(Judgement {
        rule: "network-policy",
        affected: case.subject.clone(),
        summary: Statement::new(format!("{cause} keeps {} from reaching {}", case.subject, peer.subject), evidence),
        advice: vec![format!(
            "Let {} in: add its pods to the ingress rules of {cause}, or take the policy back",
            case.subject
        )],
        per_mille: confidence(sources),
        typed_per_mille,
        victims: Vec::new(),
        cause,
        support,
    })
}
