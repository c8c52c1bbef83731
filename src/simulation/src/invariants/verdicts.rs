//! Verdicts: nothing automatic that people must be asked for, nothing of people that not enough of them said, nothing beyond
//! the cap, nothing under a freeze. Design, section 7, read once more.

use crate::evidence::Evidence;
use crate::evidence::deeds::Deed;
use chrono::{DateTime, TimeDelta, Utc};
use domain::approval::Choice;
use domain::effect::EffectClass;
use domain::incident::Severity;
use domain::plan::By;
use domain::policy::{Autonomy, Verdict};
use std::collections::BTreeSet;
use std::sync::Arc;

fn told(deed: &Deed, why: &str) -> String {
    format!("{} on {} by {} ({:?}): {why}", deed.plan.action.name(), deed.plan.object, deed.life, deed.by)
}

pub(super) fn nothing_beyond(evidence: &Evidence) -> Vec<String> {
    let forward = evidence.deeds.iter().filter(|deed| !deed.is_undo);
    let beyond = forward.filter_map(|deed| {
        let why = match &deed.by {
            By::Policy(_) => beyond_the_policy(evidence, deed),
            By::Approval(_) => beyond_the_people(evidence, deed),
            By::Journal(_) => Some("what the journal permits takes back, and does nothing".to_owned()),
        };
        why.map(|why| told(deed, &why))
    });
    beyond.collect()
}

/// Why nobody should have done this without asking.
fn beyond_the_policy(evidence: &Evidence, deed: &Deed) -> Option<String> {
    let allowed = &evidence.allowed;
    let proposal = deed.heal.as_ref().and_then(|heal| heal.proposal.as_ref());
    let verdict = proposal.map(|proposal| proposal.decision.verdict);
    let score = proposal.map_or(0, |proposal| proposal.decision.score);
    let class = deed.plan.class();
    let names: BTreeSet<&str> = deed.plan.blast_radius.dependants.iter().map(String::as_str).collect();
    let is_critical = |name: &String| {
        let own = deed.plan.object.name == *name || deed.plan.object.name.starts_with(&format!("{name}-"));
        own || (deed.plan.object.namespace.is_none() && names.contains(name.as_str()))
    };
    let members = deed.incident.iter().flat_map(|incident| &incident.members);
    let mut severities = members.map(|member| member.severity).peekable();
    let all_critical = severities.peek().is_some() && severities.all(|severity| severity == Severity::Critical);
    let why = match class {
        _ if verdict != Some(Verdict::Allow) => format!("the verdict that stands is {verdict:?}"),
        _ if allowed.autonomy < Autonomy::Safe => format!("the autonomy level is {}", allowed.autonomy),
        EffectClass::W3 => "it is hard to undo".to_owned(),
        EffectClass::W2 if allowed.autonomy < Autonomy::Full => "W2 at the autonomy level safe".to_owned(),
        EffectClass::R0 | EffectClass::R1 => "it claims to change nothing".to_owned(),
        _ if !deed.plan.tainted.is_empty() => "text from outside got into it".to_owned(),
        _ if allowed.critical.iter().any(is_critical) => "it is on a critical service".to_owned(),
        _ if all_critical => "the incident is critical".to_owned(),
        _ if score < 600 => format!("nobody is sure enough: {score} per mille"),
        _ => return None,
    };
    Some(why)
}

/// Why what people said is not enough.
fn beyond_the_people(evidence: &Evidence, deed: &Deed) -> Option<String> {
    let Some(approval) = &deed.approval else { return Some("nobody was asked".to_owned()) };
    let yes: BTreeSet<&str> =
        approval.votes.iter().filter(|vote| vote.choice == Choice::Approve).map(|vote| vote.person.as_str()).collect();
    let needed = if deed.plan.class() == EffectClass::W3 { 2 } else { 1 };
    let needed = needed.max(usize::try_from(approval.permitted.people_needed).unwrap_or(usize::MAX));
    let who = yes.iter().find(|person| !evidence.allowed.approvers.contains(**person));
    if evidence.allowed.autonomy == Autonomy::Observe {
        return Some("the environment is only watched".to_owned());
    }
    if yes.len() < needed {
        return Some(format!("{} said yes, and it takes {needed}", yes.len()));
    }
    if let Some(who) = who {
        return Some(format!("{who} may not approve"));
    }
    approval.votes.iter().any(|vote| vote.choice == Choice::Reject).then(|| "somebody said no".to_owned())
}

/// Automatic actions within any hour. A clock that is wrong may let the hour be over early.
pub(super) fn within_the_cap(evidence: &Evidence) -> Vec<String> {
    if evidence.clocks_jumped {
        return Vec::new();
    }
    let automatic = |deed: &&Arc<Deed>| matches!(deed.by, By::Policy(_)) && !deed.is_undo;
    // An action that is called again, because the first call was refused, is one action.
    let mut seen = BTreeSet::new();
    let first = |deed: &&Arc<Deed>| seen.insert(deed.digest.clone());
    let times: Vec<DateTime<Utc>> = evidence.deeds.iter().filter(automatic).filter(first).map(|deed| deed.at).collect();
    let most = usize::try_from(evidence.allowed.automatic_per_hour).unwrap_or(usize::MAX);
    // A minute off: the guards count when it begins, and this when it is called.
    let hour = TimeDelta::minutes(59);
    let within =
        |(place, from): (usize, &DateTime<Utc>)| times.iter().skip(place).filter(|at| **at - *from < hour).count();
    let worst = times.iter().enumerate().map(within).max().unwrap_or(0);
    if worst > most {
        vec![format!("{worst} automatic actions within an hour, and {most} are allowed")]
    } else {
        Vec::new()
    }
}

pub(super) fn nothing_while_frozen(evidence: &Evidence) -> Vec<String> {
    let broken = evidence.deeds.iter().filter_map(|deed| {
        let frozen = deed.frozen.as_ref()?;
        Some(told(deed, &format!("{frozen} was frozen before it began")))
    });
    broken.collect()
}
