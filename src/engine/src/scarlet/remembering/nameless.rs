//! Leaving people out of what is remembered: memory is told to anybody, and outlives what is kept of a person.
//!
//! Guarantee: the id of whoever had the incident, spoke in its timeline or on its approvals stands nowhere in it.
//!
//! Deliberately absent: names that stand in somebody's own words; nobody can tell them from other words.

use domain::approval::{Approval, Proposer};
use domain::incident::Incident;
use std::collections::BTreeSet;

/// Who writes into timelines and is nobody.
const PROGRAMS: &[&str] = &["scarlet"];

/// What stands in place of a person.
const SOMEBODY: &str = "a person";

/// The ids of those who took part.
pub(super) fn people<'a>(incident: &'a Incident, asked: &'a [Approval]) -> BTreeSet<&'a str> {
    let actors = incident.timeline.iter().map(|happening| happening.actor.as_str());
    let voters = asked.iter().flat_map(|approval| &approval.votes).map(|vote| vote.person.as_str());
    let proposers = asked.iter().filter_map(|approval| match &approval.proposer {
        Proposer::Person(person) => Some(person.as_str()),
        Proposer::Scarlet => None,
    });
    let all = incident.owner.as_deref().into_iter().chain(actors).chain(voters).chain(proposers);
    all.filter(|id| !id.is_empty() && !PROGRAMS.contains(id)).collect()
}

/// The text without them. An id counts where it stands as a word of its own.
pub(super) fn nameless(text: &str, people: &BTreeSet<&str>) -> String {
    // The longer first: one id may begin with another.
    let mut ids: Vec<&str> = people.iter().copied().collect();
    ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
    ids.into_iter().fold(text.to_owned(), |text, id| without(&text, id))
}

fn without(text: &str, id: &str) -> String {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let (mut told, mut rest) = (String::with_capacity(text.len()), text);
    let mut before: Option<char> = None;
    while let Some((head, tail)) = rest.split_once(id) {
        let is_word = !is_part(head.chars().next_back().or(before)) && !is_part(tail.chars().next());
        told.push_str(head);
        told.push_str(if is_word { SOMEBODY } else { id });
        before = id.chars().next_back();
        rest = tail;
    }
    told.push_str(rest);
    told
}
