//! Everything that a decision looks at, gathered.
//!
//! Of two sources the stricter is taken: failed heals of the object and of the incident, impact of the incident and of the
//! service.

use super::super::reconciler::seams::Basis;
use super::Desk;
use chrono::{DateTime, Utc};
use domain::diagnosis::{Judgement, Statement};
use domain::guard::{Refusal, Target};
use domain::heal::Heal;
use domain::incident::Impact;
use domain::object::ObjectRef;
use domain::plan::Plan;
use domain::policy::{Score, Situation};
use domain::strategy::{self, Facts, Readiness};
use domain::topology::{Topology, stable};
use std::collections::BTreeSet;

/// All that the table and the gates look at.
pub(super) fn situation<'a>(
    desk: &Desk<'_>,
    (plan, digest): (&'a Plan, &'a str),
    reviewed: Result<(), Vec<String>>,
    is_leader: bool,
    now: DateTime<Utc>,
) -> Situation<'a> {
    let environment = &desk.environment;
    let target = Target { environment: plan.environment.clone(), object: plan.object.clone() };
    let rest = desk.guards.rest(&target);
    let service = service_of(&plan.object);
    let impact = impact(desk, service);
    let action = plan.action.name();
    let history = desk.learning.history(&plan.symptom, action, &plan.environment);
    let earned = desk.learning.earned(&plan.symptom, action, &plan.environment);
    let is_critical = |name: &str| environment.protection.is_critical(name);
    Situation {
        plan: digest,
        environment: &plan.environment,
        autonomy: environment.autonomy,
        score: Score::new(desk.basis.per_mille, history, desk.basis.services, impact),
        severity: desk.incident.severity,
        impact,
        class: plan.rehearsal.class,
        object: &plan.object,
        service,
        is_critical_service: service.is_some_and(is_critical)
            // What has no service of its own is as critical as what stands on it.
            || (service.is_none() && plan.blast_radius.dependants.iter().any(|name| is_critical(name)))
            || (plan.object.kind == "Node" && may_be_critical(&desk.basis.facts.readiness, is_critical)),
        is_protected: environment.protection.protects(&plan.object),
        is_leader,
        frozen: frozen(desk, plan, now),
        earned: earned.is_earned,
        automatic_in_last_hour: in_last_hour(desk, now),
        cap: environment.automatic_per_hour,
        resting_until: rest.map(|rest| rest.until).filter(|until| *until > now),
        failed_in_a_row: rest.map_or(0, |rest| rest.failed_in_a_row).max(desk.heal.failed_in_a_row),
        chain_busy: chain_busy(desk, plan, &target),
        business_hours: environment.business_hours.clone(),
        maintenance: environment.maintenance.clone(),
        blast_radius: &plan.blast_radius,
        tainted: &plan.tainted,
        missing_evidence: desk.basis.missing,
        safety: reviewed,
        elsewhere: &[],
        now,
    }
}

/// Whether something critical may stand on a node in trouble: among what is short of pods, whoever told of the node first and
/// however few workloads were looked into. Of more than are kept of the cluster it is not known, and taken for the worse.
fn may_be_critical(short: &[Readiness], is_critical: impl Fn(&str) -> bool) -> bool {
    short.len() >= strategy::READINESS || short.iter().any(|known| is_critical(&known.object.name))
}

/// The service that a workload is known by; nodes and silences have none.
fn service_of(object: &ObjectRef) -> Option<&str> {
    object.namespace.as_ref().map(|_| if object.kind == "Pod" { stable(&object.name) } else { object.name.as_str() })
}

/// Of the incident and of the service, the higher; a service that is not declared counts as medium.
fn impact(desk: &Desk<'_>, service: Option<&str>) -> Impact {
    let declared = service.and_then(|name| desk.environment.impacts.get(name)).copied();
    declared.unwrap_or(Impact::Medium).max(desk.incident.impact)
}

/// A freeze that was lifted for this very plan does not hold it.
fn frozen(desk: &Desk<'_>, plan: &Plan, now: DateTime<Utc>) -> Option<String> {
    match desk.guards.held(&desk.incident.environment, &plan.digest(), now)? {
        Refusal::Frozen { freeze } => {
            let since = freeze.since.format("%Y-%m-%d %H:%M UTC");
            Some(format!("{} is frozen since {since} by {}: {}", freeze.scope, freeze.by, freeze.why))
        }
        Refusal::Paused { environment, pause } => Some(format!("{environment} is paused {}", pause.told())),
        other => Some(other.to_string()),
    }
}

fn in_last_hour(desk: &Desk<'_>, now: DateTime<Utc>) -> u32 {
    let starts = desk.guards.automatic_starts(&desk.incident.environment);
    let counted = starts.iter().filter(|start| now - **start < chrono::TimeDelta::hours(1)).count();
    u32::try_from(counted).unwrap_or(u32::MAX)
}

fn chain_busy(desk: &Desk<'_>, plan: &Plan, target: &Target) -> Option<String> {
    let (own, chain) = (target.key(), chain(plan, &desk.basis.topology));
    let busy = desk
        .guards
        .under_way()
        .iter()
        .find(|action| action.chain.iter().any(|key| *key == own || chain.contains(key)))?;
    Some(format!("{} on {}", busy.id, busy.target))
}

/// Keys of what must not be acted upon together with the object: itself, what it depends on, as far as that is known, and
/// what depends on it directly, by the plan. Each with its environment, since keys of all environments are compared.
pub(super) fn chain(plan: &Plan, topology: &Topology) -> BTreeSet<String> {
    let places = topology.chain(&plan.object).into_iter().chain(plan.blast_radius.dependants.iter().cloned());
    places.take(CHAIN).map(|place| format!("{} {place}", plan.environment)).collect()
}

/// Keys of one action, less than the guards take.
const CHAIN: usize = 48;

/// What the decision rests on, as the healing keeps it: of a plan that was decided on before.
pub(super) fn basis_of(heal: &Heal, plan: &Plan) -> Basis {
    let first = heal.diagnosis.as_ref().and_then(|diagnosis| diagnosis.first());
    let judgement = Judgement {
        rule: "",
        cause: plan.object.clone(),
        affected: first.map_or_else(|| plan.object.clone(), |first| first.affected.clone()),
        summary: Statement::new("", []),
        support: Vec::new(),
        advice: Vec::new(),
        per_mille: 0,
        typed_per_mille: 0,
        victims: Vec::new(),
    };
    Basis {
        judgement,
        facts: Facts::default(),
        per_mille: first.map_or(0, |first| first.typed_per_mille),
        missing: heal.diagnosis.as_ref().map_or(u32::MAX, |diagnosis| diagnosis.missing),
        services: u32::try_from(plan.blast_radius.dependants.len().max(1)).unwrap_or(u32::MAX),
        topology: Topology::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a node whose payments was short of pods one person's yes was enough where few workloads had been looked into.
    #[test]
    fn a_node_is_critical_by_whatever_is_short_of_pods() {
        let short = |names: &[&str]| -> Vec<Readiness> {
            let of = |name: &&str| ObjectRef::namespaced("Deployment", "shop", *name);
            names.iter().map(|name| Readiness { object: of(name), ready: 0, desired: 1 }).collect()
        };
        let is_critical = |name: &str| name == "payments";
        assert!(!may_be_critical(&short(&["cart"]), is_critical));
        assert!(may_be_critical(&short(&["cart", "payments"]), is_critical));
        assert!(may_be_critical(&short(&["cart"; strategy::READINESS]), is_critical), "not all of them are known");
    }
}
