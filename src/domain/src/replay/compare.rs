//! In what two decisions differ, one sentence each.

use super::{Decided, Weighed};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn differences(then: &Decided, now: &Decided) -> Vec<String> {
    match (then, now) {
        (Decided::Plan(then), Decided::Plan(now)) => of_plans(then, now),
        (
            Decided::Cause { rule: old, object: before, per_mille: was, .. },
            Decided::Cause { rule, object, per_mille, .. },
        ) => {
            let mut differs = Vec::new();
            if (old, before) != (rule, object) {
                let name = |rule: &Option<String>| rule.clone().unwrap_or_else(|| "no cause".to_owned());
                differs.push(format!("cause: {} then, {} now", name(old), name(rule)));
            }
            if was != per_mille {
                differs.push(format!("confidence in the cause: {was} per mille then, {per_mille} now"));
            }
            differs
        }
        (Decided::Nothing { .. }, Decided::Nothing { .. })
        | (Decided::CannotTell { .. }, Decided::CannotTell { .. }) => Vec::new(),
        (then, now) => vec![format!("{} then, {} now", in_short(then), in_short(now))],
    }
}

/// A few words.
pub(super) fn in_short(decided: &Decided) -> String {
    match decided {
        Decided::Plan(plan) => format!("{} {} ({})", plan.action, plan.object, plan.verdict),
        Decided::Nothing { .. } => "nothing to do".to_owned(),
        Decided::Cause { rule, .. } => rule.clone().unwrap_or_else(|| "no cause".to_owned()),
        Decided::CannotTell { .. } => "cannot be told".to_owned(),
    }
}

fn of_plans(then: &Weighed, now: &Weighed) -> Vec<String> {
    let mut differs = Vec::new();
    if (&then.action, &then.object) != (&now.action, &now.object) {
        differs.push(format!("action: {} {} then, {} {} now", then.action, then.object, now.action, now.object));
    }
    if then.verdict != now.verdict {
        differs.push(format!("verdict: {} then, {} now", then.verdict, now.verdict));
    }
    if then.people_needed != now.people_needed {
        differs.push(format!("people: {} then, {} now", then.people_needed, now.people_needed));
    }
    if then.row != now.row {
        differs.push(format!("row: \"{}\" then, \"{}\" now", then.row, now.row));
    }
    if then.score != now.score {
        differs.push(format!("confidence: {} per mille then, {} now", then.score, now.score));
    }
    differs.extend(of_gates(then, now));
    differs
}

fn of_gates(then: &Weighed, now: &Weighed) -> Vec<String> {
    let said = |of: &Weighed| -> BTreeMap<String, super::Verdict> {
        of.gates.iter().map(|said| (said.gate.clone(), said.verdict)).collect()
    };
    let (before, after) = (said(then), said(now));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let told = |name: &&String| match (before.get(*name), after.get(*name)) {
        (Some(old), None) => Some(format!("gate {name}: {old} then, says nothing now")),
        (None, Some(new)) => Some(format!("gate {name}: said nothing then, {new} now")),
        (Some(old), Some(new)) if old != new => Some(format!("gate {name}: {old} then, {new} now")),
        _ => None,
    };
    names.iter().filter_map(told).collect()
}
