//! What would have been needed to act at once, found by deciding changed situations.
//!
//! Guarantees: what is told is true, since the changed situation was decided; it is as short as it can be: none of the
//! changes can be left out, and the confidence and the autonomy level are the lowest that do. Every change but that of the
//! environment can only loosen, so that one pass of leaving out finds such a set; the work is bounded by the number of
//! changes and environments.
//!
//! Deliberately absent: changes of what are facts (`change`).

use super::decision::judge;
use super::{Autonomy, Change, Situation, Table, Verdict, told};

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Relaxation {
    /// It is carried out as it is.
    NotNeeded,
    /// With these changes it would have been.
    By(Vec<Change>),
    /// Nothing would have let it: these rows and gates speak against it whatever is changed.
    None(Vec<String>),
}

/// All changes that can only loosen, in the order in which they are told. Those that come late are left out first.
fn loosening() -> Vec<Change> {
    vec![
        Change::Confidence(1_000),
        Change::Autonomy(Autonomy::Full),
        Change::Earned,
        Change::OutsideBusinessHours,
        Change::Rested,
        Change::ChainFree,
        Change::BelowCap,
        Change::NothingMissing,
        Change::NothingTainted,
        Change::NotFrozen,
        Change::Leading,
        Change::InMaintenance,
    ]
}

/// Searches here first, then in the other environments; the fewest changes win.
pub(super) fn search(table: &Table, situation: &Situation<'_>, verdict: Verdict) -> Relaxation {
    if verdict == Verdict::Allow {
        return Relaxation::NotNeeded;
    }
    let there = situation.elsewhere.iter().map(|there| {
        let change = Change::Environment(there.environment.clone());
        let mut changes = least(table, &change.applied(situation))?;
        changes.push(change);
        Some(changes)
    });
    let all = std::iter::once(least(table, situation)).chain(there);
    // The first of equally short ones: here before elsewhere.
    match all.flatten().min_by_key(Vec::len) {
        Some(changes) => Relaxation::By(changes),
        None => {
            let relaxed = applied(situation, &loosening());
            Relaxation::None(told::what_speaks(&judge(table, &relaxed)))
        }
    }
}

/// The situation with all of the changes.
fn applied<'a>(situation: &Situation<'a>, changes: &[Change]) -> Situation<'a> {
    changes.iter().fold(situation.clone(), |situation, change| change.applied(&situation))
}

/// A set of changes of which none can be left out; `None` where all together do not help.
fn least(table: &Table, situation: &Situation<'_>) -> Option<Vec<Change>> {
    let allows = |changes: &[Change]| judge(table, &applied(situation, changes)).verdict == Verdict::Allow;
    let mut changes = loosening();
    if !allows(&changes) {
        return None;
    }
    for change in loosening().iter().rev() {
        let without: Vec<Change> = changes.iter().filter(|other| *other != change).cloned().collect();
        if allows(&without) {
            changes = without;
        }
    }
    for place in 0..changes.len() {
        let milder = changes.get(place).map(|change| milder(table, situation, change)).unwrap_or_default();
        for change in milder {
            let mut with = changes.clone();
            if let Some(slot) = with.get_mut(place) {
                *slot = change;
            }
            if allows(&with) {
                changes = with;
                break;
            }
        }
    }
    Some(changes)
}

/// Smaller steps in the place of a change, the smallest first.
fn milder(table: &Table, situation: &Situation<'_>, change: &Change) -> Vec<Change> {
    match change {
        Change::Confidence(_) => {
            let above = |threshold: &u16| *threshold > situation.score.total();
            table.thresholds().into_iter().filter(above).map(Change::Confidence).collect()
        }
        Change::Autonomy(_) => {
            let above = |level: &Autonomy| *level > situation.autonomy;
            Autonomy::ALL.into_iter().filter(above).map(Change::Autonomy).collect()
        }
        _ => Vec::new(),
    }
}
