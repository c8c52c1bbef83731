//! Whether an incident may become a part of another.
//!
//! Guarantees: what a person has, and what is being done, stays an incident of its own; so does one whose own diagnosis
//! names another cause, since what is asked or told of it would be lost.
//!
//! Deliberately absent: whether two incidents are one (`storm`).

use crate::incident::{Incident, State};

/// Whether `part` may be put into `whole`: nothing is known of it yet, or both have the same cause.
pub fn may_be_part(part: &Incident, whole: &Incident) -> bool {
    let cause = |incident: &Incident| incident.cause.as_ref().map(|cause| cause.object.clone());
    let is_same_cause = cause(part).is_some_and(|own| cause(whole).as_ref() == Some(&own));
    is_open_question(part) || (is_free(part) && is_same_cause)
}

/// Nobody has it, and no cause was found: it has just begun, or people were told that nobody knows.
pub(super) fn is_open_question(incident: &Incident) -> bool {
    let is_fresh = matches!(incident.state, State::Open | State::Diagnosing) && incident.pending.is_none();
    let is_without_cause = incident.state == State::Escalated && incident.cause.is_none();
    incident.owner.is_none() && (is_fresh || is_without_cause)
}

/// Nobody has it, and nothing of it has begun: what it asked for is withdrawn with it.
fn is_free(incident: &Incident) -> bool {
    let has_not_begun = matches!(
        incident.state,
        State::Open | State::Diagnosing | State::Deciding | State::WaitingForApproval | State::Escalated
    );
    has_not_begun && incident.owner.is_none()
}

/// How far its healing has come; what people have or what is being done is furthest.
pub(super) fn how_far(incident: &Incident) -> u8 {
    match incident.state {
        _ if incident.owner.is_some() => 4,
        State::Acting | State::Verifying => 4,
        State::WaitingForApproval => 3,
        State::Deciding => 2,
        State::Escalated if incident.cause.is_none() => 0,
        _ => 1,
    }
}
