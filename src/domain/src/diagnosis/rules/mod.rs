//! The diagnosis rules, one file each.
//!
//! A rule reads one case and either knows the trouble or keeps silent. Rules do not know of each other; where two
//! explain the same trouble, [`super::rank`] decides by how many independent sources each rests on.

mod certificate;
mod configuration;
mod crash;
mod errors_after_rollout;
mod image;
mod missing_reference;
mod network_policy;
mod node;
mod out_of_memory;
mod readiness;
mod slow;
mod unschedulable;
mod volume;

use super::case::{Case, Scene};
use super::{Judgement, Statement};
use crate::object::ObjectRef;
use crate::observed::kubernetes::Finding;

type Rule = fn(&Scene, &Case) -> Vec<Judgement>;

const RULES: &[Rule] = &[
    configuration::judge,
    missing_reference::judge,
    image::judge,
    out_of_memory::judge,
    unschedulable::judge,
    node::judge,
    volume::judge,
    network_policy::judge,
    readiness::judge,
    slow::judge,
    errors_after_rollout::judge,
    crash::judge,
];

/// Judges a case and the cases of what it calls.
pub fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let own = RULES.iter().flat_map(|rule| rule(scene, case));
    let of_peers = case.peers.iter().flat_map(|peer| {
        judge(scene, peer).into_iter().map(|mut judgement| {
            judgement.support.extend(impact_through(case, &peer.subject));
            judgement
        })
    });
    own.chain(of_peers).collect()
}

/// What needs no workload: certificates, volumes and nodes that are in trouble by themselves.
pub fn judge_scene(scene: &Scene) -> Vec<Judgement> {
    certificate::judge(scene).into_iter().chain(volume::judge_scene(scene)).chain(node::judge_scene(scene)).collect()
}

/// How the trouble of a peer reaches the one who was asked about.
fn impact_through(case: &Case, peer: &ObjectRef) -> Vec<Statement> {
    case.lines_naming(peer)
        .take(1)
        .map(|(id, line)| {
            Statement::new(
                format!("{} is hit by it: its log says `{}`", case.subject, super::text::quotable(line)),
                [id],
            )
        })
        .collect()
}

/// The object of a finding as the workload it is on.
fn finding_statement(id: crate::evidence::EvidenceId, finding: &Finding) -> Statement {
    Statement::new(format!("{}: {}", finding.object, finding.why.trim_end_matches('.')), [id])
}

/// The rollout just before the trouble, told in one sentence, and whether a line of its difference fits.
fn rollout_statement(scene: &Scene, case: &Case, fits: impl Fn(&str) -> bool) -> Option<(Statement, bool)> {
    let (id, revision) = case.recent_rollout(scene)?;
    let telling: Vec<&String> = revision.diff.iter().filter(|line| fits(line)).collect();
    let shown: Vec<&String> = if telling.is_empty() {
        revision.diff.iter().take(2).collect()
    } else {
        telling.iter().take(2).copied().collect()
    };
    let difference = if shown.is_empty() {
        String::new()
    } else {
        format!(": `{}`", shown.iter().map(|line| super::text::quotable(line)).collect::<Vec<_>>().join("`, `"))
    };
    let text = format!(
        "Revision {} of {} was rolled out at {}{difference}",
        revision.revision,
        case.subject,
        scene.clock(revision.created)
    );
    Some((Statement::new(text, [id]), !telling.is_empty()))
}

/// `roll back with …`, where there is something to roll back to.
fn roll_back_advice(case: &Case) -> Vec<String> {
    let Some(previous) = case.revisions.seen().and_then(|seen| seen.data.iter().find(|revision| !revision.current))
    else {
        return Vec::new();
    };
    vec![format!(
        "Roll back: `kubectl -n {} rollout undo {}/{} --to-revision={}`",
        case.subject.namespace.as_deref().unwrap_or("default"),
        case.subject.kind.to_lowercase(),
        case.subject.name,
        previous.revision
    )]
}

/// `2 pods of checkout are in CrashLoopBackOff`.
fn pods_statement(case: &Case, states: &[&str]) -> Option<Statement> {
    let id = case.pods.seen()?.id;
    let pods = case.pods_in(states);
    let status = &pods.first()?.status;
    let count = pods.iter().filter(|pod| pod.status == *status).count();
    let restarts = pods.iter().map(|pod| pod.restarts).max().unwrap_or(0);
    let restarts = if restarts > 0 { format!(", restarted up to {restarts} times") } else { String::new() };
    let text = if count == 1 {
        format!("Pod {} is in {status}{restarts}", pods[0].name)
    } else {
        format!("{count} pods of {} are in {status}{restarts}", case.subject)
    };
    Some(Statement::new(text, [id]))
}
