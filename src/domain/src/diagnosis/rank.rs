//! Putting judgements in order: root causes before symptoms, the surer first.

use super::Judgement;
use crate::answer::Hypothesis;
use crate::object::ObjectRef;
use std::collections::BTreeMap;

/// Per mille that a cause gains for each further workload whose trouble it explains.
const EXPLAINS_ANOTHER: u32 = 40;

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
    judgements.sort_by_key(|judgement| std::cmp::Reverse(judgement.per_mille));
    let mut affected: Vec<&ObjectRef> = judgements.iter().map(|judgement| &judgement.affected).collect();
    affected.sort();
    affected.dedup();
    let (cause, rule) = judgements.first().map(|first| (first.cause.clone(), first.rule))?;
    let victims: Vec<ObjectRef> =
        affected.iter().filter(|object| ***object != cause).map(|object| (**object).clone()).collect();
    // Another rule may know the cause better: that does not make what this one says rest on typed fields.
    let of_rule = judgements.iter().filter(|judgement| judgement.rule == rule);
    let typed = of_rule.map(|judgement| judgement.typed_per_mille).max().unwrap_or(0);
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
    first.typed_per_mille = if typed == 0 { 0 } else { (typed + bonus).min(950) };
    first.victims = victims;
    Some(first)
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
