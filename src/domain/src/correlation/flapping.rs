//! What comes and goes, and the end of an incident at its sources.
//!
//! Guarantees: an incident that flaps is told of once, and is not over before it has been quiet; one that is being healed,
//! or was handed to people, is not ended here; one that no signal made is not either.
//!
//! Deliberately absent: whether an action helped (`verification`).

use super::Rules;
use crate::incident::{Incident, SCARLET, State};
use chrono::{DateTime, TimeDelta, Utc};

/// Whether nothing of it is there any more at any of its sources, and it has stopped coming and going.
pub fn is_over(incident: &Incident) -> bool {
    let is_quiet = incident.crowd.is_quiet() && incident.members.iter().all(|member| !member.is_firing);
    is_quiet && !incident.members.is_empty() && !incident.flapping
}

/// The incident as it stands now by its members: flapping or not, over or not; `None` where that is no change. Asked after
/// each [`super::apply`] and once a minute, since quiet is a matter of time.
///
/// An incident is ended here while nothing is being done about it: in the states from open to waiting for an approval,
/// whose question falls away. What is being done ends by its own verification.
pub fn settle(incident: &Incident, rules: &Rules, now: DateTime<Utc>) -> Option<Incident> {
    if !incident.is_open() {
        return None;
    }
    let mut next = incident.clone();
    settle_flapping(&mut next, rules, now);
    let is_idle = matches!(next.state, State::Open | State::Diagnosing | State::Deciding | State::WaitingForApproval);
    if is_idle && is_over(&next) {
        next.state = State::Resolved;
        next.pending = None;
        next.changed_at = now.max(next.changed_at);
        next.resolved_at = Some(next.changed_at);
        let at = next.changed_at;
        next.note(SCARLET, "over at its sources", at);
    }
    (next != *incident).then_some(next)
}

fn settle_flapping(incident: &mut Incident, rules: &Rules, now: DateTime<Utc>) {
    let minutes = |minutes: u32| TimeDelta::minutes(minutes.into());
    let changes = |since| incident.members.iter().map(|member| member.changes_since(since)).max().unwrap_or_default();
    let flaps = changes(now - minutes(rules.flap_minutes)) > rules.flap_changes as usize;
    let was_quiet = changes(now - minutes(rules.flap_quiet_minutes)) == 0;
    let text = match incident.flapping {
        false if flaps && !was_quiet => {
            let (most, within) = (rules.flap_changes, rules.flap_minutes);
            let quiet = rules.flap_quiet_minutes;
            format!("comes and goes, more than {most} times in {within} minutes: over once it was quiet for {quiet}")
        }
        true if was_quiet => "has stopped coming and going".to_owned(),
        _ => return,
    };
    incident.flapping = !incident.flapping;
    incident.changed_at = now.max(incident.changed_at);
    let at = incident.changed_at;
    incident.note(SCARLET, &text, at);
}
