//! Grants: without one nothing, with one once, and exactly what it is for.

use crate::evidence::Evidence;
use crate::evidence::deeds::Deed;
use domain::approval::State;
use domain::audit::Kind;
use domain::plan::By;
use std::collections::BTreeMap;

fn told(deed: &Deed) -> String {
    let way = if deed.is_undo { "the undo of " } else { "" };
    format!("{way}{} on {} by {} ({:?})", deed.plan.action.name(), deed.plan.object, deed.life, deed.by)
}

/// Each effect has a deed, and each deed a word behind it that stands in the store.
pub(super) fn no_effect_without(evidence: &Evidence) -> Vec<String> {
    let nobody = evidence.effects.iter().filter(|effect| effect.deed.is_none_or(|deed| deed >= evidence.deeds.len()));
    let nobody = nobody.map(|effect| format!("{} took effect, and nobody was granted it", effect.call.tool));
    let wordless = evidence.deeds.iter().filter_map(|deed| {
        let why = wordless(deed)?;
        Some(format!("{}: {why}", told(deed)))
    });
    nobody.chain(wordless).collect()
}

/// Why there is no word behind a deed.
fn wordless(deed: &Deed) -> Option<String> {
    let Some(heal) = &deed.heal else { return Some("there is no healing of its incident".to_owned()) };
    let is_of_heal = heal.proposal.as_ref().is_some_and(|proposal| proposal.digest == deed.digest);
    if !is_of_heal || !heal.stage.has_begun() {
        return Some(format!("the healing is {} and does not have this plan in hand", heal.state));
    }
    match (&deed.by, &deed.approval) {
        // What was begun is taken back on the word on which it was begun.
        (By::Policy(_) | By::Journal(_), _) => None,
        (By::Approval(id), None) => Some(format!("there is no approval {id}")),
        (By::Approval(_), Some(approval)) if approval.shown.plan != deed.digest => {
            Some("the approval is of another plan".to_owned())
        }
        (By::Approval(_), Some(approval)) if approval.state != State::Started => {
            Some(format!("the approval is {:?}", approval.state))
        }
        (By::Approval(_), Some(_)) => None,
    }
}

/// First the intent, then that it begins, then the call; and nothing after its end.
pub(super) fn journaled_first(evidence: &Evidence) -> Vec<String> {
    let broken = evidence.deeds.iter().filter_map(|deed| {
        let has = |kind: &Kind| deed.story.iter().any(|(_, found)| found == kind);
        let why = match (has(&Kind::ActionIntent), has(&Kind::ActionBegun)) {
            (false, _) => "its intent is not in the journal",
            (_, false) => "that it begins is not in the journal",
            _ if has(&Kind::ActionEnded) || has(&Kind::ActionAbandoned) => "the journal has its end already",
            _ => return None,
        };
        Some(format!("{}: {why}", told(deed)))
    });
    broken.collect()
}

/// The guards had let it begin, and it was under way by them. A clock that is wrong may let locks run out early.
pub(super) fn held(evidence: &Evidence) -> Vec<String> {
    let broken = evidence.deeds.iter().filter(|deed| !deed.is_held && !evidence.clocks_jumped);
    broken.map(|deed| format!("{}: the guards do not hold it", told(deed))).collect()
}

/// One effect of a step of a plan, and one call of a permission.
pub(super) fn one_effect(evidence: &Evidence) -> Vec<String> {
    let (mut steps, mut grants) = (BTreeMap::<(&str, bool), u32>::new(), BTreeMap::<&str, u32>::new());
    for effect in &evidence.effects {
        if let Some(deed) = effect.deed.and_then(|deed| evidence.deeds.get(deed)) {
            *steps.entry((deed.digest.as_str(), deed.is_undo)).or_default() += 1;
        }
    }
    for deed in &evidence.deeds {
        *grants.entry(deed.grant.as_str()).or_default() += 1;
    }
    let steps = steps.into_iter().filter(|(_, count)| *count > 1).map(|((digest, is_undo), count)| {
        let way = if is_undo { "the undo of the plan" } else { "the plan" };
        format!("{way} {} took effect {count} times", digest.get(..12).unwrap_or(digest))
    });
    let grants = grants.into_iter().filter(|(_, count)| *count > 1);
    steps.chain(grants.map(|(grant, count)| format!("the permission {grant} was used {count} times"))).collect()
}

/// What is called is what the plan says, and the plan is the one that was digested.
pub(super) fn as_planned(evidence: &Evidence) -> Vec<String> {
    let mut broken = Vec::new();
    for deed in &evidence.deeds {
        let planned = if deed.is_undo { deed.plan.undo.as_ref() } else { Some(&deed.plan.call) };
        if planned != deed.call.as_ref() || deed.plan.digest() != deed.digest {
            broken.push(format!("{}: it is not what the plan says", told(deed)));
        }
    }
    for effect in &evidence.effects {
        let deed = effect.deed.and_then(|deed| evidence.deeds.get(deed));
        if deed.is_some_and(|deed| deed.call.as_ref() != Some(&effect.call)) {
            broken.push(format!("{} took effect, and something else was called", effect.call.tool));
        }
    }
    broken
}
