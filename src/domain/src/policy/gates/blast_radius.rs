//! What else the action may touch: nobody left who is ready, a disruption budget that is used up, many dependants, much
//! of the traffic; and not knowing what is left.

use super::{Gate, GateFinding};
use crate::plan::BlastRadius;
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::BlastRadius;

/// Services that may depend on the object before a person is asked: more are hard to keep in view at once.
const DEPENDANTS: usize = 5;
/// Share of the environment's traffic, per mille, from which on a person is asked: every fourth request.
const TRAFFIC_SHARE: u16 = 250;
/// Kinds that have ready replicas, so that not knowing how many are left is a reason to ask.
const WITH_REPLICAS: &[&str] = &["DaemonSet", "Deployment", "Pod", "ReplicaSet", "StatefulSet"];

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let radius = situation.blast_radius;
    let reasons = [
        unknown(&situation.object.kind, radius),
        nobody_left(radius),
        budget(radius),
        dependants(radius),
        traffic(radius),
    ];
    let reasons: Vec<String> = reasons.into_iter().flatten().collect();
    let finding = || GateFinding::new(NAME, Verdict::Ask, reasons.join(", and "));
    (!reasons.is_empty()).then(|| finding().relaxed_by("more ready replicas, or an action that touches less"))
}

fn unknown(kind: &str, radius: &BlastRadius) -> Option<String> {
    let is_known = radius.ready_replicas.is_some() && radius.replicas_left.is_some();
    let is_wanted = WITH_REPLICAS.contains(&kind);
    (is_wanted && !is_known).then(|| "it is not known how many ready replicas would be left".to_owned())
}

/// Where none was ready before, nothing is taken away.
fn nobody_left(radius: &BlastRadius) -> Option<String> {
    let is_last = radius.replicas_left == Some(0) && radius.ready_replicas != Some(0);
    is_last.then(|| "no ready replica would be left for a while".to_owned())
}

/// An action that takes no ready pod away needs no budget.
fn budget(radius: &BlastRadius) -> Option<String> {
    let allowed = radius.disruptions_allowed?;
    let taken = match (radius.ready_replicas, radius.replicas_left) {
        (Some(ready), Some(left)) => ready.saturating_sub(left),
        // Not known: at least one.
        _ => 1,
    };
    (taken > allowed)
        .then(|| format!("the disruption budget allows {allowed} pods to be away, and it would take {taken}"))
}

fn dependants(radius: &BlastRadius) -> Option<String> {
    let count = radius.dependants.len();
    (count > DEPENDANTS).then(|| format!("{count} services depend on it (more than {DEPENDANTS})"))
}

fn traffic(radius: &BlastRadius) -> Option<String> {
    let share = radius.traffic_share.filter(|share| *share >= TRAFFIC_SHARE)?;
    Some(format!("it carries {share} per mille of the traffic ({TRAFFIC_SHARE} or more)"))
}
