//! What people see of a healing: the state, cause, evidence and open question of its incident.
//!
//! It is driven by what stands: the same healing makes the same incident, however often it is shown, so that the living
//! message is edited and never told anew.
//!
//! Guarantees: what people did to an incident stays; what is over stays so; what was handed to
//! people is theirs.

use super::{Heal, Stage};
use crate::incident::{Cause, Incident, PendingDecision, SCARLET, State};
use chrono::{DateTime, Utc};

/// Since when no signal of an incident fires; `None` while one does, or where none is known of.
pub fn quiet_since(incident: &Incident) -> Option<DateTime<Utc>> {
    let is_quiet = incident.crowd.is_quiet() && incident.members.iter().all(|member| !member.is_firing);
    let last = incident.members.iter().map(|member| member.last_seen).max()?;
    is_quiet.then_some(last)
}

/// The incident as its healing stands; `None` where it is shown so already.
pub fn show(heal: &Heal, incident: &Incident, now: DateTime<Utc>) -> Option<Incident> {
    if !incident.is_open() {
        return None;
    }
    let mut next = incident.clone();
    state(heal, &mut next);
    next.pending = pending(heal);
    wish(heal, &mut next, now);
    if let Some(diagnosis) = &heal.diagnosis {
        if let Some(first) = diagnosis.first() {
            let (object, summary, confidence) = (first.cause.clone(), first.summary.clone(), first.per_mille);
            next.cause = Some(Cause { object, summary, confidence });
            next.symptom = Some(first.rule.clone());
        }
        next.evidence.clone_from(&diagnosis.seen);
        next.changes.clone_from(&diagnosis.changes);
        next.not_looked.clone_from(&diagnosis.not_looked);
    }
    if next == *incident {
        return None;
    }
    next.changed_at = now.max(incident.changed_at);
    if next.state == State::Resolved {
        next.resolved_at = Some(next.changed_at);
    }
    Some(next)
}

/// A healing that is looked at now and then goes through several states between two looks; only what was handed to people
/// is left to them.
fn state(heal: &Heal, incident: &mut Incident) {
    let Some(wanted) = heal.stage.shown() else { return };
    if incident.state != State::Escalated || incident.state.may_become(wanted) {
        incident.state = wanted;
    }
}

/// A wish that was heard of is not said again; one that came when what it means was not under way any more is answered.
fn wish(heal: &Heal, incident: &mut Incident, now: DateTime<Utc>) {
    let Some(wish) = &incident.taking_back else { return };
    let is_heard = heal.taken_back.as_ref().is_some_and(|taken| taken.wish == *wish);
    if !is_heard && heal.meant_by(wish).is_some() {
        return;
    }
    incident.taking_back = None;
    if !is_heard {
        let text = "Nothing was taken back: the action is not under way any more. Its reverse is an action of its own.";
        incident.note(SCARLET, text, now.max(incident.changed_at));
    }
}

fn pending(heal: &Heal) -> Option<PendingDecision> {
    let Stage::Waiting { approval, expires_at, asked: true, .. } = &heal.stage else { return granted(heal) };
    let summary = heal.proposal.as_ref()?.summary();
    Some(PendingDecision { approval: approval.clone(), summary, expires_at: *expires_at })
}

/// While the countdown runs it can still be taken back.
fn granted(heal: &Heal) -> Option<PendingDecision> {
    let Stage::Granted { expires_at, .. } = &heal.stage else { return None };
    let approval = heal.stage.approval()?.to_owned();
    let summary = heal.proposal.as_ref()?.summary();
    Some(PendingDecision { approval, summary, expires_at: *expires_at })
}
