//! What a person's word does: saying yes or no, and taking it back.

use super::end::{ended, is_behind, later};
use super::{Approval, COUNTDOWN_SECONDS, Choice, Outcome, State, Vote};
use crate::person::{Person, Standing};
use chrono::{DateTime, TimeDelta, Utc};

/// What a word does to an approval: the next value, where it changes anything, and what to tell.
///
/// `plan_digest` is of the plan that the person was shown. The next value may come with [`Outcome::Expired`], too: then
/// it is the value that has expired.
pub fn vote(
    approval: &Approval,
    person: &Person,
    plan_digest: &str,
    choice: Choice,
    now: DateTime<Utc>,
) -> (Option<Approval>, Outcome) {
    if person.standing == Standing::Bot {
        return (None, Outcome::IsProgram);
    }
    if !approval.permitted.permits(person) {
        return (None, Outcome::NotPermitted);
    }
    if !approval.is_bound_to(plan_digest) {
        return (None, Outcome::OtherPlan);
    }
    if let Some(over) = over(approval, now) {
        return over;
    }
    match choice {
        Choice::Reject => reject(approval, &person.id, now),
        Choice::Approve => approve(approval, &person.id, now),
    }
}

/// Takes an earlier word back. Whoever said it may, also if they would not be permitted any more. A rejection ended the
/// approval, so that there is nothing to take back of it.
pub fn take_back(
    approval: &Approval,
    person: &Person,
    plan_digest: &str,
    choice: Choice,
    now: DateTime<Utc>,
) -> (Option<Approval>, Outcome) {
    if person.standing == Standing::Bot {
        return (None, Outcome::IsProgram);
    }
    if !approval.is_bound_to(plan_digest) {
        return (None, Outcome::OtherPlan);
    }
    if approval.word_of(&person.id).is_none_or(|word| word.choice != choice) {
        return (None, Outcome::NothingToTakeBack);
    }
    if let Some(over) = over(approval, now) {
        return over;
    }
    let mut next = changed(approval, now);
    next.votes.retain(|vote| vote.person != person.id);
    next.state = State::Pending;
    next.starts_at = None;
    (Some(next), Outcome::TakenBack)
}

/// What to tell where nothing can be decided any more. A time that has just run out ends the value at once: otherwise
/// another machine, whose clock is behind, could start what somebody was told to be expired.
fn over(approval: &Approval, now: DateTime<Utc>) -> Option<(Option<Approval>, Outcome)> {
    match approval.state {
        State::Started | State::Rejected | State::Withdrawn => Some((None, Outcome::Decided)),
        State::Expired => Some((None, Outcome::Expired)),
        State::Pending | State::Granted => super::expire(approval, now).map(|next| (Some(next), Outcome::Expired)),
    }
}

fn reject(approval: &Approval, person: &str, now: DateTime<Utc>) -> (Option<Approval>, Outcome) {
    if is_before_asked(approval, now) {
        return (None, Outcome::ClockBehind);
    }
    let mut next = ended(approval, State::Rejected, "A person who may decide rejected it.", now);
    say(&mut next, person, Choice::Reject);
    (Some(next), Outcome::Rejected)
}

fn approve(approval: &Approval, person: &str, now: DateTime<Utc>) -> (Option<Approval>, Outcome) {
    if is_behind(approval, now) {
        return (None, Outcome::ClockBehind);
    }
    if approval.word_of(person).is_some() {
        let alone = approval.state == State::Pending && approval.proposer.is(person);
        return (None, if alone { Outcome::IsProposer } else { Outcome::SaidBefore });
    }
    if approval.state == State::Granted {
        return (None, Outcome::Decided);
    }
    let starts_at = later(now, TimeDelta::seconds(COUNTDOWN_SECONDS));
    if starts_at >= approval.expires_at {
        return (None, Outcome::Expired);
    }
    let mut next = changed(approval, now);
    say(&mut next, person, Choice::Approve);
    if !next.has_enough() {
        return (Some(next), Outcome::Counted);
    }
    next.state = State::Granted;
    next.starts_at = Some(starts_at);
    (Some(next), Outcome::Granted)
}

/// One word a person: the new one stands in place of the old.
fn say(approval: &mut Approval, person: &str, choice: Choice) {
    approval.votes.retain(|vote| vote.person != person);
    approval.votes.push(Vote { person: person.to_owned(), choice, at: approval.changed_at });
}

fn is_before_asked(approval: &Approval, now: DateTime<Utc>) -> bool {
    later(now, crate::guard::clock_margin()) < approval.asked_at
}

fn changed(approval: &Approval, now: DateTime<Utc>) -> Approval {
    Approval { changed_at: now.max(approval.changed_at), ..approval.clone() }
}
