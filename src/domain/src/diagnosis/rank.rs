//! Putting judgements in order: root causes before symptoms, the surer first.

use super::{Judgement, confidence};
use crate::answer::Hypothesis;
use crate::object::ObjectRef;
use std::collections::{BTreeMap, BTreeSet};

/// Per mille that a cause gains for each further workload whose trouble it explains.
const EXPLAINS_ANOTHER: u32 = 40;

/// Rules that read in the pods of a workload why it does not serve.
const OF_THE_PODS: &[&str] =
    &["out-of-memory", "image-pull", "missing-reference", "unschedulable", "readiness", "crash"];

/// Rules that see that it does not.
const SLOW: &[&str] = &["slow-dependency", "slow-by-itself"];

/// More sources than these make nothing surer.
const MOST_SOURCES: usize = 5;

/// One judgement for each cause, most likely first.
///
/// A workload that is itself the victim of another cause is no root: a judgement whose cause is a workload in trouble
/// for a surer reason elsewhere goes behind that reason.
pub fn rank(judgements: Vec<Judgement>) -> Vec<Judgement> {
    let mut by_cause: BTreeMap<ObjectRef, Vec<Judgement>> = BTreeMap::new();
    for judgement in judgements {
        by_cause.entry(judgement.cause.clone()).or_default().push(judgement);
    }
    let mut ranked: Vec<Judgement> = by_cause.into_values().filter_map(merge).collect();
    let victims: BTreeMap<ObjectRef, u32> = ranked
        .iter()
        .filter(|judgement| judgement.cause != judgement.affected)
        .map(|judgement| (judgement.affected.clone(), judgement.per_mille))
        .collect();
    ranked.sort_by_key(|judgement| {
        let is_symptom = judgement.cause == judgement.affected
            && victims.get(&judgement.cause).is_some_and(|other| *other >= judgement.per_mille);
        (is_symptom, std::cmp::Reverse(judgement.per_mille), judgement.cause.clone())
    });
    ranked
}

fn merge(mut judgements: Vec<Judgement>) -> Option<Judgement> {
    // What the pods say of themselves is why a workload is slow to whoever calls it.
    let by_pods =
        judgements.iter().any(|judgement| OF_THE_PODS.contains(&judgement.rule) && judgement.typed_per_mille > 0);
    let follows = |judgement: &Judgement| by_pods && SLOW.contains(&judgement.rule);
    judgements.sort_by_key(|judgement| (follows(judgement), std::cmp::Reverse(judgement.per_mille)));
    let mut affected: Vec<&ObjectRef> = judgements.iter().map(|judgement| &judgement.affected).collect();
    affected.sort();
    affected.dedup();
    let (cause, rule) = judgements.first().map(|first| (first.cause.clone(), first.rule))?;
    let victims: Vec<ObjectRef> =
        affected.iter().filter(|object| ***object != cause).map(|object| (**object).clone()).collect();
    // Another rule may know the cause better: that does not make what this one says rest on typed fields.
    let of_rule = judgements.iter().filter(|judgement| judgement.rule == rule);
    let typed = of_rule.map(|judgement| judgement.typed_per_mille).max().unwrap_or(0);
    let witnesses: BTreeSet<&ObjectRef> = judgements
        .iter()
        .filter(|judgement| judgement.rule == rule && judgement.typed_per_mille > 0 && judgement.affected != cause)
        .map(|judgement| &judgement.affected)
        .collect();
    let witnesses = witnesses.len();
    let bonus = EXPLAINS_ANOTHER * u32::try_from(affected.len().saturating_sub(1)).unwrap_or(0);
    let mut judgements = judgements.into_iter();
    let mut first = judgements.next()?;
    for other in judgements {
        for statement in other.support {
            if !first.support.contains(&statement) {
                first.support.push(statement);
            }
        }
    }
    first.per_mille = (first.per_mille + bonus).min(950);
    first.typed_per_mille = if typed == 0 { 0 } else { (typed + bonus).max(corroborated(typed, witnesses)).min(950) };
    first.victims = victims;
    Some(first)
}

/// How sure it is when several workloads see the same from where they stand, each by its own metrics or fields: one more
/// source each.
fn corroborated(typed: u32, witnesses: usize) -> u32 {
    let sources = (1..=MOST_SOURCES).find(|sources| confidence(*sources) >= typed).unwrap_or(MOST_SOURCES);
    confidence(sources + witnesses.saturating_sub(1)).max(typed)
}

/// The judgements as the hypotheses of an answer.
pub fn hypotheses(ranked: &[Judgement]) -> Vec<Hypothesis> {
    ranked
        .iter()
        .map(|judgement| Hypothesis {
            cause: judgement.cause.clone(),
            summary: judgement.summary.text.clone(),
            confidence: f64::from(judgement.per_mille) / 1000.0,
            evidence: judgement.evidence(),
        })
        .collect()
}

impl Judgement {
    /// All that it rests on.
    pub fn evidence(&self) -> Vec<crate::evidence::EvidenceId> {
        let mut ids: Vec<_> = std::iter::once(&self.summary)
            .chain(&self.support)
            .flat_map(|statement| statement.evidence.iter().copied())
            .collect();
        ids.sort();
        ids.dedup();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Statement;
    use crate::evidence::EvidenceId;

    fn slow(caller: &str, typed_per_mille: u32) -> Judgement {
        let database = ObjectRef::namespaced("StatefulSet", "data", "orders-db");
        Judgement {
            rule: "slow-dependency",
            cause: database,
            affected: ObjectRef::namespaced("Deployment", "shop", caller),
            summary: Statement::new("it is slow", [EvidenceId(1)]),
            support: Vec::new(),
            advice: Vec::new(),
            per_mille: 820,
            typed_per_mille,
            victims: Vec::new(),
        }
    }

    #[test]
    fn a_workload_that_is_killed_for_its_memory_was_called_slow_because_more_spoke_for_that() {
        let killed = Judgement { rule: "out-of-memory", per_mille: 700, ..slow("checkout", 700) };
        let ranked = rank(vec![slow("checkout", 700), killed.clone()]);
        assert_eq!(ranked.first().map(|judgement| judgement.rule), Some("out-of-memory"));
        let by_text = Judgement { typed_per_mille: 0, ..killed };
        assert_eq!(rank(vec![slow("checkout", 700), by_text]).first().map(|first| first.rule), Some("slow-dependency"));
    }

    #[test]
    fn callers_that_each_measured_the_same_count_as_a_source_each() {
        for (callers, typed) in [
            (vec![slow("checkout", 700)], 700),
            (vec![slow("checkout", 700), slow("checkout", 700)], 700),
            (vec![slow("checkout", 700), slow("catalog", 700)], 820),
            (vec![slow("checkout", 700), slow("catalog", 700), slow("shipping", 700)], 900),
            // A log line is no witness for what is done by itself.
            (vec![slow("checkout", 700), slow("catalog", 0), slow("shipping", 0)], 780),
            (vec![slow("checkout", 0), slow("catalog", 0)], 0),
        ] {
            let ranked = rank(callers.clone());
            let [one] = ranked.as_slice() else { panic!("{ranked:?}") };
            assert_eq!(one.typed_per_mille, typed, "{callers:?}");
        }
    }
}
