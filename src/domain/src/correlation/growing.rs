//! Incidents that begin, grow, come back, and turn out to be one.
//!
//! Guarantees: bounded; the first member is the one that is taken for the root; the severity is that of the worst member
//! that is still there; text of a signal is told without secrets and nothing is decided by it.
//!
//! Deliberately absent: the end of an incident (`settle`), and every state that healing gives it.

use super::AsWhat;
use crate::incident::{CROWD, Happening, Incident, MEMBERS, Member, PLACES, SCARLET, Seen, State};
use crate::redaction::redacted_head;
use crate::signal::{Signal, Status};
use chrono::{DateTime, Utc};

/// Objects that are named as affected at most.
const AFFECTED: usize = 50;

/// What signals said in words that is kept at most.
const SAID: usize = 20;

/// Members whose coming is told in the timeline.
const TOLD: usize = 20;

/// Characters of a title and of what a signal said at most.
const TITLE_CHARS: usize = 160;
const SAID_CHARS: usize = 300;

/// The incident that a signal makes. Its impact is medium until the settings of its service are asked.
pub fn open(signal: &Signal, id: impl Into<String>, now: DateTime<Utc>) -> Incident {
    let mut incident = Incident::bare(id, &signal.environment, title(signal), signal.severity, now);
    incident.timeline.push(Happening {
        at: now,
        actor: SCARLET.to_owned(),
        text: format!("opened by {}", signal.source),
    });
    take(&mut incident, signal, AsWhat::Repeat);
    incident
}

/// The incident with one more signal: a repeat, a new member, or an end of one. An incident that was over is open again if
/// something fires. Afterwards [`super::settle`] says whether it flaps or is over.
#[must_use]
pub fn apply(incident: Incident, signal: &Signal, now: DateTime<Utc>) -> Incident {
    apply_as(incident, signal, AsWhat::Symptom, now)
}

/// The same, with what [`super::place`] said of it: a cause becomes the first member, and finds room in any case.
#[must_use]
pub fn apply_as(mut incident: Incident, signal: &Signal, as_what: AsWhat, now: DateTime<Utc>) -> Incident {
    let now = now.max(incident.changed_at);
    let before = (incident.severity, incident.members.len(), incident.signals, incident.crowd.still());
    let was_firing = incident.members.iter().filter(|member| member.is_firing).count();
    if signal.status == Status::Firing && incident.state == State::Resolved {
        incident.state = State::Open;
        incident.resolved_at = None;
        incident.note(SCARLET, &format!("opened again: {} is back, says {}", signal.name, signal.source), now);
    }
    if let Some(text) = take(&mut incident, signal, as_what) {
        incident.note(SCARLET, &text, now);
    }
    let is_firing = incident.members.iter().filter(|member| member.is_firing).count();
    let after = (incident.severity, incident.members.len(), incident.signals, incident.crowd.still());
    if (before, was_firing) != (after, is_firing) {
        incident.changed_at = now;
    }
    incident
}

/// Two incidents that are one: the first with what the second was made of, and the second, closed.
pub fn merge(mut into: Incident, mut from: Incident, now: DateTime<Utc>) -> (Incident, Incident) {
    for member in std::mem::take(&mut from.members) {
        let has_room = into.members.len() < MEMBERS;
        match into.members.iter_mut().find(|other| other.fingerprint == member.fingerprint) {
            Some(same) => absorb(same, member),
            None if has_room => into.members.push(member),
            None => into.crowd = std::mem::take(&mut into.crowd).with(member.places, CROWD),
        }
    }
    into.crowd = std::mem::take(&mut into.crowd).with(std::mem::take(&mut from.crowd), CROWD);
    into.signals = into.signals.saturating_add(from.signals);
    into.opened_at = into.opened_at.min(from.opened_at);
    for object in std::mem::take(&mut from.affected) {
        affect(&mut into, object);
    }
    if let Some(object) = into.members.iter().find_map(|member| member.object.clone()) {
        affect(&mut into, object);
    }
    for seen in from.evidence.iter().take(SAID.saturating_sub(into.evidence.len())) {
        into.evidence.push(seen.clone());
    }
    into.severity = into.severity.max(from.severity);
    into.changed_at = now.max(into.changed_at);
    let (text, at) = (format!("{} is part of it: {}", from.id, from.title), into.changed_at);
    into.note(SCARLET, &text, at);
    from.changed_at = now.max(from.changed_at);
    from.resolved_at = Some(from.changed_at);
    from.state = State::Closed;
    from.part_of = Some(into.id.clone());
    // What it asked for is withdrawn by its healing, which sees that it is over.
    from.pending = None;
    let (text, at) = (format!("it is part of {}", into.id), from.changed_at);
    from.note(SCARLET, &text, at);
    (into, from)
}

/// Takes a signal in; a sentence for the timeline, where it is something new.
fn take(incident: &mut Incident, signal: &Signal, as_what: AsWhat) -> Option<String> {
    let is_new_place = signal.status == Status::Firing && !is_known(incident, signal);
    if is_new_place {
        incident.signals = incident.signals.saturating_add(1);
    }
    let known = incident.members.iter_mut().find(|member| member.fingerprint == signal.fingerprint);
    let told = match known {
        Some(member) => {
            member.take(signal);
            None
        }
        None if signal.status == Status::Resolved || incident.crowd.holds(signal) => {
            incident.crowd.take(signal, CROWD);
            None
        }
        None => join(incident, signal, as_what),
    };
    if let Some(worst) = incident.members.iter().filter(|member| member.is_firing).map(|member| member.severity).max() {
        incident.severity = worst;
    }
    told
}

fn is_known(incident: &Incident, signal: &Signal) -> bool {
    incident.crowd.holds(signal)
        || incident.members.iter().any(|member| member.fingerprint == signal.fingerprint && member.places.holds(signal))
}

/// A new member. Where there is no room, the mildest makes it, unless the new one is no worse; the root never does.
fn join(incident: &mut Incident, signal: &Signal, as_what: AsWhat) -> Option<String> {
    if incident.members.len() >= MEMBERS {
        let mildest = incident.members.iter().enumerate().skip(1);
        let mildest = mildest.min_by_key(|(_, member)| (member.severity, member.is_firing));
        let mildest = mildest.map(|(index, member)| (index, member.severity));
        match mildest {
            Some((index, severity)) if as_what == AsWhat::Cause || signal.severity > severity => {
                let gone = incident.members.remove(index);
                incident.crowd = std::mem::take(&mut incident.crowd).with(gone.places, CROWD);
            }
            _ => {
                let was_empty = incident.crowd.is_empty();
                incident.crowd.take(signal, CROWD);
                return was_empty.then(|| format!("more than {MEMBERS} troubles: the rest is only counted"));
            }
        }
    }
    if let Some(object) = &signal.object {
        affect(incident, object.clone());
    }
    if !signal.text.is_empty() && incident.evidence.len() < SAID {
        let text = redacted_head(&signal.text, SAID_CHARS);
        incident.evidence.push(Seen { evidence: None, source: signal.source.to_string(), text, at: signal.seen_at });
    }
    let is_first = incident.members.is_empty();
    let member = Member::of(signal);
    if as_what == AsWhat::Cause {
        incident.title = title(signal);
        incident.members.insert(0, member);
        return Some(format!("{} is below it and may be the cause", about(signal)));
    }
    incident.members.push(member);
    (!is_first && incident.members.len() <= TOLD).then(|| format!("joined by {}", about(signal)))
}

/// The places of the same trouble, in two incidents.
fn absorb(one: &mut Member, other: Member) {
    one.since = one.since.min(other.since);
    one.last_seen = one.last_seen.max(other.last_seen);
    one.count = one.count.saturating_add(other.count);
    one.severity = one.severity.max(other.severity);
    one.query = one.query.take().or(other.query);
    one.places = std::mem::take(&mut one.places).with(other.places, PLACES);
    one.is_firing = !one.places.is_quiet();
}

fn affect(incident: &mut Incident, object: crate::object::ObjectRef) {
    let is_root = incident.members.first().is_none_or(|root| root.object.as_ref() == Some(&object));
    let is_cause = incident.cause.as_ref().is_some_and(|cause| cause.object == object);
    if !is_root && !is_cause && incident.affected.len() < AFFECTED && !incident.affected.contains(&object) {
        incident.affected.push(object);
    }
}

fn title(signal: &Signal) -> String {
    redacted_head(&about(signal), TITLE_CHARS)
}

/// `PodCrashLooping: Deployment shop/checkout`.
fn about(signal: &Signal) -> String {
    match (&signal.object, &signal.service) {
        (Some(object), _) => format!("{}: {object}", signal.name),
        (None, Some(service)) => format!("{}: {service}", signal.name),
        (None, None) => format!("{}: {}", signal.name, signal.environment),
    }
}
