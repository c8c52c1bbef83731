//! What people do to an incident, and what it is refused for.

use super::{Deed, Happening, Incident, Refusal, State, TakingBack};
use crate::person::{Person, Right, Role};
use crate::redaction::redacted_head;
use chrono::{DateTime, Utc};

/// Characters of a person's reason at most.
const REASON_CHARS: usize = 500;

/// Characters of an entry of the timeline at most.
const TEXT_CHARS: usize = 600;

/// Happenings that are kept at most. The first ones and the newest ones stay.
const HAPPENINGS: usize = 1_000;

/// The incident after a person has done something to it. Who is named in the timeline by id; the reason is kept without
/// its secrets.
///
/// # Errors
/// [`Refusal`]: nothing was changed, and why.
pub fn act(incident: &Incident, person: &Person, deed: &Deed, now: DateTime<Utc>) -> Result<Incident, Refusal> {
    let right = deed.right();
    if !person.may(right) {
        return Err(Refusal::NotPermitted { person: person.name.clone(), role: right.least_role() });
    }
    if !incident.is_open() {
        return Err(Refusal::Over);
    }
    let mut next = incident.clone();
    next.changed_at = now.max(incident.changed_at);
    let text = match deed {
        Deed::Claim => claim(&mut next, person)?,
        Deed::Release => release(&mut next, person)?,
        Deed::Resolve(why) => resolve(&mut next, why)?,
        Deed::Escalate(why) => escalate(&mut next, why)?,
        Deed::TakeBack { plan, why } => take_back(&mut next, person, plan.clone(), why)?,
    };
    next.note(person.id.clone(), &text, next.changed_at);
    Ok(next)
}

impl Deed {
    /// The right that it takes. What changes the world takes the word of who may approve changes.
    pub const fn right(&self) -> Right {
        match self {
            Self::Claim | Self::Release | Self::Resolve(_) | Self::Escalate(_) => Right::HandleIncidents,
            Self::TakeBack { .. } => Right::Approve,
        }
    }
}

impl Incident {
    /// Writes something into the timeline, without secrets. Of a timeline without room the second oldest entry goes: how
    /// it began stays.
    pub fn note(&mut self, actor: impl Into<String>, text: &str, at: DateTime<Utc>) {
        if self.timeline.len() >= HAPPENINGS {
            self.timeline.remove(1);
        }
        self.timeline.push(Happening { at, actor: actor.into(), text: redacted_head(text, TEXT_CHARS) });
    }
}

fn claim(incident: &mut Incident, person: &Person) -> Result<String, Refusal> {
    match incident.owner.clone() {
        Some(owner) if owner == person.id => Err(Refusal::SaidBefore),
        Some(owner) => Err(Refusal::HasOwner { owner }),
        None => {
            incident.owner = Some(person.id.clone());
            Ok("took it".to_owned())
        }
    }
}

/// Only whoever has it gives it back; an admin does for somebody who is not there.
fn release(incident: &mut Incident, person: &Person) -> Result<String, Refusal> {
    let Some(owner) = incident.owner.clone() else { return Err(Refusal::SaidBefore) };
    if owner != person.id && person.role < Some(Role::Admin) {
        return Err(Refusal::HasOwner { owner });
    }
    incident.owner = None;
    Ok(if owner == person.id { "gave it back".to_owned() } else { format!("took it from {owner}") })
}

fn resolve(incident: &mut Incident, why: &str) -> Result<String, Refusal> {
    let why = reason(why)?;
    incident.state = State::Resolved;
    incident.resolved_at = Some(incident.changed_at);
    // What was asked for is not needed any more; whoever keeps approvals withdraws it.
    incident.pending = None;
    Ok(format!("resolved it: {why}"))
}

/// What was asked for may still be approved: it is for people to say now.
fn escalate(incident: &mut Incident, why: &str) -> Result<String, Refusal> {
    let why = reason(why)?;
    if incident.state == State::Escalated {
        return Err(Refusal::SaidBefore);
    }
    incident.state = State::Escalated;
    Ok(format!("escalated it: {why}"))
}

/// Heard of by Scarlet at her next look; of an action whose verification ends before, it is told that it came too late.
fn take_back(incident: &mut Incident, person: &Person, plan: Option<String>, why: &str) -> Result<String, Refusal> {
    let why = reason(why)?;
    // What was escalated meanwhile may have an action under way all the same.
    if !matches!(incident.state, State::Acting | State::Verifying | State::Escalated) {
        return Err(Refusal::NothingUnderWay);
    }
    if incident.taking_back.is_some() {
        return Err(Refusal::SaidBefore);
    }
    incident.taking_back = Some(TakingBack { by: person.id.clone(), at: incident.changed_at, plan });
    Ok(format!("wants the action taken back: {why}"))
}

/// On one line; there has to be one.
fn reason(why: &str) -> Result<String, Refusal> {
    let why = redacted_head(why, REASON_CHARS).split_whitespace().collect::<Vec<_>>().join(" ");
    if why.is_empty() { Err(Refusal::NoReason) } else { Ok(why) }
}
